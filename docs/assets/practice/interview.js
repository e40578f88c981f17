// The mock interview. One object, `run`, is the whole state; it is saved in the browser at
// each change, so that an interview that was interrupted goes on.
import { element } from "../element.js";

const KEY = "interview";
const TAB = Math.random().toString(36).slice(2); // two tabs must not write over each other
const LEVELS = [["weak", 1], ["good", 2], ["strong", 3]];
const place = document.querySelector(".interview");
const root = new URL("../../", location);
let data, run = null, timer, stored = true;

function load() {
  try {
    return valid(JSON.parse(localStorage.getItem(KEY)));
  } catch {
    return null; // storage is off, or holds something else
  }
}
function save() {
  run.tab = TAB;
  try {
    localStorage.setItem(KEY, JSON.stringify(run));
    stored = true;
  } catch {
    stored = false;
  }
}
function forget() {
  run = null;
  try { localStorage.removeItem(KEY); } catch { /* nothing was kept */ }
}

// What was saved, if this site can still go on with it.
function valid(saved) {
  const scenario = data.scenarios.find((one) => one.id === saved?.scenario);
  const n = data.steps.length;
  const right = scenario && Number.isInteger(saved.step) && saved.step >= 0 && saved.step <= n &&
    ["answer", "score"].includes(saved.phase) && Number.isFinite(saved.seed) &&
    [saved.seconds, saved.notes, saved.asked, saved.scores].every((list) => Array.isArray(list) && list.length === n) &&
    saved.seconds.every(Number.isFinite) && saved.notes.every((note) => typeof note === "string") &&
    saved.asked.every((count) => Number.isInteger(count) && count >= 0) && Array.isArray(saved.facts) &&
    [undefined, saved.stopped | 0].includes(saved.stopped) &&
    saved.scores.every((score) => score === null || (Array.isArray(score?.said) && typeof score.level === "string"));
  return right ? saved : null;
}

function begin(scenario) {
  const all = (value) => data.steps.map(() => value);
  run = {
    scenario, seed: Math.floor(Math.random() * 2 ** 31), step: 0, phase: "answer",
    seconds: all(0), notes: all(""), asked: all(0), scores: all(null), facts: [],
  };
  save();
  draw();
}

// The same questions for the same interview, those of its product first.
function questions(step) {
  const { product } = scenario();
  const mine = data.questions.filter((q) => q.step === step.id && [product, "any"].includes(q.product));
  const rank = (q) => (q.product === product ? 0 : 1) + hash(`${run.seed} ${q.id}`);
  return mine.sort((a, b) => rank(a) - rank(b)).slice(0, 2);
}
function hash(text) {
  let h = 2166136261;
  for (const c of text) h = Math.imul(h ^ c.codePointAt(0), 16777619) >>> 0;
  return h / 2 ** 32;
}
const scenario = () => data.scenarios.find((one) => one.id === run.scenario);

const render = (...children) => {
  place.classList.add("drawn");
  place.replaceChildren(...children.filter((child) => child !== null));
};
const button = (text, onclick, main = false) =>
  element("button", { type: "button", className: `md-button${main ? " md-button--primary" : ""}`, onclick }, text);
const bar = (...children) => element("p", { className: "quiz-bar" }, ...children);
const list = (tag, items) => element(tag, {}, ...items.map((item) => element("li", {}, item)));
const clock = (seconds) => {
  const s = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
};

function draw() {
  clearInterval(timer);
  if (run === null) choose();
  else if (run.step === data.steps.length) finish();
  else if (run.phase === "score") score();
  else answer();
}

function choose(resumable = load()) {
  const select = element("select", { id: "interview-scenario" },
    ...data.scenarios.map((one) => new Option(one.title, one.id)));
  const start = button("Begin", () => begin(select.value), true);
  const surprise = button("Surprise me", () => begin(data.scenarios[Math.floor(Math.random() * data.scenarios.length)].id));
  const title = resumable && data.scenarios.find((one) => one.id === resumable.scenario).title;
  render(
    resumable ? element("div", { className: "way" },
      element("p", {}, `You left an interview: ${title}, ${place_of(resumable)}.`),
      bar(button("Go on", () => { run = resumable; save(); draw(); }, true), button("Throw it away", () => { forget(); draw(); }))) : null,
    bar(element("label", { htmlFor: select.id }, "Scenario"), select),
    bar(start, surprise),
  );
}
const place_of = (saved) =>
  saved.step === data.steps.length ? "finished" : `at step ${saved.step + 1}, ${data.steps[saved.step].title}`;

function head(step) {
  return element("h2", { tabIndex: -1 }, `${run.step + 1}. ${step.title}`);
}

function answer() {
  const step = data.steps[run.step], i = run.step;
  const given = 60 * step.minutes;
  const left = element("strong", { className: "interview-clock" });
  const warned = element("span", { role: "status" });
  const total = element("span", { className: "facts" });
  const tick = () => {
    const rest = given - run.seconds[i];
    left.textContent = rest >= 0 ? clock(rest) : `${clock(-rest)} over`;
    left.dataset.state = rest < 0 ? "over" : rest <= 60 ? "short" : "";
    const sum = data.steps.reduce((all, one) => all + 60 * one.minutes, 0);
    total.textContent = `${clock(sum - run.seconds.reduce((a, b) => a + b, 0))} of ${sum / 60} minutes left`;
    // Said once each, then left alone.
    const says = rest < 0 ? "The time of this step is over: come to an end." : rest <= 60 ? "One minute left." : "";
    if (warned.textContent !== says) warned.textContent = says;
  };
  let last = performance.now();
  timer = setInterval(() => {
    const now = performance.now();
    // A laptop that slept did not interview anybody; but a tab behind another one, such as
    // that of a whiteboard, is woken only once a minute.
    run.seconds[i] += Math.min((now - last) / 1000, 65);
    last = now;
    save();
    tick();
  }, 1000);
  tick();

  const notes = element("textarea", {
    id: "interview-notes", rows: 8, value: run.notes[i],
    oninput: () => { run.notes[i] = notes.value; save(); },
  });
  const facts = element("details", {}, element("summary", {}, "Facts: ask aloud before you open one"),
    ...scenario().facts.map((fact, n) => element("details", {
      open: run.facts.includes(n),
      ontoggle: (event) => {
        if (!run) return; // it goes on in another tab
        run.facts = [...new Set([...run.facts, n])].filter((m) => m !== n || event.target.open);
        save();
      },
    }, element("summary", {}, fact.ask), element("p", {}, fact.answer))));
  const asked = element("ol", {});
  const prompts = questions(step).flatMap((q) => [q.prompt, ...q.follow_ups.slice(0, 1)]);
  const show = () => asked.replaceChildren(...prompts.slice(0, run.asked[i]).map((text) => element("li", {}, text)));
  const ask = button("The interviewer asks", () => {
    run.asked[i]++;
    save();
    show();
    ask.hidden = run.asked[i] >= prompts.length;
  });
  ask.hidden = run.asked[i] >= prompts.length;
  show();
  const heading = head(step);
  render(
    element("p", { className: "interview-request" }, element("strong", {}, scenario().title), element("br"), scenario().request),
    heading,
    bar(left, total, warned),
    element("p", {}, step.task),
    facts,
    element("div", { "aria-live": "polite" }, asked),
    bar(ask),
    element("label", { htmlFor: notes.id }, "Your notes for this step"),
    notes,
    canvas(),
    bar(
      button("Done with this step", () => { run.phase = "score"; save(); draw(); }, true),
      button("Stop the interview", () => { run.stopped = run.step; run.step = data.steps.length; save(); draw(); }),
    ),
    trouble(),
  );
  heading.focus({ preventScroll: true });
}

// What was noted in the steps before: the design so far.
function canvas() {
  const noted = data.steps.map((step, i) => [step, run.notes[i].trim()]).filter(([step, text], i) => text && i !== run.step);
  if (!noted.length) return null;
  return element("details", {}, element("summary", {}, "The design so far"),
    ...noted.flatMap(([step, text]) => [element("p", {}, element("strong", {}, step.title)), element("pre", { className: "interview-note" }, text)]));
}
function trouble() {
  return stored ? null : element("p", { role: "alert" },
    "Your browser does not keep this interview. It is lost when you leave: export it at the end.");
}

function score() {
  const step = data.steps[run.step], i = run.step;
  const asked = questions(step);
  const points = asked.flatMap((q) => q.outline);
  const kept = run.scores[i] ?? { said: [], level: "" };
  const level = element("fieldset", {}, element("legend", {}, "All in all, my answer was"));
  const note = () => { run.scores[i] = { said: boxes.flatMap((box, n) => (box.checked ? [n] : [])), level: level.querySelector(":checked")?.value ?? "" }; save(); };
  const boxes = points.map((point, n) => element("input", { type: "checkbox", id: `interview-point-${n}`, checked: kept.said.includes(n), onchange: note }));
  for (const [name] of LEVELS) {
    const radio = element("input", { type: "radio", name: "interview-level", id: `interview-level-${name}`, value: name, checked: kept.level === name, onchange: note });
    level.append(element("p", {}, radio, " ", element("label", { htmlFor: radio.id },
      element("strong", {}, name), ...asked.slice(0, 1).map((q) => ` ${q[name]}`))));
  }
  const heading = head(step);
  render(
    heading,
    run.notes[i].trim() ? element("pre", { className: "interview-note" }, run.notes[i]) : element("p", {}, "You noted nothing."),
    element("fieldset", {}, element("legend", {}, "I made this point"),
      ...points.map((point, n) => element("p", {}, boxes[n], " ", element("label", { htmlFor: boxes[n].id }, point)))),
    level,
    bar(button(i + 1 < data.steps.length ? "Next step" : "To the summary", () => {
      note();
      run.step++;
      run.phase = "answer";
      save();
      draw();
    }, true), button("Back to the notes", () => { note(); run.phase = "answer"; save(); draw(); })),
    trouble(),
  );
  heading.focus({ preventScroll: true });
}

function summary() {
  return data.steps.map((step, i) => {
    const asked = questions(step);
    const points = asked.reduce((n, q) => n + q.outline.length, 0);
    const { said = [], level = "" } = run.scores[i] ?? {};
    const links = [[step.url, step.title], ...asked.flatMap((q) => q.links)];
    return { step, i, points, said: said.length, level, links, read: level !== "strong" };
  });
}

function finish() {
  const rows = summary();
  const heading = element("h2", { tabIndex: -1 }, `${scenario().title}: summary`);
  const table = element("table", {}, element("thead", {}, element("tr", {},
    ...["Step", "Time", "Points made", "Level"].map((name) => element("th", { scope: "col" }, name)))));
  table.append(element("tbody", {}, ...rows.map((row) => element("tr", {},
    element("td", {}, row.step.title),
    element("td", {}, `${clock(run.seconds[row.i])} of ${row.step.minutes}:00`),
    element("td", {}, `${row.said} of ${row.points}`),
    element("td", {}, row.level || "not scored")))));
  render(
    heading,
    element("div", { className: "table-scroll", tabIndex: 0, role: "group", "aria-label": "Table" }, table),
    element("h3", {}, "What to read"),
    element("ul", {}, ...rows.filter((row) => row.read).map((row) => element("li", {}, `${row.step.title}: `,
      ...row.links.flatMap(([url, title], n) => [n ? ", " : "", element("a", { href: new URL(url, root).href }, title)])))),
    element("h3", {}, "Your design"),
    ...rows.filter((row) => run.notes[row.i].trim()).flatMap((row) => [
      element("p", {}, element("strong", {}, row.step.title)),
      element("pre", { className: "interview-note" }, run.notes[row.i])]),
    bar(button("Export as Markdown", download, true), button("Print", () => print()),
      ...(data.steps[run.stopped] ? [button("Back to the interview", () => { run.step = run.stopped; delete run.stopped; save(); draw(); })] : []),
      button("Begin anew", () => { forget(); draw(); })),
    trouble(),
  );
  heading.focus({ preventScroll: true });
}

function markdown() {
  const rows = summary();
  const lines = [`# ${scenario().title}`, "", `> ${scenario().request}`, "",
    "| Step | Time | Points made | Level |", "|---|---|---|---|",
    ...rows.map((row) => `| ${row.step.title} | ${clock(run.seconds[row.i])} of ${row.step.minutes}:00 | ${row.said} of ${row.points} | ${row.level || "not scored"} |`)];
  for (const row of rows) {
    lines.push("", `## ${row.i + 1}. ${row.step.title}`, "", run.notes[row.i].trim() || "Nothing noted.");
    if (row.read) lines.push("", "Read: " + row.links.map(([url, title]) => `[${title}](${new URL(url, root).href})`).join(", "));
  }
  return lines.join("\n") + "\n";
}
function download() {
  const file = new Blob([markdown()], { type: "text/markdown" });
  const link = element("a", { href: URL.createObjectURL(file), download: `${run.scenario}.md` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// Another tab went on with the interview: this one stops rather than write over it.
addEventListener("storage", (event) => {
  if (event.key !== KEY && event.key !== null) return;
  const other = load();
  if (!run || (other && other.tab === TAB)) return;
  clearInterval(timer);
  run = null;
  if (!other) return draw();
  render(
    element("p", { role: "alert" }, "This interview goes on in another tab."),
    bar(button("Go on here", () => { run = load(); if (run) save(); draw(); }, true)));
});

try {
  const answer = await fetch(place.dataset.source);
  if (!answer.ok) throw new Error(answer.status);
  data = await answer.json();
  draw();
} catch {
  render(element("p", { role: "alert" }, "The interview could not be loaded. Reload the page, or use the question bank."));
}
