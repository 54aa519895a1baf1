/*
 * Passkeys: a form that the browser fills in, by a finger, a face, a PIN or a key that is plugged in. It stands alone: the
 * pages for signing in have no other script. Where the browser knows no passkeys, such forms stay hidden.
 *   <form data-passkey="/passkey/" hidden>   asks that address what to ask the browser, and posts the answer as `credential`
 *   data-makes                               a new passkey is made instead
 *   [data-failed]                            within: shown when nothing came of it
 */
"use strict";

(() => {
  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");
  const known = (listed = []) => listed.map((one) => ({ ...one, id: bytes(one.id) }));

  function make(asked) {
    const user = { ...asked.user, id: bytes(asked.user.id) };
    const publicKey = { ...asked, user, challenge: bytes(asked.challenge) };
    return navigator.credentials.create({ publicKey: { ...publicKey, excludeCredentials: known(asked.excludeCredentials) } });
  }

  function use(asked) {
    const publicKey = { ...asked, challenge: bytes(asked.challenge), allowCredentials: known(asked.allowCredentials) };
    return navigator.credentials.get({ publicKey });
  }

  // As the server reads it: every buffer as text that fits into an address.
  function told(credential) {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    }
    const results = credential.getClientExtensionResults();
    return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: results };
  }

  async function question(form) {
    const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value, Accept: "application/json" };
    const answer = await fetch(form.dataset.passkey, { method: "POST", headers, redirect: "error" });
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    return (await answer.json()).publicKey;
  }

  async function ask(form) {
    const failed = form.querySelector("[data-failed]");
    failed.hidden = true;
    try {
      const asked = await question(form);
      const credential = await ("makes" in form.dataset ? make(asked) : use(asked));
      form.elements.credential.value = JSON.stringify(told(credential));
      form.submit();
    } catch {
      failed.hidden = false;
    }
  }

  function begin() {
    if (!window.PublicKeyCredential) return;
    for (const form of document.querySelectorAll("form[data-passkey]")) form.hidden = false;
  }

  document.addEventListener("submit", (event) => {
    if (!("passkey" in event.target.dataset)) return;
    event.preventDefault();
    ask(event.target);
  });
  document.addEventListener("htmx:load", begin);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
