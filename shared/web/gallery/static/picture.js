// The photo itself, in as many pixels as the zoom can show.

import { picture, whyNot } from "./api.js";
import { byId, el } from "./dom.js";

const SMALL = 2048; // the long side of what is loaded first

export class Picture {
  constructor(plane, place, alt) {
    Object.assign(this, {
      plane,
      place,
      alt,
      node: null,
      size: null,
      isFull: false,
      isOverlay: false,
      isOver: false,
    });
  }

  close() {
    this.isOver = true;
    byId("sharper").textContent = "";
    this.node?.remove();
  }

  // Resolves to its size, the record's if that has one. Throws Problem.
  async open(size) {
    const image = await this.#load(picture(this.place, "2048"));
    this.size = size ?? { width: image.naturalWidth, height: image.naturalHeight };
    this.#put(image);
    return this.size;
  }

  // Shows the overlay instead, as the photo no longer exists.
  async openOverlay(source, size) {
    const image = await this.#load(source);
    if (this.isOver) return;
    Object.assign(this, { size, isOverlay: true });
    this.#put(image);
    byId("sharper").textContent = "The photo itself is gone. This is its overlay.";
  }

  // Loads every pixel once the zoom shows more than the loaded ones.
  async sharpen(scale) {
    const long = Math.max(this.size?.width ?? 0, this.size?.height ?? 0);
    if (this.isFull || this.isOverlay || long <= SMALL || scale * devicePixelRatio * long <= SMALL)
      return;
    this.isFull = true;
    byId("sharper").textContent = "loading every pixel …";
    try {
      this.#put(await this.#load(picture(this.place, "full")));
      this.plane.dataset.side = "full";
    } catch {
      this.isFull = false; // the next zoom tries again
    }
    if (!this.isOver) byId("sharper").textContent = "";
  }

  async #load(source) {
    const image = el("img", {
      class: "photo",
      alt: this.alt,
      decoding: "async",
      draggable: "false",
      src: source,
    });
    try {
      await image.decode();
    } catch {
      throw await whyNot(source);
    }
    return image;
  }

  #put(image) {
    if (this.isOver) return;
    this.plane.dataset.side = "2048";
    if (this.node) this.node.replaceWith(image);
    else this.plane.prepend(image);
    this.node = image;
  }
}
