// What went wrong, and what the reader can do about it.

import { Refusal } from "./api.js";

const BY_CODE = {
  stack_unreachable: "Is `make run` still running? The page goes on by itself once the API is back.",
  unavailable: "The database cannot serve this now. The page goes on by itself once it can.",
  unauthorized: "Reload the page; that makes you a guest again.",
  forbidden: "This conversation belongs to another browser. Start a new one.",
  conflict: "Send the message again; it becomes a new run.",
  throttled: "That is a limit of the stack. Wait a moment, then send it again.",
  payload_too_large: "Send a shorter message.",
  internal_error: "That is a defect. The file web.log, where the stack keeps its logs, has it under the request id.",
};

const BY_CLASS = {
  provider_unavailable:
    "For a real model, look at OPENAI_API_KEY or ANTHROPIC_API_KEY, and OA_DEFAULT_MODEL. Then send it again.",
  provider_rate_limited: "The provider asks for patience. Send it again in a while.",
};

const OTHERWISE = "Send it again. The receipt below has the run's events.";

/** An error of a request: {what, remedy}. */
export function ofRequest(error) {
  if (!(error instanceof Refusal)) {
    return { what: `The page has failed: ${error.message}`, remedy: "Reload it." };
  }
  const wait = error.retryAfterS ? ` (in ${error.retryAfterS} s)` : "";
  const id = error.requestId ? ` Request id ${error.requestId}.` : "";
  return { what: `${sentence(error.message)}${id}`, remedy: `${BY_CODE[error.code] ?? OTHERWISE}${wait}` };
}

/** A run that has failed: {what, remedy}. */
export function ofRun(errorText, model, reasonClass) {
  const remedy = model.startsWith("scripted/")
    ? "This model is a script. Choose another one, or send it again."
    : (BY_CLASS[reasonClass] ?? OTHERWISE);
  return { what: `The run has failed: ${errorText}`, remedy };
}

function sentence(text) {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
