// What does the link in the address open? Its purpose and secret stand behind the #: `first=…`, `invite=…`, `reset=…`.
"use strict";

const [purpose, secret] = location.hash.slice(1).split("=");
const form = document.getElementById("form");
const said = document.getElementById("said");
// Not in the address bar, nor in the history of the browser.
history.replaceState(null, "", location.pathname);

const tell = (sentence) => {
  said.hidden = false;
  said.textContent = sentence;
};

if (secret) {
  form.hidden = false;
  if (purpose === "first") {
    document.getElementById("first").hidden = false;
    form.elements.login.required = form.elements.name.required = true;
  }
  form.elements[purpose === "first" ? "login" : "password"].focus();
} else {
  tell("Länken är inte hel: öppna den igen (the link is not whole: open it again)");
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { login, name, password, again } = form.elements;
  if (password.value !== again.value) {
    tell("Lösenorden är olika (the passwords differ)");
    again.focus();
    return;
  }
  const body = { secret, password: password.value };
  if (purpose === "first") {
    Object.assign(body, { login: login.value, name: name.value });
  }
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await fetch("/api/v1/link", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    if (answer.ok) {
      // Logged in: to the first page that they may open.
      location.replace("/");
      return;
    }
    tell((await answer.json()).title);
  } catch {
    tell("Servern svarar inte; försök igen (the server does not answer; try again)");
  }
  button.disabled = false;
  password.focus();
});
