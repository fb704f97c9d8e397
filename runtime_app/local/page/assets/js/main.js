// The page: finds the conversation of its address, and sends what is typed.

import * as api from "./api.js";
import { Composer } from "./composer.js";
import { el, toEnd } from "./dom.js";
import { mayPass } from "./follow.js";
import * as place from "./place.js";
import { ofRequest } from "./remedies.js";
import { Turn } from "./turn.js";
import { welcome } from "./welcome.js";

const RUNS_SHOWN = 20;
const RETRY_MS = 1500;

const transcript = document.getElementById("transcript");
const banner = document.getElementById("banner");
const spoken = document.getElementById("spoken");
const composer = new Composer({
  send: (text, model) => send(text, model),
  stop: () => current?.stop(),
});

let about = null;
let thread = null;
let current = null;
let turns = [];

document.getElementById("fresh").addEventListener("click", () => open(null, true));
window.addEventListener("popstate", () => open(place.thread()));
await open(place.thread());

/** Show a thread, what was said in it and what still goes on; without a name, a new one. */
async function open(given, push = false) {
  const name = given ?? place.freshThread(push);
  turns.forEach((turn) => turn.leave());
  turns = [];
  thread = name;
  transcript.replaceChildren();
  composer.busy(false);
  const found = await patiently(async () => {
    about ??= await api.about();
    return given ? api.runsOf(name) : [];
  });
  if (!found || thread !== name) return;
  composer.offer(about.models);
  const unsent = place.pending.get(name);
  const runs = found.slice(-RUNS_SHOWN).map(({ runId }) => ({ id: runId, thread: name }));
  for (const run of runs) {
    const said = await patiently(async () => {
      const [text, state] = await Promise.all([api.saidTo(run), api.snapshot(run)]);
      return { ...run, text, model: state.model };
    });
    if (!said || thread !== name) return;
    await show(said, { begin: false, wait: runs.at(-1) !== run });
  }
  if (unsent && !runs.some(({ id }) => id === unsent.id)) show(unsent, { begin: true });
  else if (!runs.length) transcript.replaceChildren(welcome(about, attempt));
  composer.ready();
}

function attempt(text, model) {
  if (model) composer.pick(model);
  send(text, model ?? composer.model);
}

function send(text, model) {
  const run = { id: place.freshRun(), thread, text, model };
  place.pending.set(run);
  return show(run, { begin: true });
}

/** Add a run to the transcript and show it live; with `wait`, until it has ended. */
async function show(run, { begin, wait = false }) {
  transcript.querySelector(".welcome")?.remove();
  const turn = new Turn(run, { told: lost, again: (text) => send(text, composer.model) });
  turns.push(turn);
  transcript.append(turn.element);
  toEnd();
  current = turn;
  composer.busy(true);
  const ended = turn.live(begin).then(() => {
    if (current !== turn || thread !== run.thread) return;
    if (place.pending.get(thread)?.id === run.id) place.pending.clear();
    current = null;
    composer.busy(false);
    lost(false);
    spoken.textContent = turn.spoken;
  });
  if (wait) await ended;
}

function lost(gone) {
  banner.textContent = gone
    ? "The stack does not answer. Is `make run` still running? The page goes on by itself once it is back."
    : "";
  banner.hidden = !gone;
}

/** What `ask` answers, however long the stack is away; null once something else is wrong. */
async function patiently(ask) {
  for (;;) {
    try {
      const answer = await ask();
      lost(false);
      return answer;
    } catch (error) {
      if (!mayPass(error)) {
        const { what, remedy } = ofRequest(error);
        transcript.replaceChildren(
          el("div", { class: "trouble", role: "alert" }, el("p", {}, what), el("p", {}, remedy)),
        );
        return null;
      }
      lost(true);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
