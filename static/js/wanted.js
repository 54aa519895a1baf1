/*
 * What has to be said beside the wishes of the form of a customer: as soon as the server says that one makes it so.
 *   data-wanted="why reference"   the inputs, on what the check of the form answers (#request)
 */
"use strict";

(() => {
  const INPUTS = ["why", "reference"];

  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.id !== "checker" || !event.detail.successful) return;
    const wanted = document.getElementById("request").dataset.wanted.split(" ");
    for (const name of INPUTS) {
      const input = document.getElementById(name);
      input.setAttribute("aria-required", String(wanted.includes(name)));
      input.removeAttribute("aria-invalid");
    }
  });
})();
