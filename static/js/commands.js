/*
 * What the page at hand can do, for the palette.
 *   data-command="words"   what the palette calls this element; choosing it there clicks it
 * Without that it is offered the actions of the page's top, whatever has a key, and what copies or tells of a field.
 */
"use strict";

(() => {
  const OF_THE_PAGE = "main .actions :is(a, button), main [data-key], main [data-command]";
  const OF_THE_SHELL = "[data-command]";
  const DETAILS = "main a.history, main [data-copy]"; // so many that they have to be asked for

  function wordsOf(element) {
    const { command, says } = element.dataset;
    if (command ?? says) return command ?? says;
    const copy = element.cloneNode(true);
    for (const silent of copy.querySelectorAll("kbd, [aria-hidden=true]")) silent.remove();
    return copy.textContent.trim() || element.getAttribute("aria-label") || element.title || "";
  }

  function isOffered(element) {
    if (element.matches(":disabled, [aria-disabled=true], input, textarea, select")) return false;
    if (element.closest("dialog")) return false;
    return "command" in element.dataset || element.checkVisibility();
  }

  /** The elements by what they are called: those of the page, of what stands around it, then of its fields. */
  function commands() {
    const found = new Map();
    for (const element of [OF_THE_PAGE, OF_THE_SHELL, DETAILS].flatMap((some) => [...document.querySelectorAll(some)])) {
      const words = isOffered(element) ? wordsOf(element).replace(/\s+/g, " ") : "";
      if (words && !found.has(words)) found.set(words, element);
    }
    return found;
  }

  Object.assign(window.steward, { commands, isDetail: (element) => element.matches(DETAILS) });
})();
