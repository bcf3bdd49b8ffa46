// Who speaks for a school: the registrars' statements about credential and status keys (docs/formats/record.md, "The issuer statement").

import { FormatError, fromBase64, toHex } from "./bytes.js";
import { decode } from "./cbor.js";
import { checkSign1, isBytes, keyId, parseSign1 } from "./cose.js";

export const CREDENTIAL = 5;
export const STATUS = 6;
const RETIRED = 2;
const COMPROMISED = 3;
const SCHOOL = /^[0-9A-Z][0-9A-Z-]{0,19}$/;

export function isSchool(text) {
  return typeof text === "string" && SCHOOL.test(text);
}

export class Issuers {
  constructor(trust) {
    this.trust = trust;
    this.said = new Map();
    this.keys = new Map();
  }

  // Take the statement of the entry at `index`; one that counts for nothing is refused.
  async add(index, statement) {
    const signed = parseSign1(statement);
    const said = parseStatement(signed.payload);
    const registrar = this.trust.registrars.find((one) => one.key_id === toHex(signed.keyId));
    if (!registrar || !registrar.school_prefixes.some((prefix) => said.school.startsWith(prefix))) {
      throw new FormatError("statement-registrar");
    }
    await checkSign1(signed, fromBase64(registrar.key));
    const name = toHex(said.key);
    const earlier = this.said.get(name) ?? [];
    const last = earlier.at(-1);
    if (last && (said.number <= last.number || last.state === COMPROMISED)) throw new FormatError("statement-number");
    this.said.set(name, [...earlier, { ...said, index }]);
    this.keys.set(toHex(await keyId(said.key)), said.key);
  }

  publicKey(id) {
    return this.keys.get(toHex(id)) ?? null;
  }

  // Whether a key may speak in a role for a document of `school` whose entry is, or would be, at `index`.
  isInForce(key, role, school, index) {
    const said = this.said.get(toHex(key)) ?? [];
    if (said.some((one) => one.state === COMPROMISED && one.fromIndex <= index)) return false;
    const last = said.filter((one) => one.index < index && one.state !== COMPROMISED).at(-1);
    return last !== undefined && last.role === role && school.startsWith(last.school) && last.state !== RETIRED;
  }
}

function parseStatement(payload) {
  const fields = decode(payload);
  if (!(fields instanceof Map) || fields.get(0) !== 1) throw invalid();
  const state = fields.get(8);
  const keys = [0, 1, 2, 3, 4, 6, 7, 8, 9, ...(state === COMPROMISED ? [10] : [])];
  const school = fields.get(2);
  const shaped =
    fields.size === keys.length &&
    keys.every((key) => fields.has(key)) &&
    unsigned(fields.get(1)) &&
    (school === "" || isSchool(school)) &&
    sized(fields.get(3), 160) &&
    sized(fields.get(4), 60) &&
    isBytes(fields.get(6), 32) &&
    [CREDENTIAL, STATUS].includes(fields.get(7)) &&
    [1, RETIRED, COMPROMISED].includes(state) &&
    unsigned(fields.get(9)) &&
    fields.get(9) >= 1 &&
    (state !== COMPROMISED || unsigned(fields.get(10)));
  if (!shaped) throw invalid();
  return { school, key: fields.get(6), role: fields.get(7), state, number: fields.get(9), fromIndex: fields.get(10) };
}

function unsigned(value) {
  return Number.isSafeInteger(value) && value >= 0;
}

function sized(value, most) {
  const size = typeof value === "string" ? new TextEncoder().encode(value).length : 0;
  return size >= 1 && size <= most;
}

function invalid() {
  return new FormatError("entry-field-invalid");
}
