// "Keep for offline reading": asks the service worker to keep every page of the site.
(() => {
  "use strict";
  const place = document.querySelector(".keep-offline");
  if (!("serviceWorker" in navigator) || !place || location.protocol === "file:") return;
  const root = new URL(place.dataset.root, location);
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "md-button";
  button.textContent = "Keep the pages in this browser";
  button.addEventListener("click", keep);
  place.replaceChildren(button, " ", status);

  async function keep() {
    button.disabled = true;
    try {
      await navigator.serviceWorker.register(new URL("offline.js", root));
      await navigator.serviceWorker.ready;
      const { files, bytes } = await (await fetch(new URL("offline.json", root))).json();
      const cache = await caches.open("kept-1");
      let done = 0;
      const queue = [...files];
      const work = async () => {
        for (let file; (file = queue.pop()) !== undefined; ) {
          const address = new URL(file, root);
          const response = await fetch(address, { cache: "no-cache" });
          if (!response.ok) throw new Error(`${file}: ${response.status}`);
          await cache.put(address.origin + address.pathname, response);
          // In tenths, since each change is read aloud.
          const text = `${10 * Math.floor((10 * ++done) / files.length)}% of ${Math.round(bytes / 1e6)} MB`;
          if (status.textContent !== text) status.textContent = text;
        }
      };
      await Promise.all([work(), work(), work(), work()]);
      status.textContent = "All pages are kept: they open without a network now.";
    } catch (error) {
      const full = error.name === "QuotaExceededError";
      status.textContent = full
        ? "There is no room for all pages; those that fitted are kept."
        : "Not all pages could be kept. Is there a network? Press again to go on.";
    }
    button.disabled = false;
  }
})();
