/*
 * The palette: finds customers and changes, leads to places, and does what the page at hand can do (commands.js).
 */
"use strict";

(() => {
  const dialog = document.getElementById("palette");
  if (!dialog) return;

  const { commands, isDetail } = window.steward;
  const box = dialog.querySelector("input[role=combobox]");
  const list = document.getElementById("palette-list");
  const found = document.getElementById("palette-found");
  const here = document.getElementById("palette-here");
  const there = document.getElementById("palette-there");
  const sent = new WeakMap(); // request → the text it looks for; hx-sync gives up one that is overtaken
  let shown = null; // the text that what was found belongs to
  let active = null;
  let pending = null;

  const typed = () => box.value.trim();
  const isStale = () => typed() !== shown;

  function fold(text) {
    return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  }

  /** Whether each word that was typed begins a word of these. */
  function matches(words) {
    const held = fold(words).split(/[\s,:]+/);
    const asked = fold(typed()).split(/\s+/).filter(Boolean);
    return asked.every((each) => held.some((word) => word.startsWith(each)));
  }

  function options() {
    return [...list.querySelectorAll("[role=option]")].filter(
      (option) => !option.hidden && !(isStale() && "found" in option.dataset),
    );
  }

  function activate(option) {
    active?.setAttribute("aria-selected", "false");
    active = option ?? null;
    active?.setAttribute("aria-selected", "true");
    if (dialog.open) active?.scrollIntoView({ block: "nearest" });
    if (active) box.setAttribute("aria-activedescendant", active.id);
    else box.removeAttribute("aria-activedescendant");
  }

  function show() {
    for (const option of list.querySelectorAll("[data-words]"))
      option.hidden = !matches(option.dataset.words) || ("detail" in option.dataset && !typed());
    for (const group of list.querySelectorAll("[role=group]"))
      group.hidden = !group.querySelector("[role=option]:not([hidden])");
    found.classList.toggle("stale", isStale());
    const all = options();
    document.getElementById("palette-none").hidden = all.length > 0 || isStale();
    activate(all[0]);
  }

  /* ---- what the page at hand can do ---- */

  function collect() {
    for (const option of list.querySelectorAll("[data-made]")) option.remove();
    [...commands()].forEach(([words, element], number) => {
      const group = element.closest("main") ? here : there;
      group.append(optionFor(words, element, number));
    });
  }

  function optionFor(words, element, number) {
    const option = document.createElement("div");
    option.id = `palette-here-${number}`;
    option.dataset.words = words;
    option.dataset.made = "";
    if (isDetail(element)) option.dataset.detail = "";
    option.setAttribute("role", "option");
    const what = document.createElement("span");
    what.className = "what";
    what.textContent = words;
    const icon = element.querySelector("svg.icon")?.cloneNode(true);
    icon?.setAttribute("aria-hidden", "true");
    option.append(...[icon, what].filter(Boolean));
    if (element.dataset.key) {
      const key = document.createElement("kbd");
      key.textContent = element.dataset.key;
      option.append(key);
    }
    option.addEventListener("click", () => {
      dialog.close();
      element.click();
    });
    return option;
  }

  /* ---- opening, choosing, closing ---- */

  /** Before it is shown, so that the page is laid out once; what the server knows is asked for after that. */
  function prepare() {
    box.value = "";
    shown = null;
    pending = null;
    collect();
    show();
    requestAnimationFrame(() => setTimeout(look));
  }

  function look() {
    if (dialog.open && isStale()) htmx.trigger(box, "find");
  }

  function choose(option, inNewTab) {
    if (inNewTab && option.href) {
      window.open(option.href, "_blank", "noopener");
      dialog.close();
    } else option.click();
  }

  /** Enter before the answer: opens only what cannot be mistaken. */
  function openIfPlain() {
    pending = null;
    const customers = found.querySelectorAll("[data-found=customer]");
    const exact = found.querySelector("[data-exact]");
    if (exact || customers.length <= 1) (exact ?? active)?.click();
  }

  // Capturing, so as to come before clicks.js shows it.
  document.addEventListener(
    "click",
    (event) => {
      if (event.target.closest("[data-dialog=palette]") && !event.ctrlKey && !event.metaKey) prepare();
      if (event.target.closest("[data-palette-close]")) dialog.close();
    },
    true,
  );

  document.addEventListener("keydown", (event) => {
    const isCall = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k";
    if (!isCall) return;
    event.preventDefault();
    if (dialog.open) return dialog.close();
    if (document.querySelector("dialog[open]")) return;
    prepare();
    dialog.showModal();
  });

  box.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey) return;
    const all = options();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      activate(all[(all.indexOf(active) + step + all.length) % all.length]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (isStale() && typed()) pending = typed();
      else if (active) choose(active, event.ctrlKey || event.metaKey);
    }
  });

  box.addEventListener("input", () => {
    pending = null;
    show();
  });

  list.addEventListener("mousemove", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && option !== active && options().includes(option)) activate(option);
  });

  // What was found is personal: it goes with the palette.
  dialog.addEventListener("close", () => {
    found.replaceChildren();
    document.getElementById("palette-more").replaceChildren();
    box.value = "";
    shown = null;
  });

  /* ---- what the server finds ---- */

  box.addEventListener("htmx:beforeRequest", (event) => sent.set(event.detail.xhr, typed()));

  found.addEventListener("htmx:beforeSwap", (event) => {
    if (!dialog.open) event.detail.shouldSwap = false;
  });

  function sayFound(count) {
    const none = document.getElementById("palette-none");
    return none.hidden ? `${count} customer${count === 1 ? "" : "s"} shown.` : none.textContent;
  }

  found.addEventListener("htmx:afterSwap", (event) => {
    shown = sent.get(event.detail.xhr);
    if (!shown) found.querySelector(`[href="${CSS.escape(location.pathname)}"]`)?.remove(); // one is there already
    show();
    const count = found.querySelectorAll("[data-found=customer]").length;
    document.getElementById("palette-said").textContent = shown ? sayFound(count) : "";
    if (pending === shown) openIfPlain();
  });
})();
