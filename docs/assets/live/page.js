// Lets the reader run and edit the cells of a notebook page. Python runs in a worker,
// which is started by the first press; until then nothing of it is fetched. What the
// worker sends is untrusted: text is shown as text, pictures as images, tables are
// rebuilt cell by cell.

const bar = document.querySelector("[data-live]");
const config = JSON.parse(bar.dataset.live);
const address = (path) => new URL(path, location.href.split("#")[0]).href;
const KEY = `live:${location.pathname}`;

/** An element with properties and children. */
function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

function button(text, label, onclick) {
  const element = make("button", { type: "button", textContent: text, onclick });
  if (label) element.setAttribute("aria-label", label);
  return element;
}

// ---- Outputs

/** A scrolling box for one output, in the markup of the executed page. */
function box(kind, label, ...children) {
  const element = make("div", { className: `output ${kind}`, tabIndex: 0 }, ...children);
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", label);
  return element;
}

const TABLE = new Set(["TABLE", "CAPTION", "THEAD", "TBODY", "TFOOT", "TR", "TH", "TD"]);
const SPANS = ["colspan", "rowspan"];

/** A copy of a table's elements and text; nothing else of the HTML gets through. */
function copyTable(node) {
  const copy = make(node.localName);
  for (const name of SPANS) {
    const span = Number.parseInt(node.getAttribute(name), 10);
    if (span > 1 && span <= 1000) copy.setAttribute(name, span);
  }
  const cell = node.tagName === "TH" || node.tagName === "TD" || node.tagName === "CAPTION";
  if (cell) copy.textContent = node.textContent;
  else for (const child of node.children) if (TABLE.has(child.tagName)) copy.append(copyTable(child));
  return copy;
}

/** The first table of an HTML output, as the executed page shows it; else null. */
export function tableOf(html) {
  // Styles would be dropped anyway; parsing them makes the browser report each one.
  const plain = html.replace(/<style.*?<\/style>|\sstyle="[^"]*"/gs, "");
  const source = new DOMParser().parseFromString(plain, "text/html").querySelector("table");
  if (!source) return null;
  const table = copyTable(source);
  for (const corner of table.querySelectorAll("thead th"))
    if (!corner.textContent.trim()) corner.replaceWith(make("td"));
  for (const header of table.querySelectorAll("tbody th")) header.scope = "row";
  return box("table", "Table", table);
}

/** A figure in light and dark. As images, pictures cannot run scripts or load anything. */
function picture(svg, alt) {
  const dark = svg.replace(/#[0-9a-f]{6}\b/g, (colour) => config.dark[colour] ?? colour);
  const size = /<svg[^>]*?\swidth="([\d.]+)pt" height="([\d.]+)pt"/.exec(svg)?.slice(1) ?? [];
  const [width, height] = size.map((points) => Math.round(points * 96 / 72));
  const output = make("div", { className: "output" });
  for (const [scheme, source] of [["light", svg], ["dark", dark]]) {
    const image = make("img", { className: `only-${scheme}`, alt });
    if (width && height) Object.assign(image, { width, height });
    image.src = "data:image/svg+xml," + encodeURIComponent(source);
    output.append(image);
  }
  return output;
}

// ---- Edits, kept in this browser

const edits = {
  read() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY)) ?? {};
      return Object.fromEntries(
        Object.entries(kept).filter(([, source]) => typeof source === "string"));
    } catch {
      return {};
    }
  },
  /** Keeps the edited cells; false where the storage is full or switched off. */
  write(sources) {
    try {
      if (Object.keys(sources).length) localStorage.setItem(KEY, JSON.stringify(sources));
      else localStorage.removeItem(KEY);
      return true;
    } catch {
      return false;
    }
  },
};
let warned = false;

function keepEdits() {
  const changed = cells.filter((cell) => cell.isEdited);
  const kept = edits.write(Object.fromEntries(changed.map((cell) => [cell.id, cell.source])));
  if (!kept && !warned) {
    warned = true;
    say("Your edits work but are not kept: this browser's storage is full or switched off.");
  }
  controls.download.hidden = !changed.length;
}

// ---- Cells

let editorModule;

class Cell {
  constructor(section, index) {
    this.section = section;
    this.number = index + 1;
    this.id = section.id.replace(/^cell-/, "");
    this.tags = section.dataset.tags.split(" ");
    this.highlight = section.querySelector(".highlight");
    this.pre = this.highlight.querySelector("pre");
    this.code = this.pre.querySelector("code");
    this.original = this.source = this.code.textContent.replace(/\n$/, "");
    this.originalNodes = [...this.code.childNodes].map((node) => node.cloneNode(true));
    this.recorded = [...this.highlight.parentElement.querySelectorAll(":scope > .output")];
    this.alt = section.querySelector(".output img")?.alt ?? "";
    this.addTools();
    section.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.shiftKey || event.defaultPrevented) return;
      event.preventDefault();
      this.run();
    });
  }

  addTools() {
    this.runButton = button("Run", `Run cell ${this.number}`, () =>
      this.state === "running" ? stop() : this.run());
    this.runButton.title = "Run this cell (Shift+Enter)";
    this.editButton = button("Edit", `Edit cell ${this.number}`, () => this.edit());
    this.aboveButton = button("Run above", `Run above cell ${this.number}`,
      () => enqueue(cells.slice(0, this.number - 1)));
    this.aboveButton.disabled = this.number === 1;
    this.resetButton = button("Reset", `Reset cell ${this.number}`,
      () => { this.reset(); this.runButton.focus(); });
    this.resetButton.disabled = true;
    const link = make("a", { href: `#${this.section.id}`, textContent: "#" });
    link.setAttribute("aria-label", `Link to cell ${this.number}`);
    this.stateText = make("span", { className: "live-state" });
    this.highlight.before(make("div", { className: "live-tools" }, this.runButton,
      this.editButton, this.aboveButton, this.resetButton, this.stateText, link));
  }

  get isEdited() {
    return this.source !== this.original;
  }

  get state() {
    return this.section.dataset.liveState ?? "";
  }

  /** Sets one of "", queued, running, ok, error, and the words for it. */
  setState(state, words = "") {
    if (state) this.section.dataset.liveState = state;
    else delete this.section.dataset.liveState;
    this.stateText.textContent = words || (this.isEdited ? "edited" : "");
    this.runButton.textContent = state === "running" ? "Stop" : "Run";
    this.runButton.setAttribute("aria-label",
      state === "running" ? `Stop cell ${this.number}` : `Run cell ${this.number}`);
    if (state) this.resetButton.disabled = false;
  }

  run() {
    // An exercise is checked by cells above it, so those come first.
    const above = this.tags.includes("exercise")
      ? cells.slice(0, this.number - 1).filter(
        (cell) => !ran.has(cell) && !cell.tags.includes("solution") && !cell.tags.includes("exercise"))
      : [];
    enqueue([...above, this]);
  }

  /** Puts a source into the page, where no editor shows it. */
  showSource(source) {
    this.source = source;
    this.code.replaceChildren(...(this.isEdited
      ? [source + "\n"] : this.originalNodes.map((node) => node.cloneNode(true))));
    this.resetButton.disabled = !this.isEdited;
    this.setState("");
  }

  async edit() {
    this.editButton.disabled = true;
    try {
      const { edit } = await (editorModule ??= import("./editor.js"));
      if (this.editor) return;
      const host = make("div", { className: "live-editor" });
      this.highlight.append(host);
      this.pre.style.display = "none";
      this.unmark();
      this.editor = edit({
        parent: host.attachShadow({ mode: "open" }),
        text: this.source,
        label: `Code of cell ${this.number}. Shift+Enter runs it. Escape, then Tab, leaves.`,
        onRun: () => this.run(),
        onChange: (source) => {
          this.source = source;
          this.resetButton.disabled = false;
          keepEdits();
        },
      });
      this.editor.host = host;
      this.editor.focus();
    } catch {
      editorModule = undefined;
      this.editButton.disabled = false;
      say("The editor could not be loaded. Go on line and press Edit again.");
    }
  }

  reset() {
    if (this.state === "running") stop();
    queue = queue.filter((cell) => cell !== this);
    this.editor?.close();
    this.editor?.host.remove();
    this.editor = null;
    this.pre.style.display = "";
    this.editButton.disabled = false;
    this.unmark();
    this.output?.remove();
    this.output = null;
    const last = this.highlight.parentElement;
    last.append(...this.recorded);
    this.showSource(this.original);
    keepEdits();
  }

  /** Empties the output, the recorded one too, at the first sign of a new one. */
  clear() {
    for (const element of this.recorded) element.remove();
    this.output?.remove();
    this.output = make("div", { className: "live-output" });
    this.highlight.parentElement.append(this.output);
    this.fresh = true;
  }

  begin() {
    this.fresh = false;
    this.unmark();
    for (const element of [...this.recorded, ...(this.output?.children ?? [])])
      element.classList.add("stale");
    this.began = performance.now();
    this.setState("running", "running");
  }

  show({ kind, mime, content }) {
    if (!this.fresh) this.clear();
    const text = String(content);
    if (mime === "image/svg+xml") {
      const alt = !this.isEdited && this.alt || "A figure; the code above says what it shows.";
      this.output.append(picture(text, alt));
    } else {
      const table = mime === "text/html" && tableOf(text);
      this.output.append(table || this.text(kind, text));
    }
  }

  /** The element to add for a text: none where it goes on in the one before. */
  text(kind, text) {
    const known = ["stdout", "stderr", "error"].includes(kind) ? kind : "value";
    const last = this.output.lastElementChild;
    if (known !== "value" && last?.classList.contains(known)) {
      last.firstElementChild.append(text);
      return "";
    }
    return box(known, known === "error" ? "Error" : "Output", make("pre", {}, text));
  }

  end(failed) {
    if (!this.fresh) this.clear();
    const seconds = ((performance.now() - this.began) / 1000).toFixed(1);
    if (!failed) {
      this.setState("ok", `ran in ${seconds} s`);
      return;
    }
    const [name, line] = failed;
    this.setState("error", line ? `${name} in line ${line}` : `${name}`);
    const folded = this.section.querySelector("details");
    if (folded) folded.open = true;
    this.mark(line);
    const above = cells.slice(0, this.number - 1);
    if (name === "NameError" && above.some((cell) => !ran.has(cell))) {
      const offer = button("Run the cells above, then this one", "",
        () => enqueue([...above.filter((cell) => !ran.has(cell)), this]));
      offer.className = "live-offer";
      this.output.append(offer);
    }
  }

  mark(line) {
    this.unmark();
    if (!line) return;
    if (this.editor) {
      this.editor.mark(line);
      return;
    }
    const height = this.code.getClientRects().length
      ? Number.parseFloat(getComputedStyle(this.code).lineHeight) : 0;
    const top = this.code.getBoundingClientRect().top - this.highlight.getBoundingClientRect().top
      + Number.parseFloat(getComputedStyle(this.code).paddingTop);
    this.marker = make("span", { className: "live-line" });
    this.marker.style.top = `${top + (line - 1) * height}px`;
    this.marker.style.height = `${height}px`;
    this.highlight.append(this.marker);
  }

  unmark() {
    this.marker?.remove();
    this.editor?.mark(null);
  }
}

// ---- Running

let worker = null;
let running = null; // the cell that Python works on
let queue = []; // the cells that wait
let ready = false; // Python is loaded
const ran = new Set(); // the cells whose variables this Python has

/** Cells to run, one after another, until one fails. */
function enqueue(wanted) {
  for (const cell of wanted) {
    if (queue.includes(cell) || cell === running) continue;
    queue.push(cell);
    cell.setState("queued", "waiting");
  }
  controls.stop.disabled = !queue.length && !running;
  next();
}

function next() {
  if (running || !queue.length) return;
  if (!worker) startWorker();
  if (!ready) return; // goes on when Python is loaded
  running = queue.shift();
  running.begin();
  worker.postMessage({ id: running.id, code: running.source, name: `cell ${running.number}` });
  if (status.textContent !== "Running") say("Running");
}

/** Lets a service worker keep what is loaded from now on, where there can be one. */
async function keepForOffline() {
  try {
    if (navigator.serviceWorker.controller) return;
    const controlled = new Promise((resolve) =>
      navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
    await navigator.serviceWorker.register(address(config.offline));
    await Promise.race([controlled, new Promise((resolve) => setTimeout(resolve, 1000))]);
    // This page was loaded before: pass it and its parts by the service worker.
    const parts = performance.getEntriesByType("resource").map((entry) => entry.name);
    for (const url of [location.href.split("#")[0], ...parts])
      if (url.startsWith(location.origin)) fetch(url).catch(() => {});
  } catch { /* everything works without, as long as there is a network */ }
}

async function startWorker() {
  if (typeof WebAssembly !== "object" || typeof Worker !== "function") {
    give_up("This browser cannot run Python: it has no WebAssembly.");
    return;
  }
  say("Loading Python");
  const starting = worker = { terminate() {} };
  await keepForOffline();
  if (worker !== starting) return; // stopped meanwhile
  // Started from a blob: URL, the worker keeps to the page's policy.
  const script = `import ${JSON.stringify(address(config.worker))};`;
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  worker = new Worker(url, { type: "module" });
  worker.onmessage = ({ data }) => receive(data);
  worker.onerror = (event) => {
    event.preventDefault();
    give_up(offline() || "Python could not be started: a file of it could not be loaded.");
  };
  const code = cells.map((cell) => cell.source).join("\n");
  worker.postMessage({ start: {
    code, packages: config.packages, folder: config.folder,
    style: address(config.style), data: address(config.data),
  } });
}

function receive(message) {
  if (!message || typeof message !== "object") return;
  if (message.total) showProgress(message);
  else if (message.missing) missing = String(message.missing);
  else if (message.fatal) fail(String(message.fatal));
  else if (message.ready) {
    ready = true;
    next();
  } else if (running && message.id === running.id) {
    if (message.mime) running.show(message);
    else if (message.done) finish(message.failed);
    else controls.progress.replaceChildren(); // its packages are loaded
  }
}

function finish(failed) {
  const cell = running;
  running = null;
  if (failed) failed = [String(failed[0]), Number(failed[1]) || 0];
  else ran.add(cell);
  cell.end(failed);
  if (failed?.[0] === "MemoryError") return fail("out of memory");
  if (failed) {
    const left = queue.length ? " The cells after it were not run." : "";
    for (const waiting of queue) waiting.setState("");
    queue = [];
    say(`Cell ${cell.number} failed: ${cell.stateText.textContent}.${left}`);
  } else if (!queue.length) say(`Done: cell ${cell.number} ran.`);
  controls.stop.disabled = !queue.length;
  next();
  return undefined;
}

/** Ends Python and whatever it is doing; its variables are gone. */
function endWorker() {
  worker?.terminate();
  worker = null;
  ready = false;
  missing = "";
  for (const cell of [running, ...queue]) cell?.setState("");
  for (const cell of ran) cell.setState("");
  for (const element of document.querySelectorAll(".output.stale")) element.classList.remove("stale");
  running = null;
  queue = [];
  ran.clear();
  controls.stop.disabled = true;
  controls.progress.replaceChildren();
}

function stop() {
  endWorker();
  say("Stopped. The variables are gone: run the cells again.");
}

// ---- When it does not work

let missing = ""; // the file that could not be loaded

const offline = () => navigator.onLine ? "" : "Python could not be loaded: there is no network.";

/** Says in one sentence why Python is gone. */
function fail(reason) {
  if (/memory|Maximum call stack|RangeError/i.test(reason) && !missing)
    give_up("Python ended: the cell needs more memory than this browser gives it.");
  else if (missing)
    give_up(offline() || `Python could not be loaded: ${missing} is blocked or did not arrive whole.`);
  else give_up(offline() || `Python ended unexpectedly (${reason.slice(0, 200)}).`);
}

/** Ends Python, says why, and names the other ways to run the notebook. */
function give_up(sentence) {
  endWorker();
  say(`${sentence} The page works as before, and there are other ways to run this notebook: `);
  const ways = document.querySelectorAll(".page-facts :is(a[download], a[href*='colab'])");
  const links = [...ways].map((way) => way.cloneNode(true));
  links.forEach((link, index) => status.append(index ? ", " : "", link));
}

// ---- The bar

const status = make("span", { className: "live-status" });
status.setAttribute("role", "status");
const controls = {
  all: button("Run all", "", () => enqueue(cells)),
  stop: button("Stop", "", () => { stop(); controls.all.focus(); }),
  reset: button("Reset page", "", resetPage),
  download: button("Download edited", "", download),
  progress: make("span"),
};
controls.all.dataset.main = "";
controls.stop.disabled = true;
bar.append(controls.all, controls.stop, controls.reset, controls.download, controls.progress, status);

function say(text) {
  status.textContent = text;
}

/** How much of Python is here; read out only when asked for, as it changes often. */
function showProgress({ loaded, total }) {
  const [done, all] = [loaded, total].map((bytes) => Number(bytes) / 1e6);
  if (done >= all) {
    controls.progress.replaceChildren();
    return;
  }
  const meter = make("progress", { max: all, value: done });
  meter.setAttribute("aria-label", "Loading Python");
  controls.progress.replaceChildren(meter, ` ${Math.round(all - done)} of ${Math.round(all)} MB left`);
}

function resetPage() {
  const edited = cells.some((cell) => cell.isEdited);
  if (edited && !confirm("Throw away your edits on this page?")) return;
  endWorker();
  for (const cell of cells) cell.reset();
  say("The page is as it was.");
}

/** The notebook file with the edited cells in it. */
async function download() {
  try {
    const response = await fetch(address(config.notebook));
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const notebook = await response.json();
    for (const entry of notebook.cells) {
      const cell = cells.find(({ id }) => id === entry.id);
      if (!cell?.isEdited) continue;
      const alt = /^# alt:.*\n(?:#.*\n)*/.exec([entry.source].flat().join(""))?.[0] ?? "";
      entry.source = alt + cell.source;
    }
    const text = JSON.stringify(notebook, null, 1) + "\n";
    const url = URL.createObjectURL(new Blob([text], { type: "application/x-ipynb+json" }));
    make("a", { href: url, download: config.notebook.split("/").pop() }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  } catch {
    say("The notebook could not be fetched. Go on line and try again.");
  }
}

// ---- Start

const cells = [...document.querySelectorAll("section.cell")].map(
  (section, index) => new Cell(section, index));
const kept = edits.read();
for (const cell of cells) if (kept[cell.id] !== undefined) cell.showSource(kept[cell.id]);
controls.download.hidden = !cells.some((cell) => cell.isEdited);
if (!controls.download.hidden) say("This page has your edits; Reset page brings the original back.");
if (location.hash.startsWith("#cell-")) document.querySelector(`#${CSS.escape(location.hash.slice(1))}`)?.scrollIntoView();
