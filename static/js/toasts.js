/*
 * Toasts: what happened meanwhile, in the stack #toasts. The server puts them there, or steward.say().
 *   data-toast="applied"   the tone; good and neutral news goes by itself, unless it is looked at
 *   data-close             closes the toast
 */
"use strict";

(() => {
  const GOES_AFTER_MS = 8000;
  const GOING = ["applied", "neutral"];
  const stack = document.getElementById("toasts");
  const timers = new WeakMap();

  function isLookedAt(toast) {
    return document.hidden || toast.matches(":hover, :focus-within");
  }

  function hold(toast) {
    clearTimeout(timers.get(toast));
  }

  function letGo(toast) {
    hold(toast);
    if (!GOING.includes(toast.dataset.toast) || isLookedAt(toast)) return;
    timers.set(toast, setTimeout(() => toast.remove(), GOES_AFTER_MS));
  }

  function close(toast) {
    const left = toast.contains(document.activeElement);
    const next = toast.nextElementSibling ?? toast.previousElementSibling;
    toast.remove();
    if (left) (next?.querySelector("[data-close]") ?? document.querySelector("main")).focus({ preventScroll: true });
  }

  // A dialog lies over everything that was shown before it.
  function raise() {
    if (!document.querySelector("dialog:modal")) return;
    stack.hidePopover();
    stack.showPopover();
  }

  function arrive(toast) {
    for (const event of ["pointerenter", "focusin"]) toast.addEventListener(event, () => hold(toast));
    for (const event of ["pointerleave", "focusout"]) toast.addEventListener(event, () => setTimeout(letGo, 0, toast));
    letGo(toast);
    raise();
  }

  function everyToast(act) {
    for (const toast of stack.querySelectorAll("[data-toast]")) act(toast);
  }

  stack.showPopover();
  everyToast(arrive);
  new MutationObserver((changes) => {
    for (const added of changes.flatMap((change) => [...change.addedNodes])) if (added.dataset?.toast) arrive(added);
  }).observe(stack, { childList: true });

  stack.addEventListener("click", (event) => {
    const toast = event.target.closest("[data-close]")?.closest("[data-toast]");
    if (toast) close(toast);
  });
  stack.addEventListener("keydown", (event) => {
    const toast = event.key === "Escape" && event.target.closest("[data-toast]");
    if (toast) close(toast);
  });
  document.addEventListener("visibilitychange", () => everyToast(letGo));
})();
