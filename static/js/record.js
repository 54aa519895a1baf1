/*
 * The page of a customer: who accepted what moved goes on at what is left of it, or at what was said.
 */
"use strict";

(() => {
  document.addEventListener("htmx:afterSettle", (event) => {
    const { verb, path } = event.detail.requestConfig ?? {};
    if (verb !== "post" || !path?.endsWith("/accept/") || document.activeElement !== document.body) return;
    const next = document.querySelector(".drift button") ?? document.querySelector("#said .notice");
    if (!next) return;
    if (!next.matches("button")) next.tabIndex = -1;
    next.focus({ preventScroll: true });
  });
})();
