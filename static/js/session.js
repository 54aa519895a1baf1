/*
 * A session that ended while a page was open: whoever signs in again in another tab goes on here where they were.
 * Signing in makes the tokens of open forms invalid, so new ones are fetched, if it is the same person who signed in.
 *   data-person="3"   the link to the page of whoever is signed in
 */
"use strict";

(() => {
  const TOKEN = "csrfmiddlewaretoken";
  let isOut = false; // a request was turned away
  let isTried = false; // and turned away again with new tokens: then it is the right that is missing

  const me = (page) => page.querySelector("a[data-person]");

  async function newToken() {
    const answer = await fetch(me(document).href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const isSame = me(page)?.dataset.person === me(document).dataset.person;
    return isSame ? page.querySelector(`[name=${TOKEN}]`)?.value : "";
  }

  async function goOn() {
    const token = await newToken().catch(() => "");
    if (!token || !isOut) return;
    isOut = false;
    isTried = true;
    window.steward.unsay("session");
    for (const input of document.getElementsByName(TOKEN)) input.value = token;
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
    document.getElementById("edit")?.dispatchEvent(new Event("left")); // what was typed meanwhile was not looked at
  }

  // Capturing, so that nobody who says what failed keeps it from being heard of here.
  document.addEventListener(
    "htmx:responseError",
    (event) => {
      const { status } = event.detail.xhr;
      if ((status >= 400 && status !== 401 && status !== 403) || !me(document)) return;
      isOut = true;
      if (!isTried) goOn();
    },
    true,
  );
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) isOut = isTried = false;
  });

  document.addEventListener("session:ended", () => {
    isOut = true;
    isTried = false;
  });

  // What tells of its end is fetched once the page has been open for a while.
  const { sessionScript } = document.body.dataset;
  if (sessionScript)
    setTimeout(() => document.head.append(Object.assign(document.createElement("script"), { src: sessionScript })), 60_000);

  function look() {
    if (isOut && !document.hidden) goOn();
  }

  window.addEventListener("focus", look);
  document.addEventListener("visibilitychange", look);
})();
