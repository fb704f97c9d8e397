// Where one types, picks a model, sends and stops.

import { el } from "./dom.js";
import { chosenModel, draft } from "./place.js";

const byId = (id) => document.getElementById(id);

export class Composer {
  #text = byId("text");
  #model = byId("model");
  #note = byId("note");
  #send = byId("send");
  #stop = byId("stop");
  #presets = [];
  #busy = false;
  #early = false;
  #give;

  /** `send(text, model)` and `stop()` are what the buttons do. */
  constructor({ send, stop }) {
    this.#give = send;
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.#submit();
      }
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#busy && !this.#stop.disabled) this.#halt(stop);
    });
    this.#stop.addEventListener("click", () => this.#halt(stop));
    this.#text.addEventListener("input", () => this.#typed());
    this.#model.addEventListener("change", () => this.#picked());
    this.#text.value = draft.get();
    this.#typed();
  }

  get model() {
    return this.#model.value;
  }

  /** Fill the picker; scripted models stand under a heading that says what they are. */
  offer(presets) {
    this.#presets = presets;
    const group = (label, scripted) => {
      const rows = presets.filter((preset) => preset.scripted === scripted);
      const options = rows.map((preset) => el("option", { value: preset.model }, this.#labelOf(preset)));
      return options.length ? el("optgroup", { label }, ...options) : null;
    };
    const groups = [group("Real model", false), group("Scripted, no real model is asked", true)];
    this.#model.replaceChildren(...groups.filter(Boolean));
    const chosen = chosenModel.get();
    this.#model.value = presets.some(({ model }) => model === chosen) ? chosen : presets[0].model;
    this.#picked();
  }

  pick(model) {
    this.#model.value = model;
    this.#picked();
  }

  /** While a run is shown live, there is a stop button in the place of the send button. */
  busy(busy) {
    const held = document.activeElement === this.#send || document.activeElement === this.#stop;
    this.#busy = busy;
    this.#send.hidden = busy;
    this.#stop.hidden = !busy;
    this.#stop.disabled = false;
    if (held || document.activeElement === document.body) this.#text.focus({ preventScroll: true });
    this.#typed();
  }

  /** The conversation is there; what was sent before there was a model to ask goes now. */
  ready() {
    const early = this.#early;
    this.#early = false;
    if (early) this.#submit();
  }

  #submit() {
    const text = this.#text.value.trim();
    if (!text || this.#busy) return;
    this.#early = !this.model;
    if (this.#early) return;
    this.#text.value = "";
    this.#typed();
    this.#give(text, this.model);
  }

  #halt(stop) {
    this.#stop.disabled = true;
    stop();
  }

  #typed() {
    draft.set(this.#text.value);
    this.#send.disabled = !this.#text.value.trim();
    // For browsers without `field-sizing`.
    this.#text.rows = Math.min(8, this.#text.value.split("\n").length);
  }

  #picked() {
    chosenModel.set(this.#model.value);
    this.#note.textContent = this.#presets.find(({ model }) => model === this.model)?.note ?? "";
  }

  #labelOf({ label, scripted }) {
    return scripted ? `${label} (scripted)` : label;
  }
}
