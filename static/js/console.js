/*
 * What the pages do beyond plain HTML, all of it by attributes. Everything works without this file; it makes it quicker.
 *
 *   data-key="e"         pressing e clicks this element, or puts the cursor into it if it is a field ("g c": g, then c)
 *   data-save            Ctrl+Enter or ⌘+Enter sends this form by its primary button
 *   data-dialog="id"     opens the <dialog> of that id
 *   data-copy="text"     copies the text
 *   data-mac="⌘ ↵"       what a <kbd> says on a Mac instead
 *   data-keys-switch     the checkbox that switches single keys off in this browser
 */
"use strict";

(() => {
  const KEYS_OFF = "single-keys-off";
  const PREFIX_MS = 1000;
  const COPIED_MS = 2000;

  /* ---- keys ---- */

  let prefix = "";
  let prefixTimer = 0;

  function isTyping(element) {
    return element.matches("input:not([type=checkbox], [type=radio], [type=submit]), textarea, select, [contenteditable]");
  }

  function press(key) {
    const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!target) return false;
    if (isTyping(target)) {
      target.focus();
      target.select?.();
    } else {
      target.click();
    }
    return true;
  }

  function moveInTable(step) {
    const rows = [...document.querySelectorAll("main tbody tr")].filter((row) => row.querySelector("a[href]"));
    if (!rows.length) return false;
    const here = rows.findIndex((row) => row.contains(document.activeElement));
    const next = Math.min(Math.max(here + step, 0), rows.length - 1);
    rows[next].querySelector("a[href]").focus();
    return true;
  }

  function save(from) {
    const form =
      from.closest("form[data-save]") ||
      document.querySelector("dialog[open] form[data-save]") ||
      document.querySelector("form[data-save]");
    const button = form?.querySelector("button.primary");
    if (!form || button?.disabled) return false;
    form.requestSubmit(button);
    return true;
  }

  function singleKey(key) {
    const pressed = prefix + key;
    prefix = "";
    if (pressed === "g") {
      prefix = "g ";
      clearTimeout(prefixTimer);
      prefixTimer = setTimeout(() => (prefix = ""), PREFIX_MS);
      return true;
    }
    if (pressed === "j" || pressed === "k") return moveInTable(pressed === "j" ? 1 : -1);
    return press(pressed);
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const held = event.ctrlKey || event.metaKey;
    if (held && event.key === "Enter" && save(event.target)) return event.preventDefault();
    if (held || event.key.length !== 1 || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (localStorage.getItem(KEYS_OFF) === null && singleKey(event.key)) event.preventDefault();
  });

  /* ---- clicks ---- */

  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      return say("This browser does not let the page copy. Select the text and copy it yourself.");
    }
    button.dataset.copied = "";
    setTimeout(() => delete button.dataset.copied, COPIED_MS);
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      event.preventDefault();
      document.getElementById(opener.dataset.dialog)?.showModal();
    }
    const copier = event.target.closest("[data-copy]");
    if (copier) copy(copier);
  });

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-keys-switch]")) return;
    if (event.target.checked) localStorage.removeItem(KEYS_OFF);
    else localStorage.setItem(KEYS_OFF, "yes");
  });

  /* ---- showing that it is working ---- */

  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && event.target.method === "post") event.submitter?.setAttribute("aria-busy", "true");
  });

  // Back may bring the page as it was left, with its button still busy.
  window.addEventListener("pageshow", () => {
    for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
  });

  /* ---- the first problem gets the cursor ---- */

  function focusFirstProblem(root) {
    root.querySelector("[aria-invalid=true]:not([disabled])")?.focus();
  }

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.requestConfig.triggeringEvent?.type === "submit") focusFirstProblem(event.target);
  });

  /* ---- what to do when a request fails ---- */

  function say(words) {
    const toast = document.getElementById("toast");
    if (!toast.matches(":popover-open")) toast.showPopover();
    toast.querySelector("[data-words]").textContent = words;
  }

  function whatToDo(status, saving) {
    if (status < 400 || status === 401 || status === 403)
      return "You may not do this, or your session has ended. Copy what you typed, reload the page and sign in again.";
    if (status === 404) return "This is no longer here. Reload the page to see what is.";
    if (status === 413) return "This is too large to be sent. Shorten it, or choose a smaller file.";
    if (status === 429) return "Too many requests at once. Wait a minute, then try again.";
    if (status < 500) return "The console could not accept this. Copy what you typed, reload the page and try again.";
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
    say(`The console cannot be reached. ${after}`);
  }

  document.addEventListener("htmx:sendError", sayUnreachable);
  document.addEventListener("htmx:timeout", sayUnreachable);
  document.addEventListener("htmx:responseError", (event) => say(whatToDo(event.detail.xhr.status, isSaving(event))));
  document.addEventListener("htmx:afterRequest", (event) => {
    const toast = document.getElementById("toast");
    if (event.detail.successful && toast.matches(":popover-open")) toast.hidePopover();
  });

  // A whole page where a piece was asked for is the sign-in page of an ended session: never swap it in.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target === document.body || !/^\s*<!doctype html/i.test(event.detail.serverResponse)) return;
    event.detail.shouldSwap = false;
    event.detail.isError = true;
  });

  /* ---- once the page is there (the file is deferred) ---- */

  if (/Mac|iPhone|iPad/.test(navigator.platform))
    for (const kbd of document.querySelectorAll("kbd[data-mac]")) kbd.textContent = kbd.dataset.mac;
  for (const box of document.querySelectorAll("[data-keys-switch]")) box.checked = localStorage.getItem(KEYS_OFF) === null;
  focusFirstProblem(document);
})();
