// The API behind this page's own origin. The server signs; the browser holds no key.

/** The API said no, or could not be asked. */
export class Refusal extends Error {
  constructor(status, error, retryAfter) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.requestId = error.requestId || null;
    this.retryAfterS = Number(retryAfter) || null;
  }

  /** Whether the same request may succeed in a moment. */
  get passing() {
    return [0, 502, 503].includes(this.status);
  }
}

/** The connection failed, or broke off. */
export const unreachable = (error) =>
  new Refusal(0, { code: "stack_unreachable", message: `the stack does not answer (${error.message})` });

const runPath = (run) => `/api/runs/${encodeURIComponent(run.id)}`;
const inThread = (run) => `thread_id=${encodeURIComponent(run.thread)}`;

/** What the page is told about its stack: {models, apiUrl, release}. */
export const about = () => json("/page.json");

/** The runs of a thread, oldest first; none where there is no such thread yet. */
export async function runsOf(thread) {
  try {
    const state = await json(`/api/threads/${encodeURIComponent(thread)}/state`);
    return state.runs.reverse();
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return [];
    throw error;
  }
}

export const snapshot = (run) => json(`${runPath(run)}/snapshot?${inThread(run)}`);

export const integrity = (run) => json(`${runPath(run)}/integrity?${inThread(run)}`);

/** Where a run's native events can be looked at. */
export const eventsUrl = (run, limit = 1000) => `${runPath(run)}/events?${inThread(run)}&limit=${limit}`;

/** What the user said to a run. */
export async function saidTo(run) {
  const { events } = await json(eventsUrl(run, 10));
  const frame = events.find((event) => event.type === "frame.accepted");
  return frame?.payload?.payload?.text ?? "";
}

export const cancel = (run) =>
  json(`${runPath(run)}/cancel`, post({ thread_id: run.thread, reason: "stopped on the page" }));

/** Start a run with what the user said; the response is its stream. Sent twice, it runs once. */
export const start = (run, signal) =>
  asked("/api/runs/stream", {
    ...post({
      run: { run_id: run.id, thread_id: run.thread, model: run.model },
      frame: { frame_id: "f1", type: "user_message", payload: { text: run.text } },
    }),
    signal,
  });

/** A run's stream after the event `lastId`, or from its beginning. */
export const stream = (run, lastId, signal) =>
  asked(`${runPath(run)}/stream?${inThread(run)}${lastId === null ? "&cursor=0" : ""}`, {
    headers: lastId === null ? {} : { "Last-Event-ID": lastId },
    signal,
  });

async function json(path, options) {
  return (await asked(path, options)).json();
}

async function asked(path, options = {}) {
  const response = await fetch(path, { cache: "no-store", ...options }).catch((error) => {
    throw unreachable(error);
  });
  if (response.ok) return response;
  const said = await response.json().catch(() => null);
  const error = said?.error ?? { code: "unknown", message: `the answer was ${response.status}` };
  throw new Refusal(response.status, error, response.headers.get("Retry-After"));
}

function post(body) {
  return {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
}
