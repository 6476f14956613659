// What a person makes of a record's findings, before it is saved; every step can be undone.

import { bounds } from "./shape.js";

const MOST_STEPS = 200;

export class Draft {
  // `next` is the index of the first object that is added. `after` is the number of the correction
  // that the findings are of; 0: the model's.
  constructor(findings, { width, height }, next, after) {
    Object.assign(this, { width, height, next, after, watchers: [], past: [], future: [] });
    this.base = JSON.stringify(findings);
    this.now = JSON.parse(this.base);
  }

  get objects() {
    return this.now.objects;
  }

  get isChanged() {
    return JSON.stringify(this.now) !== this.base;
  }

  watch(watcher) {
    this.watchers = [watcher];
  }

  find(index) {
    return this.objects.find((each) => each.index === index);
  }

  // Changes the findings. Steps with the same name, one after the other, are undone as one.
  change(name, act) {
    const before = JSON.stringify(this.now);
    act(this.now);
    if (JSON.stringify(this.now) === before) return;
    if (name !== this.name) this.past = [...this.past, before].slice(-MOST_STEPS);
    this.name = name;
    this.future = [];
    this.#tell();
  }

  // Ends a step: the next one is undone by itself.
  settle() {
    this.name = null;
  }

  undo() {
    this.#swap(this.past, this.future);
  }

  redo() {
    this.#swap(this.future, this.past);
  }

  // By pixels; the object stays inside the photo.
  move(index, x, y) {
    const { left, top, right, bottom } = bounds(this.find(index).shape);
    const across = within(x, -left, this.width - Math.max(right, left + 1));
    const down = within(y, -top, this.height - Math.max(bottom, top + 1));
    this.change(`move ${index}`, () => moved(this.find(index).shape, across, down));
  }

  // Moves edges of a box by pixels: {left, top, right, bottom}, of which any may be left out.
  stretch(index, by) {
    const { shape } = this.find(index);
    if (shape.kind !== "box") return;
    const to = Object.fromEntries(Object.entries(by).map(([edge, value]) => [edge, shape[edge] + value]));
    this.place(index, to, `stretch ${index}`);
  }

  // Puts edges of a box to places, as far as it keeps a pixel and stays in the photo.
  place(index, to, name = `place ${index}`) {
    const { shape } = this.find(index);
    const box = { ...shape, ...to };
    if ("left" in to) box.left = within(box.left, 0, shape.right - 1);
    if ("top" in to) box.top = within(box.top, 0, shape.bottom - 1);
    if ("right" in to) box.right = within(box.right, box.left + 1, this.width);
    if ("bottom" in to) box.bottom = within(box.bottom, box.top + 1, this.height);
    this.change(name, () => Object.assign(shape, box));
  }

  relabel(index, label) {
    this.change(`label ${index}`, () => (this.find(index).label = label));
  }

  remove(index) {
    this.settle();
    this.change(`remove ${index}`, (now) => (now.objects = now.objects.filter((each) => each.index !== index)));
  }

  // Returns the new object's index.
  add(box, label) {
    const index = Math.max(this.next, ...this.objects.map((each) => each.index + 1));
    this.next = index + 1;
    const shape = { kind: "box", ...box };
    const thing = { index, label, shape, confidence: null, provenance: "corrected", mask: null };
    this.settle();
    this.change(`add ${index}`, (now) => now.objects.push(thing));
    return index;
  }

  // As the server takes them: an object keeps its mask by its index.
  get findings() {
    return {
      ...this.now,
      objects: this.objects.map((each) => ({
        ...each,
        label: each.label.trim(),
        mask: each.mask && { ...each.mask, rle: null },
      })),
    };
  }

  #swap(from, to) {
    if (!from.length) return;
    to.push(JSON.stringify(this.now));
    this.now = JSON.parse(from.pop());
    this.settle();
    this.#tell();
  }

  #tell() {
    this.watchers.forEach((watcher) => watcher());
  }
}

const within = (value, least, most) => Math.round(Math.max(least, Math.min(most, value)));

function moved(shape, x, y) {
  if (shape.kind === "polygon")
    shape.rings = shape.rings.map((ring) => ring.map(([across, down]) => [across + x, down + y]));
  else if (shape.kind === "point") Object.assign(shape, { x: shape.x + x, y: shape.y + y });
  else {
    const { left, top, right, bottom } = shape;
    Object.assign(shape, { left: left + x, top: top + y, right: right + x, bottom: bottom + y });
  }
}
