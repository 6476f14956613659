// The panel in which a person corrects a record: boxes with their labels, and words.

import { post } from "./api.js";
import { bdi, byId, el, say } from "./dom.js";
import { Draft } from "./draft.js";
import { field, remove, words } from "./fields.js";
import { Frames } from "./frames.js";
import { partsOf } from "./record.js";
import { bounds } from "./shape.js";
import { colourOf } from "./sight.js";
import { count } from "./words.js";

const WHO = "darkroom-who"; // in localStorage
const EDGES = { left: "Left", top: "Top", right: "Right", bottom: "Bottom" };
const kept = new Map(); // drafts that are not saved, by the id of their record

addEventListener("beforeunload", (event) => {
  if ([...kept.values()].some((draft) => draft.isChanged)) event.preventDefault();
});

// Whether there are changes of a record that were not saved.
export const isBegun = ({ id }) => Boolean(kept.get(id)?.isChanged);

export class Editor {
  // `who` is the name of the sign-in, or null; calls `saved(correction)` and `left()`.
  constructor({ plane, stage, record, who }, { saved, left }) {
    Object.assign(this, { plane, stage, record, who, saved, left, rows: new Map(), index: null });
    this.draft = kept.get(record.id) ?? fresh(record);
    kept.set(record.id, this.draft);
    this.lines = partsOf(record.task).includes("read_text") && this.#isPlaced();
    this.frames = new Frames(plane, this.draft, stage, record.folder, {
      picked: (index) => this.#pick(index),
      named: (index) => this.#name(index),
    });
    this.node = el("form", { class: "editor", "aria-label": "Correct", submit: (event) => this.#save(event) }, ...this.#content());
    this.undoing = (event) => this.#undo(event);
    addEventListener("keydown", this.undoing);
    this.draft.watch(() => this.#show());
    this.#show();
  }

  // Puts the focus on the first box, or on the button that adds one.
  begin() {
    const [first] = this.draft.objects;
    if (first) this.frames.focus(first.index);
    else this.adding.focus();
  }

  close() {
    this.frames.close();
    removeEventListener("keydown", this.undoing);
    this.draft.watch(() => {});
    if (!this.draft.isChanged) kept.delete(this.record.id);
  }

  // Whether all that was read has a place, and so a line in the list.
  #isPlaced() {
    const { text, objects } = this.draft.now;
    return (text ?? "").split("\n").filter(Boolean).length <= objects.length;
  }

  #content() {
    this.undoButton = el("button", { type: "button", click: () => this.draft.undo() }, "Undo");
    this.redoButton = el("button", { type: "button", click: () => this.draft.redo() }, "Redo");
    this.adding = el("button", { type: "button", click: () => this.#add() }, "Add a box");
    this.counted = el("h2", {});
    this.list = el("ul", { class: "editing" });
    this.place = el("fieldset", { class: "place", hidden: true });
    this.words = el("div", { class: "words" });
    this.trouble = el("p", { class: "outcome failed", role: "alert", hidden: true });
    this.saving = el("button", { class: "primary" });
    return [
      el("div", { class: "save-all" }, this.adding, this.undoButton, this.redoButton),
      el(
        "p",
        { id: "frame-keys", class: "soft" },
        "Drag a box, or one of its corners. Or tab to it: arrows move it, Shift and arrows resize it, with Control by 10 pixels. Enter goes to its label, Delete removes it.",
      ),
      this.counted,
      this.place,
      this.list,
      this.words,
      this.#person(),
      this.trouble,
      el("p", { class: "ends" }, el("button", { type: "button", click: () => this.left() }, "Cancel"), this.saving),
    ];
  }

  #person() {
    if (this.who) return el("p", {}, "You are ", bdi(this.who), ".");
    const value = remembered();
    return field("Your name", (id) => (this.named = el("input", { id, value, required: true, maxlength: 200, autocomplete: "name" })));
  }

  #show() {
    this.frames.show();
    const { objects } = this.draft;
    this.counted.textContent = count(objects.length, "object");
    for (const [index, { node }] of this.rows)
      if (!this.draft.find(index)) {
        node.remove();
        this.rows.delete(index);
      }
    objects.forEach((object, at) => {
      if (!this.rows.has(object.index)) this.#row(object);
      const { node, input, from } = this.rows.get(object.index);
      if (document.activeElement !== input && input.value !== object.label) input.value = object.label;
      from.textContent = `${at + 1}`;
      if (this.list.children[at] !== node) this.list.insertBefore(node, this.list.children[at] ?? null);
      node.classList.toggle("lit", object.index === this.index);
    });
    this.undoButton.disabled = !this.draft.past.length;
    this.redoButton.disabled = !this.draft.future.length;
    this.saving.textContent = this.draft.isChanged ? "Save" : "It is right as it is";
    this.#showPlace();
    if (!this.words.contains(document.activeElement)) this.#showWords();
  }

  #showWords() {
    this.words.replaceChildren(...words(this.draft, this.record.request, this.lines));
  }

  #row({ index, label }) {
    const swatch = el("span", { class: "swatch" });
    swatch.style.background = colourOf(index);
    const from = el("small", { "aria-hidden": "true" });
    const input = el("input", {
      ...{ value: label, maxlength: 500, autocomplete: "off", "aria-label": `Label of object ${index + 1}` },
      list: "labels",
      focus: () => this.#pick(index),
      input: (event) => this.draft.relabel(index, event.target.value),
      keydown: (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        this.frames.focus(index);
      },
    });
    const gone = remove(`Delete object ${index + 1}`, () => {
      this.draft.remove(index);
      this.adding.focus();
    });
    const node = el("li", {}, from, swatch, input, gone);
    this.rows.set(index, { node, input, from });
  }

  #pick(index) {
    if (this.index === index) return;
    this.draft.settle();
    this.index = index;
    this.frames.pick(index);
    this.#showPlace();
    for (const [each, { node }] of this.rows) node.classList.toggle("lit", each === index);
    this.rows.get(index)?.node.scrollIntoView({ block: "nearest" });
    this.stage.show(bounds(this.draft.find(index).shape));
  }

  #name(index) {
    const input = this.rows.get(index)?.input ?? this.adding;
    input.focus();
    input.select?.();
  }

  // The edges of the picked box, in pixels, to be typed.
  #showPlace() {
    const object = this.draft.find(this.index);
    const isBox = object?.shape.kind === "box";
    this.place.hidden = !isBox;
    if (!isBox) return;
    if (this.place.dataset.index !== String(object.index)) this.#aim(object);
    for (const input of this.place.querySelectorAll("input"))
      if (document.activeElement !== input) input.value = object.shape[input.name];
  }

  #aim({ index }) {
    this.place.dataset.index = index;
    const inputs = Object.entries(EDGES).map(([edge, title]) =>
      field(title, (id) =>
        el("input", {
          ...{ id, name: edge, type: "number", step: 1, min: 0 },
          max: edge === "left" || edge === "right" ? this.draft.width : this.draft.height,
          change: (event) => this.#put(index, edge, event.target),
        }),
      ),
    );
    this.place.replaceChildren(el("legend", {}, `Object ${index + 1}, in pixels`), ...inputs);
  }

  #put(index, edge, input) {
    const value = Number(input.value);
    if (input.value !== "" && Number.isFinite(value)) this.draft.place(index, { [edge]: value });
    input.value = this.draft.find(index).shape[edge];
  }

  // In the middle of what is to be seen of the photo.
  #add() {
    const { left, top, right, bottom } = this.stage.sight;
    const [width, height] = [Math.max(1, Math.round((right - left) / 4)), Math.max(1, Math.round((bottom - top) / 4))];
    const x = Math.min(this.draft.width - width, Math.max(0, Math.round((left + right - width) / 2)));
    const y = Math.min(this.draft.height - height, Math.max(0, Math.round((top + bottom - height) / 2)));
    const last = this.draft.objects.at(-1)?.label;
    const label = last && !this.lines ? last : "new";
    const index = this.draft.add({ left: x, top: y, right: x + width, bottom: y + height }, label);
    this.#name(index);
    say(`Added a box, ${width} by ${height} pixels, in the middle.`);
  }

  #undo(event) {
    const isZ = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.altKey;
    if (!isZ || event.target.matches?.("input, textarea")) return;
    event.preventDefault();
    if (event.shiftKey) this.draft.redo();
    else this.draft.undo();
  }

  async #save(event) {
    event.preventDefault();
    const who = this.who ?? this.named.value.trim();
    this.trouble.hidden = true;
    this.saving.disabled = true;
    const { id, images } = this.record;
    const [{ name, generation }] = images;
    try {
      const { findings, after } = this.draft;
      const { correction } = await post("api/correct", { name, generation, id, after, who, findings });
      remember(who);
      kept.delete(id);
      this.draft = fresh({ ...this.record, correction });
      this.saved(correction);
    } catch (problem) {
      this.#refused(problem);
    } finally {
      this.saving.disabled = false;
    }
  }

  #refused(problem) {
    if (!problem.title) throw problem;
    const again = problem.status >= 500 || problem.status === 0 ? " Save it again: it is kept once." : "";
    const newer = el("button", { type: "button", click: () => (kept.delete(this.record.id), this.saved(null)) }, "Drop mine, and load the newest");
    this.trouble.replaceChildren(bdi(problem.message), again, ...(problem.status === 409 ? [" ", newer] : []));
    this.trouble.hidden = false;
    byId("panel").scrollTop = byId("panel").scrollHeight;
  }
}

// Forgets the changes of a record; returns what brings them back.
export function drop({ id }) {
  const draft = kept.get(id);
  kept.delete(id);
  return () => draft && kept.set(id, draft);
}

function fresh({ findings, correction, images: [size] }) {
  const told = correction?.findings ?? findings;
  const next = correction?.next_index ?? Math.max(0, ...findings.objects.map(({ index }) => index + 1));
  return new Draft(told, size, next, correction?.number ?? 0);
}

function remembered() {
  try {
    return localStorage.getItem(WHO) ?? "";
  } catch {
    return ""; // the browser keeps nothing
  }
}

function remember(who) {
  try {
    localStorage.setItem(WHO, who);
  } catch {
    // next time it is asked for again
  }
}
