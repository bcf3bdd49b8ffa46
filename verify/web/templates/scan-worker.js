// Keeps the scanning page and what it needs, so that it opens with the server gone. Each release is kept whole and apart from the
// others; nothing that was scanned passes through here but on its way to the server, and none of it is kept.
"use strict";
const RELEASE = "hocba-scan-{{ release }}";
const FILES = {{ files | tojson }};
const ZXING = {{ zxing | tojson }};

self.addEventListener("install", (event) => {
  const wanted = "BarcodeDetector" in self ? FILES : [...FILES, ...ZXING];
  event.waitUntil(caches.open(RELEASE).then((cache) => cache.addAll(wanted)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("hocba-scan-") && name !== RELEASE;
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (pathname.startsWith("/static/")) {
    event.respondWith(kept(event.request).then((answer) => answer ?? fetch(event.request)));
  } else if (event.request.mode === "navigate") {
    event.respondWith(fetch(event.request).catch(() => kept(event.request)));
  }
});

async function kept(request) {
  return (await caches.open(RELEASE)).match(request, { ignoreVary: true });
}
