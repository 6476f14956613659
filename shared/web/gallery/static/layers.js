// Boxes, masks and names over a photo: one SVG in the photo's own pixels.

import { svg } from "./dom.js";
import { load } from "./mask.js";
import { area, bounds, holds } from "./shape.js";
import { percent, short } from "./words.js";

const NAME = 40; // characters
const NEAR = 12; // pixels of the screen around a point
const TAG = 20; // pixels of the screen: the height of a name
const EDGE = 0.04; // of the photo's height: a name this near the upper edge has no room above

export class Layers {
  constructor(plane, { width, height }, sight, folder) {
    Object.assign(this, { sight, folder, masks: new Map(), drawn: new Map(), isOver: false });
    this.node = svg("svg", {
      class: "layers",
      viewBox: `0 0 ${width} ${height}`,
      "aria-hidden": "true",
    });
    this.node.setAttribute("width", width);
    this.node.setAttribute("height", height);
    plane.append(this.node);
    this.bottomUp = [...sight.objects].sort((one, other) => size(other) - size(one));
    this.node.append(...this.bottomUp.map((object) => this.#draw(object)));
    this.bottomUp.forEach((object) => this.#name(object));
    sight.watch(() => this.#show());
    this.#loadMasks();
  }

  close() {
    this.isOver = true;
    this.node.remove();
    this.masks.forEach((mask) => URL.revokeObjectURL(mask.url));
  }

  // The index of the smallest object at a place of the photo, or null.
  hit(x, y, scale) {
    const found = this.sight.objects
      .filter((object) => this.sight.isShown(object) && holds(object.shape, x, y, NEAR / scale))
      .map((object) => [this.#covers(object, x, y) ? object.mask.area : size(object), object.index])
      .sort(([one], [other]) => one - other);
    return found.length ? found[0][1] : null;
  }

  #covers(object, x, y) {
    const mask = this.masks.get(object.index);
    if (!mask) return false;
    const { left, top, right, bottom } = mask.box;
    const isIn = x >= left && x < right && y >= top && y < bottom;
    return isIn && Boolean(mask.has((x - left) / (right - left), (y - top) / (bottom - top)));
  }

  #draw(object) {
    const group = svg("g", { class: "object", "data-index": object.index });
    group.append(outline(object, "halo"), outline(object, "line"));
    this.drawn.set(object.index, group);
    return group;
  }

  // Above the shape, or in it at the upper edge; from its right in the right half.
  #name(object) {
    const { left, top, right } = bounds(object.shape);
    const { width, height } = this.node.viewBox.baseVal;
    const isRight = left > width / 2;
    const score = object.confidence === null ? "" : ` ${percent(object.confidence)}`;
    const text = svg("text", { y: 14 }, short(object.label, NAME) + score);
    const ground = svg("rect", { height: TAG, rx: 3, fill: object.colour });
    const tag = svg("g", { class: top < height * EDGE ? "tag inside" : "tag" }, ground, text);
    const place = svg("g", { transform: `translate(${isRight ? right : left} ${top})` }, tag);
    this.drawn.get(object.index).append(place);
    const room = Math.ceil(text.getComputedTextLength()) + 12; // known in the document
    ground.setAttribute("width", room);
    ground.setAttribute("x", isRight ? -room : 0);
    text.setAttribute("x", isRight ? 6 - room : 6);
  }

  #show() {
    const { shown, marked } = this.sight;
    const names = ["boxes", "masks", "names"]
      .filter((name) => !shown[name])
      .map((name) => `no-${name}`);
    if (marked !== null) names.push("some-lit");
    this.node.setAttribute("class", ["layers", ...names].join(" "));
    for (const object of this.sight.objects) {
      const group = this.drawn.get(object.index);
      group.classList.toggle("off", !this.sight.isShown(object));
      group.classList.toggle("lit", object.index === marked);
    }
  }

  // One after the other, the largest first: many at once would block the tab.
  async #loadMasks() {
    for (const object of this.bottomUp.filter(({ mask }) => mask)) {
      if (this.isOver) return;
      const mask = await load(object, this.folder).catch(() => null);
      if (mask) this.#place(object, mask);
    }
    this.node.setAttribute("data-masks", this.masks.size);
  }

  #place(object, mask) {
    if (this.isOver) return URL.revokeObjectURL(mask.url);
    this.masks.set(object.index, mask);
    const { left, top, right, bottom } = mask.box;
    const where = { x: left, y: top, width: right - left, height: bottom - top };
    const image = svg("image", {
      class: "mask",
      href: mask.url,
      preserveAspectRatio: "none",
      ...where,
    });
    const group = this.drawn.get(object.index);
    group.classList.add("masked");
    group.prepend(image);
  }
}

const size = (object) => area(bounds(object.shape));

function outline({ shape, colour }, kind) {
  const look = { class: kind, ...(kind === "line" && { stroke: colour }) };
  if (shape.kind === "point") return svg("circle", { ...look, cx: shape.x, cy: shape.y });
  if (shape.kind === "polygon") {
    const path = shape.rings.map((ring) => `M${ring.map((corner) => corner.join(" ")).join("L")}Z`);
    return svg("path", { ...look, d: path.join("") });
  }
  const { left, top, right, bottom } = shape;
  return svg("rect", { ...look, x: left, y: top, width: right - left, height: bottom - top });
}
