/*
 * A hidden value that is shown: for a minute, and never again by going back. Fetched by pages on which one can be shown.
 *   #hidden-value  the dialog in which that happens: it opens once it is filled, and is emptied when it closes
 *   data-shown     shows one, for so many seconds; then what stands in its template takes its place
 *   data-left      how many are left
 */
"use strict";

(() => {
  const ends = new WeakMap(); // what is shown → when that is over

  function hide(shown) {
    const hidden = shown.querySelector("template").content.firstElementChild;
    const held = shown.contains(document.activeElement);
    shown.replaceWith(hidden);
    if (held) hidden.focus({ preventScroll: true });
  }

  // By the clock, since a timer stands still while the computer sleeps.
  function look() {
    for (const shown of document.querySelectorAll("[data-shown]")) {
      if (!ends.has(shown)) ends.set(shown, Date.now() + shown.dataset.shown * 1000);
      const left = Math.ceil((ends.get(shown) - Date.now()) / 1000);
      if (left <= 0) hide(shown);
      else shown.querySelector("[data-left]").textContent = left;
    }
  }

  document.addEventListener("htmx:afterSettle", (event) => {
    const { target, requestConfig } = event.detail;
    look();
    // Who closed it while an answer was under way wants to see no more of it.
    if (target?.id === "hidden-value" && requestConfig.verb === "get" && !target.open) target.showModal();
  });
  document.addEventListener("close", (event) => event.target.id === "hidden-value" && event.target.replaceChildren(), true);
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pagehide", () => document.querySelectorAll("[data-shown]").forEach(hide));
  document.addEventListener("DOMContentLoaded", look);
  setInterval(look, 1000);
})();
