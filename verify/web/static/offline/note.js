// The record's checkpoint: a C2SP signed note with the log's signature and the clock's (docs/formats/record.md, "Checkpoint").

import { FormatError, concat, equal, fromBase64, fromText, sha256, toNumber, toText } from "./bytes.js";
import { verifyEd25519 } from "./ed25519.js";

const LINE = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/=]+)$/;
const MAX_TIME = 253402300799;

// `log` is a log of the trust root. Returns origin, size, root and the clock's time; a note without the time is refused.
export async function parseCheckpoint(note, log) {
  const { text, lines } = splitNote(note);
  const checkpoint = parseText(text);
  if (checkpoint.origin !== log.origin) throw new FormatError("checkpoint-origin-unknown");
  const logLine = await lineBy(log.log_key, lines);
  const clockLine = await lineBy(log.clock_key, lines);
  if (!logLine || !clockLine || logLine.signature.length !== 64 || clockLine.signature.length !== 72) {
    throw new FormatError("checkpoint-unsigned");
  }
  const time = toNumber(clockLine.signature.slice(0, 8));
  if (time > MAX_TIME) throw new FormatError("checkpoint-invalid");
  const dated = concat(fromText(`cosignature/v1\ntime ${time}\n`), fromText(text));
  const good =
    (await verifyEd25519(logLine.key, logLine.signature, fromText(text))) &&
    (await verifyEd25519(clockLine.key, clockLine.signature.slice(8), dated));
  if (!good) throw new FormatError("signature-invalid");
  return { ...checkpoint, time };
}

export function claimedOrigin(note) {
  return parseText(splitNote(note).text).origin;
}

function splitNote(note) {
  const whole = toText(note, "note-invalid");
  const at = whole.lastIndexOf("\n\n");
  // eslint-disable-next-line no-control-regex -- they are what is refused
  if (note.length > 65536 || at < 0 || !whole.endsWith("\n") || /[\u0000-\u0009\u000b-\u001f]/.test(whole)) {
    throw new FormatError("note-invalid");
  }
  const lines = whole.slice(at + 2, -1).split("\n");
  if (lines.length > 64) throw new FormatError("note-invalid");
  return { text: whole.slice(0, at + 1), lines: lines.map(parseLine) };
}

function parseLine(line) {
  const match = LINE.exec(line);
  if (match === null) throw new FormatError("note-invalid");
  const raw = fromBase64(match[2]);
  if (raw.length <= 4) throw new FormatError("note-invalid");
  return { name: match[1], hash: raw.slice(0, 4), signature: raw.slice(4) };
}

function parseText(text) {
  const match = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/=]+)\n$/.exec(text);
  if (match === null) throw new FormatError("checkpoint-invalid");
  const size = Number(match[2]);
  const root = fromBase64(match[3]);
  if (!Number.isSafeInteger(size) || root.length !== 32) throw new FormatError("checkpoint-invalid");
  return { origin: match[1], size, root };
}

async function lineBy(vkey, lines) {
  const [name, , encoded] = splitKey(vkey);
  const raw = fromBase64(encoded);
  const hash = (await sha256(fromText(`${name}\n`), raw)).slice(0, 4);
  const found = lines.filter((line) => line.name === name && equal(line.hash, hash));
  if (found.length > 1) throw new FormatError("checkpoint-signature-repeated");
  return found.length ? { ...found[0], key: raw.slice(1) } : null;
}

function splitKey(vkey) {
  const [name, hash, ...rest] = vkey.split("+");
  return [name, hash, rest.join("+")];
}
