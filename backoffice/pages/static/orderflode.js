// What do the pages do beyond plain HTML? Little: every page works without it. Keys, scanners, and where focus goes.
"use strict";

// "/" goes to the search, from anywhere but a field.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, select, textarea, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    document.getElementById("sok")?.focus();
  }
});

// What was refused is read at once, and is where the keyboard goes on.
const focus = (root) => root.querySelector?.("[data-focus]")?.focus();
document.addEventListener("DOMContentLoaded", () => focus(document));

// What a page asks by itself, every few seconds, is told apart from what a person does: it keeps nobody logged in.
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.detail.triggeringEvent) {
    event.detail.headers["Orderflode-By-Itself"] = "yes";
  }
});

// A field for a scanner takes the next scan, whatever the last one did to the page.
document.addEventListener("htmx:afterSettle", (event) => {
  focus(event.target);
  const scan = document.querySelector("[data-scan]");
  if (scan && document.activeElement === document.body) {
    scan.focus();
  }
});

// Scans are answered in place, one after another in their order: the field takes the next one at once, whatever the
// server is doing. What is refused is heard too, since whoever scans looks at the goods.
let scans = Promise.resolve();
const buzz = () => {
  try {
    const audio = new AudioContext();
    const tone = new OscillatorNode(audio, { type: "square", frequency: 180 });
    tone.connect(new GainNode(audio, { gain: 0.2 })).connect(audio.destination);
    tone.onended = () => audio.close();
    tone.start();
    tone.stop(audio.currentTime + 0.35);
  } catch {
    // No sound here: it is told and shown.
  }
};
const send = async (form, sent) => {
  const region = document.querySelector(form.dataset.answer);
  try {
    const answer = await fetch(form.action, { method: "POST", body: sent, headers: { "HX-Request": "true" } });
    if (answer.headers.has("HX-Redirect")) {
      location.assign(answer.headers.get("HX-Redirect"));
      return;
    }
    region.innerHTML = answer.status < 500 ? await answer.text() : form.querySelector("template").innerHTML;
  } catch {
    region.innerHTML = form.querySelector("template").innerHTML;
  }
  document.getElementById(region.querySelector("[data-gone]")?.dataset.gone)?.remove();
  if (region.querySelector("[data-refused], .refused")) {
    buzz();
  }
};
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.answer) {
    event.preventDefault();
    const sent = new URLSearchParams(new FormData(form));
    const scan = form.querySelector("[data-scan]");
    scan.value = "";
    scan.focus();
    scans = scans.then(() => send(form, sent));
  }
});

// A box in a table's head ticks all of its column.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-ticks]")) {
    for (const box of document.querySelectorAll(`input[name="${event.target.dataset.ticks}"]`)) {
      box.checked = event.target.checked;
    }
  }
});

// A form that is on its way is not sent twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "post" && !form.hasAttribute("hx-post")) {
    if (form.dataset.sent) {
      event.preventDefault();
    }
    // What gives a file to keep leaves the form where it is.
    if (!event.submitter?.hasAttribute("data-again")) {
      form.dataset.sent = "yes";
    }
    // A button that takes time says that it is at work.
    if (event.submitter?.dataset.busy) {
      event.submitter.textContent = event.submitter.dataset.busy;
      event.submitter.setAttribute("aria-live", "polite");
    }
  }
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
  }
});

// What was asked about a form that a button has made anew meanwhile is not shown in the new one.
document.addEventListener("htmx:beforeRequest", (event) => {
  event.detail.requestConfig.askedAbout = document.getElementById("formular");
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.requestConfig.askedAbout !== document.getElementById("formular")) {
    event.detail.shouldSwap = false;
  }
});
