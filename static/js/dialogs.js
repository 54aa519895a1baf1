/*
 * Dialogs that ask before a step is taken, and where the cursor goes once it was taken.
 *   data-leave   closes the dialog around it (without a script a popover closes by its own button)
 */
"use strict";

(() => {
  document.addEventListener("click", (event) => {
    event.target.closest("[data-leave]")?.closest("dialog:modal")?.close();
  });

  // The answer to a step, or to a look at how it stands, takes the place of what was pressed or opened.
  const opened = new Set();

  document.addEventListener("htmx:oobBeforeSwap", (event) => {
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
