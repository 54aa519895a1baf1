/*
 * From a record to its form and back, in the place of each other; and what is asked before something typed is left.
 *   data-edit   a link to a form, data-out a link away from it: they swap main; without scripts they are plain links
 *   #leaving    asks whether to keep editing, to leave and keep the draft, or to discard it
 */
"use strict";

(() => {
  const form = () => document.getElementById("edit");
  const dialog = () => document.getElementById("leaving");
  let isGoing = false; // saved, or said to leave: nothing more is asked
  let isPending = false; // typed since the server last kept a draft
  let isTouched = false; // typed at all: a form may come filled in with what somebody asked for
  let whereto = "";

  function isDirty() {
    if (!form() || isGoing || !isTouched) return false;
    const { why, reference } = form().elements;
    return form().querySelector(".row.changed") !== null || [why, reference].some((box) => box.value !== box.defaultValue);
  }

  /* ---- in place ---- */

  let place = null; // the row that was pressed, and where it stood in the window

  function show(href) {
    const row = document.activeElement?.closest(".row[id]");
    place = row && { id: row.id, top: row.getBoundingClientRect().top };
    isGoing = isTouched = false;
    window.htmx.trigger(document.body, "htmx:abort"); // the last of two that were pressed counts
    window.htmx.ajax("GET", href, { target: "#main", swap: "outerHTML", push: href });
  }

  function isInPlace(event) {
    return event.detail.target?.id === "main" && event.detail.requestConfig?.verb === "get";
  }

  // Another page than the one that was asked for, such as the one to sign in at: go there.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!isInPlace(event) || event.detail.serverResponse.includes('id="main"')) return;
    event.detail.shouldSwap = false;
    location.assign(event.detail.requestConfig.path);
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (!isInPlace(event)) return;
    const row = place && document.getElementById(place.id);
    if (!form()) (row?.querySelector("a[data-edit]") ?? document.querySelector("main")).focus({ preventScroll: true });
    else if (document.activeElement.matches("#edit input[type=text], #edit input[type=tel], #edit input[type=email]")) document.activeElement.select();
    if (row) scrollBy({ top: row.getBoundingClientRect().top - place.top, behavior: "instant" });
    else scrollTo({ top: 0, behavior: "instant" });
    place = null;
  });

  function isPlain(event) {
    return event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  }

  // Before all others: a link is not followed while something typed would be lost.
  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.("a[href]");
      if (!link || !isPlain(event) || link.target || link.origin !== location.origin) return;
      if (link.hash && link.pathname === location.pathname && link.search === location.search) return;
      const inPlace = link.matches("[data-edit], [data-out]");
      const asks = isDirty();
      if (!asks && !inPlace) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (asks) ask(link.href, inPlace);
      else show(link.href);
    },
    true,
  );

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !form()) return;
    if (document.querySelector("dialog[open], [popover]:popover-open:not(.toasts)") || event.target.closest("[data-toast]")) return;
    event.preventDefault(); // it would close the question again
    form().querySelector("[data-out]").click();
  });

  /* ---- the question ---- */

  const WHY = "The console does not answer, or your session has ended: then sign in again in another tab.";

  function ask(href, inPlace) {
    whereto = { href, inPlace };
    document.getElementById("not-kept").textContent = "";
    dialog().showModal();
  }

  function go() {
    isGoing = true;
    dialog().close();
    if (whereto.inPlace) show(whereto.href);
    else location.assign(whereto.href);
  }

  // Asked as htmx asks, so that a redirect can only be the one to the sign-in page: then nothing was done.
  async function post(address) {
    const body = new URLSearchParams(new FormData(form()));
    const answer = await fetch(address, { method: "POST", headers: { "HX-Request": "true" }, body, redirect: "manual" });
    if (!answer.ok) throw new Error();
  }

  async function decide(choice) {
    if (choice === "stay") return dialog().close();
    window.htmx.trigger("#checker", "htmx:abort"); // what is kept by it would outlive what is discarded
    try {
      if (choice === "discard") await post(dialog().dataset.discard);
      else if (isPending) await post(form().dataset.check);
      go();
    } catch {
      document.getElementById("not-kept").textContent =
        choice === "discard"
          ? `${WHY} So the draft is still there. Try again in a minute.`
          : `${WHY} So no draft could be kept. Stay here and try again in a minute.`;
    }
  }

  document.addEventListener("click", (event) => {
    const choice = event.target.closest("#leaving [data-choice]")?.dataset.choice;
    if (choice) decide(choice);
  });

  /* ---- leaving by other ways: closing, reloading, signing out ---- */

  document.addEventListener("input", (event) => {
    if (event.target.closest?.("#edit")) isPending = isTouched = true;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.id === "checker" && event.detail.successful) isPending = false;
  });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.getResponseHeader("HX-Redirect")) isGoing = true;
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-letting-go]")) isGoing = true;
  });
  window.addEventListener("pageshow", () => (isGoing = false));
  window.addEventListener("beforeunload", (event) => {
    if (isDirty()) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden || !isPending || !isDirty()) return;
    navigator.sendBeacon(form().dataset.check, new URLSearchParams(new FormData(form())));
  });

  // Back from a form that was shown in place changes the address and nothing else: put it back, and ask.
  window.addEventListener("popstate", (event) => {
    if (!isDirty() || !dialog()) return;
    event.stopImmediatePropagation();
    const href = location.href;
    history.pushState({ htmx: true }, "", form().action);
    ask(href, true);
  });
})();
