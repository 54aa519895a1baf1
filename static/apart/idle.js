/*
 * A session without a deed ends: the page says so two minutes before, offers to stay, and says when it is over. session.js
 * fetches this file for a page that has been open for a while.
 *   data-session-left="/…/"   where to ask how long it lasts (GET, no deed) and to say that somebody is here (POST)
 * Every answer says it anew, in seconds: X-Session-Ends.
 */
"use strict";

(() => {
  const WARNS_MS = 120_000;
  const SOURCE = "session";
  const LONGEST = "It lasts twelve hours at most, so it ends within two minutes all the same. Save what you typed.";
  const { say, unsay } = window.steward;
  const url = document.body.dataset.sessionLeft;

  let endsAt = Infinity;
  let timer = 0;
  let isOver = false;

  const isEnding = () => endsAt - Date.now() <= WARNS_MS;

  /** Says it, with something to do about it. */
  function tell(words, element) {
    say(words, SOURCE);
    const place = document.querySelector(`#toasts [data-source=${SOURCE}] [data-words]`);
    place.after(" ", element);
  }

  function stayButton() {
    const button = document.createElement("button");
    button.className = "button small";
    button.type = "button";
    button.textContent = "Stay signed in";
    button.addEventListener("click", stay);
    return button;
  }

  function signInLink() {
    const link = document.createElement("a");
    link.href = "/sign-in/";
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = "Sign in again in another tab";
    return link;
  }

  /** Hears that this many seconds are left, and looks again when there is something to say. */
  function hear(seconds) {
    if (Number.isNaN(seconds)) return;
    endsAt = Date.now() + seconds * 1000;
    isOver = false;
    if (!isEnding()) unsay(SOURCE);
    clearTimeout(timer);
    timer = setTimeout(look, seconds * 1000 - (isEnding() ? 0 : WARNS_MS) + 1000);
  }

  const secondsIn = (text) => Number.parseInt(text ?? "", 10);

  async function ask(about) {
    const answer = await fetch(url, { redirect: "manual", ...about }).catch(() => null);
    if (answer?.ok) hear(secondsIn(answer.headers.get("X-Session-Ends")));
    return answer;
  }

  /** Asks: another tab may have been at work. Who is signed out is led away, which is not followed. */
  async function look() {
    clearTimeout(timer);
    const answer = await ask({ headers: { "X-Poll": "true" } });
    if (answer?.type === "opaqueredirect") over();
    else if (!answer?.ok) timer = setTimeout(look, 30_000);
    else if (isEnding()) tell("You have done nothing here for a while: you are signed out within two minutes.", stayButton());
  }

  async function stay() {
    const answer = await ask({ method: "POST", headers: JSON.parse(document.body.getAttribute("hx-headers")) });
    if (!answer?.ok) look();
    else if (isEnding()) say(LONGEST, SOURCE);
    if (document.activeElement === document.body) document.querySelector("main").focus({ preventScroll: true });
  }

  function over() {
    endsAt = Infinity;
    isOver = true;
    unsay("request"); // what was turned away before says the same in other words
    tell("Your session has ended. What you typed is still here.", signInLink());
    document.dispatchEvent(new Event("session:ended"));
  }

  // Before poll.js, which lets nobody behind it hear what it asked for.
  window.addEventListener(
    "htmx:afterRequest",
    (event) => hear(secondsIn(event.detail.xhr.getResponseHeader("X-Session-Ends"))),
    true,
  );

  // What the page asks for by itself is turned away then. That is told already, and it goes on once somebody is back.
  window.addEventListener(
    "htmx:responseError",
    (event) => isOver && event.target.closest?.("[data-poll]") && event.stopImmediatePropagation(),
    true,
  );

  // A hidden page, or a computer that slept, comes late.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && isEnding()) look();
  });

  look();
})();
