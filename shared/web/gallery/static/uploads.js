// Uploads: one queue, sent a few at a time; what is stored is polled until every job has ended.

import { ask, post, send } from "./api.js";
import { crc32c } from "./crc32c.js";
import { Memory } from "./memory.js";
import { complaint, isJunk } from "./sniff.js";

const AT_ONCE = 3;
const ASKED_AT_ONCE = 6;
const CHECKED_AT_ONCE = 50;
const ENDED = new Set(["done", "rejected", "failed"]);
const PASSING = new Set([0, 408, 429, 502, 503, 504]); // statuses that the next try may not have
const FIRST_PAUSE = 1_000; // ms
const LONGEST_PAUSE = 60_000;

class Upload {
  constructor({ body, name, key = crypto.randomUUID() }) {
    Object.assign(this, { body, name, key, share: 0, state: "queued", problem: null, note: null });
    this.isChecked = typeof body === "string"; // the name of an address is the server's choice
    this.preview = canBeShown(body) ? URL.createObjectURL(body) : null;
  }

  get isUnsent() {
    return this.state === "queued" || this.state === "sending";
  }

  get isUnderWay() {
    return this.state === "stored";
  }

  get isOver() {
    return this.state === "over";
  }
}

export class Uploads {
  // Calls `changed(card)` on every step, `settled(card)` when the photo is stored, and `told()` when
  // the numbers of the queue change.
  constructor(feed, { changed, settled, told }) {
    Object.assign(this, { feed, changed, settled, told, cards: [], number: 0, sending: 0 });
    Object.assign(this, { total: 0, sent: 0, refused: [], trouble: null, pause: 0, timer: 0 });
    this.stop = new AbortController();
    this.memory = Memory.open();
    addEventListener("online", () => this.goOn());
    addEventListener("beforeunload", (event) => this.isUnsent && event.preventDefault());
  }

  get isUnsent() {
    return this.cards.some((card) => card.upload.isUnsent);
  }

  get isWaiting() {
    return this.cards.some((card) => !card.upload.isOver && !card.upload.problem);
  }

  get stopped() {
    return this.cards.filter((card) => card.upload.problem);
  }

  // Adds the photos among files, each with its path. Resolves once they are queued.
  async addFiles(files, folder) {
    const photos = [];
    for (const { file, path } of files.filter((each) => !isJunk(each.file.name))) {
      const why = await complaint(file).catch(() => "It cannot be read.");
      if (why) this.refused.push({ name: path, why });
      else photos.push({ body: file, name: folder + path });
    }
    this.#add(photos);
  }

  addUrl(url, folder) {
    const last = decoded(new URL(url).pathname.split("/").at(-1));
    this.#add([{ body: url, name: last ? `${folder}${last}` : "" }]);
  }

  // Goes on with what an earlier visit, or a tab that was closed, has left.
  async adopt() {
    const left = await (await this.memory).adopt();
    if (left.length) this.#add(left);
    return left.length;
  }

  retry(card) {
    Object.assign(card.upload, { state: "queued", problem: null, share: 0 });
    this.changed(card);
    this.goOn();
  }

  retryAll() {
    this.stopped.forEach((card) => this.retry(card));
  }

  drop(card) {
    this.total -= 1;
    this.#forget([card]);
    this.#leave(card);
    this.feed.drop(card);
    this.told();
  }

  // Stops what is not stored yet.
  cancel() {
    this.stop.abort();
    this.stop = new AbortController();
    for (const card of this.cards.filter(({ upload }) => upload.isUnsent || upload.problem))
      this.drop(card);
  }

  // Forgets the numbers, and what was refused.
  clear() {
    this.refused = [];
    const begun = this.cards.filter(({ upload }) => upload.isUnsent || upload.problem).length;
    Object.assign(this, { total: begun, sent: 0 });
    this.told();
  }

  // Sends at once, whatever it waits for.
  goOn() {
    clearTimeout(this.timer);
    this.timer = 0;
    for (let lane = 0; lane < AT_ONCE; lane += 1) this.#sendNext();
  }

  // How far the jobs are; resolves to whether anything changed. Throws Problem.
  async progress() {
    const due = this.cards.filter((card) => card.upload.isUnderWay).slice(0, ASKED_AT_ONCE);
    const changes = await Promise.all(due.map((card) => this.#ask(card)));
    return changes.some(Boolean);
  }

  #add(items) {
    if (!this.isUnsent && !this.stopped.length) Object.assign(this, { total: 0, sent: 0 });
    const uploads = items.map((item) => new Upload(item));
    this.total += uploads.length;
    for (const upload of uploads) this.cards.push(this.feed.begin(upload, ++this.number));
    this.#keep(uploads);
    this.told();
    this.goOn();
  }

  async #keep(uploads) {
    await (await this.memory).keep(uploads.map(({ key, name, body }) => ({ key, name, body })));
    this.#forget(this.#gone(uploads)); // some may have been sent meanwhile
  }

  #gone(uploads) {
    const here = new Set(this.cards.map((card) => card.upload));
    return uploads.filter((each) => !here.has(each) || !each.isUnsent).map((upload) => ({ upload }));
  }

  async #forget(cards) {
    await (await this.memory).forget(cards.map(({ upload }) => upload.key)).catch(() => {});
  }

  async #sendNext() {
    if (this.sending >= AT_ONCE || this.timer) return;
    const card = this.cards.find((each) => each.upload.state === "queued");
    if (!card) return;
    this.sending += 1;
    try {
      await this.#send(card);
    } finally {
      this.sending -= 1;
    }
    this.#sendNext();
  }

  async #send(card) {
    const { upload } = card;
    upload.state = "sending";
    try {
      if (!upload.isChecked) await this.#check(card);
      if (upload.state !== "sending") return;
      this.changed(card);
      const reply = await send(upload, (share) => this.#sentShare(card, share), this.stop.signal);
      this.#recover();
      this.#stored(card, reply);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      this.#failed(card, problem);
    }
    this.changed(card);
    this.told();
  }

  // What is not sent for a reason that may pass is sent again by itself.
  #failed(card, problem) {
    const { upload } = card;
    if (problem.code === "name_taken") return this.#rename(card);
    if (PASSING.has(problem.status) || problem.code === "in_progress") {
      Object.assign(upload, { state: "queued", share: 0 });
      this.#rest(problem);
    } else if (problem.status < 500 && problem.status !== 403) this.#refuse(card, problem.detail);
    else Object.assign(upload, { state: "stopped", problem });
  }

  #rest(problem) {
    this.trouble = problem;
    this.pause = Math.min(LONGEST_PAUSE, Math.max(FIRST_PAUSE, 2 * this.pause, problem.patience));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.goOn(), this.pause);
  }

  #recover() {
    Object.assign(this, { trouble: null, pause: 0 });
  }

  #refuse(card, why) {
    this.refused.push({ name: card.upload.name || card.upload.body, why });
    this.drop(card);
  }

  #sentShare(card, share) {
    card.upload.share = share;
    this.changed(card);
  }

  #stored(card, { upload, results, note }) {
    this.sent += 1;
    card.jobs = results.map(({ task, id }) => ({ task, id, state: "waiting", reason: null }));
    Object.assign(card.upload, { state: results.length ? "stored" : "over", note });
    this.#forget([card]);
    this.feed.settle(card, upload);
    this.settled(card);
  }

  // Asks of many names at once whether they are taken, before anything is sent. Throws Problem.
  async #check(first) {
    const queued = this.cards.filter(({ upload }) => upload.state === "queued" && !upload.isChecked);
    const cards = [first, ...queued].slice(0, CHECKED_AT_ONCE);
    const { bucket, files: found } = await answers(cards);
    cards.forEach(({ upload }) => (upload.isChecked = true));
    for (const [at, card] of cards.entries()) {
      const { state, sentence, generation } = found[at];
      if (state === "refused") this.#refuse(card, sentence);
      else if (state === "same") this.#isThere(card, { bucket, generation });
      else if (state === "taken") this.#rename(card);
    }
    this.told();
  }

  // The same bytes lie there under this name: nothing is sent.
  #isThere(card, { bucket, generation }) {
    const { upload } = card;
    Object.assign(upload, { state: "over", note: "was there already" });
    this.sent += 1;
    this.#forget([card]);
    this.#leave(card);
    this.feed.settle(card, { bucket, name: upload.name, generation });
    this.changed(card);
  }

  // No upload is overwritten: a name that is taken gets a random suffix.
  #rename(card) {
    const [, stem, type] = card.upload.name.match(/^(.*?)(\.[^./]*)?$/s);
    const name = `${stem}-${crypto.randomUUID().slice(0, 4)}${type ?? ""}`;
    const state = card.upload.state === "sending" ? "queued" : card.upload.state;
    this.#forget([card]);
    Object.assign(card.upload, { name, state, key: crypto.randomUUID() });
    card.name = name;
    this.#keep([card.upload]);
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
    this.#leave(card);
  }

  #leave(card) {
    const at = this.cards.indexOf(card);
    if (at >= 0) this.cards.splice(at, 1);
  }
}

// What the server says of each name; of one that is taken, whether it has the same bytes. The sum
// of a file is only made for that. Throws Problem.
async function answers(cards) {
  const asked = cards.map(({ upload }) => ({ name: upload.name, bytes: upload.body.size }));
  const { bucket, files } = await post("api/check", { files: asked });
  const taken = files.flatMap(({ state }, at) => (state === "taken" ? [at] : []));
  if (!taken.length) return { bucket, files };
  const summed = [];
  for (const at of taken)
    summed.push({ ...asked[at], crc32c: await crc32c(cards[at].upload.body) });
  const again = await post("api/check", { files: summed });
  taken.forEach((at, number) => (files[at] = again.files[number]));
  return { bucket, files };
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
