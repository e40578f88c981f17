// Makes a quiz of the questions on a page: answer first, then read why. What was answered
// is kept in the browser, by question. Without this script questions read as text.
// No module: browsers load none from a folder.
(() => {
"use strict";

const KEY = "quiz";
const list = [...document.querySelectorAll(".questions > li")];

function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    return kept && typeof kept === "object" && !Array.isArray(kept) ? kept : {};
  } catch {
    return {}; // storage is off, or holds something else
  }
}

let keeps = true;
function save(change) {
  const all = load(); // another tab may have answered meanwhile
  change(all);
  try {
    localStorage.setItem(KEY, JSON.stringify(all));
    keeps = true;
  } catch {
    keeps = false; // storage is off, or full
  }
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const button = (text, onclick) =>
  element("button", { type: "button", className: "md-button", onclick }, text);

// A number as people write it: 1,234.5 and 0,5 and −2.
function number(text) {
  let plain = text.replace(/[\s_]/g, "").replace(/−/g, "-");
  if (/^[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(plain)) plain = plain.replace(/,/g, "");
  return Number(plain.replace(",", "."));
}

// Each kind of question: how it is asked, what was given, and how that is judged.
const KINDS = {
  choice(question, explained) {
    const verdicts = [...explained.querySelectorAll(":scope > ul > li")];
    const right = verdicts.map((verdict) => /^\s*Right:/.test(verdict.textContent));
    const many = right.filter(Boolean).length > 1;
    const options = question.querySelector(":scope > ul");
    const inputs = [...options.children].map((option, i) => {
      const input = element("input", {
        type: many ? "checkbox" : "radio", name: question.id, id: `${question.id}-${i}`,
      });
      const label = element("label", { htmlFor: input.id }, ...option.childNodes);
      option.append(input, label);
      return input;
    });
    options.classList.add("quiz-options");
    const field = element("div", { role: many ? "group" : "radiogroup", "aria-labelledby": promptOf(question) });
    options.before(field);
    field.append(options);
    return {
      field,
      given: () => inputs.flatMap((input, i) => (input.checked ? [i] : [])),
      fill: (given) => inputs.forEach((input, i) => (input.checked = given.includes(i))),
      missing: "Choose an answer first.",
      isGiven: (given) =>
        given.length > 0 && given.every((i) => Number.isInteger(i) && i < inputs.length),
      isRight: (given) => right.every((is, i) => is === given.includes(i)),
      freeze: (on) => inputs.forEach((input) => (input.disabled = on)),
      mark: (given) => [...options.children].forEach((option, i) => {
        option.className = !given ? "" : right[i] ? "is-right" : given.includes(i) ? "is-wrong" : "";
      }),
    };
  },
  numeric(question) {
    const { answer, tolerance, unit } = question.dataset;
    const input = element("input", {
      type: "text", inputMode: "decimal", autocomplete: "off", id: `${question.id}-answer`,
      "aria-describedby": promptOf(question),
    });
    const label = element("label", { htmlFor: input.id }, "Your answer ");
    const field = element("p", { className: "quiz-number" }, label, input, ` ${unit}`);
    // What a % sign stands for where the answer is one, and where it is a share.
    const hundredth = /^(%|per cent|points)/.test(unit) ? 1 : 100;
    const typed = (text) => (text.endsWith("%") ? number(text.slice(0, -1)) / hundredth : number(text));
    // What is right by hand must not be wrong by a bit.
    const near = 1e-9 * Math.max(1, Math.abs(answer));
    return {
      field,
      given: () => input.value.trim(),
      fill: (given) => (input.value = given ?? ""),
      missing: "Write a number first, such as 0.25.",
      isGiven: (given) => typeof given === "string" && given !== "" && Number.isFinite(typed(given)),
      isRight: (given) => Math.abs(typed(given) - answer) <= Number(tolerance) + near,
      freeze: (on) => (input.readOnly = on),
      mark: () => {},
    };
  },
  order(question, explained) {
    const items = question.querySelector(":scope > ul");
    items.classList.add("quiz-order");
    const text = (item) => item.firstElementChild.textContent.trim();
    const right = [...explained.querySelectorAll(":scope > ol > li")].map((li) => li.textContent.trim());
    const start = [...items.children];
    const said = element("span", { role: "status", className: "quiz-moved" });
    for (const item of start) {
      item.replaceChildren(element("span", {}, ...item.childNodes));
      const move = (step) => {
        const place = [...items.children].indexOf(item) + step;
        const other = items.children[place];
        if (!other) return;
        other[step < 0 ? "before" : "after"](item);
        (step < 0 ? up : down).focus();
        said.textContent = `${text(item)}: now number ${place + 1} of ${start.length}`;
      };
      const name = text(item);
      const up = button("↑", () => move(-1));
      const down = button("↓", () => move(1));
      up.setAttribute("aria-label", `Move up: ${name}`);
      down.setAttribute("aria-label", `Move down: ${name}`);
      item.append(element("span", { className: "quiz-move" }, up, down));
    }
    const order = () => [...items.children].map(text);
    return {
      field: items,
      after: said,
      given: order,
      fill: (given) => {
        const byText = Object.fromEntries(start.map((item) => [text(item), item]));
        items.append(...(given.length ? given.map((name) => byText[name]) : start));
      },
      missing: "",
      isGiven: (given) => [...given].sort().join("\n") === start.map(text).sort().join("\n"),
      isRight: (given) => given.join("\n") === right.join("\n"),
      freeze: (on) => items.querySelectorAll("button").forEach((b) => (b.disabled = on)),
      mark: (given) => [...items.children].forEach((item, i) => {
        item.className = !given ? "" : text(item) === right[i] ? "is-right" : "is-wrong";
      }),
    };
  },
};
KINDS.diagnose = KINDS.choice;

// The id of a question's words, which name its fields when they are read aloud.
function promptOf(question) {
  const prompt = question.firstElementChild;
  prompt.id = `${question.id}-prompt`;
  return prompt.id;
}

const status = element("span", { role: "status" });
const progress = element("p", { className: "quiz-progress" }, status, button("Start over", () => {
  save((all) => list.forEach((question) => delete all[question.id]));
  quizzes.forEach((quiz) => quiz.show(null));
  report();
}));

function report() {
  const answered = quizzes.filter((quiz) => quiz.state !== null);
  const right = answered.filter((quiz) => quiz.state).length;
  status.textContent = answered.length
    ? `${right} right of ${answered.length} answered; ${list.length} questions`
    : `${list.length} questions. Answer, then read why.`;
  if (!keeps) status.textContent += " Your browser does not keep answers: they last until you leave.";
}

function quiz(question) {
  const details = question.querySelector(":scope > details");
  const asked = KINDS[question.dataset.kind](question, details);
  const verdict = element("strong", { role: "status", className: "quiz-verdict" });
  const check = button("Check", () => {
    const given = asked.given();
    if (!asked.isGiven(given)) {
      verdict.textContent = asked.missing;
      return;
    }
    save((all) => (all[question.id] = given));
    self.show(given);
    again.focus(); // the button that was pressed is gone
    report();
  });
  const again = button("Try again", () => {
    save((all) => delete all[question.id]);
    self.show(null);
    report();
    (asked.field.querySelector("input, button") ?? check).focus();
  });
  const bar = element("p", { className: "quiz-bar" }, check, again, verdict);
  details.before(...[asked.field, asked.after, bar].filter(Boolean));
  const self = {
    id: question.id,
    state: null,
    shown: "",
    show(given) {
      const valid = given !== null && asked.isGiven(given);
      self.state = valid ? asked.isRight(given) : null;
      asked.fill(valid ? given : []);
      asked.freeze(valid);
      asked.mark(valid ? given : null);
      details.hidden = !valid;
      details.open = valid;
      check.hidden = valid;
      again.hidden = !valid;
      verdict.textContent = valid ? (self.state ? "Right." : "Not right: read why.") : "";
      verdict.dataset.right = self.state;
      self.shown = JSON.stringify(given);
    },
  };
  return self;
}

const quizzes = list.map(quiz);
function restore() {
  const all = load();
  for (const quiz of quizzes) {
    const given = all[quiz.id] ?? null;
    if (JSON.stringify(given) === quiz.shown) continue; // what is half answered stays
    try {
      quiz.show(given);
    } catch {
      quiz.show(null); // what was kept is of another form
    }
  }
  report();
}
document.querySelector(".questions")?.before(progress);
restore();
addEventListener("storage", (event) => {
  if (event.key === KEY || event.key === null) restore();
});
})();
