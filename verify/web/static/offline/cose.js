// COSE_Sign1 (RFC 9052) in the one form of docs/formats: tag 18, EdDSA, key id in the protected header, nothing unprotected.

import { FormatError, concat, equal, fromText, sha256 } from "./bytes.js";
import { decode, head } from "./cbor.js";
import { verifyEd25519 } from "./ed25519.js";

export async function keyId(key) {
  return (await sha256(fromText("hocba/key/v1"), key)).slice(0, 8);
}

export function parseSign1(data, typ = null, maxBytes = 4096) {
  if (data[0] !== 0xd2) throw new FormatError("cose-invalid");
  const parts = decode(data.subarray(1), maxBytes);
  if (!Array.isArray(parts) || parts.length !== 4) throw new FormatError("cose-invalid");
  const [protectedHeader, unprotected, payload, signature] = parts;
  const shaped =
    isBytes(protectedHeader) && unprotected instanceof Map && unprotected.size === 0 && isBytes(payload) && isBytes(signature);
  if (!shaped) throw new FormatError("cose-invalid");
  const headers = decode(protectedHeader);
  const allowed =
    headers instanceof Map &&
    headers.size === (typ === null ? 2 : 3) &&
    headers.get(1) === -8 &&
    isBytes(headers.get(4), 8) &&
    (typ === null || headers.get(16) === typ);
  if (!allowed || signature.length !== 64) throw new FormatError("cose-invalid");
  return { keyId: headers.get(4), payload, signature, protectedHeader };
}

export async function checkSign1(signed, key) {
  if (!equal(await keyId(key), signed.keyId)) throw new FormatError("cose-key-mismatch");
  // Sig_structure (RFC 9052 §4.4)
  const message = concat(
    Uint8Array.of(0x84), head(3, 10), fromText("Signature1"),
    head(2, signed.protectedHeader.length), signed.protectedHeader,
    head(2, 0), head(2, signed.payload.length), signed.payload,
  );
  if (!(await verifyEd25519(key, signed.signature, message))) throw new FormatError("signature-invalid");
}

export function isBytes(value, size = null) {
  return value instanceof Uint8Array && (size === null || value.length === size);
}
