// The grid with the line below it: more, nothing, or an error.

import { byId, el } from "./dom.js";
import { hash, here, isFiltered, photoOf } from "./route.js";
import { count } from "./words.js";

export class List {
  constructor(feed, grid) {
    Object.assign(this, { feed, grid, filter: null, hasFailed: false });
    this.end = byId("end");
    new IntersectionObserver(
      ([{ isIntersecting }]) => isIntersecting && !this.hasFailed && this.more(),
      {
        rootMargin: "800px",
      },
    ).observe(this.end);
  }

  // Begins again if the filter has changed.
  async apply(filter) {
    if (this.filter && hash(filter) === hash(this.filter)) return;
    this.filter = filter;
    await this.again();
  }

  async again() {
    this.grid.clear();
    this.feed.reset(this.filter);
    await this.more();
  }

  async more() {
    if (this.feed.loading || this.feed.isComplete) return;
    this.hasFailed = false;
    this.#tell(el("p", { role: "status" }, "Looking …"));
    const { filter } = this;
    try {
      await this.feed.more();
    } catch (problem) {
      this.hasFailed = filter === this.filter;
      if (this.hasFailed) this.#tell(...failed(problem, () => this.more()));
      return;
    }
    if (filter === this.filter) this.show();
  }

  // The line below the cards.
  show() {
    const { cards, isComplete, loading } = this.feed;
    if (loading || this.hasFailed) return;
    if (!isComplete)
      return this.#tell(el("button", { type: "button", click: () => this.more() }, "More"));
    if (cards.length)
      return this.#tell(
        el("p", { role: "status" }, `${count(cards.length, "photo")}. That is all.`),
      );
    this.#tell(...(isFiltered(this.filter) ? nothing() : empty()));
  }

  #tell(...nodes) {
    this.end.replaceChildren(...nodes);
  }
}

function failed(problem, again) {
  return [
    el(
      "div",
      { class: "empty", role: "alert" },
      el("h2", {}, problem.title),
      el("p", {}, problem.message),
      el("button", { type: "button", class: "primary", click: again }, "Try again"),
    ),
  ];
}

function nothing() {
  const all = hash({ ...photoOf(here()) });
  return [
    el(
      "div",
      { class: "empty", role: "status" },
      el("h2", {}, "No photo matches"),
      el(
        "p",
        {},
        "Rejected and failed photos have no labels; they are found by name, task and status.",
      ),
      el("p", {}, el("a", { class: "button", href: all }, "Show all photos")),
    ),
  ];
}

function empty() {
  const open = () => byId("open-add").click();
  return [
    el(
      "div",
      { class: "empty first", role: "status" },
      el("img", { src: "assets/icon.svg", alt: "", width: 56, height: 56 }),
      el("h2", {}, "Nothing was uploaded yet"),
      el("p", {}, "Drop photos anywhere on this page, paste one, or "),
      el("p", {}, el("button", { type: "button", class: "primary", click: open }, "choose photos")),
      el(
        "p",
        {},
        el(
          "small",
          {},
          "Photos that reach the uploads bucket in another way appear here, too, once they are read.",
        ),
      ),
    ),
  ];
}
