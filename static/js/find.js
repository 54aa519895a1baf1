/*
 * Finding a customer on the page of them: what is found while one types, and what the arrow keys and Enter do there.
 * In #results the row with data-active is the one that Enter opens; data-exact marks the one whose ID was typed.
 */
"use strict";

(() => {
  const box = document.getElementById("q");
  const form = box?.closest("form#search");
  if (!form) return;

  const sent = new WeakMap(); // request → the text it looks for; hx-sync gives up one that is overtaken
  let shown = typed(); // the text that the results belong to
  let pending = null; // Enter was pressed before the results of this text were there

  function typed() {
    return box.value.trim();
  }

  function links() {
    return [...document.querySelectorAll("#results .recent a, #results tbody a.name")];
  }

  function place(link) {
    return link.closest("tr, li");
  }

  function active() {
    return links().find((link) => "active" in place(link).dataset);
  }

  function activate(link, how = {}) {
    for (const other of document.querySelectorAll("#results [data-active]")) delete other.dataset.active;
    if (!link) return;
    place(link).dataset.active = "";
    if (how.quietly) return;
    place(link).scrollIntoView({ block: "nearest" });
    document.getElementById("said").textContent = place(link).innerText.split("\n").slice(0, 3).join(", ");
  }

  function move(step) {
    const all = links();
    const here = all.indexOf(active());
    const next = here < 0 && step < 0 ? all.length - 1 : Math.min(Math.max(here + step, 0), all.length - 1);
    activate(all[next]);
    return all.length > 0;
  }

  function open(link, inNewTab) {
    if (inNewTab) window.open(link.href, "_blank", "noopener");
    else link.click();
  }

  /** Opens what is meant, if that is plain; gives whether it was. */
  function enter(inNewTab) {
    const isFresh = typed() === shown;
    const link = isFresh ? active() : null;
    if (link) open(link, inNewTab);
    else if (!isFresh) pending = typed();
    return Boolean(link);
  }

  box.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey) return;
    const held = event.ctrlKey || event.metaKey;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!held && move(event.key === "ArrowDown" ? 1 : -1)) event.preventDefault();
    } else if (event.key === "Enter" && enter(held)) event.preventDefault();
    else if (event.key === "Escape" && !typed()) box.blur();
    else if (event.key === "/" && !typed()) event.preventDefault(); // the cursor is where it would bring it
  });

  // Letters typed since mean that the row Enter would open is not what is looked for any more.
  box.addEventListener("input", () => {
    pending = null;
    if (typed() !== shown) activate(null);
  });

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt === form) event.detail.parameters.n = Date.now();
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt === form) sent.set(event.detail.xhr, typed());
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (!sent.has(event.detail.xhr)) return;
    shown = sent.get(event.detail.xhr);
    offerTheBest();
    if (pending === shown) openIfPlain();
  });

  /** After a search Enter opens the first row, so it shows as the one. */
  function offerTheBest() {
    if (shown && shown === typed()) activate(document.querySelector("#results tbody a.name"), { quietly: true });
  }

  /** Enter was pressed before anything was to be seen: opens only what cannot be mistaken. */
  function openIfPlain() {
    pending = null;
    const found = links();
    const exact = document.querySelector("#results tr[data-exact] a.name");
    if (exact || found.length === 1) open(exact ?? found[0]);
  }

  // What one types next is another search.
  function selectAll() {
    if (document.activeElement === box && shown === typed()) box.select();
  }

  box.addEventListener("focus", selectAll);

  // After htmx has come, which may be later than the first letters.
  document.addEventListener("DOMContentLoaded", () => {
    shown = box.defaultValue.trim();
    offerTheBest();
    selectAll();
    if (shown !== typed()) htmx.trigger(form, "find");
  });
})();
