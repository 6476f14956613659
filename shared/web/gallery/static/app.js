// The page: the list, the open photo, and what keeps both up to date.

import * as adding from "./adding.js";
import { Asking } from "./asking.js";
import { Feed } from "./feed.js";
import * as filters from "./filters.js";
import { byId, el, say } from "./dom.js";
import { Grid } from "./grid.js";
import * as keys from "./keys.js";
import { List } from "./list.js";
import { showModel, showWaits } from "./notice.js";
import { PhotoView } from "./photo.js";
import { Pulse } from "./pulse.js";
import { filterOf, hash, here, toPhoto } from "./route.js";
import { Selection } from "./selection.js";
import { listen as listenToTools } from "./tools.js";
import { showToday } from "./today.js";
import { showTray } from "./tray.js";
import { Uploads } from "./uploads.js";
import { summary } from "./words.js";

const asking = new Asking(() => pulse.now());
const view = new PhotoView(asking);
const feed = new Feed({ placed, changed, dropped });
const uploads = new Uploads(feed, {
  changed,
  settled: () => pulse.now(),
  told: () => showTray(uploads),
});
const selection = new Selection({
  changed: (card) => grid.draw(card),
  ask: (places) => asking.open(places),
});
const grid = new Grid(byId("grid"), feed, {
  retry: (card) => uploads.retry(card),
  drop: (card) => uploads.drop(card),
  select: (card, isOn) => selection.select(card, isOn),
});
const list = new List(feed, grid);
const pulse = new Pulse(beat, () => uploads.isWaiting || feed.waiting.length > 0);
let scrolled = 0;

filters.listen();
adding.listen(uploads, begun);
const tools = listenToTools();
keys.listen({ view, open: tools.open, back: () => byId("back").click() });
addEventListener("hashchange", go);
byId("skip").addEventListener("click", skip);
await go();
pulse.now();
if (await uploads.adopt()) begun();

// Shows what the address bar names.
async function go() {
  const route = here();
  filters.show(route);
  const listed = list.apply(filterOf(route)).then(listedAll);
  if (route.photo) await openPhoto(route);
  else if (view.isOpen) closePhoto();
  await listed;
}

function listedAll() {
  grid.relink();
  grid.showNow(); // a slow machine's next frame may be far
  showModel(feed.cards);
  link();
}

async function openPhoto(route) {
  const wasOpen = view.isOpen;
  if (!wasOpen) scrolled = scrollY;
  byId("photo").hidden = false;
  byId("main").hidden = true;
  byId("back").href = hash(filterOf(route));
  const opened = view.open({ name: route.photo, generation: route.generation }, route.record);
  link();
  if (!wasOpen) {
    scrollTo(0, 0);
    byId("photo-name").focus();
  }
  await opened;
  link();
}

function closePhoto() {
  const card = feed.cards.find((each) => view.isOf(each));
  view.close();
  byId("photo").hidden = true;
  byId("main").hidden = false;
  document.title = "Darkroom";
  grid.showNow();
  scrollTo(0, scrolled);
  grid.focus(card);
}

// Points the arrows at the previous and the next photo.
function link() {
  if (!view.isOpen) return;
  const at = feed.cards.findIndex((each) => view.isOf(each));
  point(byId("previous"), at > 0 ? feed.cards[at - 1] : null);
  point(byId("next"), at >= 0 ? feed.cards[at + 1] : feed.cards[0]);
  if (at === feed.cards.length - 1 && !feed.isComplete && !list.hasFailed && !feed.loading) {
    list.more().then(() => !list.hasFailed && listedAll());
  }
}

function point(anchor, card) {
  if (card?.generation) anchor.setAttribute("href", toPhoto(here(), card));
  else anchor.removeAttribute("href");
  anchor.setAttribute("aria-disabled", !card?.generation);
}

function placed(card) {
  card.entries.forEach(filters.learn);
  grid.show();
}

function dropped(card) {
  if (card.isSelected) selection.select(card, false);
  grid.show();
}

function changed(card) {
  card.entries.forEach(filters.learn);
  grid.draw(card);
  if (card.upload && view.isOf(card) && !view.record) view.refresh();
}

function begun() {
  if (view.isOpen) byId("back").click();
  list.show();
  scrollTo(0, 0);
}

// Polls for everything that may be new; resolves to whether anything was.
async function beat() {
  try {
    const moved = await uploads.progress();
    const fresh = await feed.news();
    if (fresh === null) await list.again();
    fresh?.forEach((entry) =>
      say(`${entry.name.slice(0, 100)}, ${entry.task}: ${entry.status}. ${summary(entry)}`),
    );
    const isAwaited = feed.await(await showWaits());
    const happened = moved || isAwaited || fresh === null || fresh.length > 0;
    if (fresh?.some((entry) => view.isOf(entry))) view.refresh();
    if (happened) {
      list.show();
      listedAll();
    }
    await showToday(happened);
    if (list.hasFailed) await list.more();
    calm();
    return happened;
  } catch (problem) {
    worry(problem);
    return false;
  }
}

function worry(problem) {
  if (!problem.title) throw problem;
  const again = el("button", { type: "button", click: () => pulse.now() }, "Try now");
  if (!byId("trouble").hidden) return;
  byId("trouble").replaceChildren(
    el("p", {}, el("strong", {}, problem.title), ` ${problem.message}`),
    again,
  );
  byId("trouble").hidden = false;
}

function calm() {
  byId("trouble").hidden = true;
}

function skip(event) {
  event.preventDefault();
  byId(view.isOpen ? "photo-name" : "main").focus();
}
