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
    form.dataset.sent = "yes";
  }
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
  }
});
