// The dialogs and buttons that need no other part of the page.

import { address } from "./api.js";
import { byId } from "./dom.js";

const SAID = 2000; // ms that a button shows its outcome

export function listen() {
  for (const name of ["export", "help", "add"])
    byId(`open-${name}`).addEventListener("click", () => open(name));
  byId("export").addEventListener("input", aim);
  byId("copy").addEventListener("click", copy);
  return { open };
}

function open(name) {
  byId(name).showModal();
  if (name === "export") aim();
}

// The link leads to the export that the fields describe.
function aim() {
  const value = (name) => byId(`export-${name}`).value;
  const query = {
    format: value("format"),
    task: value("task"),
    prefix: value("prefix"),
    since: value("since"),
    prefer: byId("export-prefer").checked ? "corrections" : "",
  };
  byId("export-link").href = address("api/export", query);
}

async function copy() {
  const button = byId("copy");
  let words = "Copied";
  try {
    await navigator.clipboard.writeText(location.href);
  } catch {
    words = "Copy it from the address bar";
  }
  button.textContent = words;
  setTimeout(() => (button.textContent = "Copy link"), SAID);
}
