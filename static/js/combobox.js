/*
 * Long lists are searched by typing: <select data-search data-label="What it chooses">.
 * The select stays what is sent and fires input and change; an option may show data-short while its list is closed.
 */
"use strict";

(() => {
  const { onArrival } = window.steward;
  const LIKED_HEIGHT = 320;
  const ROOM = 8;
  const PAGE = 10;
  let made = 0;

  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();

  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  class Combobox {
    constructor(select) {
      this.select = select;
      this.id = `list-${++made}`;
      const taken = Object.fromEntries(["aria-describedby", "aria-invalid", "aria-label"].map((a) => [a, select.getAttribute(a)]));
      this.input = element("input", {
        ...taken, id: select.id, type: "text", role: "combobox", placeholder: select.querySelector("option[value='']")?.text ?? null,
        "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.id, autocomplete: "off", autocapitalize: "off", spellcheck: "false",
      });
      this.list = element("div", { id: this.id, class: "listbox", role: "listbox", popover: "manual", "aria-label": select.dataset.label });
      this.status = element("span", { class: "unseen", role: "status" });
      const hadFocus = document.activeElement === select;
      select.before(element("span", { class: "combobox" }, this.input, this.list, this.status));
      select.removeAttribute("id");
      select.removeAttribute("aria-invalid");
      select.hidden = true;
      this.close();
      this.listen();
      if (hadFocus) this.input.focus();
      window.requestIdleCallback?.(() => this.build()); // so that the first look at a long list is as quick as the next
    }

    listen() {
      const { input, list } = this;
      input.addEventListener("focus", () => input.select());
      input.addEventListener("click", () => this.open());
      input.addEventListener("blur", () => this.settle());
      input.addEventListener("keydown", (event) => this.press(event));
      input.addEventListener("change", (event) => event.stopPropagation());
      input.addEventListener("input", (event) => {
        event.stopPropagation();
        this.isTyped = true;
        this.open();
        this.filter(input.value);
      });
      list.addEventListener("mousedown", (event) => event.preventDefault());
      list.addEventListener("click", (event) => {
        const at = event.target.closest("[role=option]");
        if (at) this.choose(this.items.find((item) => item.at === at));
      });
      for (const type of ["input", "change"]) this.select.addEventListener(type, () => this.isOpen || this.close());
    }

    get isOpen() {
      return this.input.getAttribute("aria-expanded") === "true";
    }

    get visible() {
      return this.items.filter((item) => !item.at.hidden);
    }

    build() {
      if (this.items) return;
      this.items = [];
      this.empty = element("div", { class: "none" });
      this.list.replaceChildren(...[...this.select.children].map((child) => this.drawn(child)), this.empty);
    }

    drawn(child) {
      if (child.tagName === "OPTGROUP") {
        const heading = element("div", { class: "heading", "aria-hidden": "true" }, child.label);
        return element("div", { role: "group", "aria-label": child.label }, heading, ...[...child.children].map((option) => this.drawn(option)));
      }
      const at = element("div", { id: `${this.id}-${this.items.length}`, role: "option", "aria-selected": "false" }, child.text);
      this.items.push({ option: child, at, name: fold(child.text), words: `${fold(child.text)} ${fold(child.value)}`, code: fold(child.value) });
      return at;
    }

    open() {
      if (this.isOpen) return;
      this.build();
      this.chosen?.at.setAttribute("aria-selected", "false");
      this.chosen = this.items.find((item) => item.option.selected);
      this.chosen?.at.setAttribute("aria-selected", "true");
      this.list.showPopover();
      this.input.setAttribute("aria-expanded", "true");
      this.filter("");
      this.place();
      this.follow = () => (this.input.isConnected ? this.place() : this.close());
      for (const type of ["scroll", "resize"]) window.addEventListener(type, this.follow, { capture: true, passive: true });
    }

    /** Shuts the list; what stands in the input is what is chosen. */
    close() {
      if (this.isOpen && this.list.isConnected) this.list.hidePopover();
      for (const type of ["scroll", "resize"]) window.removeEventListener(type, this.follow, { capture: true });
      this.input.setAttribute("aria-expanded", "false");
      this.input.removeAttribute("aria-activedescendant");
      this.isTyped = false;
      const chosen = this.select.selectedOptions[0];
      this.input.value = chosen?.value || chosen?.dataset.short ? (chosen.dataset.short ?? chosen.text) : "";
      this.status.textContent = "";
    }

    /** Below the input, or above it where there is more room. */
    place() {
      const box = this.input.getBoundingClientRect();
      const below = innerHeight - box.bottom - ROOM;
      const goesUp = below < LIKED_HEIGHT / 2 && box.top > below;
      Object.assign(this.list.style, {
        left: `${Math.min(box.left, innerWidth - this.list.offsetWidth - ROOM)}px`,
        minWidth: `${box.width}px`,
        maxHeight: `${Math.min(LIKED_HEIGHT, (goesUp ? box.top - ROOM : below) - 4)}px`,
        top: goesUp ? "auto" : `${box.bottom + 4}px`,
        bottom: goesUp ? `${innerHeight - box.top + 4}px` : "auto",
      });
    }

    filter(query) {
      const sought = fold(query);
      const words = sought.split(/\s+/);
      const groups = new Map();
      for (const { at, words: own } of this.items) {
        const isFound = words.every((word) => own.includes(word));
        if (at.hidden === isFound) at.hidden = !isFound;
        groups.set(at.parentElement, groups.get(at.parentElement) || isFound);
      }
      for (const [group, isFound] of groups) if (group !== this.list) group.hidden = !isFound;
      const { visible } = this;
      this.empty.textContent = visible.length ? "" : `Nothing here is called “${query.trim()}”.`;
      this.status.textContent = sought ? `${visible.length} found` : "";
      const best = sought
        ? (visible.find((item) => item.code === sought) ?? visible.find((item) => item.name.startsWith(sought)) ?? visible[0])
        : this.chosen;
      this.activate(best);
    }

    activate(item) {
      this.active?.at.removeAttribute("data-active");
      this.active = item;
      item?.at.setAttribute("data-active", "");
      item?.at.scrollIntoView({ block: "nearest" });
      if (item) this.input.setAttribute("aria-activedescendant", item.at.id);
      else this.input.removeAttribute("aria-activedescendant");
    }

    move(steps) {
      const { visible } = this;
      const place = visible.indexOf(this.active) + steps;
      this.activate(visible[Math.max(0, Math.min(visible.length - 1, place))]);
    }

    choose(item) {
      const isOther = item && !item.option.selected;
      if (isOther) item.option.selected = true;
      this.close();
      if (isOther) for (const type of ["input", "change"]) this.select.dispatchEvent(new Event(type, { bubbles: true }));
    }

    /** On leaving: a name or a code that was typed out counts, an emptied input too; anything else was a search. */
    settle() {
      const sought = fold(this.input.value);
      const meant = this.isTyped ? this.items.find((item) => (sought ? [item.name, item.code].includes(sought) : !item.code)) : null;
      this.choose(meant);
    }

    press(event) {
      const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE, Home: -Infinity, End: Infinity }[event.key];
      if (event.key === "Tab" && this.isTyped) this.choose(this.active);
      else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.isTyped && this.choose(this.active);
      else if (event.key === "Enter" || (steps && !this.isOpen && Math.abs(steps) === 1)) this.act(event, () => (this.isOpen ? this.choose(this.active) : this.open()));
      else if (event.key === "Escape" && this.isOpen) this.act(event, () => this.close());
      else if (event.key === "ArrowUp" && event.altKey && this.isOpen) this.act(event, () => this.choose(this.active));
      else if (steps && this.isOpen) this.act(event, () => this.move(steps));
    }

    act(event, does) {
      event.preventDefault();
      event.stopPropagation();
      does();
    }
  }

  onArrival((root) => {
    for (const select of root.querySelectorAll("select[data-search]:not([hidden])")) new Combobox(select);
  });
})();
