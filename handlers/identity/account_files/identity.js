// Where a sign-in with a provider ends that was started without a page of its own: it says what happened, and sends whoever
// opened this window, from the same origin, what to continue with.
"use strict";

const MESSAGES = {
  access_denied: "You denied access. Nothing has changed. You can close this window.",
  provider_failed: "The provider could not sign you in. Nothing has changed. You can close this window and start again.",
};
const NOT_VALID = "The sign-in is invalid or has expired. Return to the page where you started, and start again. You can close this window.";
const result = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

history.replaceState(null, "", location.pathname); // in no history that a browser keeps or shares
if (result.code) {
  document.getElementById("done").textContent = "The provider has confirmed who you are. Return to the page where you started. You can close this window.";
} else {
  document.getElementById("refusal").textContent = MESSAGES[result.error] ?? NOT_VALID;
}
document.querySelector("h1").focus();
if (window.opener) {
  window.opener.postMessage({ kind: "remit-identity", code: result.code ?? null, error: result.error ?? null }, location.origin);
}
