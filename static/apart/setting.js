/*
 * The form that edits many customers at once: which fields it sets or empties, marked and said at once.
 *   data-sets="Phone"   the row of a field; it gets the class "changed" while its control holds something
 *   data-setting        says how many are set and emptied
 *   #setting-checker    asks the server what is wrong, whenever a field was left; it answers with the notes below them
 */
"use strict";

(() => {
  const form = () => document.getElementById("setting");
  const isEmptied = (row) => Boolean(row.querySelector("[name^='clear-']:checked"));
  const nameOf = (row) => row.id.replace("field-", "v-");
  // A list that is searched by typing leaves its name to what is sent and gives its id to what is typed into.
  const isSet = (row) => Boolean(new FormData(form()).get(nameOf(row))?.trim());
  const control = (row) => document.getElementById(nameOf(row));
  const fields = (count) => `${count} field${count === 1 ? "" : "s"}`;

  function words(set, emptied) {
    const told = [set && `${fields(set)} set`, emptied && `${fields(emptied)} emptied`].filter(Boolean);
    return told.length ? `${told.join(", ")}. Next you see what would become of them; nothing is sent by that.` : "";
  }

  function look() {
    const rows = [...form().querySelectorAll("[data-sets]")];
    for (const row of rows) row.classList.toggle("changed", isSet(row) || isEmptied(row));
    const said = words(rows.filter((row) => isSet(row) && !isEmptied(row)).length, rows.filter(isEmptied).length);
    const place = form().querySelector("[data-setting]");
    place.dataset.first ??= place.textContent;
    place.textContent = said || place.dataset.first;
  }

  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => event.target.closest?.("#setting") && look());
  }
  function mark(row) {
    if (row.querySelector(".notes .error")) control(row).setAttribute("aria-invalid", "true");
    else control(row).removeAttribute("aria-invalid");
  }
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    const row = event.detail.target?.closest?.("#setting [data-sets]") ?? document.getElementById(event.detail.target?.id)?.closest("#setting [data-sets]");
    if (row) mark(row);
  });

  // That a look failed changes nothing for whoever types: all is looked at once more when it is sent.
  const isLook = (event) => event.target.id === "setting-checker" || event.detail.elt?.id === "setting-checker";
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(name, (event) => isLook(event) && event.stopPropagation(), true);
  }

  document.addEventListener("DOMContentLoaded", () => form() && look());
})();
