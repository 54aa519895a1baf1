/*
 * Regions that a screen reader reads out when they change: what would say again what it says already is not put in again.
 *   data-quiet   the same for any other place, so that what one is about to press stays under the pointer
 */
"use strict";

(() => {
  const REGION = "[role=status], [data-quiet]";
  const words = (element) => element.textContent.replace(/\s+/g, " ").trim();

  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    if (target.matches(REGION) && words(target) === words(fragment)) event.detail.shouldSwap = false;
  });
})();
