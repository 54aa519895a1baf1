/*
 * The page about oneself: the browser knows in which time zone it is, and offers that one.
 *   data-zone-offer    the offer, hidden until there is something to offer; beside the list it is about
 */
"use strict";

(() => {
  function choose(list, zone) {
    if (![...list.options].some((option) => option.value === zone)) list.add(new Option(zone.replaceAll("_", " "), zone));
    list.value = zone;
    list.dispatchEvent(new Event("change", { bubbles: true }));
  }

  window.steward.onArrival((root) => {
    const offer = root.querySelector("[data-zone-offer]");
    const list = offer?.parentElement.querySelector("select");
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    if (!list || !timeZone) return;
    offer.querySelector("b").textContent = timeZone.replaceAll("_", " ");
    offer.hidden = list.value === timeZone;
    list.addEventListener("change", () => (offer.hidden = list.value === timeZone));
    offer.querySelector("button").addEventListener("click", () => {
      choose(list, timeZone);
      list.closest("form").querySelector("button.primary").focus();
    });
  });
})();
