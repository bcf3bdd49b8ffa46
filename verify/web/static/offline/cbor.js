// Deterministic CBOR (RFC 8949 §4.2.1), the part of it that schemas/cbor.py accepts: integers, bytes, text, arrays, and maps whose
// keys are all non-negative integers or all text. An integer beyond 2^53 - 1 comes as a BigInt, a map as a Map.

import { FormatError, toText } from "./bytes.js";

const MAX_DEPTH = 8;
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]/u;

export function decode(data, maxBytes = 4096) {
  if (data.length > maxBytes) throw new FormatError("cbor-too-large");
  const reader = new Reader(data);
  const value = reader.item(0);
  // Malformed before not allowed, not allowed before not deterministic: the order in which the Python parser finds them.
  if (reader.refused) throw new FormatError(reader.refused);
  if (reader.loose || reader.at !== data.length) throw new FormatError("cbor-not-deterministic");
  return value;
}

// The head of an item: its major type and a length below 2^32.
export function head(major, length) {
  const type = major << 5;
  if (length < 24) return Uint8Array.of(type | length);
  if (length < 256) return Uint8Array.of(type | 24, length);
  if (length < 65536) return Uint8Array.of(type | 25, length >> 8, length & 255);
  return Uint8Array.of(type | 26, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255);
}

class Reader {
  constructor(data) {
    this.data = data;
    this.at = 0;
    this.loose = false;
    this.refused = null;
  }

  take(size) {
    const end = this.at + size;
    if (end > this.data.length) throw new FormatError("cbor-invalid");
    const part = this.data.subarray(this.at, end);
    this.at = end;
    return part;
  }

  argument(info) {
    if (info < 24) return info;
    if (info > 27) throw new FormatError("cbor-invalid");
    const bytes = this.take(1 << (info - 24));
    const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    if (value < (info === 24 ? 24n : 1n << BigInt(4 << (info - 24)))) this.loose = true;
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  }

  refuse(code) {
    this.refused ??= code;
  }

  item(depth) {
    if (depth > MAX_DEPTH) throw new FormatError("cbor-invalid");
    const first = this.take(1)[0];
    const major = first >> 5;
    if (major === 6) throw new FormatError("cbor-invalid");
    const argument = this.argument(first & 31);
    switch (major) {
      case 0:
        return argument;
      case 1:
        return typeof argument === "bigint" ? -1n - argument : -1 - argument;
      case 2:
        return this.take(Number(argument)).slice();
      case 3:
        return this.text(Number(argument));
      case 4:
        return this.array(Number(argument), depth);
      case 5:
        return this.map(Number(argument), depth);
      default:
        this.refuse("cbor-type-not-allowed");
        return null;
    }
  }

  text(size) {
    const text = toText(this.take(size), "cbor-invalid");
    if (text.normalize("NFC") !== text) this.refuse("text-not-nfc");
    else if (HIDDEN.test(text)) this.refuse("text-control-character");
    return text;
  }

  array(size, depth) {
    const items = [];
    for (let n = 0; n < size; n += 1) items.push(this.item(depth + 1));
    return items;
  }

  map(size, depth) {
    const map = new Map();
    let last = null;
    for (let n = 0; n < size; n += 1) {
      const start = this.at;
      const key = this.item(depth + 1);
      const spelled = this.data.subarray(start, this.at);
      if (map.has(key)) throw new FormatError("cbor-invalid");
      if (last && !before(last, spelled)) this.loose = true;
      last = spelled;
      map.set(key, this.item(depth + 1));
    }
    const kinds = new Set(Array.from(map.keys(), (key) => (typeof key === "string" ? "text" : whole(key) ? "unsigned" : "other")));
    if (kinds.size > 1 || kinds.has("other")) this.refuse("cbor-type-not-allowed");
    return map;
  }
}

function whole(key) {
  return (typeof key === "number" || typeof key === "bigint") && key >= 0;
}

function before(a, b) {
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    if (a[at] !== b[at]) return a[at] < b[at];
  }
  return a.length < b.length;
}
