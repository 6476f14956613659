// An upload with the index entries of its records: what the grid shows as one.

import { best } from "./record.js";

const byRank = (one, other) => (one.rank ?? Infinity) - (other.rank ?? Infinity) || 0;

export class Card {
  constructor({ bucket, name, generation }, at) {
    Object.assign(this, {
      bucket,
      name,
      generation,
      at,
      entries: new Map(),
      jobs: [],
      waits: [],
      upload: null,
      isSelected: false,
    });
  }

  // Whether the entry is new here.
  add(entry) {
    const known = this.entries.has(entry.id);
    this.entries.set(entry.id, entry);
    return !known;
  }

  // The newest first, as the index has them.
  get sorted() {
    return [...this.entries.values()].sort((one, other) => (one.at < other.at ? -1 : 1));
  }

  // The entry that represents the photo.
  get best() {
    return best(this.sorted.sort(byRank));
  }

  get hasEntries() {
    return this.entries.size > 0;
  }

  // Whether its one entry is of a version that this one cannot read.
  get isUnreadable() {
    return this.hasEntries && Boolean(this.best.unreadable);
  }

  // The jobs that were begun and have no record yet, each with what it waits for.
  get due() {
    return this.waits.filter((job) => !this.entries.has(job.id));
  }

  // The first one's cause, in a sentence; nothing if none is known to wait.
  get reason() {
    return this.due.find((job) => job.sentence)?.sentence ?? "";
  }

  // Per task, the index entry, or the job's progress.
  get states() {
    const known = new Map([...this.due, ...this.jobs].map((job) => [job.id, job]));
    const due = [...known.values()].filter((job) => !this.entries.has(job.id));
    const ended = this.sorted.map((entry) => ({
      task: entry.task,
      rank: entry.rank,
      id: entry.id,
      state: entry.status,
      entry,
    }));
    return [...ended, ...due].sort(byRank);
  }
}

// Entries that cannot be read name no upload.
export const keyOf = ({ bucket, name, generation, unreadable, at }) =>
  unreadable ? at : `${bucket}/${name}#${generation}`;
