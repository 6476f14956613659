// What is visible of a photo: which objects, in which layers, and which of them is highlighted.

const COLOURS = [
  "#4aa8ff",
  "#ff8f1f",
  "#2ecc5a",
  "#ec5cf0",
  "#ffd21f",
  "#22d3ee",
  "#ff6161",
  "#a8e02a",
  "#b48aff",
  "#14c9a6",
  "#ff7ab8",
  "#d9a441",
  "#8c9cff",
  "#9ff2c4",
  "#ffb199",
  "#d3c4ff",
]; // each carries dark text

export const colourOf = (at) => COLOURS[at % COLOURS.length];

export class Sight {
  constructor(objects) {
    this.objects = objects.map((each, at) => ({ ...each, colour: colourOf(at) }));
    Object.assign(this, { hidden: new Set(), least: 0, lit: null, picked: null, watchers: [] });
    this.shown = { boxes: true, masks: true, names: objects.length <= 12 };
  }

  watch(watcher) {
    this.watchers.push(watcher);
    watcher();
  }

  set(changes) {
    Object.assign(this, changes);
    this.watchers.forEach((watcher) => watcher());
  }

  // boxes, masks or names
  switch(layer) {
    this.set({ shown: { ...this.shown, [layer]: !this.shown[layer] } });
  }

  // Hide these objects, or show them if all are hidden.
  toggle(indexes) {
    const all = indexes.every((index) => this.hidden.has(index));
    indexes.forEach((index) => (all ? this.hidden.delete(index) : this.hidden.add(index)));
    this.set({});
  }

  // The highlighted object, if any.
  get marked() {
    return this.lit ?? this.picked;
  }

  isSure(object) {
    return object.confidence === null || object.confidence >= this.least;
  }

  isShown(object) {
    return !this.hidden.has(object.index) && this.isSure(object);
  }

  get hasScores() {
    return this.objects.some((object) => object.confidence !== null);
  }

  get hasMasks() {
    return this.objects.some((object) => object.mask);
  }

  get labels() {
    return [...new Set(this.objects.map((object) => object.label))];
  }
}
