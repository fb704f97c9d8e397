// What an empty conversation shows.

import { el } from "./dom.js";

const LONG = "scripted/tokens?n=240&delay_ms=60&bytes=7";

/** `attempt(text, model)` sends one of the suggestions; model null is the picked one. */
export function welcome({ apiUrl, models }, attempt) {
  const scripted = models.every((model) => model.scripted);
  const tries = [
    ["What time is it?", "calls a tool", null],
    ["What is 6*7?", "calls another one", null],
    ["Talk for a while", "reload in the middle, or stop it", LONG],
  ];
  return el(
    "section",
    { class: "welcome" },
    el("h2", {}, "Say something, and watch the run."),
    el("p", {}, "This page is a client of ", el("code", {}, apiUrl), ". Each message is a run of its own and knows nothing of those before; what you see is its log as it is written."),
    scripted &&
      el("p", {}, "The models are scripts: no real model is asked until ", el("code", {}, "OPENAI_API_KEY"), " is set."),
    el(
      "ul",
      { class: "tries" },
      ...tries.map(([text, what, model]) =>
        el("li", {}, el("button", { type: "button", onclick: () => attempt(text, model) }, text, el("span", {}, what))),
      ),
    ),
  );
}
