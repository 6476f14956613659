// Uploads: sent a few at a time, then polled until every job has ended.

import { ask, send } from "./api.js";

const AT_ONCE = 3;
const ASKED_AT_ONCE = 6;
const ENDED = new Set(["done", "rejected", "failed"]);

class Upload {
  constructor(body, name) {
    Object.assign(this, { body, name, share: 0, state: "queued", problem: null, note: null });
    this.key = crypto.randomUUID();
    this.preview = canBeShown(body) ? URL.createObjectURL(body) : null;
  }

  get isUnderWay() {
    return this.state === "stored";
  }

  get isOver() {
    return this.state === "over";
  }
}

export class Uploads {
  // Calls `changed(card)` on every step, and `settled(card)` when the photo is stored.
  constructor(feed, changed, settled) {
    Object.assign(this, { feed, changed, settled, cards: [], number: 0, sending: 0 });
  }

  get isWaiting() {
    return this.cards.some((card) => !card.upload.isOver && !card.upload.problem);
  }

  addFiles(files, folder) {
    for (const file of files) this.#add(file, `${folder}${file.name}`);
  }

  addUrl(url, folder) {
    const last = decoded(new URL(url).pathname.split("/").at(-1));
    this.#add(url, last ? `${folder}${last}` : "");
  }

  retry(card) {
    Object.assign(card.upload, { state: "queued", problem: null, share: 0 });
    this.changed(card);
    this.#sendNext();
  }

  drop(card) {
    this.cards.splice(this.cards.indexOf(card), 1);
    this.feed.drop(card);
  }

  // How far the jobs are; resolves to whether anything changed. Throws Problem.
  async progress() {
    const due = this.cards.filter((card) => card.upload.isUnderWay).slice(0, ASKED_AT_ONCE);
    const changes = await Promise.all(due.map((card) => this.#ask(card)));
    return changes.some(Boolean);
  }

  #add(body, name) {
    const card = this.feed.begin(new Upload(body, name), ++this.number);
    this.cards.push(card);
    this.#sendNext();
  }

  async #sendNext() {
    const card = this.cards.find((each) => each.upload.state === "queued");
    if (!card || this.sending >= AT_ONCE) return;
    this.sending += 1;
    await this.#send(card);
    this.sending -= 1;
    this.#sendNext();
  }

  async #send(card) {
    const { upload } = card;
    upload.state = "sending";
    this.changed(card);
    try {
      const reply = await send(upload, (share) => this.#sent(card, share));
      this.#stored(card, reply);
    } catch (problem) {
      if (problem.code === "name_taken") this.#rename(card);
      else Object.assign(upload, { state: "stopped", problem });
    }
    this.changed(card);
  }

  #sent(card, share) {
    card.upload.share = share;
    this.changed(card);
  }

  #stored(card, { upload, results, note }) {
    card.jobs = results.map(({ task, id }) => ({ task, id, state: "waiting", reason: null }));
    Object.assign(card.upload, { state: results.length ? "stored" : "over", note });
    this.feed.settle(card, upload);
    this.settled(card);
  }

  // No upload is overwritten: a name that is taken gets a random suffix.
  #rename(card) {
    const [, stem, type] = card.upload.name.match(/^(.*?)(\.[^./]*)?$/s);
    const mark = crypto.randomUUID().slice(0, 4);
    const name = `${stem}-${mark}${type ?? ""}`;
    Object.assign(card.upload, { name, state: "queued", key: crypto.randomUUID() });
    card.name = name;
  }

  async #ask(card) {
    const { name, generation } = card;
    const { jobs } = await ask("api/progress", { name, generation });
    const hasChanged = JSON.stringify(jobs) !== JSON.stringify(card.jobs);
    card.jobs = jobs;
    if (jobs.every((job) => ENDED.has(job.state))) this.#end(card);
    if (hasChanged) this.changed(card);
    return hasChanged;
  }

  #end(card) {
    card.upload.state = "over";
    this.cards.splice(this.cards.indexOf(card), 1);
  }
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a percent sign that means nothing
  }
}

function canBeShown(body) {
  return typeof body !== "string" && /^image\/(jpeg|png|webp)$/.test(body.type);
}
