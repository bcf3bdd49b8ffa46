// A QR code's verdict by the packs at hand: checks, rules and words of docs/formats/offline-pack.md and verdict.md, as
// verify/offline_paper.py has them. At best `recorded`; what cannot be known is never better than `unconfirmed`.

import { FormatError, fromText, sha256 } from "./bytes.js";
import { parseClaims } from "./claims.js";
import { checkSign1, parseSign1 } from "./cose.js";
import { CREDENTIAL } from "./issuers.js";
import { REVOKED, SUPERSEDED } from "./pack.js";
import { parseQr } from "./qr.js";
import { FORMS } from "./tables.js";

const CHECKS = ["readable", "signatures", "issuer", "content", "recorded", "status"];
const CLOCK_TOLERANCE = 600;

class Finding extends Error {
  constructor(status, word) {
    super(word);
    Object.assign(this, { status, word });
  }
}

const failed = (word) => new Finding("fail", word);
const unknown = (word) => new Finding("unknown", word);

// `packs` is a Map by school code, `now` in seconds. Nothing is concluded under a trust root that has expired.
export async function verifyQr(text, { trust, packs, now }) {
  if (now * 1000 >= Date.parse(trust.expires)) throw new FormatError("trust-root-expired");
  const checks = Object.fromEntries(CHECKS.map((id) => [id, { status: "unknown", word: "not_made" }]));
  const run = async (id, check) => {
    try {
      await check();
      checks[id] = { status: "pass", word: `pass_${id}` };
      return true;
    } catch (error) {
      if (!(error instanceof Finding)) throw error;
      checks[id] = { status: error.status, word: error.word };
      return false;
    }
  };
  let read = null;
  const isReadable = await run("readable", () => {
    read = readQr(text);
  });
  if (!isReadable) return { verdict: "unreadable", test: trust.test, checks, claims: null, pack: null, form: null, notes: [] };
  const { address, signed, claims } = read;
  const pack = packs.get(claims.school_code) ?? null;
  const sid = await sha256(fromText("hocba/serial/v1"), fromText(address.serial.slice(0, 16)));
  const found = pack ? pack.find(await sha256(signed.payload), sid) : null;
  const ended = pack && found ? (pack.ended.get(found.index) ?? null) : null;
  const seen = { address, signed, claims, pack, found, ended, now };
  await run("signatures", () => checkSignature(seen));
  await run("issuer", () => checkIssuer(seen));
  await run("recorded", () => checkRecorded(seen));
  await run("content", () => checkContent(seen));
  await run("status", () => checkStatus(seen));
  const verdict = decide(checks, ended);
  const isShown = verdict !== "altered" && verdict !== "untrusted_issuer";
  const notes = ["not_the_holder", ...(trust.hosts.includes(address.host) ? [] : ["strange_host"])];
  return {
    verdict,
    test: trust.test,
    checks,
    claims: isShown ? claims : null,
    form: isShown ? (FORMS[claims.profile] ?? null) : null,
    pack,
    notes: pack ? ["by_pack", ...notes] : notes,
  };
}

function readQr(text) {
  try {
    const address = parseQr(text);
    const signed = parseSign1(address.payload);
    return { address, signed, claims: parseClaims(signed.payload) };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw failed("unreadable");
  }
}

async function checkSignature({ address, signed, claims, pack }) {
  if (claims.serial !== address.serial) throw failed("serial_differs");
  const key = pack ? pack.issuers.publicKey(signed.keyId) : null;
  if (key === null) throw unknown("no_key");
  try {
    await checkSign1(signed, key);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw failed("signature_wrong");
  }
}

function checkIssuer({ signed, claims, pack, found, now }) {
  if (pack === null) throw unknown("no_pack");
  const key = pack.issuers.publicKey(signed.keyId);
  if (key === null) {
    checkNotLater(claims, pack, now);
    throw failed("key_not_registered");
  }
  const index = found ? found.index : pack.size;
  if (!pack.issuers.isInForce(key, CREDENTIAL, claims.school_code, index)) throw failed("key_not_registered");
}

function checkRecorded({ claims, pack, found, now }) {
  if (pack === null) throw unknown("no_pack");
  if (found === null) {
    checkNotLater(claims, pack, now);
    throw failed("no_such_serial");
  }
}

// Nothing is concluded from what a pack does not hold and could not hold.
function checkNotLater(claims, pack, now) {
  if (!pack.isFresh(now)) throw unknown("stale_pack");
  if (pack.time < claims.issued_at && claims.issued_at <= now + CLOCK_TOLERANCE) throw unknown("after_pack");
}

function checkContent({ found }) {
  if (found === null) throw unknown("no_entry");
  if (!found.claimsMatch) throw failed("other_claims");
}

function checkStatus({ pack, found, ended, now }) {
  if (ended === REVOKED) throw failed("revoked");
  if (ended === SUPERSEDED) throw failed("corrected");
  if (pack === null) throw unknown("no_pack");
  if (found === null) throw unknown("no_entry");
  if (!pack.isFresh(now)) throw unknown("stale_pack");
}

// docs/formats/verdict.md, "Which verdict: serial or QR": the first line that matches.
function decide(checks, ended) {
  const has = (id) => checks[id].status === "fail";
  const rules = [
    [has("readable"), "unreadable"],
    [has("signatures"), "altered"],
    [has("issuer"), "untrusted_issuer"],
    [ended === REVOKED, "revoked"],
    [ended === SUPERSEDED, "superseded"],
    [has("recorded"), "not_found"],
    [has("content"), "unrecorded"],
    [CHECKS.some((id) => checks[id].status !== "pass"), "unconfirmed"],
  ];
  return rules.find(([applies]) => applies)?.[1] ?? "recorded";
}
