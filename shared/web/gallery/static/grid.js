// The photos as cards. Only those near the window are in the document: all cards are equally high,
// so the room of the others is known.

import { thumbnail } from "./api.js";
import { chip } from "./chip.js";
import { bdi, el } from "./dom.js";
import { toPhoto, here } from "./route.js";
import { mark, percent, since, summary, when } from "./words.js";

const AROUND = 2; // windows of cards above and below
const EAGER = 8; // pictures loaded before they are near
const SENDING = { queued: "waits to be sent", over: "stored" };
const SENT = new Set(["stored"]);
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Grid {
  // Shows the cards of `feed`. `retry(card)` and `drop(card)` are what the buttons of an upload that
  // stopped do, `select(card, isOn)` what the box of a card does.
  constructor(list, feed, { retry, drop, select }) {
    Object.assign(this, { list, feed, retry, drop, select, shown: new Map(), frame: 0 });
    list.addEventListener("keydown", (event) => this.#walk(event));
    addEventListener("scroll", () => this.show(), { passive: true });
    new ResizeObserver(() => this.show()).observe(list.parentElement);
  }

  // Shows what is near the window, before the next frame.
  show() {
    this.frame ||= requestAnimationFrame(() => this.showNow());
  }

  showNow() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (this.list.offsetParent === null) return; // a photo is open
    const { cards } = this.feed;
    const [first, last] = this.#range(cards.length);
    const wanted = new Set(cards.slice(first, last));
    for (const [card, node] of this.shown) {
      if (wanted.has(card)) continue;
      node.remove();
      card.frame = null;
      this.shown.delete(card);
    }
    let next = this.list.firstChild;
    for (let at = first; at < last; at += 1) next = this.#put(cards[at], at, next);
  }

  // The picture stays in the document when only the words change, so that it does not flicker.
  draw(card) {
    const node = this.shown.get(card);
    if (!node) return;
    const source = pictureOf(card);
    if (!card.frame || card.source !== source) {
      card.frame = frame(card, source, this.feed.cards.indexOf(card) < EAGER);
      card.source = source;
    }
    const about = el("div", { class: "about" }, ...words(card));
    const content = card.generation
      ? el("a", { href: toPhoto(here(), card) }, card.frame, about)
      : el("div", {}, card.frame, about);
    const focused = node.contains(document.activeElement) ? document.activeElement.tagName : "";
    node.replaceChildren(content, ...this.#box(card), ...this.#buttons(card));
    node.classList.toggle("under-way", !card.hasEntries || Boolean(card.upload?.isUnderWay));
    node.classList.toggle("selected", card.isSelected);
    if (focused) node.querySelector(focused)?.focus();
  }

  // The filter is part of every link.
  relink() {
    for (const [card, node] of this.shown)
      node.querySelector("a")?.setAttribute("href", toPhoto(here(), card));
  }

  focus(card) {
    const at = this.feed.cards.indexOf(card);
    if (at >= 0) this.#focusAt(at);
  }

  // Puts a card before a node, unless it is there; returns the node after it.
  #put(card, at, next) {
    let node = this.shown.get(card);
    const isNew = !node;
    if (isNew) {
      node = el("li", { class: "card" });
      this.shown.set(card, node);
      this.draw(card);
    }
    node.setAttribute("aria-posinset", at + 1);
    node.setAttribute("aria-setsize", this.feed.isComplete ? this.feed.cards.length : -1);
    if (node === next) return node.nextSibling;
    this.list.insertBefore(node, next);
    return next;
  }

  // The numbers of the first card to be shown and of the one after the last; makes room for others.
  #range(count) {
    const { columns, row, top } = this.#measure();
    const rows = Math.ceil(count / columns);
    const above = Math.floor((scrollY - top) / row - (AROUND * innerHeight) / row);
    const below = Math.ceil((scrollY + innerHeight - top) / row + (AROUND * innerHeight) / row);
    const first = Math.max(0, Math.min(above, rows - 1));
    const last = Math.max(1, Math.min(below, rows));
    this.list.style.paddingTop = `${first * row}px`;
    this.list.style.paddingBottom = `${Math.max(0, rows - last) * row}px`;
    return [first * columns, Math.min(count, last * columns)];
  }

  #measure() {
    const style = getComputedStyle(this.list);
    const columns = style.gridTemplateColumns.split(" ").length;
    const row = parseFloat(style.gridAutoRows) + parseFloat(style.rowGap);
    const top = this.list.getBoundingClientRect().top + scrollY;
    return { columns, row, top };
  }

  #box(card) {
    if (!card.hasEntries || card.isUnreadable) return [];
    const change = ({ target }) => this.select(card, target.checked);
    const name = `Select ${card.name.slice(0, 100)}`;
    const options = { type: "checkbox", change, checked: card.isSelected, "aria-label": name };
    return [el("label", { class: "select" }, el("input", options))];
  }

  #buttons(card) {
    if (!card.upload?.problem) return [];
    const again = el("button", { type: "button", click: () => this.retry(card) }, "Try again");
    const away = el("button", { type: "button", click: () => this.drop(card) }, "Dismiss");
    return [el("div", { class: "ends" }, away, again)];
  }

  #walk(event) {
    const move = MOVES[event.key];
    const node = document.activeElement?.closest("a")?.closest("li");
    const card = [...this.shown].find(([, each]) => each === node)?.[0];
    if (!move || !card || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const { cards } = this.feed;
    const at = cards.indexOf(card) + move[0] + move[1] * this.#measure().columns;
    this.#focusAt(Math.max(0, Math.min(cards.length - 1, at)));
  }

  #focusAt(at) {
    const { columns, row, top } = this.#measure();
    const place = top + Math.floor(at / columns) * row;
    if (place < scrollY + 60) scrollTo(0, place - 60); // below the bar on top
    else if (place + row > scrollY + innerHeight) scrollTo(0, place + row - innerHeight);
    this.showNow();
    this.shown.get(this.feed.cards[at])?.querySelector("a")?.focus({ preventScroll: true });
  }
}

function pictureOf(card) {
  if (card.hasEntries && (card.best.thumbnail ?? card.best.overlay))
    return thumbnail(card.best.folder);
  return card.upload?.preview ?? "";
}

function frame(card, source, isEager) {
  if (!source) return el("div", { class: "frame" }, blank(card));
  const loading = isEager ? { fetchpriority: "high" } : { loading: "lazy" };
  const image = el("img", { src: source, alt: "", decoding: "async", ...loading });
  const box = el("div", { class: "frame" }, image);
  image.addEventListener("error", () => box.replaceChildren(blank(card)));
  return box;
}

// In place of a picture: the outcome, large enough to be seen among pictures.
function blank(card) {
  const state = card.hasEntries ? card.best.status : "waiting";
  return el("span", { class: `blank ${state}`, "aria-hidden": "true" }, mark(state));
}

function words(card) {
  if (card.isUnreadable) return unreadable(card);
  const { upload } = card;
  const title = card.name || upload.body;
  const name = el("h2", { title }, bdi(title));
  if (upload?.problem) return [name, trouble(upload.problem)];
  const chips = el("p", { class: "chips" }, ...card.states.map(chip));
  if (!card.hasEntries)
    return [name, el("p", { class: "sum waits" }, ...awaited(card)), ...bar(upload), chips];
  const best = card.best;
  const line = el("p", { class: `sum ${best.status}` }, bdi(summary(best)));
  const shown = `${best.width ? `${best.width} × ${best.height}, ` : ""}${when(best.created)}`;
  const age = el("time", { datetime: best.created, title: shown }, since(best.created));
  return [name, line, el("div", { class: "foot" }, chips, age)];
}

function unreadable({ best }) {
  const line = "Another version of Darkroom wrote it. This one cannot read it.";
  const age = el("time", { datetime: best.created }, since(best.created));
  return [
    el("h2", {}, "A record"),
    el("p", { class: "sum" }, line),
    el("div", { class: "foot" }, el("span", { class: "chip" }, "not readable"), age),
  ];
}

// What a photo without a record waits for: the network, the model, or its turn.
function awaited({ upload, reason, due }) {
  if (upload && (upload.note || !SENT.has(upload.state))) return [sending(upload)];
  if (reason) return [el("strong", {}, "waits: "), bdi(reason)];
  return [due.some((job) => job.state === "working") ? "is being read" : "waits to be read"];
}

function sending(upload) {
  if (upload.note) return upload.note;
  if (upload.state === "sending") return `is being sent: ${percent(upload.share)}`;
  return SENDING[upload.state];
}

function bar(upload) {
  if (upload?.state !== "sending") return [];
  return [el("progress", { value: upload.share, max: 1, "aria-label": "Sent" })];
}

function trouble(problem) {
  return el(
    "p",
    { class: "sum failed" },
    el("strong", {}, problem.title),
    " ",
    bdi(problem.detail),
  );
}
