// The boxes of a draft over the photo: to be moved and resized by keys, a mouse or a finger.

import { svg } from "./dom.js";
import { load } from "./mask.js";
import { area, bounds } from "./shape.js";
import { colourOf } from "./sight.js";
import { short } from "./words.js";

const NAME = 40; // characters
const FAR = 10; // pixels a key moves with Control
const HANDLE = 12; // pixels of the screen
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const CORNERS = [
  ["left", "top"],
  ["right", "top"],
  ["right", "bottom"],
  ["left", "bottom"],
];

export class Frames {
  // Calls `picked(index)` when an object gets the focus, and `named(index)` when its label is wanted.
  constructor(plane, draft, stage, folder, { picked, named }) {
    Object.assign(this, { draft, stage, picked, named, drawn: new Map(), masks: new Map(), index: null });
    this.node = svg("svg", {
      class: "layers frames",
      viewBox: `0 0 ${draft.width} ${draft.height}`,
      role: "group",
      "aria-label": "Boxes to correct",
    });
    plane.append(this.node);
    this.show();
    this.#loadMasks(folder);
  }

  close() {
    this.isOver = true;
    this.node.remove();
    this.masks.forEach(({ mask }) => URL.revokeObjectURL(mask.url));
  }

  pick(index) {
    this.index = index;
    this.show();
  }

  focus(index) {
    this.drawn.get(index)?.group.focus({ preventScroll: true });
  }

  // Draws the objects as they are now. The largest lie below.
  show() {
    const { objects } = this.draft;
    for (const [index, { group }] of this.drawn)
      if (!objects.some((each) => each.index === index)) {
        group.remove();
        this.drawn.delete(index);
      }
    for (const object of objects) {
      if (!this.drawn.has(object.index)) this.#create(object);
      this.#update(object);
    }
  }

  #create(object) {
    const [halo, line, grip] = ["halo", "line", "grip"].map((name) => svg(tagOf(object.shape), { class: name }));
    const text = svg("text", { y: 14 });
    const ground = svg("rect", { height: 20, rx: 3 });
    const tag = svg("g", { class: "tag" }, ground, text);
    const place = svg("g", { "aria-hidden": "true" }, tag);
    const group = svg(
      "g",
      {
        class: "object frame",
        tabindex: 0,
        role: "button",
        "data-index": object.index,
        "aria-describedby": "frame-keys",
        focus: () => this.picked(object.index),
        keydown: (event) => this.#key(event, object.index),
        pointerdown: (event) => this.#drag(event, object.index, null),
      },
      halo,
      line,
      grip,
      place,
    );
    const handles = object.shape.kind === "box" ? CORNERS.map((edges) => this.#handle(object, edges)) : [];
    group.append(...handles.map(({ node }) => node));
    this.drawn.set(object.index, { group, outlines: [halo, line, grip], line, text, ground, tag, place, handles });
    const smaller = [...this.node.children].find(
      (each) => this.draft.find(Number(each.dataset.index)) && this.#size(each) < area(bounds(object.shape)),
    );
    this.node.insertBefore(group, smaller ?? null);
    if (object.mask) this.#dress(object.index);
  }

  #size(group) {
    return area(bounds(this.draft.find(Number(group.dataset.index)).shape));
  }

  #handle({ index }, edges) {
    const node = svg("rect", {
      class: `handle ${edges.join("-")}`,
      pointerdown: (event) => this.#drag(event, index, edges),
    });
    return { node, edges };
  }

  #update(object) {
    const { group, outlines, line, text, ground, tag, place, handles, mask } = this.drawn.get(object.index);
    const box = bounds(object.shape);
    const { left, top, right, bottom } = box;
    outlines.forEach((each) => set(each, outline(object.shape)));
    set(line, { stroke: colourOf(object.index) });
    set(ground, { fill: colourOf(object.index) });
    const words = object.label || "no label";
    const where = `${right - left} by ${bottom - top} pixels at ${left}, ${top}`;
    set(group, {
      "aria-label": `${short(words, 80)}: ${where}`,
      "aria-pressed": String(this.index === object.index),
    });
    group.classList.toggle("lit", this.index === object.index);
    const isRight = left > this.draft.width / 2;
    if (text.textContent !== short(words, NAME)) {
      text.textContent = short(words, NAME);
      const room = Math.ceil(text.getComputedTextLength()) + 12;
      set(ground, { width: room, x: isRight ? -room : 0 });
      set(text, { x: isRight ? 6 - room : 6 });
    }
    set(tag, { class: top < this.draft.height * 0.04 ? "tag inside" : "tag" });
    set(place, { transform: `translate(${isRight ? right : left} ${top})` });
    for (const { node, edges } of handles) set(node, { x: box[edges[0]], y: box[edges[1]], width: HANDLE, height: HANDLE });
    if (mask) mask(box);
  }

  #key(event, index) {
    const step = ARROWS[event.key];
    const far = event.ctrlKey || event.metaKey ? FAR : 1;
    if (step && event.shiftKey) this.draft.stretch(index, { right: step[0] * far, bottom: step[1] * far });
    else if (step) this.draft.move(index, step[0] * far, step[1] * far);
    else if (event.key === "Delete" || event.key === "Backspace") this.#remove(index);
    else if (event.key === "Enter") this.named(index);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // The next one gets the focus, or the one before.
  #remove(index) {
    const { objects } = this.draft;
    const at = objects.findIndex((each) => each.index === index);
    const next = objects[at + 1] ?? objects[at - 1];
    this.draft.remove(index);
    if (next) this.focus(next.index);
    else this.named(null);
  }

  #drag(event, index, edges) {
    if (event.button !== 0) return;
    event.stopPropagation();
    event.preventDefault();
    this.focus(index);
    this.draft.settle();
    let from = this.stage.inPhoto(event);
    const node = event.target;
    const follow = (moved) => {
      const to = this.stage.inPhoto(moved);
      const [x, y] = [Math.round(to[0] - from[0]), Math.round(to[1] - from[1])];
      if (!x && !y) return;
      const before = { ...bounds(this.draft.find(index).shape) };
      if (edges) this.draft.stretch(index, { [edges[0]]: x, [edges[1]]: y });
      else this.draft.move(index, x, y);
      const now = bounds(this.draft.find(index).shape);
      const [across, down] = edges ?? ["left", "top"];
      from = [from[0] + now[across] - before[across], from[1] + now[down] - before[down]];
    };
    const end = () => {
      node.removeEventListener("pointermove", follow);
      this.draft.settle();
    };
    node.setPointerCapture(event.pointerId);
    node.addEventListener("pointermove", follow);
    for (const name of ["pointerup", "pointercancel"]) node.addEventListener(name, end, { once: true });
  }

  async #loadMasks(folder) {
    for (const object of this.draft.objects.filter(({ mask }) => mask)) {
      const first = bounds(structuredClone(object.shape));
      const coloured = { ...structuredClone(object), colour: colourOf(object.index) };
      const mask = await load(coloured, folder).catch(() => null);
      if (this.isOver) return mask && URL.revokeObjectURL(mask.url);
      if (mask) this.masks.set(object.index, { mask, first });
      this.#dress(object.index);
    }
    this.node.setAttribute("data-masks", this.masks.size);
  }

  // A mask moves along with its box; of a box of another size it shows what is inside.
  #dress(index) {
    const [drawn, loaded] = [this.drawn.get(index), this.masks.get(index)];
    if (!drawn || !loaded) return;
    const { box, url } = loaded.mask;
    const size = { width: box.right - box.left, height: box.bottom - box.top };
    const image = svg("image", { href: url, preserveAspectRatio: "none", ...size });
    const part = svg("svg", { class: "mask" }, image);
    drawn.group.classList.add("masked");
    drawn.group.prepend(part);
    drawn.mask = ({ left, top, right, bottom }) => {
      const [width, height] = [right - left, bottom - top];
      const { first } = loaded;
      const isMoved = width === first.right - first.left && height === first.bottom - first.top;
      const [x, y] = isMoved ? [left - first.left, top - first.top] : [0, 0];
      set(part, { x: left, y: top, width, height, viewBox: `${left} ${top} ${width} ${height}` });
      set(image, { x: box.left + x, y: box.top + y });
    };
    const now = this.draft.find(index);
    if (now) drawn.mask(bounds(now.shape));
  }
}

const tagOf = ({ kind }) => ({ point: "circle", polygon: "path" })[kind] ?? "rect";

function outline(shape) {
  if (shape.kind === "point") return { cx: shape.x, cy: shape.y };
  if (shape.kind === "polygon")
    return { d: shape.rings.map((ring) => `M${ring.map((corner) => corner.join(" ")).join("L")}Z`).join("") };
  const { left, top, right, bottom } = shape;
  return { x: left, y: top, width: right - left, height: bottom - top };
}

function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
}
