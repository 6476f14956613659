// The list of uploads, newest first: older pages are appended, new entries are inserted in front.

import { ask } from "./api.js";
import { Card, keyOf } from "./card.js";
import { isOf } from "./record.js";
import { EMPTY, filterOf } from "./route.js";

const LIMIT = 60;
const MOST_NEWS = 200; // in one answer
const ENOUGH = 24; // cards that a call for more loads at least

export class Feed {
  // Calls `placed(card)` for a new card, `changed(card)` and `dropped(card)`.
  constructor({ placed, changed, dropped }) {
    Object.assign(this, { placed, changed, dropped, newest: "", waiting: [] });
    this.reset(filterOf(EMPTY));
  }

  // Begin again with another filter; uploads in progress stay.
  reset(filter) {
    this.loading?.abort();
    const due = (this.cards ?? []).filter((card) => card.upload && !card.upload.isOver);
    Object.assign(this, { filter, loading: null, next: "", tail: "", isComplete: false, of: null });
    this.cards = [];
    this.byKey = new Map();
    due.forEach((card) => this.#place(card));
    this.await(this.waiting);
  }

  // The jobs that were begun and have no record: their photos are shown, too. Returns whether any
  // changed.
  await(jobs) {
    this.waiting = jobs;
    const named = grouped(jobs);
    const over = this.cards.filter((card) => card.waits.length && !named.has(keyOf(card)));
    const changes = [...named].map(([key, waits]) => this.#wait(key, waits));
    over.forEach((card) => this.#goOn(card));
    return over.length > 0 || changes.some(Boolean);
  }

  find(place) {
    return this.byKey.get(keyOf(place));
  }

  // A card of an upload of this page, in front of all others.
  begin(upload, number) {
    const card = new Card(upload, `!${1e9 - number}`);
    card.upload = upload;
    this.#place(card);
    return card;
  }

  // From now on the card's key is its version in the bucket; records may have come before.
  settle(card, place) {
    Object.assign(card, place);
    const known = this.byKey.get(keyOf(card));
    if (known && known !== card) {
      known.entries.forEach((entry) => card.add(entry));
      this.drop(known);
    }
    this.byKey.set(keyOf(card), card);
  }

  drop(card) {
    this.cards.splice(this.cards.indexOf(card), 1);
    this.byKey.delete(keyOf(card));
    this.dropped(card);
  }

  // Whether the newest come first: only then new ones have a place.
  get isByTime() {
    return !this.filter.sort;
  }

  // Loads older pages, until there is one more screen or the list ends. Throws Problem.
  async more() {
    if (this.loading || this.isComplete) return;
    if (this.filter.status === "waiting") return void (this.isComplete = true);
    const loading = new AbortController();
    this.loading = loading;
    const goal = this.cards.length + ENOUGH;
    try {
      do await this.#page(loading.signal);
      while (!this.isComplete && this.cards.length < goal);
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    } finally {
      if (this.loading === loading) this.loading = null;
    }
  }

  // Loads newer entries; resolves to those that are new here, or to null if there are so many that
  // the list must begin again. Throws Problem.
  async news() {
    if (!this.newest && !this.isComplete) return [];
    const before = this.newest;
    const { entries } = await ask("api/news", { before });
    if (entries.length === MOST_NEWS && before && entries.at(-1).at < before) return null;
    const fresh = entries.filter((entry) => this.#isRecent(entry) && this.#takes(entry));
    entries.forEach((entry) => this.#know(entry));
    return fresh.filter((entry) => this.#enter(entry));
  }

  async #page(signal) {
    const { status, ...rest } = this.filter;
    const kind = status === "doubt" ? { doubt: 1 } : { status };
    const query = { ...rest, ...kind, after: this.next, limit: LIMIT };
    const { entries, next, of = null, whole = true } = await ask("api/results", query, signal);
    signal.throwIfAborted();
    this.of = whole ? null : of;
    entries.forEach((entry) => this.#enter(entry));
    this.tail = entries.at(-1)?.at ?? this.tail;
    this.next = next ?? "";
    this.isComplete = next === null;
    if (!this.newest && !entries.length && next) this.newest = next;
  }

  #wait(key, waits) {
    const known = this.byKey.get(key);
    if (!known && !this.#takesWaiting(waits)) return false;
    const card = known ?? new Card(waits[0], placeOf(waits[0]));
    if (JSON.stringify(card.waits) === JSON.stringify(waits)) return false;
    card.waits = waits;
    if (known) this.changed(card);
    else this.#place(card);
    return true;
  }

  // Its jobs have ended, or it was deleted. Their results come as new entries.
  #goOn(card) {
    card.waits = [];
    if (card.hasEntries || card.upload) this.changed(card);
    else this.drop(card);
  }

  // Older ones come with later pages.
  #isRecent(entry) {
    return this.isByTime && (this.isComplete || entry.at < this.tail);
  }

  #know(entry) {
    if (!this.newest || entry.at < this.newest) this.newest = entry.at;
  }

  #enter(entry) {
    this.#know(entry);
    const known = this.byKey.get(keyOf(entry));
    if (known) {
      const isNew = known.add(entry);
      if (isNew) this.changed(known);
      return isNew;
    }
    const card = new Card(entry, this.isByTime ? entry.at : ordinal(this.cards.length));
    card.add(entry);
    this.#place(card);
    this.byKey.set(keyOf(entry), card);
    return true;
  }

  #place(card) {
    this.cards.splice(this.#placeFor(card.at), 0, card);
    if (card.generation) this.byKey.set(keyOf(card), card);
    this.placed(card);
  }

  // Where a card of that place belongs: the cards are in order.
  #placeFor(at) {
    let [low, high] = [0, this.cards.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.cards[middle].at > at) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  // What has no record has neither a status nor labels.
  #takesWaiting(waits) {
    const { task, status, q, folder, sort } = this.filter;
    const isOfTask = waits.some((job) => isOf(job.task, task));
    const { name } = waits[0];
    const isOfStatus = status === "waiting" || (!status && !sort);
    return isOfStatus && isOfTask && name.startsWith(folder) && wordsOf(q).every(within([name]));
  }

  #takes(entry) {
    const { task, status, q, folder } = this.filter;
    if (entry.unreadable) return !task && !status && !q && !folder;
    const isDoubtful = entry.doubt > 0;
    return (
      isOf(entry.task, task) &&
      (!status || (status === "doubt" ? isDoubtful : entry.status === status)) &&
      entry.name.startsWith(folder) &&
      wordsOf(q).every(within([entry.name, entry.task, entry.text ?? "", ...entry.labels]))
    );
  }
}

const ordinal = (number) => String(number).padStart(8, "0");
const plain = (text) => text.normalize("NFC").toLowerCase();
const wordsOf = (text) => plain(text).split(/\s+/).filter(Boolean);
const within = (texts) => (word) => texts.some((each) => plain(each).includes(word));

// An upload's place among the entries: the number of its version is its time in microseconds.
function placeOf({ generation }) {
  return String(1e14 - Math.floor(generation / 1000)).padStart(14, "0");
}

function grouped(jobs) {
  const groups = new Map();
  for (const job of jobs) groups.set(keyOf(job), [...(groups.get(keyOf(job)) ?? []), job]);
  return groups;
}
