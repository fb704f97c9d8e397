// The fold: from the parts of a stream to what is shown. Knows no document.

/** An answer of which nothing has come. */
export const nothing = () => ({ status: "waiting", blocks: [], step: 0, error: null });

/** Take one part into `answer`; a part that is not known changes nothing. */
export function take(answer, part) {
  const rule = RULES[part.type];
  if (rule) rule(answer, part);
}

/** Whether nothing more will come. */
export const ended = (answer) => ["done", "stopped", "failed"].includes(answer.status);

const RULES = {
  "start-step": (answer) => {
    answer.status = "running";
    answer.step = answer.blocks.length;
  },
  // The step is taken again by another worker: what was seen of it does not count.
  "data-step-superseded": (answer) => {
    answer.blocks.length = answer.step;
  },
  "text-start": (answer, part) => begin(answer, "text", part.id),
  "text-delta": (answer, part) => add(answer, part),
  "text-end": (answer, part) => end(answer, part.id),
  "reasoning-start": (answer, part) => begin(answer, "thought", part.id),
  "reasoning-delta": (answer, part) => add(answer, part),
  "reasoning-end": (answer, part) => end(answer, part.id),
  "tool-input-available": (answer, part) => {
    const { toolCallId: id, toolName: name, input } = part;
    if (!find(answer, id)) answer.blocks.push({ kind: "tool", id, name, input, state: "running" });
  },
  "tool-output-available": (answer, part) =>
    settle(answer, part.toolCallId, { state: "done", output: part.output }),
  "tool-output-error": (answer, part) =>
    settle(answer, part.toolCallId, { state: "failed", output: part.errorText }),
  "tool-output-denied": (answer, part) => settle(answer, part.toolCallId, { state: "denied" }),
  "data-run-limit": (answer, part) => {
    answer.blocks.push({ kind: "aside", id: `limit-${answer.blocks.length}`, limit: part.data });
  },
  error: (answer, part) => {
    answer.status = "failed";
    answer.error = part.errorText;
  },
  abort: (answer) => {
    answer.status = "stopped";
    rest(answer);
  },
  finish: (answer) => {
    if (answer.status !== "failed") answer.status = "done";
    rest(answer);
  },
};

const find = (answer, id) => answer.blocks.find((block) => block.id === id);

function begin(answer, kind, id) {
  if (!find(answer, id)) answer.blocks.push({ kind, id, text: "", writing: true });
}

function add(answer, part) {
  const block = find(answer, part.id);
  if (block) block.text += part.delta;
}

function end(answer, id) {
  const block = find(answer, id);
  if (block) block.writing = false;
}

function settle(answer, id, what) {
  const block = find(answer, id);
  if (block) Object.assign(block, what);
}

/** Nothing is being written any more, wherever it broke off. */
function rest(answer) {
  for (const block of answer.blocks) {
    if (block.writing) block.writing = false;
    if (block.state === "running") block.state = "stopped";
  }
}
