// The dialog that asks a question about photos: the task, its settings, and the price first.

import { ask, post } from "./api.js";
import { byId, el, say } from "./dom.js";
import { count, money } from "./words.js";

const PAUSE = 300; // ms after the last key
const FIELDS = {
  question: "Question",
  labels: "Labels, with commas between them",
  prompt: "In addition, in your words",
  model: "Model",
};
let tasks = null;

export class Asking {
  // `begun()` is called when something was asked.
  constructor(begun) {
    Object.assign(this, { begun, photos: [], given: {}, timer: 0, asked: 0 });
    byId("ask-task").addEventListener("change", () => this.#showFields());
    byId("ask-fields").addEventListener("input", () => this.#priceSoon());
    byId("ask-form").addEventListener("submit", (event) => this.#submit(event));
    byId("ask-close").addEventListener("click", () => byId("ask").close());
  }

  // Opens for these photos; with a record of one, its task and settings are filled in.
  async open(photos, record = null) {
    Object.assign(this, { photos, given: record?.request ?? {} });
    byId("ask-title").textContent =
      photos.length === 1 ? "Ask about this photo" : `Ask about ${count(photos.length, "photo")}`;
    byId("ask-price").textContent = "";
    byId("ask").showModal();
    try {
      tasks ??= await ask("api/tasks");
    } catch (problem) {
      return this.#say(problem);
    }
    const fitting = tasks.filter(({ images }) => images === "one" || photos.length > 1);
    byId("ask-task").replaceChildren(...fitting.map(({ name }) => el("option", {}, name)));
    const wanted = fitting.find(({ name }) => name === (record?.task ?? "answer")) ?? fitting[0];
    byId("ask-task").value = wanted.name;
    this.#showFields();
  }

  get #task() {
    return tasks.find(({ name }) => name === byId("ask-task").value);
  }

  #showFields() {
    const { needs, settings } = this.#task;
    const names = Object.keys(FIELDS).filter((name) => [...needs, ...settings].includes(name));
    byId("ask-fields").replaceChildren(
      ...names.map((name) => this.#field(name, needs.includes(name))),
    );
    this.#price();
    byId("ask-fields").querySelector("input, textarea")?.focus();
  }

  #field(name, required) {
    const value = [this.given[name] ?? ""].flat().join(", ");
    const id = `ask-${name}`;
    const field =
      name === "question" || name === "prompt"
        ? el("textarea", { id, rows: 2, required, "data-name": name }, value)
        : el("input", { id, type: "text", value, required, autocomplete: "off", "data-name": name });
    return el("p", { class: "field" }, el("label", { for: id }, FIELDS[name]), field);
  }

  get #settings() {
    const settings = {};
    for (const field of byId("ask-fields").querySelectorAll("[data-name]")) {
      const value = field.value.trim();
      if (!value) continue;
      const isList = field.dataset.name === "labels";
      settings[field.dataset.name] = isList ? value.split(/\s*,\s*/).filter(Boolean) : value;
    }
    return settings;
  }

  get #question() {
    return { photos: this.photos, task: this.#task.name, settings: this.#settings };
  }

  #priceSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#price(), PAUSE);
  }

  // What it will cost, at most; a question that lacks something has no price yet.
  async #price() {
    const turn = ++this.asked;
    const isWhole = byId("ask-form").checkValidity();
    byId("ask-go").disabled = !isWhole;
    byId("ask-price").textContent = isWhole ? "…" : "";
    if (!isWhole) return;
    try {
      const price = await post("api/price", this.#question);
      if (turn === this.asked) byId("ask-price").textContent = words(price);
    } catch (problem) {
      if (turn === this.asked) this.#say(problem);
    }
  }

  async #submit(event) {
    event.preventDefault();
    byId("ask-go").disabled = true;
    try {
      await post("api/ask", { ...this.#question, key: crypto.randomUUID() });
      byId("ask").close();
      say("Asked. The result appears here.");
      this.begun();
    } catch (problem) {
      this.#say(problem);
    }
    byId("ask-go").disabled = false;
  }

  #say(problem) {
    if (!problem.title) throw problem;
    byId("ask-price").textContent = `${problem.title} ${problem.detail}`;
  }
}

function words({ calls, model, likely_usd: likely, most_usd: most, guessed }) {
  const of = guessed ? " The size of some photos is not known; it is guessed." : "";
  const price =
    most === null
      ? "no price is known"
      : `about ${money(likely)}, at most ${money(most)}`;
  return `${count(calls, "call")} of ${model}: ${price}.${of}`.replace("1 call of", "One call of");
}
