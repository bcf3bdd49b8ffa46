// Offline packs (docs/formats/offline-pack.md): what is read is believed only as far as the trust root vouches for it.

import { FormatError, equal, toNumber } from "./bytes.js";
import { decode } from "./cbor.js";
import { checkSign1, isBytes, parseSign1 } from "./cose.js";
import { Issuers, STATUS, isSchool } from "./issuers.js";
import { claimedOrigin, parseCheckpoint } from "./note.js";

const TYP = "application/vnd.hocba.offline-pack+cbor";
const MAX_BYTES = 4 << 20;
const ROW = 16;
const CLOCK_TOLERANCE = 600;
export const REVOKED = 1;
export const SUPERSEDED = 3;

export function parsePack(data) {
  const signed = parseSign1(data, TYP, MAX_BYTES);
  const fields = decode(signed.payload, MAX_BYTES);
  if (!(fields instanceof Map)) throw new FormatError("entry-field-invalid");
  for (const key of [0, 1, 2, 3, 4, 5]) if (!fields.has(key)) throw new FormatError("entry-field-missing");
  const [school, name, checkpoint, statements, documents, ended] = [0, 1, 2, 3, 4, 5].map((key) => fields.get(key));
  const nameBytes = typeof name === "string" ? new TextEncoder().encode(name).length : 0;
  if (!isSchool(school) || nameBytes < 1 || nameBytes > 160 || !isBytes(checkpoint) || !isBytes(documents)) {
    throw new FormatError("entry-field-invalid");
  }
  checkStatements(statements);
  const indexes = indexesOf(documents);
  checkEnded(ended, new Set(indexes));
  if (fields.size !== 6) throw new FormatError("entry-field-unknown");
  return { signed, school, name, checkpoint, statements, documents, ended, indexes };
}

// Judge a pack by the trust root; throws a FormatError where it is no good.
export async function openPack(data, trust) {
  const pack = parsePack(data);
  const origin = claimedOrigin(pack.checkpoint);
  const log = trust.logs.find((one) => one.origin === origin);
  if (!log || !log.school_prefixes.some((prefix) => pack.school.startsWith(prefix))) throw new FormatError("pack-log-unknown");
  const { size, time } = await parseCheckpoint(pack.checkpoint, log);
  if ([...pack.indexes, ...pack.statements.map(([index]) => index)].some((index) => index >= size)) {
    throw new FormatError("pack-beyond-checkpoint");
  }
  const issuers = new Issuers(trust);
  for (const [index, statement] of pack.statements) await issuers.add(index, statement);
  const key = issuers.publicKey(pack.signed.keyId);
  if (key === null || !issuers.isInForce(key, STATUS, pack.school, size)) throw new FormatError("pack-key");
  await checkSign1(pack.signed, key);
  return new Pack(pack, { log, size, time, issuers });
}

export class Pack {
  constructor({ school, name, documents, ended }, { log, size, time, issuers }) {
    Object.assign(this, { school, name, documents, ended, log, size, time, issuers });
  }

  isFresh(now) {
    return now - this.time >= -CLOCK_TOLERANCE && now - this.time <= this.log.max_age;
  }

  // Whether this may take the place of an older one: same log and school, and no step back.
  follows(older) {
    const same = this.log.origin === older.log.origin && this.school === older.school;
    return same && (this.size > older.size || (this.size === older.size && this.time >= older.time));
  }

  // The document with this serial digest; of several that begin alike, the one with these claims.
  find(claims, sid) {
    let found = null;
    for (let at = 0; at < this.documents.length; at += ROW) {
      const row = this.documents.subarray(at, at + ROW);
      if (!equal(row.subarray(12), sid.subarray(0, 4))) continue;
      found = { index: toNumber(row.subarray(0, 4)), claimsMatch: equal(row.subarray(4, 12), claims.subarray(0, 8)) };
      if (found.claimsMatch) break;
    }
    return found;
  }
}

function checkStatements(statements) {
  const shaped =
    Array.isArray(statements) &&
    statements.length <= 256 &&
    statements.every((one) => Array.isArray(one) && one.length === 2 && Number.isSafeInteger(one[0]) && one[0] >= 0 && isBytes(one[1]));
  if (!shaped) throw new FormatError("pack-invalid");
  checkAscending(statements.map(([index]) => index));
}

function indexesOf(documents) {
  if (documents.length % ROW) throw new FormatError("pack-invalid");
  const indexes = [];
  for (let at = 0; at < documents.length; at += ROW) indexes.push(toNumber(documents.subarray(at, at + 4)));
  checkAscending(indexes);
  return indexes;
}

function checkEnded(ended, indexes) {
  if (!(ended instanceof Map)) throw new FormatError("pack-invalid");
  for (const [index, status] of ended) {
    if (!indexes.has(index) || ![REVOKED, SUPERSEDED].includes(status)) throw new FormatError("pack-invalid");
  }
}

function checkAscending(indexes) {
  if (indexes.some((index, at) => at > 0 && index <= indexes[at - 1])) throw new FormatError("pack-invalid");
}
