// Narrows the concept index to the terms that hold every word typed.
// No module: browsers load none from a folder.
(() => {
"use strict";

const index = document.querySelector(".glossary");
const entries = [...index.querySelectorAll(".concept")];
const texts = entries.map((entry) => entry.textContent.toLowerCase());
const letters = [...index.querySelectorAll("h2")];

const form = document.createElement("form");
form.className = "concept-filter";
form.setAttribute("role", "search");
form.setAttribute("aria-label", "Concepts");
form.innerHTML =
  '<label for="concept-filter">Filter</label> ' +
  '<input id="concept-filter" type="search" autocomplete="off"> ' +
  '<span role="status"></span>';
document.querySelector(".filter-room").replaceWith(form);
const [input, status] = form.querySelectorAll("input, [role=status]");

function filter() {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  entries.forEach((entry, i) => {
    entry.hidden = !words.every((word) => texts[i].includes(word));
    shown += !entry.hidden;
  });
  for (const letter of letters) {
    let entry = letter.nextElementSibling;
    while (entry?.hidden) entry = entry.nextElementSibling;
    letter.hidden = !entry?.matches(".concept");
  }
  status.textContent = words.length ? `${shown} of ${entries.length} terms` : "";
}
input.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
// A link to a term shows it, whatever was typed before.
addEventListener("hashchange", () => {
  input.value = "";
  filter();
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
});
})();
