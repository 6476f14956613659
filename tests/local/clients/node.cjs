// Google's client for Node: `BUCKET FOLDER`, and "simple" for uploads in one request.
const { createHash } = require("node:crypto");
const { createReadStream } = require("node:fs");
const { pipeline } = require("node:stream/promises");
const { Storage } = require("@google-cloud/storage");

const [name, folder, simple] = process.argv.slice(2);
const bucket = new Storage({
  apiEndpoint: process.env.STORAGE_EMULATOR_HOST,
  projectId: "demo-project",
  retryOptions: { autoRetry: false },
}).bucket(name);
const how = simple ? { resumable: false } : {};

const operations = {
  small: () => bucket.upload(`${folder}/small`, { destination: "in/small", ...how }),
  large: () => bucket.upload(`${folder}/large`, { destination: "in/large", ...how }),
  stream: () =>
    pipeline(createReadStream(`${folder}/stream`), bucket.file("in/stream").createWriteStream(how)),
  read: async () => {
    const [content] = await bucket.file("in/large").download();
    return createHash("sha256").update(content).digest("hex");
  },
  range: async () => {
    const [content] = await bucket.file("in/small").download({ start: 2, end: 5 });
    return content.toString();
  },
  list: async () => {
    const [files] = await bucket.getFiles({ prefix: "in/" });
    return files.map((file) => file.name);
  },
  copy: () => bucket.file("in/large").copy(bucket.file("copied")),
  delete: () => bucket.file("in/small").delete(),
};

(async () => {
  const told = {};
  for (const [operation, run] of Object.entries(operations)) {
    try {
      const value = await run();
      told[operation] = ["read", "range", "list"].includes(operation) ? value : null;
    } catch (error) {
      told[operation] = { error: String(error) };
    }
  }
  console.log(JSON.stringify(told));
})();
