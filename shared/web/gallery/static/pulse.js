// Polls for news: at once when there is reason to, with backoff while nothing happens, and not at
// all in a hidden tab.

const FIRST = 700; // ms
const GROWTH = 1.4;
const SLOWEST = 120_000;
const SLOWEST_WAITING = 5_000; // while an upload is under way

export class Pulse {
  // `beat` asks, and resolves to whether anything happened; `isWaiting` tells if an upload is due.
  constructor(beat, isWaiting) {
    Object.assign(this, { beat, isWaiting, pause: FIRST, timer: 0, busy: false });
    for (const name of ["focus", "online", "pageshow"]) addEventListener(name, () => this.now());
    document.addEventListener("visibilitychange", () => this.now());
  }

  // Ask as soon as can be; ends at once in a tab that is hidden.
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
