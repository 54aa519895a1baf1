/*
 * What one clicks.
 *   data-dialog="id"   opens the <dialog> of that id; a link goes to its address where there is none
 *   data-copy="text"   copies the text
 */
"use strict";

(() => {
  const COPIED_MS = 2000;
  const { say } = window.steward;

  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      return say("This browser does not let the page copy. Select the text and copy it yourself.");
    }
    button.dataset.copied = "";
    setTimeout(() => delete button.dataset.copied, COPIED_MS);
  }

  document.addEventListener("click", (event) => {
    const dialog = document.getElementById(event.target.closest("[data-dialog]")?.dataset.dialog);
    if (dialog && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      dialog.showModal();
    }
    const copier = event.target.closest("[data-copy]");
    if (copier) copy(copier);
  });
})();
