/*
 * The bar of a form sticks to the end of the window and grows with what it says; what has the cursor stays above it.
 */
"use strict";

(() => {
  const GAP = 16; // pixels between the two

  const bars = new ResizeObserver((grown) => grown.forEach(({ target }) => makeRoom(target)));

  function makeRoom(bar) {
    const sticks = getComputedStyle(bar).position === "sticky";
    document.documentElement.style.scrollPaddingBlockEnd = sticks ? `${bar.offsetHeight + GAP}px` : "";
    if (sticks && isCovered(document.activeElement, bar)) document.activeElement.scrollIntoView({ block: "nearest" });
  }

  // Whoever scrolled away from the cursor stays where they look.
  function isCovered(element, bar) {
    const { top, bottom } = element.getBoundingClientRect();
    return bar.parentElement.contains(element) && !bar.contains(element) && top < innerHeight && bottom > bar.getBoundingClientRect().top;
  }

  window.steward.onArrival((part) => part.querySelectorAll(".bar").forEach((bar) => bars.observe(bar)));
})();
