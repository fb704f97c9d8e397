// One message and its answer: a run, from the moment it is sent or found again to its receipt.

import * as api from "./api.js";
import { ended, nothing, take } from "./answer.js";
import { Blocks } from "./blocks.js";
import { el, keepingEnd } from "./dom.js";
import { follow } from "./follow.js";
import { ofRequest, ofRun } from "./remedies.js";
import { receiptOf } from "./receipt.js";

export class Turn {
  #answer = nothing();
  #signal = new AbortController();
  #place = el("div", { class: "answer" });
  #blocks = new Blocks(this.#place);
  #due = false;
  #stopping = false;

  /** `run`: {id, thread, text, model}; `again(text)`: what the button of a failed turn does. */
  constructor(run, { told, again }) {
    this.run = run;
    this.told = told;
    this.again = again;
    this.element = el(
      "article",
      { class: "turn", "aria-label": "Turn" },
      el("p", { class: "said" }, run.text),
      this.#place,
    );
  }

  /** Start it (`begin`) or find it again, and show it until it has ended. Never throws. */
  async live(begin) {
    this.element.setAttribute("aria-busy", "true");
    this.#draw();
    try {
      const options = { begin, signal: this.#signal.signal, told: this.told };
      for await (const part of follow(this.run, options)) {
        take(this.#answer, part);
        this.#drawSoon();
      }
      if (!this.#signal.signal.aborted) await this.#close();
    } catch (error) {
      this.#answer.status = "failed";
      this.#draw();
      this.#trouble(ofRequest(error), begin);
    }
    this.element.removeAttribute("aria-busy");
  }

  /** Ask for the run's end; what comes of it comes over the stream. */
  async stop() {
    this.#stopping = true;
    this.#draw();
    try {
      await api.cancel(this.run);
    } catch (error) {
      this.#stopping = false;
      this.#trouble(ofRequest(error));
    }
  }

  /** Stop showing it; the run goes on. */
  leave() {
    this.#signal.abort();
  }

  /** How it has ended, in words for those who listen. */
  get spoken() {
    return { done: "Answer complete.", stopped: "Stopped.", failed: "The run has failed." }[this.#answer.status] ?? "";
  }

  async #close() {
    if (!ended(this.#answer)) this.#answer.status = "done";
    this.#draw();
    const { element, state } = await receiptOf(this.run);
    keepingEnd(() => {
      if (this.#answer.status === "stopped") this.#place.append(el("p", { class: "aside" }, "Stopped."));
      if (this.#answer.status === "failed") {
        this.#trouble(ofRun(this.#answer.error, state.model, state.terminal?.reasonClass), true);
      }
      this.element.append(element);
    });
  }

  #trouble({ what, remedy }, offer = false) {
    const button = el("button", { type: "button", class: "quiet", onclick: () => this.again(this.run.text) }, "Send again");
    keepingEnd(() => {
      this.#place.append(
        el("div", { class: "trouble", role: "alert" }, el("p", {}, what), el("p", {}, remedy), offer && button),
      );
    });
  }

  #drawSoon() {
    if (this.#due) return;
    this.#due = true;
    const draw = () => {
      if (this.#due) this.#draw();
    };
    // A hidden page gets no frames.
    if (document.hidden) setTimeout(draw, 100);
    else requestAnimationFrame(draw);
  }

  #draw() {
    this.#due = false;
    keepingEnd(() => this.#blocks.show(this.#answer, this.#stopping ? "Stopping" : "Thinking"));
  }
}
