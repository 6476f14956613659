// The photos that are selected, and what can be done with all of them.

import { fetched, picture } from "./api.js";
import { byId, el, say } from "./dom.js";
import { count } from "./words.js";

const MOST_ASKED = 200;
const MOST_DOWNLOADED = 50;
const MOST_EXPORTED = 1000;
const BETWEEN = 300; // ms between two downloads: browsers drop faster ones

export class Selection {
  // `changed(card)` draws a card; `ask(places)` opens the dialog about photos.
  constructor({ changed, ask }) {
    Object.assign(this, { changed, ask, cards: new Set() });
    byId("select-ask").addEventListener("click", () => this.ask(this.places));
    byId("select-download").addEventListener("click", () => this.#download());
    byId("select-export").addEventListener("click", () => this.#export());
    byId("select-none").addEventListener("click", () => this.clear());
  }

  get places() {
    return [...this.cards].map(({ name, generation }) => ({ name, generation }));
  }

  select(card, isOn) {
    card.isSelected = isOn;
    if (isOn) this.cards.add(card);
    else this.cards.delete(card);
    this.changed(card);
    this.#show();
  }

  clear() {
    for (const card of [...this.cards]) this.select(card, false);
  }

  #show(words = `${count(this.cards.size, "photo")} selected`) {
    const { size } = this.cards;
    byId("selection").hidden = !size;
    byId("selected").textContent = words;
    byId("select-ask").disabled = size > MOST_ASKED;
    byId("select-download").disabled = size > MOST_DOWNLOADED;
    byId("select-export").disabled = size > MOST_EXPORTED;
  }

  // Each photo as a JPEG, upright and without its metadata.
  async #download() {
    for (const place of this.places) {
      const name = `${place.name.split("/").at(-1).replace(/\.[^.]*$/, "")}.jpg`;
      save(picture(place, "full"), name);
      await new Promise((done) => setTimeout(done, BETWEEN));
    }
    say(`${count(this.cards.size, "photo")} downloaded`);
  }

  async #export() {
    this.#show("Exporting …");
    try {
      const format = byId("select-format").value;
      const prefer = byId("select-prefer").checked ? { prefer: "corrections" } : {};
      const { name, file } = await fetched("api/export", { format, photos: this.places, ...prefer });
      const address = URL.createObjectURL(file);
      save(address, name);
      URL.revokeObjectURL(address);
      this.#show();
    } catch (problem) {
      if (!problem.title) throw problem;
      this.#show(`${problem.title} ${problem.detail}`);
    }
  }
}

function save(href, download) {
  const link = el("a", { href, download });
  document.body.append(link);
  link.click();
  link.remove();
}
