// A defined term is a link to its entry in the concept index. The style sheet shows the
// definition while the link is pointed at or focused. A finger does neither: its first
// tap shows the definition, the second follows the link. Escape hides it.
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
  if (event.key === "Escape") document.activeElement.closest("a.term")?.blur();
});
