// The filter above the grid: its fields match the address bar.

import { byId, el } from "./dom.js";
import { partsOf } from "./record.js";
import { EMPTY, filterOf, here, isFiltered, photoOf, replace } from "./route.js";

const PAUSE = 250; // ms after the last key
const MOST_LABELS = 200; // suggested
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
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    replace({ ...EMPTY, ...photoOf(here()) });
  });
}

// A field that is being typed in is left alone.
export function show(route) {
  for (const name of ["name", "label"]) {
    const field = byId(`by-${name}`);
    if (field !== document.activeElement || !route[name]) field.value = route[name];
  }
  learn({ task: route.task, labels: [] });
  byId("by-task").value = route.task;
  for (const radio of byId("filter").elements.status) radio.checked = radio.value === route.status;
  byId("clear").hidden = !isFiltered(route);
}

// The tasks and labels seen so far.
export function learn({ task, labels: seen }) {
  const known = tasks.size;
  for (const each of task ? [task, ...partsOf(task)] : []) tasks.add(each);
  if (tasks.size > known || !byId("by-task").options.length) {
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
  return filterOf({
    name: byId("by-name").value.trim(),
    label: byId("by-label").value.trim(),
    task: byId("by-task").value,
    status: byId("filter").elements.status.value,
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
