/*
 * Looking again: what goes on by itself is asked for anew, for as long as somebody looks at the page.
 *   data-poll="2"   the element's hx-get (hx-trigger="look") is asked every 2 seconds; without a number no more
 * While no answer comes it asks ever more seldom and says nothing: what the page shows still stands. A hidden page asks
 * nothing, and asks at once when it is seen again.
 */
"use strict";

(() => {
  const MOST_SECONDS = 60;
  const timers = new WeakMap();
  const misses = new WeakMap();

  function ask(element) {
    clearTimeout(timers.get(element));
    if (element.isConnected && element.dataset.poll && !document.hidden) window.htmx.trigger(element, "look");
  }

  function wait(element) {
    clearTimeout(timers.get(element));
    const seconds = Math.min(Number(element.dataset.poll) * 2 ** (misses.get(element) ?? 0), MOST_SECONDS);
    if (seconds) timers.set(element, setTimeout(ask, seconds * 1000, element));
  }

  function asking(root) {
    const inside = [...(root.querySelectorAll?.("[data-poll]") ?? [])];
    return root.matches?.("[data-poll]") ? [root, ...inside] : inside;
  }

  /** What asked, if it was no person: then nobody waits for the answer, and nobody is told that none came. */
  function poller(event) {
    return event.target.closest?.("[data-poll]");
  }

  function isAway(event) {
    const status = event.detail.xhr?.status ?? 0;
    return !status || status === 429 || status >= 500;
  }

  // Capturing, so as to come before those who tell of a failed request.
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"])
    document.addEventListener(
      name,
      (event) => {
        const element = poller(event);
        if (!element) return;
        if (isAway(event)) event.stopImmediatePropagation();
        else delete element.dataset.poll; // signed out, or no longer here: that is told, once
      },
      true,
    );

  document.addEventListener(
    "htmx:afterRequest",
    (event) => {
      const element = poller(event);
      if (!element) return;
      event.stopImmediatePropagation();
      misses.set(element, event.detail.successful ? 0 : (misses.get(element) ?? 0) + 1);
      wait(element);
    },
    true,
  );

  // What takes its place is newer than the answer it still waits for, which has no place any more.
  document.addEventListener("htmx:beforeCleanupElement", (event) => {
    if (event.target.dataset?.poll !== undefined) window.htmx.trigger(event.target, "htmx:abort");
  });

  // It is no sign that somebody sits there: without a deed their session ends all the same.
  document.addEventListener("htmx:configRequest", (event) => {
    if (poller(event)) event.detail.headers["X-Poll"] = "true";
  });

  document.addEventListener("visibilitychange", () => asking(document).forEach(ask));
  window.steward.onArrival((root) => asking(root).forEach(wait));
  window.steward.poll = wait;
})();
