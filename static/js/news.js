/*
 * News: what becomes of a person's own changes is told in a toast while they are elsewhere in the console.
 *   data-change="12" data-going   a change of the reader's that is on its way: watched from now on
 *   #state[data-change="12"]      the page of that change, which tells its end itself
 *   data-watching="12-15"         of #news: what the server says is on its way, the whole of it
 * What is watched is kept for the next page of this tab: numbers of changes, nothing of any customer. With nothing to
 * watch nothing is asked. A toast that stays until it is closed stays over the next pages, too.
 */
"use strict";

(() => {
  const KEPT = "watched-changes";
  const FIRST_SECONDS = 2;
  const STAYING = ".toast:is([data-toast=refused], [data-toast=unknown], [data-toast=waiting])[data-change]";

  let kept = read();

  function read() {
    try {
      return new Set((sessionStorage.getItem(KEPT) ?? "").split("-").filter(Boolean));
    } catch {
      return new Set();
    }
  }

  function keep(numbers) {
    kept = numbers;
    try {
      sessionStorage.setItem(KEPT, [...numbers].join("-"));
    } catch {
      // A browser that keeps nothing tells what ends while the page is open, and carries nothing over to the next.
    }
  }

  function numbers(selector) {
    return [...document.querySelectorAll(selector)].map((element) => element.dataset.change);
  }

  /** The change whose page this is, if the reader asked for it. */
  function shown() {
    return document.querySelector("#state[data-change]");
  }

  function told() {
    return new Set(numbers("#toasts [data-change]"));
  }

  function watched() {
    const already = told();
    return [...kept].filter((number) => !already.has(number));
  }

  function start() {
    const news = document.getElementById("news");
    if (!news || news.dataset.poll || !watched().some((number) => number !== shown()?.dataset.change)) return;
    news.dataset.poll = FIRST_SECONDS;
    window.steward.poll?.(news);
  }

  function arrive(root) {
    const server = root.dataset?.watching;
    const going = server === undefined ? new Set(kept) : new Set([...server.split("-").filter(Boolean), ...numbers(STAYING)]);
    for (const number of numbers("[data-change][data-going]")) going.add(number);
    if (shown() && !("going" in shown().dataset)) going.delete(shown().dataset.change);
    keep(going);
    start();
  }

  function forget(toast) {
    keep(new Set([...kept].filter((number) => number !== toast.dataset.change)));
  }

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target.id !== "news") return;
    event.detail.parameters.of = watched().join("-");
    event.detail.parameters.but = shown()?.dataset.change ?? "";
    event.detail.parameters.every = event.target.dataset.poll;
  });

  // Closed, or followed to where it leads: then it is told.
  document.getElementById("toasts")?.addEventListener("click", (event) => {
    const toast = event.target.closest("a, [data-close]")?.closest("[data-change]");
    if (toast) forget(toast);
  });
  document.getElementById("toasts")?.addEventListener("keydown", (event) => {
    const toast = event.key === "Escape" && event.target.closest("[data-change]");
    if (toast) forget(toast);
  });

  window.steward.onArrival(arrive);
})();
