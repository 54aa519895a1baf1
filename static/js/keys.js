/*
 * Keys.
 *   data-key="e"       pressing e clicks this element, or puts the cursor into it if it is a field ("g c": g, then c)
 *   data-save          Ctrl+Enter or ⌘+Enter sends this form by its primary button, if it is seen and no dialog lies over it
 *   data-does="Edit"   what the help calls it, where its own words would not do
 *   data-mac="⌘ ↵"     what a <kbd> says on a Mac instead
 *   data-single-keys   on <body>: "off" if the person wants no single key to act
 * The help on keys (components/keys.html):
 *   data-keys-if="a"   shown only while the page holds what this selects
 *   data-keys-here     filled with the keys of the page
 */
"use strict";

(() => {
  const PREFIX_MS = 1000;
  const { isTyping, onArrival } = window.steward;

  let prefix = "";
  let prefixTimer = 0;

  // What a page offers comes before what the shell around it does with the same key.
  function find(key) {
    const wanted = `[data-key="${CSS.escape(key)}"]:not([disabled], [aria-disabled=true])`;
    return document.querySelector(`main ${wanted}`) ?? document.querySelector(wanted);
  }

  function press(key) {
    const target = find(key);
    if (!target) return false;
    if (isTyping(target)) {
      target.focus();
      target.select?.();
    } else {
      target.click();
    }
    return true;
  }

  function moveInTable(step) {
    const rows = [...document.querySelectorAll("main tbody tr")].filter((row) => row.querySelector("a[href]"));
    if (!rows.length) return false;
    const here = rows.findIndex((row) => row.contains(document.activeElement));
    const next = Math.min(Math.max(here + step, 0), rows.length - 1);
    rows[next].querySelector("a[href]").focus();
    return true;
  }

  // Only what can be seen is sent: under an open dialog nothing of the page, of a dialog that was closed nothing at all.
  const OPEN = "dialog:is(:modal, :popover-open)";

  function save(from) {
    const place = from.closest(OPEN) ?? [...document.querySelectorAll(OPEN)].at(-1) ?? document;
    const forms = [from.closest("form[data-save]"), ...place.querySelectorAll("form[data-save]")];
    const form = forms.find((it) => it && place.contains(it) && it.checkVisibility());
    const button = form?.querySelector("button.primary");
    if (!form || button?.disabled) return false;
    form.requestSubmit(button);
    return true;
  }

  function singleKey(key) {
    const pressed = prefix + key;
    prefix = "";
    if (pressed === "g") {
      prefix = "g ";
      clearTimeout(prefixTimer);
      prefixTimer = setTimeout(() => (prefix = ""), PREFIX_MS);
      return true;
    }
    if (pressed === "j" || pressed === "k") return moveInTable(pressed === "j" ? 1 : -1);
    return press(pressed);
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const held = event.ctrlKey || event.metaKey;
    if (held && event.key === "Enter" && save(event.target)) return event.preventDefault();
    // The key that leads into an empty field, pressed once more in there, is no letter of what is looked for.
    const isOn = document.body.dataset.singleKeys !== "off";
    if (isOn && !held && event.target.dataset.key === event.key && event.target.value === "") return event.preventDefault();
    if (held || event.key.length !== 1 || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (isOn && singleKey(event.key)) event.preventDefault();
  });

  /* ---- the help ---- */

  function whatItDoes(element) {
    const words = element.cloneNode(true);
    for (const kbd of words.querySelectorAll("kbd")) kbd.remove();
    return element.dataset.does || element.ariaLabel || words.textContent.trim();
  }

  function entry(element) {
    const keys = element.dataset.key.split(" ").map((key) => Object.assign(document.createElement("kbd"), { textContent: key }));
    const parts = ["div", "dt", "dd"].map((name) => document.createElement(name));
    parts[1].append(...keys);
    parts[2].textContent = whatItDoes(element);
    parts[0].append(parts[1], parts[2]);
    return parts[0];
  }

  function fillHelp() {
    const help = document.getElementById("keys");
    const offered = [...document.querySelectorAll("main [data-key]:not([disabled], [aria-disabled=true])")];
    const first = offered.filter((element, place) => offered.findIndex((it) => it.dataset.key === element.dataset.key) === place);
    help.querySelector("[data-keys-here]").replaceChildren(...first.map(entry));
    for (const part of help.querySelectorAll("[data-keys-if]")) part.hidden = !document.querySelector(part.dataset.keysIf);
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-dialog=keys]")) fillHelp();
  });

  /* ---- the keys of a Mac ---- */

  const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
  onArrival((root) => {
    if (isMac) for (const kbd of root.querySelectorAll("kbd[data-mac]")) kbd.textContent = kbd.dataset.mac;
  });
})();
