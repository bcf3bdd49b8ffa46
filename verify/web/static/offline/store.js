// What is kept on this device between visits: the trust root and the packs, public all of them. No code that was scanned, no name, no
// mark is ever kept.

import { FormatError } from "./bytes.js";
import { openPack } from "./pack.js";

const CACHE = "hocba-packs";
const TRUST = "/scan/trust-root.json";
const PACKS = "/api/v1/packs";

// The trust root in use: the one that is here, or a newer one of the server; an older one is never taken.
export async function loadTrust() {
  const cache = await caches.open(CACHE);
  const here = await cached(cache, TRUST);
  const kept = here && (await here.json());
  const answer = await fetch(TRUST, { cache: "no-store" }).catch(() => null);
  if (answer?.ok) {
    const offered = await answer.clone().json();
    if (!kept || offered.version >= kept.version) {
      await cache.put(TRUST, answer);
      return offered;
    }
  }
  return kept;
}

// The packs that are here and good, by school code.
export async function loadPacks(trust) {
  const cache = await caches.open(CACHE);
  const packs = new Map();
  for (const request of await cache.keys()) {
    if (!new URL(request.url).pathname.startsWith(`${PACKS}/`)) continue;
    const pack = await open(await cached(cache, request), trust);
    if (pack) packs.set(pack.school, pack);
  }
  return packs;
}

export async function listPacks() {
  const answer = await fetch(PACKS, { cache: "no-store" }).catch(() => null);
  return answer?.ok ? (await answer.json()).packs : null;
}

// Bring the pack of a school; true where it is the one in use now. One that is no good, or a step back, changes nothing.
export async function fetchPack(school, trust, packs) {
  const path = `${PACKS}/${school}`;
  const answer = await fetch(path, { cache: "no-cache" }).catch(() => null);
  if (!answer?.ok) return false;
  const pack = await open(answer.clone(), trust);
  const old = packs.get(school);
  if (!pack || pack.school !== school || (old && !pack.follows(old))) return false;
  await (await caches.open(CACHE)).put(path, answer);
  packs.set(school, pack);
  return true;
}

async function open(answer, trust) {
  try {
    return await openPack(new Uint8Array(await answer.arrayBuffer()), trust);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return null;
  }
}

function cached(cache, request) {
  return cache.match(request, { ignoreVary: true });
}
