// The grid with the line below it: more, nothing, or an error.

import { bdi, byId, el } from "./dom.js";
import { hash, here, isFiltered, photoOf } from "./route.js";
import { count, number } from "./words.js";

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
    this.feed.reset(this.filter);
    this.grid.show();
    await this.more();
  }

  async more() {
    if (this.feed.loading || this.feed.isComplete) return;
    this.hasFailed = false;
    this.#wait(!this.feed.cards.length);
    this.#tell(el("p", { role: "status" }, "Looking …"));
    const { filter } = this;
    try {
      await this.feed.more();
    } catch (problem) {
      this.hasFailed = filter === this.filter;
      if (this.hasFailed) this.#wait(false);
      if (this.hasFailed) this.#tell(...failed(problem, () => this.more()));
      return;
    }
    if (filter === this.filter) this.show();
  }

  // The line below the cards.
  show() {
    const { cards, isComplete, loading } = this.feed;
    if (loading || this.hasFailed) return;
    this.#wait(false);
    if (!isComplete)
      return this.#tell(el("button", { type: "button", click: () => this.more() }, "More"));
    const { of } = this.feed;
    const rest = of ? ` Of the newest ${number(of)} results; older ones are not sorted in.` : "";
    if (cards.length)
      return this.#tell(
        el("p", { role: "status" }, `${count(cards.length, "photo")}. That is all.${rest}`),
      );
    this.#tell(...(isFiltered(this.filter) ? nothing(this.filter) : empty()));
  }

  // Until the first cards are there, the line below them is not: it would move.
  #wait(isFirst) {
    byId("grid").classList.toggle("loading", isFirst);
    this.end.hidden = isFirst;
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

function nothing(filter) {
  const all = hash({ ...photoOf(here()) });
  return [
    el(
      "div",
      { class: "empty", role: "status" },
      el("h2", {}, "No photo matches"),
      el("p", {}, ...searched(filter)),
      el("p", {}, el("a", { class: "button", href: all }, "Show all photos")),
    ),
  ];
}

// What was looked for, and where.
function searched({ q, folder, task, status }) {
  const kind = status === "doubt" ? "doubtful results" : `${status} results`.trim();
  return [
    `Looked at all ${kind}${task ? ` of the task ${task}` : ""}`,
    folder ? [" in ", bdi(folder)] : "",
    q ? [" for ", bdi(`“${q}”`), ": each word in the name, the labels or the text. Is it spelt as there?"] : ".",
    q ? " Only the beginning of long texts is searched." : "",
  ].flat();
}

function empty() {
  const open = () => byId("open-add").click();
  return [
    el(
      "div",
      { class: "empty first", role: "status" },
      el("img", { src: new URL("icon.svg", import.meta.url), alt: "", width: 56, height: 56 }),
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
