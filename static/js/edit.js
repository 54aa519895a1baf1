/*
 * The form of a customer: what changed, what was left, what is wrong; all of it judged by the server, marked here at once.
 *   data-entry="phone"   the row of a field; it gets the class "changed" while it holds something else than the record
 *   data-held="{…}"      what its controls hold without the wish, by name, where they came with a wish
 *   data-undo            puts that back
 *   #checker             asks the server what it thinks of the form as it stands; an answer that typing overtook is dropped
 */
"use strict";

(() => {
  const { onArrival } = window.steward;
  const held = new WeakMap(); // row → what the record holds
  const came = new WeakMap(); // row → what stood in it when it came
  const judged = new WeakMap(); // row → what stood in it when it was found wrong

  const rowOf = (element) => element?.closest?.("#edit [data-entry]");
  const rows = () => document.querySelectorAll("#edit [data-entry]");
  const controls = (row) => [...row.querySelectorAll("[name^='v-'], [name^='clear-']")];
  const mainControl = (row) => document.getElementById(`v-${row.dataset.entry}`);

  /* ---- what stands in a row ---- */

  function stateOf(row) {
    const state = {};
    for (const control of controls(row)) {
      const isBox = control.type === "radio" || control.type === "checkbox";
      if (!isBox || control.checked) state[control.name] = control.value;
    }
    return state;
  }

  function same(one, other) {
    return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((name) => (one[name] ?? "") === (other[name] ?? ""));
  }

  function put(row, state) {
    for (const control of controls(row)) {
      const wanted = state[control.name] ?? "";
      if (control.type === "radio" || control.type === "checkbox") control.checked = control.value === wanted;
      else control.value = wanted;
      control.dispatchEvent(new Event("input", { bubbles: true }));
    }
    mainControl(row).dispatchEvent(new Event("change", { bubbles: true }));
  }

  function mark(row) {
    if (!came.has(row)) arrive(row); // typed into before it had settled
    row.classList.toggle("changed", !same(stateOf(row), held.get(row)));
  }

  function arrive(row) {
    const state = stateOf(row);
    came.set(row, state);
    held.set(row, row.dataset.held ? JSON.parse(row.dataset.held) : state);
    if (row.querySelector(".error")) judged.set(row, state);
  }

  // What other scripts make of a control on arrival belongs to what came.
  onArrival(() => queueMicrotask(() => [...rows()].filter((row) => !came.has(row)).forEach(arrive)));

  /* ---- while somebody types ---- */

  function leave(row) {
    const box = document.getElementById("edit").elements.left;
    const left = new Set(box.value.split(" ").filter(Boolean));
    if (left.has(row.dataset.entry) || !(row.classList.contains("changed") || "lacking" in row.dataset)) return;
    box.value = [...left, row.dataset.entry].join(" ");
    box.form.dispatchEvent(new Event("left"));
  }

  // A list, a box or a day is chosen in one go; a text is typed until one leaves it.
  function isChosen(control) {
    return control.matches("select, [type=radio], [type=checkbox]");
  }

  document.addEventListener("input", (event) => {
    if (!event.target.closest?.("#edit")) return;
    window.htmx.trigger("#checker", "htmx:abort");
    const row = rowOf(event.target);
    if (!row || event.target.name?.startsWith("whose-")) return;
    mark(row);
    const other = row.querySelector(".whose [value=new]");
    if (other && !same(stateOf(row), came.get(row)) && !same(stateOf(row), held.get(row))) other.checked = true;
  });

  document.addEventListener("change", (event) => {
    const row = rowOf(event.target);
    if (!row) return;
    if (event.target.name?.startsWith("whose-")) return choose(row, event.target.value);
    mark(row);
    if (isChosen(event.target)) leave(row);
  });

  document.addEventListener("focusout", (event) => {
    const row = rowOf(event.target);
    const isStill = row?.contains(event.relatedTarget) && !event.relatedTarget.matches("[data-undo]");
    if (row && !isStill) leave(row);
  });

  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-undo]") && rowOf(event.target);
    if (!row) return;
    put(row, held.get(row));
    mainControl(row).focus();
  });

  function choose(row, whose) {
    if (whose === "theirs") put(row, held.get(row));
    if (whose === "mine") put(row, came.get(row));
    if (whose === "new") mainControl(row).focus();
  }

  /* ---- what the server thinks of it ---- */

  function showVerdicts(changed) {
    for (const row of rows()) {
      row.classList.toggle("changed", changed.includes(row.dataset.entry));
      const wrong = row.querySelector(".notes .error") !== null;
      if (wrong) mainControl(row).setAttribute("aria-invalid", "true");
      else mainControl(row).removeAttribute("aria-invalid");
      judged.set(row, wrong ? stateOf(row) : undefined);
    }
  }

  const isCheck = (event) => event.target.id === "checker" || event.detail.elt?.id === "checker";

  document.addEventListener("htmx:afterRequest", (event) => {
    if (!isCheck(event) || !event.detail.successful) return;
    showVerdicts(document.getElementById("request").dataset.changed.split(" "));
    document.getElementById("unchecked").textContent = "";
  });

  // A check that fails changes nothing for whoever types, so it is said in the bar and not in a toast.
  const UNCHECKED = "The console does not answer, so this is not checked and not kept as a draft. Go on; it is checked at the save.";
  const SIGNED_OUT = "Your session has ended, so this is not checked and not kept. Sign in again in another tab, then go on here.";

  function sayUnchecked(event) {
    if (!isCheck(event)) return;
    event.stopPropagation();
    const status = event.detail.xhr?.status ?? 0;
    const isOut = status > 0 && (status < 400 || status === 401 || status === 403);
    document.getElementById("unchecked").textContent = isOut ? SIGNED_OUT : UNCHECKED;
    forget();
  }

  // What was said of the form before it was typed into is true no longer.
  function forget() {
    document.getElementById("say").textContent = "";
    const request = document.getElementById("request");
    for (const part of request.querySelectorAll(":scope > :not(header, .scriptless), header > .right")) part.remove();
    const note = Object.assign(document.createElement("p"), { className: "note", textContent: "Not known while the form is not checked." });
    request.querySelector("header").after(note);
  }

  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) document.addEventListener(name, sayUnchecked, true);

  /* ---- to the first problem at once, if it stands as it was judged; the server says the same, and the rest of it ---- */

  let sent = {}; // what stood in the rows when the form was sent
  let newer = []; // what was typed since, which no refusal takes back
  let newerReasons = []; // the same of why, and of the ticket

  const reasons = () => [...document.querySelectorAll("#edit :is([name=why], [name=reference])")];
  const statesNow = () => Object.fromEntries([...rows()].map((row) => [row.dataset.entry, stateOf(row)]));

  function firstProblem() {
    return [...rows()].find((row) => judged.get(row) && same(judged.get(row), stateOf(row)) && !row.querySelector(".whose"));
  }

  document.addEventListener(
    "submit",
    (event) => {
      if (event.target.id !== "edit") return;
      window.htmx.trigger("#checker", "htmx:abort");
      sent = statesNow();
      for (const box of reasons()) box.dataset.sent = box.value;
      const row = firstProblem();
      if (row && !row.contains(document.activeElement)) mainControl(row).focus();
    },
    true,
  );

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "editor") return;
    newer = Object.entries(statesNow()).filter(([name, state]) => sent[name] && !same(state, sent[name]));
    newerReasons = reasons().filter((box) => box.value !== (box.dataset.sent ?? box.value));
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "editor") return;
    queueMicrotask(() => {
      rows().forEach((row) => came.has(row) || arrive(row));
      for (const [name, state] of newer.splice(0)) put(document.getElementById(`field-${name}`), state);
      for (const { id, value } of newerReasons.splice(0)) {
        Object.assign(document.getElementById(id), { value }).dispatchEvent(new Event("input", { bubbles: true }));
      }
    });
  });
})();
