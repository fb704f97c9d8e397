// The blocks of an answer as elements that follow it while it grows.

import { el } from "./dom.js";

const STATES = {
  running: "running",
  done: "done",
  failed: "failed",
  denied: "not allowed",
  stopped: "stopped",
};

/** Elements for the blocks of one answer, inside `place`. */
export class Blocks {
  #place;
  #shown = [];
  #waiting = el("p", { class: "waiting" });

  constructor(place) {
    this.#place = place;
  }

  /** Bring what is shown up to `answer`. */
  show(answer, waitingFor) {
    const blocks = answer.blocks;
    const same = this.#shown.findIndex(({ id }, at) => blocks[at]?.id !== id);
    if (same >= 0) this.#shown.splice(same).forEach(({ view }) => view.element.remove());
    blocks.forEach((block, at) => {
      if (!this.#shown[at]) this.#begin(block);
      this.#shown[at].view.show(block);
    });
    this.#wait(answer, waitingFor);
  }

  #begin(block) {
    const view = VIEWS[block.kind]();
    this.#shown.push({ id: block.id, view });
    this.#place.append(view.element);
  }

  #wait(answer, waitingFor) {
    const last = answer.blocks.at(-1);
    const busy = last && (last.writing || last.state === "running");
    const waits = (answer.status === "waiting" || answer.status === "running") && !busy;
    if (!waits) this.#waiting.remove();
    else {
      this.#waiting.textContent = waitingFor;
      this.#place.append(this.#waiting);
    }
  }
}

function prose(name) {
  const text = document.createTextNode("");
  const element = el("div", { class: `prose ${name}` }, text);
  return {
    element,
    show(block) {
      // Only grows; appending keeps a selection that the reader has made.
      if (block.text.length > text.length) text.appendData(block.text.slice(text.length));
      element.classList.toggle("writing", block.writing);
    },
  };
}

function tool() {
  const name = el("b");
  const state = el("span", { class: "pill" });
  const input = el("pre", { tabindex: "0", "aria-label": "Input" });
  const output = el("pre", { tabindex: "0", "aria-label": "Output" });
  const outputRow = el("div", { class: "value", hidden: true }, el("dt", {}, "Output"), el("dd", {}, output));
  const element = el(
    "section",
    { class: "tool" },
    el("header", {}, el("h3", {}, "Tool ", name), state),
    el("dl", {}, el("div", { class: "value" }, el("dt", {}, "Input"), el("dd", {}, input)), outputRow),
  );
  return {
    element,
    show(block) {
      element.dataset.state = block.state;
      element.setAttribute("aria-label", `Tool ${block.name}, ${STATES[block.state]}`);
      name.textContent = block.name;
      state.textContent = STATES[block.state];
      input.textContent = readable(block.input);
      output.textContent = readable(block.output);
      outputRow.hidden = block.output === undefined;
    },
  };
}

function aside() {
  const element = el("p", { class: "aside" });
  return {
    element,
    show: ({ limit }) => {
      element.textContent = `The run has reached a limit: ${readable(limit)}`;
    },
  };
}

const VIEWS = { text: () => prose("text"), thought: () => prose("thought"), tool, aside };

/** A value as a person reads it: text as it is, everything else as JSON; short JSON on one line. */
function readable(value) {
  if (typeof value === "string") return value;
  const short = JSON.stringify(value) ?? "";
  return short.length <= 72 ? short : JSON.stringify(value, null, 2);
}
