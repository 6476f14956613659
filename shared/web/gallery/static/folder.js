// The files of a drop or a choice, those in folders among them, each with its path.

// Must be called while the event is handled: later the browser hands out no entries.
export function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return Promise.resolve([...transfer.files].map(chosen));
  return Promise.all(entries.map((entry) => walked(entry, ""))).then((found) => found.flat());
}

export const chosen = (file) => ({ file, path: file.webkitRelativePath || file.name });

async function walked(entry, above) {
  const path = above + entry.name;
  if (entry.isFile) {
    const file = await new Promise((found, lost) => entry.file(found, lost));
    return [{ file, path }];
  }
  const within = [];
  for (const each of await listed(entry)) within.push(...(await walked(each, `${path}/`)));
  return within;
}

// A reader gives a hundred entries at a time, and none at the end.
async function listed(folder) {
  const reader = folder.createReader();
  const all = [];
  for (;;) {
    const some = await new Promise((found, lost) => reader.readEntries(found, lost));
    if (!some.length) return all;
    all.push(...some);
  }
}
