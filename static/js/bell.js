/*
 * The bell: opened, it asks for the latest notices, which count as read then, and the cursor goes to them.
 *   #bell-popover   what opens; #bell-list in it asks at the event "open"
 */
"use strict";

(() => {
  const popover = document.getElementById("bell-popover");
  if (!popover) return;

  popover.addEventListener("toggle", (event) => {
    if (event.newState !== "open") return;
    popover.focus({ preventScroll: true });
    window.htmx.trigger("#bell-list", "open");
  });

  // What had the cursor may have gone with the list that was there before.
  document.addEventListener("htmx:afterSwap", (event) => {
    const lost = !document.activeElement || document.activeElement === document.body;
    if (event.detail.target.id === "bell-list" && popover.matches(":popover-open") && lost) popover.focus({ preventScroll: true });
  });
})();
