// The address in a QR code (docs/formats/qr.md): host, serial, and the signed payload that the digits spell.

import { FormatError } from "./bytes.js";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ADDRESS = /^(?:https|HTTPS):\/\/([0-9A-Za-z.-]{1,253}(?::[0-9]{1,5})?)\/V\/([0-9A-Z]{17})#([0-9]{1,3000})$/;
const BYTES_OF_DIGITS = new Map([[0, 0], [3, 1], [5, 2], [8, 3], [10, 4], [13, 5], [15, 6]]);
const MAX_PAYLOAD = 1200;

export function parseQr(text) {
  const match = ADDRESS.exec(text);
  if (match === null) throw new FormatError("qr-not-ours");
  const payload = decodeDigits(match[3]);
  if (payload[0] !== 1) throw new FormatError("qr-version");
  return { host: match[1].toLowerCase(), serial: parseSerial(match[2]), payload: payload.slice(1) };
}

export function decodeDigits(digits) {
  const whole = Math.floor(digits.length / 17);
  const tail = BYTES_OF_DIGITS.get(digits.length % 17);
  const bytes = [];
  if (tail === undefined) throw new FormatError("qr-digits");
  for (let group = 0; group * 17 < digits.length; group += 1) {
    const size = group < whole ? 7 : tail;
    let value = BigInt(digits.slice(group * 17, group * 17 + 17));
    if (value >= 1n << BigInt(8 * size)) throw new FormatError("qr-digits");
    const part = new Array(size);
    for (let at = size - 1; at >= 0; at -= 1) {
      part[at] = Number(value & 255n);
      value >>= 8n;
    }
    bytes.push(...part);
  }
  if (bytes.length === 0 || bytes.length > MAX_PAYLOAD) throw new FormatError("qr-digits");
  return Uint8Array.from(bytes);
}

export function parseSerial(text) {
  if (!new RegExp(`^[${ALPHABET}]{17}$`).test(text)) throw new FormatError("serial-invalid");
  const value = [...text.slice(0, 16)].reduce((sum, symbol) => (sum << 5n) | BigInt(ALPHABET.indexOf(symbol)), 0n);
  if (spell(value) !== text) throw new FormatError("serial-invalid");
  return text;
}

export function serialFromBytes(bits) {
  if (bits.length !== 10) throw new FormatError("serial-invalid");
  return parseSerial(spell(bits.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)));
}

export function displaySerial(serial) {
  return `${serial.slice(0, 16).match(/.{4}/g).join("-")}-${serial[16]}`;
}

function spell(value) {
  const symbols = [];
  for (let at = 15n; at >= 0n; at -= 1n) symbols.push(ALPHABET[Number((value >> (5n * at)) & 31n)]);
  return symbols.join("") + (ALPHABET[Number(value % 37n)] ?? "?");
}
