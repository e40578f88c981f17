// Python for one notebook page: loads Pyodide once, then runs the cells it is sent.
// A worker has no access to the page. It is started from a blob: URL, so that the
// page's Content-Security-Policy holds here too: no request leaves the site.

// A cell must not get at what the service worker keeps for pages: Python sees neither
// the caches nor a way to a worker that has them.
delete WorkerGlobalScope.prototype.caches;
delete self.Worker;

const runtime = new URL("../pyodide/", import.meta.url).href;
const CORE = ["pyodide.asm.wasm", "python_stdlib.zip"];

// Files that are on their way or here: name to bytes. Pyodide's own requests for them
// are answered from this, so everything is asked for at once and counted.
const downloads = new Map();
const network = self.fetch.bind(self);
let loaded = 0;
let total = 0;

function download(name, { size = 0, sha256 = "" } = {}) {
  total += size;
  const options = { integrity: integrity(sha256) };
  const bytes = network(runtime + name, options).then(async (response) => {
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const content = await response.arrayBuffer();
    loaded += size;
    postMessage({ loaded, total });
    return content;
  }).catch((error) => {
    postMessage({ missing: name });
    throw error;
  });
  bytes.catch(() => {}); // reported above
  downloads.set(name, bytes);
  return bytes;
}

async function importOrSay(name) {
  try {
    return await import(runtime + name);
  } catch (error) {
    postMessage({ missing: name });
    throw error;
  }
}

self.fetch = async (resource, options) => {
  const url = String(resource.url ?? resource);
  const name = url.startsWith(runtime) ? url.slice(runtime.length) : "";
  const bytes = downloads.get(name);
  if (!bytes) return network(resource, options);
  downloads.delete(name);
  const type = name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
  return new Response(await bytes, { headers: { "Content-Type": type } });
};

/** The browser's form of a hash in hexadecimal: it refuses a file that has another. */
function integrity(hex) {
  if (!hex) return "";
  const bytes = hex.match(/../g).map((pair) => Number.parseInt(pair, 16));
  return "sha256-" + btoa(String.fromCharCode(...bytes));
}

let python;
let files; // size and hash by name, from the lock
let kernel;
let config;
let folder;

async function start(settings) {
  config = settings;
  // Everything the page needs is asked for at once, what is needed first before the rest.
  const modules = ["pyodide.mjs", "pyodide.asm.js"].map(importOrSay);
  for (const module of modules) module.catch(() => {});
  const lock = await download("pyodide-lock.json");
  const { packages } = ({ files } = JSON.parse(new TextDecoder().decode(lock)));
  const wheels = config.packages.map((name) => packages[name].file_name);
  for (const name of [...CORE, ...wheels]) download(name, files[name]);
  const text = (url) => network(url).then((response) => {
    if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
    return response.text();
  });
  const source = text(new URL("kernel.py", import.meta.url));
  const style = text(config.style);
  for (const promise of [source, style]) promise.catch(() => {});
  for (const name of dataFiles(config.code)) fetchData(name);
  // Pyodide would wait for ever for what did not arrive whole.
  const core = CORE.map((name) => downloads.get(name));
  const [{ loadPyodide }] = await Promise.all([...modules, ...core]);
  python = await loadPyodide({
    indexURL: runtime,
    env: { MPLBACKEND: "module://live_backend", MATPLOTLIBRC: "/home/pyodide/matplotlibrc",
      HOME: "/home/pyodide", PYTHONHASHSEED: "0" },
  });
  python.FS.writeFile("/home/pyodide/matplotlibrc", await style);
  kernel = python.toPy({ __name__: "live_kernel" });
  python.runPython(await source, { globals: kernel, filename: "kernel.py" });
  folder = `/home/pyodide/${config.folder}`;
  kernel.set("load_sources", loadSources);
  kernel.get("start")(folder);
}

// Data files, by name; fetched from the site when a cell names one.
const data = new Map();

function dataFiles(code) {
  return [...code.matchAll(/["']\.\.\/data\/([\w.-]+)["']/g)].map((match) => match[1]);
}

function fetchData(name) {
  if (!data.has(name)) {
    const bytes = network(new URL(name, config.data)).then(async (response) =>
      response.ok ? new Uint8Array(await response.arrayBuffer()) : null);
    bytes.catch(() => data.delete(name));
    data.set(name, bytes);
  }
  return data.get(name);
}

async function placeData(code) {
  for (const name of dataFiles(code)) {
    const path = `${folder}/../data/${name}`;
    if (python.FS.analyzePath(path).exists) continue;
    const bytes = await fetchData(name);
    if (!bytes) continue; // Python says that there is no such file
    python.FS.mkdirTree(`${folder}/../data`);
    python.FS.writeFile(path, bytes);
  }
}

async function loadPackages(code) {
  let names = [];
  try {
    names = kernel.get("find_imports")(code).toJs();
  } catch { /* a syntax error, which Python reports when it runs the cell */ }
  if (code.includes("parquet")) names.push("pyarrow");
  const wanted = names.map((name) => packageOf(name)?.name).filter(Boolean);
  let failure;
  await python.loadPackage(wanted, {
    messageCallback() {},
    errorCallback(message) { failure = message; },
  });
  if (failure) throw new Error(failure);
}

/** The lock's entry of the package that brings a module. */
function packageOf(module) {
  return Object.values(python._api.lockfile_packages)
    .find(({ imports }) => imports.includes(module));
}

/** Installs the sources of compiled modules, for a traceback; without them it is short. */
async function loadSources(modules) {
  for (const module of modules) {
    const name = `${packageOf(module)?.file_name}.sources.zip`;
    try {
      const options = { integrity: integrity(files[name].sha256) };
      const archive = await (await network(runtime + name, options)).arrayBuffer();
      python.unpackArchive(archive, "zip", { extractDir: "/lib/python3.12/site-packages" });
    } catch { /* there are none, or no network */ }
  }
}

async function run({ id, code, name }) {
  await loadPackages(code);
  await placeData(code);
  postMessage({ id, started: true });
  kernel.set("emit", (kind, mime, content) => postMessage({ id, kind, mime, content }));
  const failed = await kernel.get("run")(code, name);
  postMessage({ id, done: true, failed: failed?.toJs() ?? null });
}

let ready;
onmessage = async ({ data: message }) => {
  try {
    if (message.start) ready = start(message.start);
    await ready;
    if (message.start) postMessage({ ready: true });
    else await run(message);
  } catch (error) {
    postMessage({ fatal: String(error) });
  }
};
