/*
 * How many are chosen, said where one decides about them.
 *   data-chosen="name"   its words, once some of its form's boxes of that name are ticked, are those of data-say, # the count;
 *                        where a single one is said otherwise, those of data-one; data-besides: how many more are chosen elsewhere
 */
"use strict";

(() => {
  const WORDS = "[data-chosen]";
  const without = new WeakMap();

  function tell(element) {
    if (!without.has(element)) without.set(element, element.textContent);
    const form = element.closest("form");
    const count = form.querySelectorAll(`input[name="${element.dataset.chosen}"]:checked`).length;
    const { say, one = say, besides = 0 } = element.dataset;
    const all = count + Number(besides);
    element.textContent = all ? (all === 1 ? one : say).replace("#", all) : without.get(element);
  }

  const tellAll = (root) => root.querySelectorAll(WORDS).forEach(tell);

  document.addEventListener("change", (event) => event.target.form && tellAll(event.target.form));
  window.addEventListener("pageshow", () => tellAll(document)); // the browser may have ticked them again
  window.steward.onArrival(() => tellAll(document));
})();
