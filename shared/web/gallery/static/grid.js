// The photos as cards.

import { thumbnail } from "./api.js";
import { chip } from "./chip.js";
import { bdi, el } from "./dom.js";
import { toPhoto, here } from "./route.js";
import { mark, percent, since, summary } from "./words.js";

const SENDING = { queued: "waits to be sent", over: "stored" };
const SENT = new Set(["stored"]);

export class Grid {
  // `retry(card)` and `drop(card)` are what the buttons of a refused upload do.
  constructor(list, retry, drop) {
    Object.assign(this, { list, retry, drop });
    list.addEventListener("keydown", (event) => this.#walk(event));
  }

  clear() {
    this.list.replaceChildren();
  }

  place(card, before) {
    card.node = el("li", { class: "card" });
    card.dropped = () => card.node.remove();
    this.list.insertBefore(card.node, before?.node ?? null);
    this.draw(card);
  }

  // The picture stays in the document when only the words change, so that it does not flicker.
  draw(card) {
    const source = pictureOf(card);
    if (!card.frame || card.source !== source) {
      card.frame = frame(card, source);
      card.source = source;
    }
    const about = el("div", { class: "about" }, ...words(card));
    const content = card.generation
      ? el("a", { href: toPhoto(here(), card) }, card.frame, about)
      : el("div", {}, card.frame, about);
    const hadFocus = card.node.contains(document.activeElement);
    card.node.replaceChildren(content, ...this.#buttons(card));
    card.node.classList.toggle("under-way", !card.hasEntries || Boolean(card.upload?.isUnderWay));
    if (hadFocus) card.node.querySelector("a, button")?.focus();
  }

  // The filter is part of every link.
  relink(cards) {
    for (const card of cards)
      card.node.querySelector("a")?.setAttribute("href", toPhoto(here(), card));
  }

  focus(card) {
    const link = card?.node.querySelector("a");
    link?.scrollIntoView({ block: "nearest" });
    link?.focus();
  }

  #buttons(card) {
    if (!card.upload?.problem) return [];
    const again = el("button", { type: "button", click: () => this.retry(card) }, "Try again");
    const away = el("button", { type: "button", click: () => this.drop(card) }, "Dismiss");
    return [el("div", { class: "ends" }, away, again)];
  }

  #walk(event) {
    const links = [...this.list.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement?.closest("a"));
    const step = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -this.#columns(),
      ArrowDown: this.#columns(),
    }[event.key];
    if (at < 0 || !step || event.ctrlKey || event.metaKey || event.altKey) return;
    const link = links[Math.max(0, Math.min(links.length - 1, at + step))];
    event.preventDefault();
    link.focus();
  }

  #columns() {
    return getComputedStyle(this.list).gridTemplateColumns.split(" ").length;
  }
}

function pictureOf(card) {
  if (card.hasEntries && (card.best.thumbnail ?? card.best.overlay)) return thumbnail(card.best.folder);
  return card.upload?.preview ?? "";
}

function frame(card, source) {
  if (!source) return el("div", { class: "frame" }, blank(card));
  const image = el("img", { src: source, alt: "", loading: "lazy", decoding: "async" });
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
  const { upload } = card;
  const name = el("h2", {}, bdi(card.name || upload.body));
  if (upload?.problem) return [name, trouble(upload.problem)];
  const chips = el("p", { class: "chips" }, ...card.states.map(chip));
  if (!card.hasEntries)
    return [name, el("p", { class: "sum waits" }, ...awaited(card)), ...bar(upload), chips];
  const best = card.best;
  const line = el("p", { class: `sum ${best.status}` }, bdi(summary(best)));
  const age = el("time", { datetime: best.created, title: best.created }, since(best.created));
  chips.append(age);
  return [name, line, chips];
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
