// The theme loads the whole search index on every page. Hold that one request until
// the reader goes to the search, so that a page costs what the page needs.
const wanted = new Promise((resolve) => {
  const start = (event) => {
    const key = event.type === "keydown" && ["f", "s", "/"].includes(event.key);
    const field = event.target instanceof Element &&
      event.target.closest("[data-md-component=search], [for=__search]");
    if (key || field) resolve();
  };
  for (const type of ["keydown", "focusin", "pointerdown", "touchstart"])
    addEventListener(type, start, { capture: true, passive: true });
  if (location.search.includes("q=")) resolve();
});

const send = XMLHttpRequest.prototype.send;
const open = XMLHttpRequest.prototype.open;
XMLHttpRequest.prototype.open = function (method, url, ...rest) {
  this.isSearchIndex = String(url).endsWith("search/search_index.json");
  return open.call(this, method, url, ...rest);
};
XMLHttpRequest.prototype.send = function (body) {
  if (this.isSearchIndex) wanted.then(() => send.call(this, body));
  else send.call(this, body);
};
