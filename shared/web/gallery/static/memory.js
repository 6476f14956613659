// Uploads that were not sent, kept by the browser: they go on after a reload or at the next visit.
//
// Each belongs to a tab, which holds a lock while it is open. What belongs to a tab that is gone,
// another one takes over, in one transaction: two tabs never send the same.

const NAME = "darkroom";
const STORE = "uploads";
const LOCK = "darkroom-tab-";

export class Memory {
  // Resolves to the memory of this tab; in a browser that has none, to one that forgets.
  static async open() {
    try {
      const tab = crypto.randomUUID();
      await held(LOCK + tab);
      return new Memory(await opened(), tab);
    } catch {
      return new Memory(null, "");
    }
  }

  constructor(database, tab) {
    Object.assign(this, { database, tab });
  }

  get keeps() {
    return this.database !== null;
  }

  // Resolves to whether they are kept: the browser may have no room.
  async keep(uploads) {
    if (!this.keeps) return false;
    try {
      await this.#change((store) => uploads.forEach((each) => store.put({ ...each, tab: this.tab })));
      return true;
    } catch {
      return false;
    }
  }

  async forget(keys) {
    if (this.keeps) await this.#change((store) => keys.forEach((key) => store.delete(key)));
  }

  // Takes over what closed tabs have left.
  async adopt() {
    if (!this.keeps) return [];
    const { held: locks } = await navigator.locks.query();
    const open = new Set(locks.map(({ name }) => name));
    const left = [];
    await this.#change((store) => {
      store.openCursor().onsuccess = ({ target: { result: cursor } }) => {
        if (!cursor) return;
        if (!open.has(LOCK + cursor.value.tab)) {
          left.push(cursor.value);
          cursor.update({ ...cursor.value, tab: this.tab });
        }
        cursor.continue();
      };
    });
    return left;
  }

  #change(act) {
    return new Promise((done, failed) => {
      const change = this.database.transaction(STORE, "readwrite");
      change.oncomplete = () => done();
      change.onabort = change.onerror = () => failed(change.error);
      act(change.objectStore(STORE));
    });
  }
}

// Resolves once the lock is held; it is until the tab closes.
function held(name) {
  return new Promise((done, failed) => {
    const forever = () => (done(), new Promise(() => {}));
    navigator.locks.request(name, forever).catch(failed);
  });
}

function opened() {
  return new Promise((done, failed) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}
