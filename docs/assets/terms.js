// A defined term is a link to its entry in the concept index. The style sheet shows the
// definition while the link is pointed at or focused. A finger does neither: its first
// tap shows the definition, the second follows the link. Escape hides it, until the
// term is pointed at or focused again.
let tapped;
addEventListener("pointerdown", (event) => {
  const term = event.target.closest?.("a.term");
  tapped = event.pointerType !== "mouse" && term !== document.activeElement && term;
});
addEventListener("click", (event) => {
  const term = event.target.closest?.("a.term");
  if (!term || term !== tapped) return;
  event.preventDefault();
  term.focus();
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.activeElement.closest("a.term")?.blur();
  const term = document.querySelector("a.term:is(:hover, :has(+ .definition:hover))");
  if (!term) return;
  term.classList.add("is-hidden");
  addEventListener("pointerover", function elsewhere(moved) {
    if (moved.target === term) return;
    term.classList.remove("is-hidden");
    removeEventListener("pointerover", elsewhere);
  });
});
