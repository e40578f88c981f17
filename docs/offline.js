// A service worker, started by the first press of Run or by "Keep for offline reading":
// keeps what pages load, so that they work without a network afterwards. Pages and
// scripts come from the network whenever there is one; only files asked for by their
// hash, which cannot change, come from what is kept. At the root of the site, since it
// serves all pages.

const KEPT = "kept-1";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(clients.claim()));
self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "GET" && new URL(url).origin === location.origin)
    event.respondWith(respond(event));
});

async function respond({ request }) {
  const cache = await caches.open(KEPT);
  const { origin, pathname } = new URL(request.url);
  const key = origin + pathname + (request.integrity && `?${request.integrity}`);
  const kept = await cache.match(key);
  if (kept && request.integrity) return kept;
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(key, response.clone()).catch(() => {}); // full
    return response;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}
