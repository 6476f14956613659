// The filter above the grid: its fields match the address bar.

import { ask } from "./api.js";
import { byId, el } from "./dom.js";
import { partsOf } from "./record.js";
import { EMPTY, filterOf, here, isFiltered, photoOf, replace } from "./route.js";

const PAUSE = 250; // ms after the last key
const MOST_LABELS = 200; // suggested
let shownFolder = null;
const tasks = new Set();
const labels = new Set();

export function listen() {
  const form = byId("filter");
  let timer = 0;
  const apply = () => replace({ ...read(), ...photoOf(here()) });
  form.addEventListener("input", (event) => {
    clearTimeout(timer);
    timer = setTimeout(apply, event.target.type === "search" ? PAUSE : 0);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  byId("more").addEventListener("click", () => {
    const isOpen = form.classList.toggle("open");
    byId("more").setAttribute("aria-expanded", isOpen);
  });
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    replace({ ...EMPTY, ...photoOf(here()) });
  });
}

// A field that is being typed in is left alone.
export function show(route) {
  const field = byId("by-words");
  if (field !== document.activeElement || !route.q) field.value = route.q;
  learn({ task: route.task, labels: [] });
  byId("by-task").value = route.task;
  byId("by-status").value = route.status;
  byId("by-sort").value = route.sort;
  byId("clear").disabled = !isFiltered(route);
  showFolders(route.folder);
}

// The folders within the chosen one, and those above it.
async function showFolders(folder) {
  if (folder === shownFolder) return;
  shownFolder = folder;
  offer(folder, []);
  const { folders } = await ask("api/folders", { prefix: folder }).catch(() => ({ folders: [] }));
  if (folder === shownFolder) offer(folder, folders);
}

function offer(folder, within) {
  const above = folder.split("/").slice(0, -1).map((_, at, all) => `${all.slice(0, at + 1).join("/")}/`);
  const names = [...above, ...within];
  byId("by-folder").replaceChildren(
    el("option", { value: "" }, "All folders"),
    ...names.map((name) => el("option", { value: name }, name)),
  );
  byId("by-folder").value = folder;
}

// The tasks and labels seen so far.
export function learn({ task, labels: seen }) {
  const known = tasks.size;
  for (const each of task ? [task, ...partsOf(task)] : []) tasks.add(each);
  if (tasks.size > known) {
    fill(byId("by-task"));
    fill(byId("export-task"));
  }
  for (const label of seen.filter((each) => !labels.has(each))) {
    if (labels.size >= MOST_LABELS) return;
    labels.add(label);
    byId("labels").append(el("option", { value: label }));
  }
}

function read() {
  const value = (name) => byId(`by-${name}`).value;
  return filterOf({
    q: value("words").trim(),
    folder: value("folder"),
    task: value("task"),
    status: value("status"),
    sort: value("sort"),
  });
}

function fill(select) {
  const { value } = select;
  const names = [...tasks].sort();
  select.replaceChildren(
    el("option", { value: "" }, "All tasks"),
    ...names.map((name) => el("option", { value: name }, name)),
  );
  select.value = value;
}
