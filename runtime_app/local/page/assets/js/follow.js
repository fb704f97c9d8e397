// One run's parts, each once and in order, however often the connection breaks.

import { Refusal, start, stream, unreachable } from "./api.js";
import { Decoder } from "./sse.js";

const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 4000;

/**
 * The AI SDK parts of `run` until its end.
 *
 * `begin`: start the run first; else it is read from its beginning.
 * `told(lost)`: whether the connection has been lost more than a moment ago.
 * Throws a Refusal that trying again does not mend.
 */
export async function* follow(run, { begin, signal, told }) {
  let lastId = null;
  let begun = !begin;
  let failures = 0;
  for (;;) {
    try {
      const response = await (begun ? stream(run, lastId, signal) : start(run, signal));
      begun = true;
      told(false);
      for await (const event of eventsOf(response)) {
        failures = 0;
        if (event.data === "[DONE]") return;
        if (event.id !== null && lastId !== null && Number(event.id) <= Number(lastId)) continue;
        yield JSON.parse(event.data);
        if (event.id !== null) lastId = event.id;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!mayPass(error)) throw error;
      failures += 1;
      told(failures > 1);
    }
    await pause(Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS), signal);
    if (signal.aborted) return;
  }
}

/** Whether asking again makes sense. */
export const mayPass = (error) => error instanceof Refusal && error.passing;

async function* eventsOf(response) {
  const decoder = new Decoder();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read().catch((error) => {
        throw unreachable(error);
      });
      if (done) return;
      yield* decoder.feed(value);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
