// Adds photos: dropped, pasted, chosen, or by address.

import { byId } from "./dom.js";
import { chosen, dropped } from "./folder.js";

// Adds them to `uploads`, and calls `begun()` when an upload begins.
export function listen(uploads, begun) {
  const folder = () => {
    const given = byId("folder").value.trim().replace(/^\/+/, "");
    return given && !given.endsWith("/") ? `${given}/` : given;
  };
  const add = async (files) => {
    if (!files.length) return;
    byId("add").close();
    begun();
    await uploads.addFiles(files, folder());
  };
  for (const name of ["files", "whole"])
    byId(name).addEventListener("change", (event) => {
      add([...event.target.files].map(chosen));
      event.target.value = "";
    });
  byId("fetch").addEventListener("click", () => fetchUrl());
  byId("url").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    fetchUrl();
  });
  listenToDrops(add);
  addEventListener("paste", (event) => paste(event, add));

  function fetchUrl() {
    const field = byId("url");
    field.required = true;
    const isGood = field.reportValidity();
    field.required = false;
    if (!isGood) return;
    uploads.addUrl(field.value, folder());
    field.value = "";
    byId("add").close();
    begun();
  }
}

function listenToDrops(add) {
  const cover = byId("drop");
  let depth = 0;
  const show = (change) => {
    depth = Math.max(0, depth + change);
    cover.hidden = depth === 0;
  };
  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => holdsFiles(event) && show(1));
  addEventListener("dragleave", (event) => holdsFiles(event) && show(-1));
  addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    show(-depth);
    dropped(event.dataTransfer).then(add);
  });
}

// Adds files; an address is put into the dialog, to be confirmed.
function paste(event, add) {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length) return add(files.map(chosen));
  if (event.target.matches?.("input, textarea")) return;
  const words = event.clipboardData?.getData("text/plain").trim() ?? "";
  if (!/^https?:\/\/\S+$/.test(words)) return;
  byId("url").value = words;
  byId("add").showModal();
  byId("fetch").focus();
}
