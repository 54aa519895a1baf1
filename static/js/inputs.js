/*
 * What an input says while one types into it.
 *   data-says="date|money"                     says what stands in the input beside it as people say it
 *   data-longest="60" data-counts="utf16|characters"   says how much room is left, near the limit
 *   data-joins=", "                            joins the lines of a text that is sent in one line
 *   data-phone                                 a number that begins with + chooses its country
 */
"use strict";

(() => {
  const NEAR = 0.8;
  const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

  const says = {
    date({ value }) {
      if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return "";
      const part = Object.fromEntries(DAY.formatToParts(new Date(value)).map(({ type, value }) => [type, value]));
      return `${part.weekday}, ${part.day} ${part.month} ${part.year}`;
    },
    money({ value }) {
      const [, whole, rest = ""] = /^0*(\d{4,})(\.\d*)?$/.exec(value.trim()) ?? [];
      return whole ? whole.replace(/\B(?=(\d{3})+$)/g, ",") + rest : "";
    },
  };

  function sayInWords(input) {
    const words = input.closest("[data-control]")?.querySelector("[data-says]");
    if (words) words.textContent = says[words.dataset.says](input);
  }

  function sayWhatIsLeft(input) {
    const longest = Number(input.dataset.longest);
    const text = input.value.trim();
    const length = input.dataset.counts === "utf16" ? text.length : [...text].length;
    let left = input.parentElement.querySelector(".left");
    if (!left && length < longest * NEAR) return;
    if (!left) {
      left = document.createElement("span");
      left.role = "status";
      input.after(left);
    }
    left.className = length > longest ? "left over" : "left";
    left.textContent = length < longest * NEAR ? "" : length > longest ? `${length - longest} too many` : `${longest - length} left`;
  }

  function joinLines(input) {
    const lines = input.value.split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
    const last = lines.pop() ?? "";
    input.value = [...lines.map((line) => line.replace(/[, ]+$/, "")), last].join(input.dataset.joins);
  }

  function chooseCountry(input) {
    const country = input.closest("[data-phone]").querySelector("select");
    const digits = input.value.trim().startsWith("+") ? input.value.replace(/\D/g, "") : "";
    const code = (option) => option.dataset.short.replace(/\D/g, "");
    const begins = (option) => code(option) && digits.startsWith(code(option));
    const [longest] = [...country.options].filter(begins).sort((a, b) => code(b).length - code(a).length);
    if (!longest || code(longest) === code(country.selectedOptions[0])) return;
    country.value = longest.value;
    country.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // Before anything else hears of it, so that all of them see the text as it will be sent.
  document.addEventListener("input", (event) => {
    const input = event.target;
    if (input.dataset.joins && event.inputType === "insertFromPaste" && input.value.includes("\n")) joinLines(input);
    if (input.type === "tel" && input.closest("[data-phone]")) chooseCountry(input);
    if (input.dataset.longest) sayWhatIsLeft(input);
    sayInWords(input);
  }, { capture: true });

  document.addEventListener("change", (event) => {
    if (event.target.dataset.joins && event.target.value.includes("\n")) joinLines(event.target);
  }, { capture: true });
})();
