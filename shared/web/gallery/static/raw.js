// The model's raw answer, fetched when it is opened.

import { address, text } from "./api.js";
import { el } from "./dom.js";

export function raw(record) {
  if (!record.usage) return null;
  const body = el("div", {});
  const node = el("details", {}, el("summary", {}, "Raw answer"), body);
  node.addEventListener(
    "toggle",
    () => node.open && !body.childNodes.length && showTurn(body, record, 0),
  );
  return node;
}

async function showTurn(body, { id, usage: used }, turn) {
  let words;
  try {
    words = pretty(await text("api/answer", { id, turn }));
  } catch (problem) {
    words =
      problem.status === 404 ? "This answer was not kept." : `${problem.title} ${problem.detail}`;
  }
  const turns = Array.from({ length: Math.min(3, used.paid_calls) }, (_, each) =>
    el(
      "button",
      {
        type: "button",
        "aria-pressed": each === turn,
        click: () => showTurn(body, { id, usage: used }, each),
      },
      `Answer ${each + 1}`,
    ),
  );
  body.replaceChildren(
    turns.length > 1
      ? el("div", { class: "switches", role: "group", "aria-label": "Answers" }, ...turns)
      : "",
    el("pre", { tabindex: 0, "aria-label": "Raw answer" }, words),
    el(
      "a",
      { href: address("api/answer", { id, turn }), target: "_blank", rel: "noopener" },
      "Unformatted",
    ),
  );
}

function pretty(words) {
  try {
    return JSON.stringify(JSON.parse(words), null, 2);
  } catch {
    return words;
  }
}
