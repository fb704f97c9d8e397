// Where the reader is: the thread in the address, and what must survive a reload in storage.

const PENDING = "oa.pending";
const MODEL = "oa.model";
const DRAFT = "oa.draft";

/** The thread in the address; null without one. */
export const thread = () => new URLSearchParams(location.search).get("thread");

/** A new thread, in the address. */
export function freshThread(push = false) {
  const made = `chat-${crypto.randomUUID()}`;
  const address = `/?thread=${made}`;
  if (push) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  return made;
}

export const freshRun = () => `run-${crypto.randomUUID()}`;

/** A run that was sent and of which no answer has come yet; a reload sends it again, by its id. */
export const pending = {
  get: (thread) => {
    const run = JSON.parse(localStorage.getItem(PENDING) ?? "null");
    return run?.thread === thread ? run : null;
  },
  set: (run) => localStorage.setItem(PENDING, JSON.stringify(run)),
  clear: () => localStorage.removeItem(PENDING),
};

export const chosenModel = {
  get: () => localStorage.getItem(MODEL),
  set: (model) => localStorage.setItem(MODEL, model),
};

export const draft = {
  get: () => sessionStorage.getItem(DRAFT) ?? "",
  set: (text) => sessionStorage.setItem(DRAFT, text),
};
