// Polls for news: at once when there is a reason, with backoff while nothing happens, and never in
// a hidden tab.

const FIRST = 700; // ms
const GROWTH = 1.4;
const SLOWEST = 120_000;
const SLOWEST_WAITING = 5_000; // while an upload is in progress

export class Pulse {
  // `beat` polls, and resolves to whether anything happened; `isWaiting`: whether an upload is due.
  constructor(beat, isWaiting) {
    Object.assign(this, { beat, isWaiting, pause: FIRST, timer: 0, busy: false });
    for (const name of ["focus", "online", "pageshow"]) addEventListener(name, () => this.now());
    document.addEventListener("visibilitychange", () => this.now());
  }

  // Poll as soon as possible; ends at once in a hidden tab.
  async now() {
    clearTimeout(this.timer);
    this.pause = FIRST;
    await this.#ask();
  }

  async #ask() {
    if (this.busy || document.hidden) return;
    this.busy = true;
    const happened = await this.beat();
    this.busy = false;
    this.pause = happened ? FIRST : this.pause * GROWTH;
    this.pause = Math.min(this.pause, this.isWaiting() ? SLOWEST_WAITING : SLOWEST);
    clearTimeout(this.timer);
    if (!document.hidden) this.timer = setTimeout(() => this.#ask(), this.pause);
  }
}
