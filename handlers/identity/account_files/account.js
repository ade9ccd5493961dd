// The page of a mailed link: what its form says is sent, with the token of the link, when the person confirms.
"use strict";

const API = "/api/v1";
const form = document.querySelector("form");
const heading = document.querySelector("h1");
const refusal = document.getElementById("refusal");
const done = document.getElementById("done");
const button = form.querySelector("button");
let token = null;

class Refused extends Error {}

// The body of an answer, or a refusal in words for people.
async function send(method, path, body, accessToken) {
  const headers = { "Content-Type": "application/json", Accept: "application/json, application/problem+json" };
  if (accessToken) headers.Authorization = `Bearer ${accessToken}`;
  let answer;
  try {
    answer = await fetch(API + path, { method, headers, body: body && JSON.stringify(body), credentials: "omit" });
  } catch {
    throw new Refused("The server cannot be reached. Try again in a moment.");
  }
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  if (answer.status === 429) {
    throw new Refused(`That was too often. Try again in ${answer.headers.get("Retry-After") ?? "60"} seconds.`);
  }
  const problem = await answer.json().catch(() => ({}));
  const told = (problem.errors ?? []).map((one) => `${(one.pointer ?? "").slice(1).replaceAll("_", " ")}: ${one.detail}`);
  const reasons = told.length ? told : [problem.detail];
  throw new Refused([...new Set([problem.title, ...reasons])].filter(Boolean).join("\n") || "It did not work.");
}

// Do it as the person who logs in, for as long as it takes.
async function sendLoggedIn(path, credentials) {
  const session = await send("POST", "/sessions", credentials);
  try {
    return await send("PUT", path, { token }, session.access_token);
  } finally {
    await send("DELETE", "/sessions/current", undefined, session.access_token).catch(() => {});
  }
}

function refuse(text, field) {
  refusal.textContent = text;
  for (const one of form.elements) one.removeAttribute("aria-invalid");
  if (field) {
    field.setAttribute("aria-invalid", "true");
    field.focus();
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (button.getAttribute("aria-disabled") === "true") return;
  const { repeated, ...values } = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));
  if (form.elements.repeated && repeated !== values.new_password) {
    refuse("The two passwords are not the same.", form.elements.repeated);
    return;
  }
  refuse("");
  button.setAttribute("aria-disabled", "true");
  try {
    const { action, logsIn } = form.dataset;
    await (logsIn ? sendLoggedIn(action, values) : send("PUT", action, { token, ...values }));
    form.hidden = true;
    form.reset();
    done.textContent = form.dataset.done;
    heading.focus();
  } catch (error) {
    refuse(error instanceof Refused ? error.message : "It did not work. Try again.", form.querySelector("input[name]"));
  }
  button.removeAttribute("aria-disabled");
});

document.getElementById("reveal")?.addEventListener("change", (event) => {
  for (const one of form.querySelectorAll("input[data-secret]")) one.type = event.target.checked ? "text" : "password";
});

// Take the token out of the address, so that it is in no history that a browser keeps or shares.
function begin() {
  token = new URLSearchParams(location.hash.slice(1)).get("token");
  history.replaceState(null, "", location.pathname);
  form.hidden = !token;
  done.textContent = "";
  refuse(token ? "" : "This page needs the link of your mail. Open that link again.");
}

addEventListener("hashchange", begin); // another link, opened in the same tab
begin();
