// A service worker, started by the first press of Run: keeps what notebook pages load,
// so that they work without a network afterwards. Pages and scripts come from the
// network whenever there is one; only files asked for by their hash, which cannot
// change, come from what is kept. At the root of the site, since it serves all pages.

const KEPT = "live-1";
const WANTED = /\/(assets|notebooks)\//;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(clients.claim()));
self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method === "GET" && origin === location.origin && WANTED.test(pathname))
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
