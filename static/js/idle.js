/*
 * A session without a deed ends: the page says so two minutes before, offers to stay, and says when it is over.
 *   data-session-ends="1800"   seconds until it ends, as the page was made; every answer says it anew (X-Session-Ends)
 *   data-session-left="/…/"    where to ask how long it lasts (GET, no deed) and to say that somebody is here (POST)
 */
"use strict";

(() => {
  const WARNS_MS = 120_000;
  const LONGEST = "It lasts twelve hours at most, so it ends within two minutes all the same. Save what you typed.";
  const { sessionEnds, sessionLeft } = document.body.dataset;
  if (!sessionLeft) return;

  let endsAt = 0;
  let timer = 0;

  function show(name) {
    window.steward.unsay("session");
    document.getElementById("toasts").append(document.getElementById(name).content.cloneNode(true));
  }

  /** Hears that this many seconds are left, and looks again when there is something to say. */
  function hear(seconds) {
    if (Number.isNaN(seconds)) return;
    endsAt = Date.now() + seconds * 1000;
    const isEnding = seconds * 1000 <= WARNS_MS;
    if (!isEnding) window.steward.unsay("session");
    clearTimeout(timer);
    timer = setTimeout(look, seconds * 1000 - (isEnding ? 0 : WARNS_MS) + 1000);
  }

  const secondsOf = (answer) => Number.parseInt(answer.headers.get("X-Session-Ends"), 10);

  /** Asks: another tab may have been at work. Who is signed out is led away, which is not followed. */
  async function look() {
    const answer = await fetch(sessionLeft, { headers: { "X-Poll": "true" }, redirect: "manual" }).catch(() => null);
    if (!answer || answer.status >= 500) return void (timer = setTimeout(look, 30_000));
    if (answer.type === "opaqueredirect") return over();
    hear(secondsOf(answer));
    if (endsAt - Date.now() <= WARNS_MS) show("session-ending");
  }

  function over() {
    clearTimeout(timer);
    endsAt = 0;
    show("session-ended");
    document.dispatchEvent(new Event("session:ended"));
  }

  async function stay(form) {
    const about = { method: "POST", body: new FormData(form), redirect: "manual" };
    const answer = await fetch(sessionLeft, about).catch(() => null);
    if (!answer?.ok) return look();
    hear(secondsOf(answer));
    if (endsAt - Date.now() <= WARNS_MS) form.parentElement.querySelector("[data-words]").textContent = LONGEST;
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.closest("[data-source=session]")) return;
    event.preventDefault();
    stay(event.target);
  });

  // Before poll.js, which lets nobody behind it hear what it asked for.
  window.addEventListener(
    "htmx:afterRequest",
    (event) => hear(Number.parseInt(event.detail.xhr.getResponseHeader("X-Session-Ends"), 10)),
    true,
  );

  // A hidden page, or a computer that slept, comes late.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && endsAt && endsAt - Date.now() <= WARNS_MS) look();
  });

  hear(Number.parseInt(sessionEnds, 10));
})();
