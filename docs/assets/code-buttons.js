// The theme puts the copy button of each code block into a <nav> of its own. That makes
// a landmark without a name of every block: a page with forty has forty.
addEventListener("DOMContentLoaded", () => {
  const rename = () => {
    for (const nav of document.querySelectorAll("nav.md-code__nav:not([role])"))
      nav.setAttribute("role", "none");
  };
  new MutationObserver(rename).observe(document.body, { childList: true, subtree: true });
  rename();
});
