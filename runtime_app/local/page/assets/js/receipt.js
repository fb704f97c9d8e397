// The receipt of a run that has ended: what it was, what it used, whether its record holds.

import { eventsUrl, integrity, snapshot } from "./api.js";
import { el } from "./dom.js";

const STATUSES = { completed: "Completed", failed: "Failed", canceled: "Stopped" };

/** The run's receipt as {element, state}; `state` is its snapshot. */
export async function receiptOf(run) {
  const [state, chain] = await Promise.all([snapshot(run), integrity(run)]);
  const scripted = state.model.startsWith("scripted/");
  const verdict = chain.verified
    ? el("span", { class: "good" }, "chain verified")
    : el("span", { class: "bad" }, `chain broken at ${chain.brokenAt}`);
  const events = `${state.latestSeq} events`;
  const element = el(
    "details",
    { class: "receipt", ontoggle: () => element.open && element.scrollIntoView({ block: "nearest" }) },
    el(
      "summary",
      {},
      el("span", { class: state.status === "failed" ? "bad" : null }, STATUSES[state.status] ?? state.status),
      el("span", {}, scripted ? `${nameOf(state.model)}, scripted` : state.model),
      el("span", {}, events),
      verdict,
    ),
    el(
      "dl",
      {},
      ...row("Run", el("code", {}, state.runId)),
      ...row("Status", statusOf(state)),
      ...row("Model", el("code", {}, state.model), scripted && el("span", { class: "mark" }, "scripted, no real model")),
      ...row("Usage", usageOf(state.usage)),
      ...row("Cost", scripted ? "0 (scripted)" : "not priced yet"),
      ...row("Took", `${seconds(state.createdAt, state.terminal?.at)} s`),
      ...row("Events", el("span", {}, String(state.latestSeq)), link("look at them", eventsUrl(run))),
      ...row("Chain", verdict.cloneNode(true), el("span", {}, "head ", el("code", {}, chain.head.slice(0, 16), "…"))),
    ),
  );
  return { element, state };
}

const row = (name, ...values) => [el("dt", {}, name), el("dd", {}, ...values.filter(Boolean))];

const link = (text, href) => el("a", { href, target: "_blank", rel: "noopener" }, text);

const nameOf = (model) => model.slice(model.indexOf("/") + 1).split("?")[0];

function statusOf({ status, terminal }) {
  const plain = !terminal || terminal.reasonClass === status;
  return plain ? status : `${status} (${terminal.reasonClass})`;
}

function usageOf({ inputTokens, outputTokens, modelCalls, toolCalls }) {
  return [
    `${inputTokens} tokens in, ${outputTokens} out`,
    count(modelCalls, "model call"),
    count(toolCalls, "tool call"),
  ].join(", ");
}

const count = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;

function seconds(from, to) {
  return to ? ((Date.parse(to) - Date.parse(from)) / 1000).toFixed(1) : "–";
}
