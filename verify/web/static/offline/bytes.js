// Bytes as our formats spell them. What is refused is a FormatError whose code is that of the Python parsers.

export class FormatError extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function equal(a, b) {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function toText(bytes, code) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FormatError(code);
  }
}

export function fromText(text) {
  return new TextEncoder().encode(text);
}

// Standard, padded, canonical base64.
export function fromBase64(text) {
  let raw;
  try {
    raw = Uint8Array.from(atob(text), (symbol) => symbol.charCodeAt(0));
  } catch {
    throw new FormatError("base64-invalid");
  }
  if (btoa(String.fromCharCode(...raw)) !== text) throw new FormatError("base64-invalid");
  return raw;
}

export function toNumber(bytes) {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

export async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", concat(...parts)));
}
