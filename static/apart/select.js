/*
 * Selecting rows of the list of customers.
 *   td.pick input     the box of a row; x ticks that of the row one is in, X all between it and the one ticked last
 *   #pick-page        ticks all of the page; it does nothing without this script, so it is shown by it
 *   #pick-none        forgets all that is ticked, also on other pages; shown while anything is
 *   data-keep         where it is told what is ticked, at once, so that it is still so on the next page
 */
"use strict";

(() => {
  const { isTyping, onArrival, say } = window.steward;
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
    const none = document.getElementById("pick-none");
    if (none) none.hidden = !ticked && !Number(document.getElementById("edit-chosen").dataset.besides);
  }

  /* ---- what is ticked is kept ---- */

  let keeping = null; // while something was ticked that is not kept yet
  let isOld = false; // what is under way tells of less than what is ticked by now

  async function send() {
    const form = document.getElementById("selection");
    if (!form) return;
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.dataset.keep, { method: "POST", headers: { "HX-Request": "true" }, body, redirect: "manual", keepalive: true });
    if (!answer.ok) throw new Error(answer.status === 422 ? await answer.text() : "What you selected is not kept for other pages. Reload the page, then select it again.");
  }

  async function sendAll() {
    do {
      isOld = false;
      await null; // of many that are ticked at once one word is enough
      await send();
    } while (isOld);
  }

  function keep() {
    isOld = true;
    keeping ??= sendAll().catch((problem) => say(problem.message)).finally(() => (keeping = null));
  }

  document.addEventListener("change", (event) => event.target.matches("#selection td.pick input") && keep());

  // What leads to another page waits until the selection has arrived.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[href]");
    if (!keeping || !link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || link.target) return;
    event.preventDefault();
    await keeping;
    link.click();
  });

  onArrival(() => {
    const all = document.getElementById("pick-page");
    if (all) all.hidden = false;
    tellAll();
  });
})();
