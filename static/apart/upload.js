/*
 * Upload: sends a file in pieces, says how far it is, and goes on by itself after a break.
 *   form[data-upload]   with an input of type file. Without data-piece it is posted first, without the file, and answered by
 *                       where its pieces go; with data-piece, data-size, data-kept and data-expected it goes on with one
 *   [data-drop]         where a file may be dropped; [data-as-of] is filled in with the moment of the file,
 *                       in the zone data-zone, in which the server reads it, until somebody puts another there
 */
"use strict";

(() => {
  const WAITS = [1, 2, 5, 10, 20, 30]; // seconds before another try, the last one again and again
  const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
  const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
  const token = (form) => form.querySelector("[name=csrfmiddlewaretoken]")?.value ?? JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

  class Refused extends Error {}

  async function digest(blob) {
    if (!crypto.subtle) return ""; // only where the page came by https, or from this machine
    const hash = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
    return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  const isReadable = (file) => file.slice(0, 1).arrayBuffer().then(() => true, () => false);

  /* ---- what is said ---- */

  function tell(form, words, done, whole) {
    form.querySelector("[data-upload-told]").textContent = words;
    if (whole) Object.assign(form.querySelector("progress"), { max: whole, value: done });
  }

  function show(form, busy) {
    form.querySelector("[data-uploading]").hidden = !busy;
    form.querySelector("footer").hidden = busy;
  }

  const lasting = (seconds) => (seconds < 60 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`);

  /* ---- sending ---- */

  async function open(form, file) {
    if (form.dataset.piece) {
      if (file.size !== Number(form.dataset.expected)) throw new Refused("This is another file than the one that was begun: it has another size.");
      return { piece: form.dataset.piece, size: Number(form.dataset.size), kept: Number(form.dataset.kept) };
    }
    const said = new FormData(form);
    said.delete("file");
    said.set("filename", file.name);
    said.set("size", file.size);
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(said), headers: { "X-Upload": "pieces", "X-CSRFToken": token(form) } });
    if (answer.redirected) { location.assign(answer.url); throw new Refused(""); }
    if (answer.headers.get("Content-Type")?.startsWith("application/json")) return answer.json();
    if (answer.status !== 422) throw new Refused("The upload could not begin. Open the page anew, then try again.");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const problems = [...page.querySelectorAll("#not-begun .notice, #import-form .error")].map((one) => one.textContent.trim());
    throw new Refused(problems.join(" ") || "Something is missing in the form.");
  }

  async function send(form, file, place, signal) {
    const data = file.slice(place.kept, place.kept + place.size);
    const before = place.kept ? await digest(file.slice(place.kept - place.size, place.kept)) : "";
    const headers = { "Content-Type": "application/octet-stream", "X-CSRFToken": token(form), ...(before && { "X-Before": before }) };
    const answer = await fetch(`${place.piece}?at=${place.kept}`, { method: "POST", body: data, headers, signal });
    if (answer.redirected) throw new Refused("You are signed out. Sign in in another tab, then choose the file once more here.");
    if (answer.status >= 500 || answer.status === 429) throw new Error("later");
    if (answer.status !== 200 && answer.status !== 409) {
      const told = answer.headers.get("Content-Type")?.startsWith("application/json") ? (await answer.json()).problem : "";
      throw new Refused(told || "The console does not take this file any more. Open the page anew.");
    }
    return answer.json();
  }

  async function sendAll(form, file, signal) {
    const place = await open(form, file);
    const began = performance.now(), from = place.kept;
    let broken = 0;
    while (place.kept < file.size) {
      try {
        const told = await send(form, file, place, signal);
        place.kept = told.kept;
        place.url = told.url ?? place.url;
        broken = 0;
        const left = ((performance.now() - began) / (place.kept - from) / 1000) * (file.size - place.kept);
        const time = place.kept > from && place.kept < file.size ? ` · ${lasting(left)} left` : "";
        tell(form, `${size(place.kept)} of ${size(file.size)}${time}`, place.kept, file.size);
      } catch (problem) {
        if (problem instanceof Refused || signal.aborted) throw problem;
        if (!(await isReadable(file))) throw new Refused("The file was saved anew, moved or deleted since it was chosen. Choose it once more.");
        const wait = WAITS[Math.min(broken++, WAITS.length - 1)];
        tell(form, `The connection broke at ${size(place.kept)}. It goes on by itself in ${wait} s.`);
        await pause(wait);
      }
    }
    location.assign(place.url ?? location.pathname);
  }

  async function begin(form) {
    const file = form.querySelector("input[type=file]").files[0];
    if (!file) return;
    const stopper = new AbortController();
    form.querySelector("[data-upload-stop]").onclick = () => stopper.abort();
    show(form, true);
    tell(form, "Beginning…", 0, file.size);
    try {
      await sendAll(form, file, stopper.signal);
    } catch (problem) {
      show(form, false);
      const words = problem instanceof Refused ? problem.message : stopper.signal.aborted ? "Stopped. What came is kept: press the button once more to go on." : "The upload did not begin: is there a connection? Try again.";
      form.querySelector("[data-upload-say]").textContent = words;
      if (words) window.steward.say(words);
    }
  }

  /* ---- choosing ---- */

  /** A moment as a control of type datetime-local wants it. */
  function inZone(moment, timeZone) {
    const wanted = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" };
    const parts = new Intl.DateTimeFormat("en", { ...wanted, timeZone, hourCycle: "h23" }).formatToParts(moment);
    const { year, month, day, hour, minute } = Object.fromEntries(parts.map((part) => [part.type, part.value]));
    return `${year}-${month}-${day}T${hour}:${minute}`;
  }

  function chosen(form, file) {
    form.querySelector("[data-file-name]").textContent = file.name;
    form.querySelector("[data-file-size]").textContent = size(file.size);
    const asOf = form.querySelector("[data-as-of]");
    if (!asOf || (asOf.value && asOf.value !== asOf.dataset.filled)) return;
    asOf.value = asOf.dataset.filled = inZone(file.lastModified, asOf.dataset.zone);
  }

  document.addEventListener("change", (event) => {
    const form = event.target.type === "file" && event.target.closest("form[data-upload]");
    if (form && event.target.files[0]) chosen(form, event.target.files[0]);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-upload]")) return;
    event.preventDefault();
    begin(event.target);
  }, true);
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const place = event.target.closest?.("[data-drop]");
      document.querySelectorAll(".drop.over").forEach((one) => one.classList.remove("over"));
      if (place && kind === "dragover") place.classList.add("over");
    });
  }
})();
