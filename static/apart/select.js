/*
 * Selecting rows of the list of customers.
 *   td.pick input     the box of a row; x ticks that of the row one is in, X all between it and the one ticked last
 *   #pick-page        ticks all of the page; it does nothing without this script, so it is shown by it
 */
"use strict";

(() => {
  const { isTyping, onArrival } = window.steward;
  let last = null; // the box that was ticked last

  const boxes = () => [...document.querySelectorAll("#selection td.pick input")];
  const row = () => document.activeElement?.closest("#selection tbody tr") ?? document.querySelector("#selection tr[data-active]");

  /** The box that one clicked upon may tell others: the count on the button, and the one above all. */
  function tick(box, on) {
    if (box.checked === on) return;
    box.checked = on;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function upTo(box, on) {
    const all = boxes();
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    if (from < 0) return tick(box, on);
    all.slice(from, to + 1).forEach((each) => tick(each, on));
  }

  function press(key) {
    const box = row()?.querySelector("td.pick input");
    if (!box) return false;
    if (key === "X") upTo(box, true);
    else tick(box, !box.checked);
    last = box;
    return true;
  }

  document.addEventListener("keydown", (event) => {
    const plain = !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!plain || (event.key !== "x" && event.key !== "X") || document.body.dataset.singleKeys === "off") return;
    if ((isTyping(event.target) && event.target.type !== "checkbox") || document.querySelector("dialog[open]")) return;
    if (press(event.key)) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const box = event.target.closest("#selection td.pick input");
    if (!box) return;
    if (event.shiftKey) upTo(box, box.checked);
    last = box;
  });

  document.addEventListener("change", (event) => {
    const on = event.target.checked;
    if (event.target.id === "pick-page") boxes().forEach((box) => tick(box, on));
    else tellAll();
  });

  function tellAll() {
    const all = document.getElementById("pick-page");
    if (!all) return;
    const ticked = boxes().filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && !all.checked;
  }

  onArrival(() => {
    const all = document.getElementById("pick-page");
    if (all) all.hidden = false;
    tellAll();
  });
})();
