/*
 * Dialogs that ask before a step is taken, and where the cursor goes once it was taken.
 *   data-leave    closes the dialog around it (without a script a popover closes by its own button)
 *   data-yields   of what comes unasked: it gives way to what is open, or typed into, at its place. What is posted from
 *                 there is what its reader saw, and the server says so if that is another by now.
 */
"use strict";

(() => {
  document.addEventListener("click", (event) => {
    event.target.closest("[data-leave]")?.closest("dialog:modal")?.close();
  });

  // The answer to a step, or to a look at how it stands, takes the place of what was pressed or opened.
  const opened = new Set();

  function isInUse(place) {
    const typed = [...place.querySelectorAll("textarea")].some((box) => box.value !== box.defaultValue);
    return typed || place.querySelector("dialog:modal, dialog:popover-open") !== null;
  }

  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    if (fragment.querySelector("[data-yields]") && isInUse(target)) event.detail.shouldSwap = false;
    for (const details of event.detail.target.querySelectorAll("details[open][id]")) opened.add(details.id);
  });
  document.addEventListener("htmx:afterSettle", () => {
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
    opened.clear();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const stepped = event.detail.requestConfig.verb === "post" && event.detail.xhr.status && event.target.closest;
    if (stepped && document.activeElement === document.body) document.getElementById("state")?.focus();
  });
})();
