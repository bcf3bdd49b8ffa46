// Ed25519 by WebCrypto; browsers that lack it get @noble/ed25519, fetched only then.

let noble = null;
let native = null;

export async function verifyEd25519(key, signature, message) {
  native ??= isNative();
  if (await native) {
    const known = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]).catch(() => null);
    return known !== null && crypto.subtle.verify({ name: "Ed25519" }, known, signature, message);
  }
  return verifyByNoble(key, signature, message);
}

// RFC 8032 as OpenSSL and the browsers check it, not the laxer ZIP 215.
export async function verifyByNoble(key, signature, message) {
  noble ??= import("../vendor/noble-ed25519.js");
  return (await noble).verifyAsync(signature, message, key, { zip215: false }).catch(() => false);
}

async function isNative() {
  try {
    await crypto.subtle.importKey("raw", TEST_KEY, { name: "Ed25519" }, false, ["verify"]);
    return true;
  } catch {
    return false;
  }
}

// RFC 8032, 7.1, test 1: whether the browser knows the algorithm is asked with a key that is one.
const TEST_KEY = Uint8Array.from(
  "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a".match(/../g),
  (pair) => parseInt(pair, 16),
);
