/*
 * Requests: that one is under way, where the cursor goes after it, and what to do when it fails.
 */
"use strict";

(() => {
  const { say, unsay } = window.steward;
  const SOURCE = "request";

  /* ---- showing that it is working ---- */

  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && event.target.method === "post") event.submitter?.setAttribute("aria-busy", "true");
  });

  // Back may bring the page as it was left, with its button still busy.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
  });

  // What a person asked for and waits for: its place says so to a screen reader, a line above the page to everybody.
  const waiting = new Map(); // request → the place that it fills

  document.addEventListener("htmx:beforeSend", (event) => {
    if (event.target.closest("[data-poll]")) return; // the page asked by itself (poll.js)
    const { xhr, target } = event.detail;
    const place = target.closest("[role=listbox]") ?? target; // a list of options has none but these for a reader
    waiting.set(xhr, place);
    place.setAttribute("aria-busy", "true");
    document.body.dataset.working = "";
    xhr.addEventListener("loadend", () => over(xhr)); // htmx does not say it of what is gone from the page by then
  });

  function over(xhr) {
    const place = waiting.get(xhr);
    waiting.delete(xhr);
    if (![...waiting.values()].includes(place)) place.removeAttribute("aria-busy");
    if (!waiting.size) delete document.body.dataset.working;
  }

  /* ---- the first problem gets the cursor ---- */

  function focusFirstProblem(root) {
    root.querySelector("[aria-invalid=true]:not([disabled])")?.focus();
  }

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.requestConfig.triggeringEvent?.type === "submit") focusFirstProblem(event.target);
  });

  /* ---- what to do when a request fails ---- */

  // The console says in plain words why it did not do it; what stands before it answers with a page of its own.
  function whatToDo(request, saving) {
    const { status } = request;
    if (status >= 400 && request.getResponseHeader("Content-Type")?.startsWith("text/plain")) return request.responseText;
    if (status < 400 || status === 401 || status === 403)
      return "You may not do this, or your session has ended. Copy what you typed, reload the page and sign in again.";
    if (status === 404) return "This is no longer here. Reload the page to see what is.";
    if (status === 413) return "This is too large to be sent. Shorten it, or choose a smaller file.";
    if (status === 429) return "Too many requests at once. Wait a minute, then try again.";
    if (status < 500) return "The console could not accept this. Copy what you typed, reload the page and try again.";
    if (status >= 502 && status <= 504) return "The console does not answer. Try again in a minute; what you typed is still here.";
    if (saving) return "Something broke on the server. Reload the page to see whether this was saved before you try again.";
    return "Something broke on the server. Try again; if it stays like this, tell an administrator.";
  }

  function isSaving(event) {
    return event.detail.requestConfig.verb !== "get";
  }

  function sayUnreachable(event) {
    const after = isSaving(event)
      ? "What you typed is still here, but it may or may not have been saved: look before you send it again."
      : "Check your connection, then try again.";
    say(`The console cannot be reached. ${after}`, SOURCE);
  }

  document.addEventListener("htmx:sendError", sayUnreachable);
  document.addEventListener("htmx:timeout", sayUnreachable);
  document.addEventListener("htmx:responseError", (event) => say(whatToDo(event.detail.xhr, isSaving(event)), SOURCE));
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) unsay(SOURCE);
  });

  // A whole page where a piece was asked for is the sign-in page of an ended session: never swap it in.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target === document.body || !/^\s*<!doctype html/i.test(event.detail.serverResponse)) return;
    event.detail.shouldSwap = false;
    event.detail.isError = true;
  });

  focusFirstProblem(document);
})();
