// The words of a draft as inputs: texts, classes, and the fields of a form.

import { bdi, el } from "./dom.js";

const UNKNOWN = ""; // of a choice: not found
let made = 0;

// Inputs for all the words that the findings have. `lines`: what was read is corrected line by line.
export function words(draft, request, lines) {
  const { now } = draft;
  const parts = (now.parts ?? []).filter(({ text }) => text && text !== now.text);
  return [
    now.text !== null && !lines && text("Text", now.text, (value) => draft.change("text", (to) => (to.text = value))),
    ...parts.map(({ task, text: said }) =>
      text(task, said, (value) =>
        draft.change(`part ${task}`, (to) => (to.parts.find((each) => each.task === task).text = value)),
      ),
    ),
    now.answer !== null && text("Answer", now.answer, (value) => draft.change("answer", (to) => (to.answer = value))),
    now.labels.length > 0 && classes(draft),
    now.fields && form(draft, request.fields ?? {}),
  ].filter(Boolean);
}

function text(name, value, changed) {
  const rows = Math.min(12, Math.max(2, value.split("\n").length + 1));
  return field(name, (id) => el("textarea", { id, rows, input: (event) => changed(event.target.value) }, value));
}

function classes(draft) {
  const scores = new Map(draft.now.labels.map(({ name, score }) => [name, score]));
  const changed = (value) =>
    draft.change("labels", (to) => {
      const names = value.split("\n").map((line) => line.trim());
      to.labels = [...new Set(names.filter(Boolean))].map((name) => ({ name, score: scores.get(name) ?? null }));
    });
  return text("Classes, a line each", [...scores.keys()].join("\n"), changed);
}

function form(draft, asked) {
  const inputs = Object.entries(asked).map(([name, { type, choices, fields }]) =>
    type === "list" ? table(draft, name, fields) : single(draft, name, type, choices),
  );
  return el("fieldset", { class: "fields" }, el("legend", {}, "Fields"), ...inputs);
}

function single(draft, name, type, choices) {
  const { found, value, raw } = draft.now.fields[name] ?? { found: false };
  const shown = found ? (value ?? raw) : null;
  const changed = (text) =>
    draft.change(`field ${name}`, ({ fields }) => {
      const told = read(text, type);
      Object.assign(fields[name], { found: told !== null, value: told });
    });
  return field(name, (id) => input(id, type, choices, shown, changed));
}

function input(id, type, choices, shown, changed) {
  const listed = type === "boolean" ? ["true", "false"] : choices;
  const told = shown === null ? UNKNOWN : String(shown);
  if (!listed)
    return el("input", {
      ...{ id, value: told, autocomplete: "off", placeholder: type === "date" ? "YYYY-MM-DD" : "not found" },
      inputmode: ["number", "integer"].includes(type) ? "decimal" : null,
      input: (event) => changed(event.target.value),
    });
  const options = [UNKNOWN, ...listed].map((value) =>
    el("option", { value, selected: value === told }, value === UNKNOWN ? "not found" : value),
  );
  return el("select", { id, change: (event) => changed(event.target.value) }, ...options);
}

function table(draft, name, fields) {
  const rows = () => draft.now.fields[name].value ?? [];
  const body = el("tbody", {});
  const change = (act) =>
    draft.change(`field ${name}`, ({ fields: told }) => {
      const value = act([...(told[name].value ?? [])]);
      Object.assign(told[name], { found: value.length > 0, value: value.length ? value : null });
    });
  const cell = (row, column) => {
    const changed = (text) =>
      change((all) => all.map((each, at) => (at === row ? { ...each, [column]: read(text, fields[column].type) } : each)));
    const made = input(null, fields[column].type, fields[column].choices, rows()[row][column] ?? null, changed);
    made.setAttribute("aria-label", `${name}, row ${row + 1}, ${column}`);
    return el("td", {}, made);
  };
  const draw = () =>
    body.replaceChildren(
      ...rows().map((_, row) =>
        el(
          "tr",
          {},
          ...Object.keys(fields).map((column) => cell(row, column)),
          el("td", {}, remove(`Delete row ${row + 1} of ${name}`, () => (change((all) => all.filter((__, at) => at !== row)), draw()))),
        ),
      ),
    );
  const blank = () => Object.fromEntries(Object.keys(fields).map((column) => [column, null]));
  const more = el("button", { type: "button", click: () => (change((all) => [...all, blank()]), draw()) }, "Add a row");
  draw();
  const heads = [...Object.keys(fields).map((each) => el("th", { scope: "col" }, bdi(each))), el("td", {})];
  return el("div", { class: "field" }, el("span", {}, bdi(name)), el("div", { class: "wide-table", tabindex: 0, role: "group", "aria-label": name }, el("table", {}, el("thead", {}, el("tr", {}, ...heads)), body)), more);
}

export function remove(label, click) {
  return el("button", { type: "button", class: "remove", "aria-label": label, title: label, click }, "×");
}

export function field(name, made_) {
  made += 1;
  const id = `correct-${made}`;
  return el("p", { class: "field" }, el("label", { for: id }, bdi(name.replaceAll("_", " "))), made_(id));
}

// The value in a text; null: not found. The server says what is wrong with one of another type.
function read(text, type) {
  const told = text.trim();
  if (told === UNKNOWN) return null;
  if (type === "boolean") return told === "true";
  const isNumber = ["number", "integer"].includes(type) && /^-?\d+(\.\d+)?$/.test(told);
  return isNumber ? Number(told) : told;
}
