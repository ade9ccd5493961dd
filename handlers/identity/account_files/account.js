// An account page: what its form says is sent to the API when the person confirms, with the token of the link that led here.
"use strict";

const API = "/api/v1";
const form = document.querySelector("form");
const heading = document.querySelector("h1");
const refusal = document.getElementById("refusal");
const done = document.getElementById("done");
const button = form.querySelector("button");
const hasLink = Boolean(form.dataset.hasLink);
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
    throw new Refused(`Too many requests. Try again in ${answer.headers.get("Retry-After") ?? "60"} seconds.`);
  }
  const problem = await answer.json().catch(() => ({}));
  const faults = (problem.errors ?? []).map((one) => [labelOf((one.pointer ?? "").slice(1)), one.detail].filter(Boolean).join(": "));
  const reasons = faults.length ? faults : [problem.detail];
  throw new Refused([...new Set([problem.title, ...reasons])].filter(Boolean).join("\n") || "The request failed.");
}

// What the form calls a property; nothing of one that is not in it.
function labelOf(property) {
  return document.querySelector(`label[for="${CSS.escape(property)}"]`)?.textContent ?? "";
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
    const { action, method, logsIn } = form.dataset;
    await (logsIn ? sendLoggedIn(action, values) : send(method, action, hasLink ? { token, ...values } : values));
    form.hidden = true;
    form.reset();
    done.textContent = form.dataset.done;
    heading.focus();
  } catch (error) {
    refuse(error instanceof Refused ? error.message : "The request failed. Try again.", form.querySelector("input[name]"));
  }
  button.removeAttribute("aria-disabled");
});

document.getElementById("reveal")?.addEventListener("change", (event) => {
  for (const one of form.querySelectorAll("input[data-secret]")) one.type = event.target.checked ? "text" : "password";
});

// Lead back to the log-in for the app, also from the other page of this kind.
function leadBack(fragment) {
  const request = new URLSearchParams(fragment.get("authorization_request"));
  for (const link of document.querySelectorAll(".ways a")) {
    if (link.id === "back") link.href = `${API}/oauth/authorize?${request}`;
    else link.hash = fragment;
  }
}

// Take what stands behind `#` out of the address, so that it is in no history that a browser keeps or shares: the token of a
// link, or the request of an app, to which the person goes back to log in.
function begin() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  token = fragment.get("token");
  history.replaceState(null, "", location.pathname);
  if (fragment.has("authorization_request")) leadBack(fragment);
  form.hidden = hasLink && !token;
  done.textContent = "";
  refuse(form.hidden ? "Open this page from the link in your email." : "");
}

addEventListener("hashchange", begin); // another link, opened in the same tab
begin();
