// Narrows the question bank by step, level, product and words; the choice is in the
// address, so that it can be shared.
(() => {
  "use strict";
  const bank = document.querySelector(".bank");
  const questions = [...bank.querySelectorAll(".bank-question")];
  const texts = questions.map((question) => question.textContent.toLowerCase());
  const form = document.createElement("form");
  form.className = "concept-filter";
  form.setAttribute("role", "search");
  form.setAttribute("aria-label", "Questions");
  document.querySelector(".filter-room").replaceWith(form);

  const fields = {};
  function field(name, label, made) {
    made.id = `bank-filter-${name}`;
    const text = document.createElement("label");
    text.htmlFor = made.id;
    text.textContent = label;
    const both = document.createElement("span");
    both.append(text, made);
    form.append(both);
    fields[name] = made;
  }
  const titles = new Map([...bank.querySelectorAll("h2")].map((h) => [h.id.slice(5), h.textContent]));
  // What a question says of itself: its kind, its level, its product.
  const products = new Map(questions.map((question) =>
    [question.dataset.product, question.querySelector(".facts").textContent.split(", ")[2]]));
  for (const [name, label] of [["step", "Step"], ["level", "Level"], ["product", "Product"], ["kind", "Kind"]]) {
    const select = document.createElement("select");
    select.append(new Option("all", ""));
    const values = new Set(questions.map((question) => question.dataset[name]));
    for (const value of values) select.append(new Option(titles.get(value) ?? products.get(value) ?? value, value));
    field(name, label, select);
  }
  const words = document.createElement("input");
  words.type = "search";
  words.autocomplete = "off";
  field("words", "Words", words);
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  form.append(status);

  function filter() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    questions.forEach((question, i) => {
      question.hidden =
        ["step", "level", "product", "kind"].some((name) => fields[name].value && fields[name].value !== question.dataset[name]) ||
        !wanted.every((word) => texts[i].includes(word));
      shown += !question.hidden;
    });
    for (const heading of bank.querySelectorAll("h2")) {
      let next = heading.nextElementSibling;
      while (next?.hidden) next = next.nextElementSibling;
      heading.hidden = !next?.matches(".bank-question");
    }
    status.textContent = `${shown} of ${questions.length} questions`;
  }
  function remember() {
    const chosen = new URLSearchParams(Object.entries(fields).map(([name, made]) => [name, made.value]).filter(([, value]) => value));
    history.replaceState(null, "", chosen.size ? `?${chosen}` : location.pathname);
  }
  for (const [name, value] of new URLSearchParams(location.search)) {
    const made = fields[name];
    if (made) made.value = value;
    if (made?.selectedIndex < 0) made.value = ""; // an old address
  }
  form.addEventListener("input", () => { filter(); remember(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();

  // A link to a question opens it.
  const open = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target?.matches(".bank-question")) {
      target.hidden = false;
      target.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", open);
  open();
})();
