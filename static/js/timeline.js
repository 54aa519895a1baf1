/*
 * A list that goes on by itself: whoever had the cursor on what leads on has it on the first of what followed.
 *   data-goes-on   the element that htmx replaces by the next piece
 */
"use strict";

(() => {
  let before = null; // what stands before the piece that is being put in, while the cursor is on its place

  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const place = detail.target;
    const is_held = place.matches("[data-goes-on]") && place.contains(document.activeElement);
    before = is_held ? place.previousElementSibling : null;
  });

  document.addEventListener("htmx:afterSettle", () => {
    if (!before) return;
    let piece = before.nextElementSibling;
    while (piece && !piece.querySelector("a, summary")) piece = piece.nextElementSibling;
    piece?.querySelector("a, summary").focus();
    before = null;
  });
})();
