/*
 * What the pages do beyond plain HTML, all of it by attributes. Everything works without scripts; they make it quicker.
 * One file per subject, joined into one (console/bundles.py); this one comes first and holds what the others share.
 */
"use strict";

window.steward = (() => {
  /** Says what went wrong in a toast, which stays until it is closed. What the same `source` said before goes. */
  function say(words, source = "page") {
    unsay(source);
    const toast = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
    toast.dataset.source = source;
    toast.querySelector("[data-words]").textContent = words;
    document.getElementById("toasts").append(toast);
  }

  /** Takes back what this source said; what nobody holds true any more. */
  function unsay(source) {
    document.querySelector(`#toasts [data-source="${CSS.escape(source)}"]`)?.remove();
  }

  const WRITABLE = "input:not([type=checkbox], [type=radio], [type=submit]), textarea, select, [contenteditable]";

  /**
   * Whether an element takes letters, so that a single key must not act. The box of a dialog that was closed keeps the
   * cursor until the next frame, and takes none.
   */
  function isTyping(element) {
    return element.matches(WRITABLE) && element.checkVisibility();
  }

  /** Runs for every element that is on the page or comes to it by a swap, each time it is new. */
  function onArrival(arrive) {
    arrive(document);
    document.addEventListener("htmx:load", (event) => arrive(event.target));
  }

  // The browser itself puts the cursor there with its first frame, and letters typed before that would be lost.
  document.addEventListener("DOMContentLoaded", () => {
    if (document.activeElement !== document.body || location.hash) return;
    document.querySelector("[autofocus]:not(dialog *, [popover] *)")?.focus();
  });

  return { say, unsay, isTyping, onArrival };
})();
