// Reads vectors as tests/vectors/test_vectors.py and test_offline_vectors.py do, with the portal's own scripts.

import { FormatError, fromBase64, toHex } from "/offline/bytes.js";
import { parseClaims } from "/offline/claims.js";
import { checkSign1, parseSign1 } from "/offline/cose.js";
import { verifyByNoble, verifyEd25519 } from "/offline/ed25519.js";
import { openPack, parsePack } from "/offline/pack.js";
import { parseQr } from "/offline/qr.js";
import { verifyQr } from "/offline/verdict.js";

const READERS = {
  qr: (text) => parseQr(text),
  claims: (data) => parseClaims(data),
  cose: async (data, file) => {
    const signed = parseSign1(data);
    await checkSign1(signed, fromBase64(file.public_key));
    return { key_id: signed.keyId, payload: signed.payload };
  },
  "offline-pack": async (data, file) => {
    const pack = parsePack(data);
    await checkSign1(pack.signed, fromBase64(file.public_key));
    const statements = pack.statements.map(([index]) => index);
    return { school: pack.school, school_name: pack.name, documents: pack.documents, ended: pack.ended, statements };
  },
};

// What each vector gives: its value, or the code with which it is refused.
window.readVectors = async (format, file) => {
  const answers = {};
  for (const { name, input } of file.vectors) {
    const data = file.input === "hex" ? fromHex(input) : input;
    try {
      answers[name] = { value: described(await READERS[format](data, file)) };
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      answers[name] = { error: error.code };
    }
  }
  return answers;
};

window.readCases = async (file) => {
  const trust = JSON.parse(file.trust_root).signed;
  const answers = {};
  for (const one of file.cases) {
    const packs = new Map();
    let refused = 0;
    for (const data of one.packs) {
      const opened = await openPack(fromBase64(data), trust).catch((error) => {
        if (!(error instanceof FormatError)) throw error;
        refused += 1;
        return null;
      });
      const old = opened && packs.get(opened.school);
      if (opened && (!old || opened.follows(old))) packs.set(opened.school, opened);
    }
    const verdict = await verifyQr(one.qr, { trust, packs, now: Date.parse(one.now) / 1000 });
    const checks = Object.fromEntries(Object.entries(verdict.checks).map(([id, { status }]) => [id, status]));
    const words = Object.values(verdict.checks).map(({ word }) => word).concat(verdict.notes);
    answers[one.name] = { verdict: verdict.verdict, checks, refused, shown: verdict.claims !== null, words };
  }
  return answers;
};

// Signatures of [key, signature, message] in hexadecimal: what WebCrypto and noble say of each.
window.checkSignatures = async (signatures) => {
  const answers = [];
  for (const one of signatures) {
    const [key, signature, message] = one.map(fromHex);
    answers.push([await verifyEd25519(key, signature, message), await verifyByNoble(key, signature, message)]);
  }
  return answers;
};

function fromHex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function described(value) {
  if (value instanceof Uint8Array) return toHex(value);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, one]) => [key, described(one)]));
  if (Array.isArray(value)) return value.map(described);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, described(one)]));
  return value;
}
