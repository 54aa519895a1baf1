/*
 * A flat JSON object as names and values: <textarea data-pairs data-label="What it holds">.
 * The text stays what is sent; it is written anew only when somebody changes a row. What nests stays text.
 */
"use strict";

(() => {
  const { onArrival } = window.steward;
  const KINDS = { text: "Text", number: "Number", yesno: "Yes or no", nothing: "Nothing" };
  const A_NAME = /"(?:[^"\\]|\\.)*"\s*:/g;
  const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;

  /** The pairs of a flat object with numbers as they are spelled; null for anything else. */
  function pairsOf(text) {
    if (!text.trim()) return [];
    const spelled = new Map();
    let whole;
    try {
      whole = JSON.parse(text, (name, value, context) => {
        if (typeof value === "number") spelled.set(name, context?.source ?? (Number.isSafeInteger(value) ? String(value) : null));
        return value;
      });
    } catch {
      return null;
    }
    if (whole === null || typeof whole !== "object" || Array.isArray(whole)) return null;
    const pairs = Object.entries(whole).map(([name, value]) => pairOf(name, value, spelled.get(name)));
    const names = text.match(A_NAME)?.length ?? 0; // of a name that stands there twice, one value would be lost
    return pairs.includes(null) || names !== pairs.length ? null : pairs;
  }

  function pairOf(name, value, digits) {
    if (value === null) return { name, kind: "nothing", value: "" };
    if (typeof value === "boolean") return { name, kind: "yesno", value: String(value) };
    if (typeof value === "string") return value.includes("\n") ? null : { name, kind: "text", value };
    return typeof value === "number" && digits ? { name, kind: "number", value: digits } : null;
  }

  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  function choice(label, options, chosen) {
    const select = element("select", { "aria-label": label }, ...Object.entries(options).map(([value, words]) => new Option(words, value)));
    select.value = chosen;
    return select;
  }

  function valueControl(kind, value) {
    if (kind === "yesno") return choice("Value", { true: "Yes", false: "No" }, value === "false" ? "false" : "true");
    const input = element("input", { type: "text", "aria-label": "Value", spellcheck: "false", autocomplete: "off", dir: "auto" });
    if (kind === "number") input.inputMode = "decimal";
    input.disabled = kind === "nothing";
    input.value = kind === "nothing" ? "" : value;
    return input;
  }

  class Pairs {
    constructor(text) {
      this.text = text;
      this.id = text.id;
      this.rows = element("div", { class: "rows" });
      this.add = element("button", { class: "button", type: "button" }, "Add");
      this.turn = element("button", { class: "link", type: "button" });
      const label = text.dataset.label;
      this.box = element("div", { class: "pairs", role: "group", tabindex: "-1", "aria-label": label, "aria-describedby": text.getAttribute("aria-describedby") }, this.rows, element("div", { class: "foot" }, this.add, this.turn));
      text.before(this.box);
      this.listen();
      this.show(pairsOf(text.value));
    }

    listen() {
      this.add.addEventListener("click", () => this.append({ name: "", kind: "text", value: "" }).querySelector("input").focus());
      this.turn.addEventListener("click", () => this.show(this.text.hidden ? null : pairsOf(this.text.value)));
      for (const type of ["input", "change"])
        this.rows.addEventListener(type, (event) => {
          event.stopPropagation();
          if (event.target.dataset.kind !== undefined) this.turnInto(event.target);
          this.write(type);
        });
      this.text.addEventListener("input", () => {
        if (this.isWriting) return;
        if (this.text.hidden) this.show(pairsOf(this.text.value)); // put there by another script
        else this.label();
      });
    }

    /** Rows for pairs, the text for null. */
    show(pairs) {
      const { text } = this;
      const hadFocus = document.activeElement === text || document.activeElement === this.turn;
      text.hidden = pairs !== null;
      [text.id, this.box.id] = pairs ? [`${this.id}-text`, this.id] : [this.id, `${this.id}-pairs`]; // what links and scripts lead to
      this.rows.replaceChildren();
      for (const pair of pairs ?? []) this.append(pair);
      this.rows.hidden = this.add.hidden = pairs === null;
      this.label();
      this.judge();
      if (pairs && text.getAttribute("aria-invalid")) this.box.setAttribute("aria-invalid", "true");
      if (hadFocus) (pairs === null ? text : (this.rows.querySelector("input") ?? this.add)).focus();
    }

    /** The way to the other view, where there is one. */
    label() {
      this.turn.textContent = this.text.hidden ? "Edit as text" : "Edit as names and values";
      this.turn.hidden = !this.text.hidden && pairsOf(this.text.value) === null;
    }

    append({ name, kind, value }) {
      const named = element("input", { type: "text", "aria-label": "Name", spellcheck: "false", autocomplete: "off", dir: "auto", placeholder: "Name" });
      named.value = name;
      const kinds = choice("Kind of value", KINDS, kind);
      kinds.dataset.kind = "";
      const away = element("button", { class: "button plain away", type: "button", "aria-label": `Remove ${name || "this one"}`, title: "Remove" }, "×");
      const row = element("div", { class: "pair", role: "group", "aria-label": name || "New" }, named, kinds, valueControl(kind, value), away);
      away.addEventListener("click", () => this.remove(row));
      this.rows.append(row);
      return row;
    }

    remove(row) {
      const next = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      (next?.querySelector(".away") ?? this.add).focus();
      this.write("change");
    }

    turnInto(kinds) {
      const old = kinds.nextElementSibling;
      old.replaceWith(valueControl(kinds.value, old.tagName === "SELECT" ? "" : old.value));
    }

    /** Says what is wrong with a row; what cannot be told from the rows, the provider's rules say at the save. */
    judge() {
      const rows = [...this.rows.children].map((row) => [...row.children]);
      const names = rows.map(([named]) => named.value);
      for (const [named, kinds, valued] of rows) {
        const isEmpty = !named.value && Boolean(valued.value);
        const isTwice = Boolean(named.value) && names.indexOf(named.value) !== names.lastIndexOf(named.value);
        this.mark(named, isEmpty ? "Give it a name" : isTwice ? "Two have this name" : "");
        this.mark(valued, kinds.value === "number" && !NUMBER.test(valued.value) ? "Enter a number such as 12.5" : "");
      }
    }

    mark(input, words) {
      if (words) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
      input.title = words;
    }

    write(type) {
      const members = [...this.rows.children].map((row) => {
        const [named, kinds, valued] = row.children;
        if (!named.value && !valued.value) return null;
        const value = { text: () => JSON.stringify(valued.value), nothing: () => "null" }[kinds.value]?.() ?? valued.value;
        return `${JSON.stringify(named.value)}: ${value}`;
      }).filter(Boolean);
      this.text.value = members.length ? `{${members.join(", ")}}` : "";
      this.judge();
      this.isWriting = true;
      this.text.dispatchEvent(new Event(type, { bubbles: true }));
      this.isWriting = false;
    }
  }

  onArrival((root) => {
    for (const text of root.querySelectorAll("textarea[data-pairs]:not([hidden])")) if (!text.previousElementSibling) new Pairs(text);
  });
})();
