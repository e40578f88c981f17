// Reviews cards in the browser. FSRS says when a card comes back; what was reviewed is
// kept in the browser, by card.
import { element } from "../element.js";
import { createEmptyCard, fsrs, Rating } from "./fsrs.js";

const KEY = "cards";
const NEW_A_DAY = 20;
const RATINGS = [["Again", Rating.Again], ["Hard", Rating.Hard], ["Good", Rating.Good], ["Easy", Rating.Easy]];
const place = document.querySelector(".cards");
const scheduler = fsrs();
const today = (date) => new Date(date).toDateString();

// What is kept where storage is off or full.
let memory = null;
try {
  localStorage.getItem(KEY);
} catch {
  memory = {};
}
function load() {
  if (memory) return memory;
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    return kept && typeof kept === "object" && !Array.isArray(kept) ? kept : {};
  } catch {
    return {}; // it holds something else
  }
}
function save(id, state) {
  const all = { ...load(), [id]: state }; // another tab may have reviewed meanwhile
  try {
    if (!memory) localStorage.setItem(KEY, JSON.stringify(all));
  } catch {
    memory = {};
  }
  if (memory) {
    memory = all;
    notice.textContent = "Your browser does not keep reviews: they last until you leave.";
  }
}

// What was kept of a card, or null when it is new or cannot be read.
function stateOf(kept, id) {
  const state = kept[id];
  if (!state || typeof state !== "object") return null;
  const due = new Date(state.due), last_review = new Date(state.last_review ?? due);
  // A card that was rated is in one of the states 1 to 3; the others are counts.
  const right = state.stability > 0 && state.difficulty >= 1 && state.difficulty <= 10 && [1, 2, 3].includes(state.state) &&
    ["elapsed_days", "scheduled_days", "learning_steps", "reps", "lapses"].every((name) => Number.isFinite(state[name]));
  return right && !isNaN(due) && !isNaN(last_review) ? { ...state, due, last_review } : null;
}

const button = (text, onclick) =>
  element("button", { type: "button", className: "md-button", onclick }, text);

const notice = element("p", { role: "status", className: "cards-notice" });
const choice = element("select", { id: "cards-step", onchange: () => next() });
const count = element("span", { role: "status" });
const face = element("div", { className: "card-face", tabIndex: -1 });
const bar = element("p", { className: "quiz-bar" });
let cards = [];
let timer;

// The next card: the one that is due longest, else a new one of today's share.
function queue() {
  const kept = load();
  const now = Date.now();
  const due = [], fresh = [];
  let newToday = 0, soonest = null;
  for (const card of cards) {
    const state = stateOf(kept, card.id);
    if (state && today(state.first ?? 0) === today(now)) newToday++;
    if (choice.value && card.step !== choice.value) continue;
    if (!state) fresh.push(card);
    else if (state.due <= now) due.push([state.due, card]);
    else if (soonest === null || state.due < soonest) soonest = state.due;
  }
  due.sort((a, b) => a[0] - b[0]);
  return { due: due.map(([, card]) => card), fresh: fresh.slice(0, Math.max(0, NEW_A_DAY - newToday)), soonest };
}

function next(focus = false) {
  clearTimeout(timer);
  const { due, fresh, soonest } = queue();
  count.textContent = `${due.length} due, ${fresh.length} new today`;
  const card = due[0] ?? fresh[0];
  bar.replaceChildren();
  if (!card) {
    const then = soonest ? `The next card comes back in ${interval(soonest)}.` : "Come back tomorrow.";
    face.replaceChildren(element("p", {}, `Nothing is due. ${then} You can choose another step.`));
    if (focus) face.focus();
    const wait = soonest - Date.now();
    if (soonest && wait < 3_600_000) timer = setTimeout(next, wait + 1000);
    return;
  }
  show(card, focus);
}

function show(card, focus) {
  const front = element("div", {});
  front.innerHTML = card.front; // made by the build from docs/concepts
  face.replaceChildren(element("p", { className: "cards-notice" }, card.title), front);
  bar.replaceChildren(button("Show the answer", () => reveal(card)));
  if (focus) bar.firstElementChild.focus();
}

function reveal(card) {
  const back = element("div", { className: "card-back" });
  back.innerHTML = card.back;
  const link = element("a", { href: new URL(card.link, new URL("../../", location)).href }, "Where the page explains it");
  back.append(element("p", {}, link));
  face.append(back);
  const state = stateOf(load(), card.id) ?? createEmptyCard(new Date());
  const first = state.first ?? new Date().toISOString();
  const outcomes = scheduler.repeat(state, new Date());
  bar.replaceChildren(...RATINGS.map(([name, rating]) => {
    const { card: then } = outcomes[rating];
    const rate = () => { save(card.id, { ...then, first }); next(true); };
    return button(`${name}: ${interval(then.due)}`, rate);
  }));
  bar.children[2].focus();
}

function interval(due) {
  const minutes = Math.round((due - Date.now()) / 60000);
  if (minutes < 60) return `${Math.max(1, minutes)} min`;
  if (minutes < 1440) return `${Math.round(minutes / 60)} h`;
  const days = Math.round(minutes / 1440);
  return days < 60 ? `${days} d` : `${Math.round(days / 30)} months`;
}

addEventListener("keydown", (event) => {
  const digit = Number(event.key) - 1;
  const typing = event.target.closest?.("input, select, textarea");
  if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey && bar.children.length === 4) bar.children[digit]?.click();
});
addEventListener("storage", (event) => {
  if ((event.key === KEY || event.key === null) && bar.children.length !== 4) next();
});

try {
  const answer = await fetch(place.dataset.cards);
  if (!answer.ok) throw new Error(answer.status);
  cards = await answer.json();
  const steps = new Map(cards.map((card) => [card.step, card.title]));
  choice.append(element("option", { value: "" }, "All steps"));
  for (const [id, title] of steps) choice.append(element("option", { value: id }, title));
  const forget = button("Forget all reviews", () => {
    if (!confirm("Forget every review kept in this browser?")) return;
    if (memory) memory = {};
    try { localStorage.removeItem(KEY); } catch { /* nothing was kept */ }
    next();
  });
  const head = element("p", { className: "quiz-bar" }, element("label", { htmlFor: choice.id }, "Step"), choice, count);
  place.replaceChildren(head, face, bar, notice, element("p", { className: "quiz-bar" }, forget));
  next();
} catch {
  place.replaceChildren(element("p", { role: "alert" }, "The cards could not be loaded. Reload the page, or take the deck."));
}
