// The keyboard shortcuts; fields and dialogs keep their own keys.

import { byId } from "./dom.js";

const PAN = 80; // pixels
const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

// `view` is the photo's; `open` opens a dialog, `back` leaves the photo.
export function listen({ view, open, back }) {
  const anywhere = {
    "/": () => find(back, view),
    "?": () => open("help"),
    s: () => byId("grid").querySelector("li:focus-within .select input")?.click(),
    a: () => open("add"),
  };
  const inPhoto = {
    "+": () => view.stage.zoom(1),
    "=": () => view.stage.zoom(1),
    "-": () => view.stage.zoom(-1),
    q: () => byId("open-ask").click(),
    0: () => view.stage.fit(),
    1: () => view.stage.zoomTo(1 / devicePixelRatio),
    b: () => view.sight?.switch("boxes"),
    m: () => view.sight?.switch("masks"),
    n: () => view.sight?.switch("names"),
    ArrowLeft: () => byId("previous").click(),
    ArrowRight: () => byId("next").click(),
    Escape: () => leave(view, back),
  };
  const whileEditing = new Set(["+", "=", "-", "0", "1", "?"]); // no key leaves what is not saved
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]"))
      return;
    if (isField(event.target)) return event.key === "Escape" ? event.target.blur() : undefined;
    const pan = event.shiftKey && view.isOpen && ARROWS[event.key];
    const act = pan
      ? () => view.stage.pan(PAN * pan[0], PAN * pan[1])
      : (view.isOpen && inPhoto[event.key]) || anywhere[event.key];
    if (!act || (view.isEditing && !pan && !whileEditing.has(event.key))) return;
    event.preventDefault();
    act();
  });
}

function isField(node) {
  return node.matches?.("input:not([type=radio]), select, textarea");
}

function find(back, view) {
  if (view.isOpen) back();
  byId("by-words").focus();
  byId("by-words").select();
}

function leave(view, back) {
  if (view.sight?.picked != null) view.sight.set({ picked: null });
  else back();
}
