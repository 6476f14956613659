// The list of what was found, row by row the counterpart of the layers, with the switches of both.

import { file } from "./api.js";
import { bdi, el } from "./dom.js";
import { bounds } from "./shape.js";
import { count, number, percent } from "./words.js";

const LAYERS = { boxes: "Boxes", masks: "Masks", names: "Names" };

export class Objects {
  // Calls `chosen(object)` for an object that was picked in the list.
  constructor(sight, folder, chosen) {
    Object.assign(this, { sight, folder, chosen, rows: new Map() });
    this.counted = el("h2", {});
    this.list = el("ul", { class: "objects" }, ...sight.objects.map((object) => this.#row(object)));
    this.node = el(
      "section",
      {},
      this.counted,
      this.#switches(),
      this.#labels(),
      this.#slider(),
      this.list,
    );
    sight.watch(() => this.#show());
  }

  // Brings the row into sight.
  reveal(index) {
    this.rows.get(index)?.node.scrollIntoView({ block: "nearest" });
  }

  #switches() {
    const layers = Object.keys(LAYERS).filter((layer) => layer !== "masks" || this.sight.hasMasks);
    this.buttons = layers.map((layer) => [
      layer,
      toggle(LAYERS[layer], () => this.sight.switch(layer)),
    ]);
    return el(
      "div",
      { class: "switches", role: "group", "aria-label": "Layers" },
      ...this.buttons.map(([, each]) => each),
    );
  }

  // Where several objects share a label, a switch for each label.
  #labels() {
    const labels = this.sight.labels;
    this.groups =
      labels.length > 1 && labels.length < this.sight.objects.length
        ? labels.map((label) => this.#label(label))
        : [];
    const nodes = this.groups.map(({ node }) => node);
    return nodes.length
      ? el("div", { class: "switches", role: "group", "aria-label": "Labels" }, ...nodes)
      : null;
  }

  #label(label) {
    const indexes = this.sight.objects
      .filter((each) => each.label === label)
      .map((each) => each.index);
    const node = toggle("", () => this.sight.toggle(indexes));
    node.append(bdi(label, { class: "clip" }), el("small", {}, ` ${indexes.length}`));
    return { node, indexes };
  }

  #slider() {
    if (!this.sight.hasScores) return null;
    this.least = el("output", { for: "least" });
    const slider = el("input", {
      ...{ type: "range", id: "least", min: 0, max: 1, step: 0.01, value: this.sight.least },
      input: (event) => this.sight.set({ least: Number(event.target.value) }),
    });
    return el(
      "p",
      { class: "slider" },
      el("label", { for: "least" }, "Confidence at least"),
      slider,
      this.least,
    );
  }

  #row(object) {
    const { index, label, colour } = object;
    const swatch = el("span", { class: "swatch" });
    swatch.style.background = colour;
    const main = el(
      "button",
      {
        type: "button",
        class: "main",
        title: label.slice(0, 500),
        "aria-pressed": "false",
        click: () => this.chosen(object),
      },
      swatch,
      bdi(label, { class: "clip" }),
      ...this.#details(object),
    );
    const eye = el("button", {
      type: "button",
      class: "eye",
      click: () => this.sight.toggle([index]),
    });
    const node = el(
      "li",
      {
        mouseenter: () => this.sight.set({ lit: index }),
        mouseleave: () => this.sight.set({ lit: null }),
        focusin: () => this.sight.set({ lit: index }),
        focusout: () => this.sight.set({ lit: null }),
      },
      main,
      this.#mask(object),
      eye,
    );
    this.rows.set(index, { node, main, eye });
    return node;
  }

  #details({ shape, confidence, provenance, mask }) {
    const { left, top, right, bottom } = bounds(shape);
    const area = mask ? `, mask of ${number(mask.area)} pixels` : "";
    const place = `${right - left} × ${bottom - top} at ${left}, ${top}${area}`;
    return [
      provenance === "exact"
        ? null
        : el("span", { class: "mended", title: place }, provenance.replace("_", " ")),
      confidence === null ? null : el("span", { class: "score" }, percent(confidence)),
    ];
  }

  #mask({ mask, label }) {
    if (!mask?.file) return null;
    const href = file(this.folder + mask.file, true);
    return el(
      "a",
      {
        class: "save",
        href,
        download: true,
        "aria-label": `Download the mask of ${label.slice(0, 60)}`,
        title: "Download the mask",
      },
      "↓",
    );
  }

  #show() {
    const { sight } = this;
    const seen = sight.objects.filter((object) => sight.isShown(object)).length;
    const all = sight.objects.length;
    this.counted.textContent =
      seen === all ? count(all, "object") : `${seen} of ${count(all, "object")}`;
    for (const [layer, button] of this.buttons)
      button.setAttribute("aria-pressed", sight.shown[layer]);
    for (const { node, indexes } of this.groups) {
      node.setAttribute(
        "aria-pressed",
        indexes.some((index) => !sight.hidden.has(index)),
      );
    }
    if (this.least) this.least.textContent = percent(sight.least);
    sight.objects.forEach((object) => this.#showRow(object));
  }

  #showRow(object) {
    const { node, main, eye } = this.rows.get(object.index);
    const isHidden = this.sight.hidden.has(object.index);
    node.hidden = !this.sight.isSure(object);
    node.classList.toggle("off", isHidden);
    node.classList.toggle("lit", this.sight.marked === object.index);
    main.setAttribute("aria-pressed", this.sight.picked === object.index);
    eye.setAttribute("aria-label", `${isHidden ? "Show" : "Hide"} ${object.label.slice(0, 60)}`);
    eye.textContent = isHidden ? "show" : "hide";
  }
}

function toggle(words, click) {
  return el("button", { type: "button", "aria-pressed": "true", click }, words);
}
