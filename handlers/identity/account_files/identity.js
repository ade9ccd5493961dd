// Where a sign-in with a provider ends that began without a page of its own: it tells what happened, and whoever opened this
// window, from the same origin, what to go on with.
"use strict";

const MESSAGES = {
  access_denied: "You did not allow it. Nothing has changed. You may close this window.",
  provider_failed: "The provider could not sign you in. Nothing has changed. You may close this window and begin again.",
};
const NOT_VALID = "This sign-in is not valid, or not any more. Begin again where you began. You may close this window.";
const result = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

history.replaceState(null, "", location.pathname); // in no history that a browser keeps or shares
if (result.code) {
  document.getElementById("done").textContent = "The provider knows you. Go back to where you began. You may close this window.";
} else {
  document.getElementById("refusal").textContent = MESSAGES[result.error] ?? NOT_VALID;
}
document.querySelector("h1").focus();
if (window.opener) {
  window.opener.postMessage({ kind: "remit-identity", code: result.code ?? null, error: result.error ?? null }, location.origin);
}
