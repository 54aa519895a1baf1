/*
 * The form of a policy: of the fields that can be ticked, those stand there which a chosen connection has.
 *   data-fields-of    the form
 *   data-at           of a field: the keys of the connections that have it
 * Without a script all of them do; the server says what fits nowhere.
 */
"use strict";

(() => {
  function follow(form) {
    const everywhere = form.elements.where.value !== "these";
    const chosen = new Set([...form.querySelectorAll("[name=connections]:checked")].map((box) => box.value));
    for (const label of form.querySelectorAll("[data-at]")) {
      const box = label.querySelector("input");
      const fits = everywhere || !chosen.size || label.dataset.at.split(" ").some((key) => chosen.has(key));
      label.hidden = !fits && !box.checked;
    }
  }

  window.steward.onArrival((root) => {
    const form = root.querySelector("[data-fields-of]");
    if (!form) return;
    follow(form);
    form.addEventListener("change", () => follow(form));
  });
})();
