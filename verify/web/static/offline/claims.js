// The claims that a QR code carries (docs/formats/qr.md, "Claims"), named as schemas/claims.py and schemas/claimed_years.py name them.

import { FormatError, toNumber } from "./bytes.js";
import { decode } from "./cbor.js";
import { isBytes } from "./cose.js";
import { serialFromBytes } from "./qr.js";
import { EACH, KINDS, OLD_TRAITS, SUBJECTS, TRAITS } from "./tables.js";

const SCHOOL = /^[0-9A-Z][0-9A-Z-]{0,19}$/;
const MARK_WORDS = new Map([[110, "Đ"], [111, "CĐ"], [112, "M"]]);

export function parseClaims(data) {
  const value = decode(data);
  if (!(value instanceof Map) || value.size !== 11) throw invalid();
  const claims = {
    serial: serialFromBytes(bytes(value.get(1))),
    issued_at: unsigned(value.get(2)),
    school_code: text(value.get(3)),
    full_name: text(value.get(4)),
    birth_date: date(unsigned(value.get(5))),
    kind: KINDS[unsigned(value.get(6)) - 1],
    years: array(value.get(7)).map(parseYear),
    list_id: unsigned(value.get(8)),
    status_index: unsigned(value.get(9)),
    nonce: bytes(value.get(10), 16),
    profile: unsigned(value.get(11)),
  };
  if (claims.kind === undefined || !SCHOOL.test(claims.school_code)) throw invalid();
  return claims;
}

function parseYear(value) {
  if (!Array.isArray(value) || value.length !== 5) throw invalid();
  const [firstYear, grade, ruleset, marks, results] = value;
  const start = { first_year: unsigned(firstYear), grade: unsigned(grade) };
  bytes(marks);
  bytes(results);
  if (ruleset === 1 && results.length === 6 + TRAITS.length) return primaryYear(start, marks, results);
  if (ruleset === 2 && results.length === 11) return {
    ...start,
    subjects: rows(marks, 5).map(markRow),
    conduct: codes("level", results.slice(0, 4)),
    learning: codes("level", results.slice(4, 8)),
    promotion: codes("promotion", results.slice(8, 9))[0],
    absences: toNumber(results.slice(9)),
  };
  if (ruleset === 3 && results.length === 16) return {
    ...start,
    subjects: rows(marks, 5).map(markRow),
    conduct: codes("old_conduct", results.slice(0, 4)),
    learning: codes("old_learning", results.slice(4, 8)),
    averages: Array.from(results.slice(8, 12), mark),
    honour: codes("honour", results.slice(12, 13))[0],
    promotion: codes("promotion", results.slice(13, 14))[0],
    absences: toNumber(results.slice(14)),
  };
  if (ruleset === 4 && results.length === 5 + OLD_TRAITS.length) return oldPrimaryYear(start, marks, results);
  throw invalid();
}

function primaryYear(start, marks, results) {
  const result = codes("year_result", results.slice(0, 1))[0];
  return { ...oldPrimaryYear(start, marks, results.slice(1)), result };
}

// What TT 27/2020 added to a year is its result.
function oldPrimaryYear(start, marks, results) {
  return {
    ...start,
    subjects: rows(marks, 3).map(primaryRow),
    completion: codes("completion", results.slice(0, 1))[0],
    traits: codes("growth", results.slice(1, -4)),
    absences_excused: toNumber(results.slice(-4, -2)),
    absences_unexcused: toNumber(results.slice(-2)),
  };
}

function primaryRow([number, level, test]) {
  const exempt = level === 4;
  if (test > 10 || (exempt && test)) throw invalid();
  return {
    subject: subject(number),
    level: exempt ? null : codes("achievement", [level])[0],
    test: test || null,
    exempt,
  };
}

function markRow([number, ...marks]) {
  return { subject: subject(number), marks: marks.map(mark) };
}

function mark(byte) {
  if (byte === 0) return null;
  if (byte <= 101) return `${Math.floor((byte - 1) / 10)}.${(byte - 1) % 10}`;
  if (!MARK_WORDS.has(byte)) throw invalid();
  return MARK_WORDS.get(byte);
}

function subject(number) {
  if (SUBJECTS[number] === undefined) throw invalid();
  return SUBJECTS[number][0];
}

function codes(kind, values) {
  return Array.from(values, (value) => {
    if (value > EACH[kind].length) throw invalid();
    return value === 0 ? null : EACH[kind][value - 1];
  });
}

function rows(marks, size) {
  if (marks.length % size) throw invalid();
  return Array.from({ length: marks.length / size }, (_, n) => Array.from(marks.slice(n * size, n * size + size)));
}

function date(number) {
  const match = /^(\d{4})(\d{2})(\d{2})$/.exec(String(number).padStart(8, "0"));
  const spelled = match && `${match[1]}-${match[2]}-${match[3]}`;
  const parsed = spelled && new Date(`${spelled}T00:00:00Z`);
  if (!parsed || match[1] === "0000" || Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 10) !== spelled) throw invalid();
  return spelled;
}

function unsigned(value) {
  if (!Number.isSafeInteger(value) || value < 0) throw invalid();
  return value;
}

function text(value) {
  if (typeof value !== "string") throw invalid();
  return value;
}

function array(value) {
  if (!Array.isArray(value)) throw invalid();
  return value;
}

function bytes(value, size = null) {
  if (!isBytes(value, size)) throw invalid();
  return value;
}

function invalid() {
  return new FormatError("claims-invalid");
}
