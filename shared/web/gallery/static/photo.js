// One photo: the picture with its layers, its details, and its other records.

import { ask, file } from "./api.js";
import { figures } from "./beside.js";
import { chip } from "./chip.js";
import { banner, seen } from "./corrected.js";
import { bdi, byId, el, say } from "./dom.js";
import { drop, Editor, isBegun } from "./editor.js";
import { details, downloads, history } from "./facts.js";
import { Layers } from "./layers.js";
import { Objects } from "./objects.js";
import { Picture } from "./picture.js";
import { best, glance } from "./record.js";
import { here, toPhoto } from "./route.js";
import { said } from "./said.js";
import { bounds } from "./shape.js";
import { Sight } from "./sight.js";
import { Stage } from "./stage.js";
import { percent, short, summary } from "./words.js";

const STEPS = ["queued", "reading", "asking", "answered", "writing", "ended"];

export class PhotoView {
  constructor(asking) {
    this.asking = asking;
    this.plane = byId("plane");
    this.stage = new Stage(byId("stage"), this.plane, {
      moved: () => this.#moved(),
      pointed: (x, y, event) => this.#point(x, y, event),
      clicked: (x, y) => this.layers && this.sight.set({ picked: this.#hit(x, y) }),
    });
    this.place = null;
    byId("zoom-in").addEventListener("click", () => this.stage.zoom(1));
    byId("zoom-out").addEventListener("click", () => this.stage.zoom(-1));
    byId("open-ask").addEventListener("click", () => this.asking.open([this.#version]));
    byId("zoom-fit").addEventListener("click", () => this.stage.fit());
  }

  get #version() {
    const { name, generation } = this.told ?? this.place;
    return { name, generation: Number(generation) };
  }

  get isOpen() {
    return this.place !== null;
  }

  get isEditing() {
    return Boolean(this.editor);
  }

  isOf({ name, generation }) {
    const shown = this.told?.generation ?? this.place?.generation;
    return this.isOpen && this.place.name === name && String(shown) === String(generation);
  }

  // Shows an upload (its newest version if none is named) and one of its records.
  async open(place, record) {
    const isSame =
      this.isOpen && this.place.name === place.name && this.place.generation === place.generation;
    if (!isSame) this.#begin(place);
    this.wanted = record;
    if (isSame && this.told) this.#showRecord();
    else await this.refresh();
  }

  close() {
    this.#clear();
    Object.assign(this, { place: null, told: null, record: null });
  }

  // Fetches again, after news of this photo.
  async refresh() {
    const { place } = this;
    byId("photo").setAttribute("aria-busy", "true");
    try {
      const told = await ask("api/photo", place);
      if (place !== this.place) return;
      this.told = told;
      this.#showRecord();
    } catch (problem) {
      if (place === this.place) await this.#refused(problem);
    } finally {
      byId("photo").removeAttribute("aria-busy");
    }
  }

  #begin(place) {
    this.#clear();
    Object.assign(this, { place, told: null, record: null });
    byId("photo-name").replaceChildren(bdi(place.name));
    byId("records").replaceChildren();
    byId("panel").replaceChildren();
    byId("zoom").hidden = true;
    document.title = `${place.name.slice(0, 100)} · Darkroom`;
  }

  #clear() {
    this.picture?.close();
    this.#clearRecord();
    this.picture = null;
    this.#note();
  }

  #clearRecord() {
    this.editor?.close();
    this.layers?.close();
    Object.assign(this, { layers: null, sight: null, objects: null, editor: null, isModels: false });
    byId("tip").hidden = true;
    byId("photo").classList.remove("flat");
  }

  #showRecord() {
    const { records } = this.told;
    const wanted = records.find((each) => this.wanted && each.id.startsWith(this.wanted));
    const record = wanted ?? best(records);
    this.#tabs(record);
    if (record.unreadable) return this.#unreadable(record);
    if (this.record?.id === record.id && !this.#isNews(record)) return;
    this.#clearRecord();
    this.record = record;
    const place = { name: this.told.name, generation: this.told.generation };
    byId("beside").hidden = record.images.length < 2;
    byId("beside").replaceChildren(...(record.images.length < 2 ? [] : figures(record.images)));
    byId("stage").hidden = byId("zoom").hidden = record.images.length > 1;
    const [{ width, height }] = record.images;
    byId("view").style.setProperty("--shape", width ? `${width} / ${height}` : "4 / 3");
    this.#panel(record);
    if (record.images.length < 2) this.#showPicture(record, place);
  }

  // Whether somebody corrected the record since it was shown, and nobody is correcting it here.
  #isNews({ correction }) {
    return !this.editor && this.record.correction?.number !== correction?.number;
  }

  // A record of another version of Darkroom; its tab and files stay.
  #unreadable(record) {
    this.#clearRecord();
    this.record = record;
    const away = "This version of Darkroom cannot read this record. Another one wrote it.";
    this.#note(away, "failed");
    byId("panel").replaceChildren(el("p", {}, el("small", {}, "In the results bucket: "), bdi(record.folder)));
  }

  async #showPicture(record, place) {
    const [{ width, height }] = record.images;
    this.#note();
    if (record.status === "rejected") {
      byId("zoom").hidden = true;
      return this.#note(record.reason.sentence, "rejected");
    }
    try {
      await this.#openPicture(place, width ? { width, height } : null);
    } catch (problem) {
      if (this.record === record) await this.#without(problem, record, place);
      return;
    }
    if (this.record !== record || this.layers || this.editor || !this.picture?.size || !this.sight) return;
    this.layers = new Layers(this.plane, this.picture.size, this.sight, record.folder);
  }

  // If a photo was deleted or overwritten, its overlay is shown.
  async #without(problem, record, place) {
    if (problem.status === 404 && record.artifacts.some((each) => each.name === "overlay.jpg")) {
      await this.picture.openOverlay(file(`${record.folder}overlay.jpg`), record.images[0]);
      byId("photo").classList.add("flat");
    } else {
      this.#note(`${problem.title} ${problem.detail}`, "failed", () =>
        this.#showPicture(record, place),
      );
    }
  }

  // The same picture stays when another of its records is shown.
  async #openPicture(place, size) {
    if (this.picture?.size && !this.picture.isOverlay) return;
    this.picture?.close();
    const picture = new Picture(this.plane, place, `The photo ${place.name.slice(0, 200)}`);
    this.picture = picture;
    if (size) this.stage.open(size);
    const opened = await picture.open(size);
    if (picture !== this.picture) return;
    if (!size) this.stage.open(opened);
    this.#moved();
  }

  #panel(record) {
    const shown = seen(record, this.isModels);
    const { objects } = shown.findings ?? { objects: [] };
    if (objects.length) {
      this.sight = new Sight(objects);
      this.objects = new Objects(this.sight, record.folder, (object) => this.#choose(object));
    }
    byId("panel").replaceChildren(
      el("p", { class: "save-all" }, ...downloads(record), this.#again(record), ...this.#correcting(record)),
      banner(record, this.isModels, (isModels) => this.#showAs(isModels)) ?? "",
      ...said(shown),
      ...(this.objects ? [this.objects.node] : []),
      ...details(record),
      ...history(this.told),
    );
    byId("panel").scrollTop = 0;
    say(`${record.task}: ${record.status}. ${summary(glance(shown))}`);
  }

  // Shows the same record again, as the model or as the correction has it.
  #showAs(isModels) {
    const { record } = this;
    this.#clearRecord();
    Object.assign(this, { record, isModels });
    this.#panel(record);
    byId("panel").querySelector(`.corrected [aria-pressed="true"]`)?.focus();
    this.#draw();
  }

  #draw() {
    const size = this.picture?.size;
    if (size && this.sight && !this.layers) this.layers = new Layers(this.plane, size, this.sight, this.record.folder);
  }

  // The button that begins to correct, where the visitor may and the record can be corrected.
  #correcting(record) {
    const { correcting, generation, generations } = this.told;
    const isNewest = generation === generations[0];
    const can = record.status === "done" && record.images.length === 1 && record.images[0].width && record.task !== "moderate";
    if (!correcting.may || !isNewest || !can) return [];
    const words = isBegun(record) ? "Go on correcting" : "Correct";
    return [el("button", { type: "button", id: "correct", click: () => this.#edit() }, words)];
  }

  #edit() {
    const { record } = this;
    if (!this.picture?.size) return;
    this.#clearRecord();
    this.record = record;
    const { plane, stage, told } = this;
    const on = { plane, stage, record, who: told.correcting.who };
    this.editor = new Editor(on, { saved: (correction) => this.#saved(correction), left: () => this.#left() });
    byId("panel").replaceChildren(this.editor.node);
    byId("panel").scrollTop = 0;
    this.editor.begin();
  }

  // Ends correcting; without a correction, fetches what somebody else saved.
  async #saved(correction) {
    const { record } = this;
    this.#clearRecord();
    if (!correction) {
      this.record = null;
      return this.refresh();
    }
    record.correction = correction;
    this.record = record;
    this.#showAs(false);
    byId("correct")?.focus();
    say("Saved.");
  }

  #left() {
    const { record, editor } = this;
    const { isChanged } = editor.draft;
    const back = drop(record);
    this.#showAs(false);
    byId("correct")?.focus();
    if (!isChanged) return;
    const again = () => {
      back();
      this.#edit();
    };
    byId("panel").prepend(
      el("p", { class: "outcome", role: "status" }, "Your changes were dropped. ", el("button", { type: "button", click: again }, "Bring them back")),
    );
  }

  // Asks the same again, once its price was seen.
  #again(record) {
    const places = record.images.map(({ name, generation }) => ({ name, generation }));
    return el("button", { type: "button", click: () => this.asking.open(places, record) }, "Ask again");
  }

  #choose(object) {
    const picked = this.sight.picked === object.index ? null : object.index;
    this.sight.set({ picked });
    if (picked !== null) this.stage.show(bounds(object.shape));
  }

  #tabs(record) {
    const place = { name: this.told.name, generation: this.told.generation };
    byId("records").replaceChildren(
      ...this.told.records.map((each) =>
        el(
          "a",
          {
            href: toPhoto(here(), place, each.id.slice(0, 12)),
            "aria-current": each === record ? "page" : null,
          },
          each.unreadable
            ? chip({ task: each.task, state: "unreadable" })
            : chip({ task: each.task, state: each.status, entry: glance(each) }),
        ),
      ),
    );
  }

  // Without a record, shows the progress of the jobs.
  async #refused(problem) {
    if (problem.status === 404) {
      try {
        const { place } = this;
        const { upload, jobs } = await ask("api/progress", place);
        if (place !== this.place) return;
        place.generation = String(upload.generation); // which a link may not name
        byId("records").replaceChildren(...jobs.map(chip));
        const sentence = jobs.find((job) => job.sentence)?.sentence;
        const why = sentence ? `It waits. ${sentence}.` : "It is being read.";
        this.#note(`${why} The result will appear here.`, "waiting");
        byId("note").append(steps(jobs));
        return;
      } catch {
        // then the first problem says why
      }
    }
    if (problem.status !== 404)
      return this.#note(`${problem.title} ${problem.detail}`, "failed", () => this.refresh());
    this.#note(`${problem.detail} It may have been deleted, or never arrived.`, "failed");
    byId("note").append(el("a", { class: "button", href: byId("back").href }, "All photos"));
  }

  #note(words = "", state = "", again = null) {
    const button = again && el("button", { type: "button", click: again }, "Try again");
    byId("note").hidden = !words;
    byId("note").className = state;
    byId("note").replaceChildren(el("p", {}, bdi(words)), button ?? "");
  }

  #moved() {
    byId("scale").textContent = percent(this.stage.scale);
    this.picture?.sharpen(this.stage.scale);
  }

  #hit(x, y) {
    return this.layers?.hit(x, y, this.stage.scale) ?? null;
  }

  #point(x, y, event) {
    if (!this.layers) return;
    const lit = x === null || event.pointerType === "touch" ? null : this.#hit(x, y);
    if (lit !== this.sight.lit) {
      this.sight.set({ lit });
      if (lit !== null) this.objects.reveal(lit);
    }
    this.#tip(lit, event);
  }

  #tip(lit, event) {
    const tip = byId("tip");
    tip.hidden = lit === null || (this.sight.shown.names && this.stage.isFitted);
    if (tip.hidden) return;
    const object = this.sight.objects.find((each) => each.index === lit);
    const score = object.confidence === null ? "" : ` ${percent(object.confidence)}`;
    tip.replaceChildren(bdi(short(object.label, 80)), score);
    const { left, top, width } = byId("stage").getBoundingClientRect();
    const x = Math.min(event.clientX - left + 14, width - tip.offsetWidth - 4);
    tip.style.transform = `translate(${x}px, ${event.clientY - top + 18}px)`;
  }
}

// How far each job is, of the steps from queue to result.
function steps(jobs) {
  const rows = jobs.map(({ task, step }) => {
    const reached = STEPS.indexOf(step);
    const marks = STEPS.map((name, at) =>
      el("li", { "aria-current": at === reached ? "step" : null, class: at < reached ? "past" : "" }, name),
    );
    return el("li", {}, el("strong", {}, task), el("ol", {}, ...marks));
  });
  return el("ul", { class: "steps", "aria-label": "Where it is" }, ...rows);
}
