"""Makes entry/vectors.json: log entries and their leaf hashes."""

from __future__ import annotations

import cbor2

from schemas.profiles import EXTRACT_PROFILE, SUMMARY_PROFILE
from schemas.record.entry import (
    Entry,
    IssuerEntry,
    Relation,
    StatusListPublished,
    format_entry,
    leaf_hash,
    origin_hash,
)
from schemas.record.fields import Reference
from tests.support.record import NOW, digest, issued, key_statement, revoked, signed_statement
from tests.support.vectors import Vector, failure, file_text, sound, write

FIRST = format_entry(issued("first"))
CONTINUES = issued(
    "second", relation=Relation.CONTINUES, reference=Reference(0, origin_hash("old.example.vn/record"))
)
CORRECTS = issued("third", relation=Relation.CORRECTS, reference=Reference(0))
EXTRACTS = issued("fourth", relation=Relation.EXTRACTS, profile=EXTRACT_PROFILE, reference=Reference(0))
SUMMARY = issued("fifth", relation=Relation.EXTRACTS, profile=SUMMARY_PROFILE, reference=Reference(0))
REVOKED = format_entry(revoked(0))


def _sound(name: str, entry: Entry) -> Vector:
    data = format_entry(entry)
    return sound(name, data, {"entry": entry, "leaf_hash": leaf_hash(data)})


def _with(data: bytes, key: int, value: object) -> bytes:
    return cbor2.dumps(cbor2.loads(data) | {key: value}, canonical=True)


def _without(data: bytes, key: int) -> bytes:
    return cbor2.dumps({k: v for k, v in cbor2.loads(data).items() if k != key}, canonical=True)


def text() -> str:
    """Return the text of the file."""
    vectors = [
        _sound("issuer", IssuerEntry(signed_statement(key_statement()))),
        _sound("issued-first", issued("first")),
        _sound("issued-continues-another-log", CONTINUES),
        _sound("issued-corrects", CORRECTS),
        _sound("issued-extracts-a-year", EXTRACTS),
        _sound("issued-extracts-a-summary", SUMMARY),
        _sound("revoked", revoked(0)),
        _sound("status-list", StatusListPublished(NOW, 1, 1, digest("list"))),
        failure("empty", b"", "cbor-invalid"),
        failure("too-large", cbor2.dumps({0: 1, 15: bytes(512)}), "entry-too-large"),
        failure("no-map", cbor2.dumps([2]), "entry-field-invalid"),
        failure("byte-after-the-end", REVOKED + b"\x00", "cbor-not-deterministic"),
        failure("keys-out-of-order", cbor2.dumps({1: NOW, 0: 3}), "cbor-not-deterministic"),
        failure(
            "integer-too-long", REVOKED.replace(b"\x00\x03", b"\x00\x18\x03", 1), "cbor-not-deterministic"
        ),
        failure("type-unknown", _with(FIRST, 0, 5), "entry-type-unknown"),
        failure("type-missing", _without(FIRST, 0), "entry-field-missing"),
        failure("digest-missing", _without(FIRST, 6), "entry-field-missing"),
        failure("digest-too-short", _with(FIRST, 4, bytes(31)), "entry-field-invalid"),
        failure("field-of-another-type", _with(REVOKED, 3, digest("sid")), "entry-field-unknown"),
        failure("field-unknown", _with(FIRST, 99, 0), "entry-field-unknown"),
        failure("time-after-year-9999", _with(FIRST, 1, 253_402_300_800), "entry-field-invalid"),
        failure("school-lower-case", _with(FIRST, 2, "hn-0001"), "entry-field-invalid"),
        failure("status-index-too-large", _with(FIRST, 8, 2**20), "entry-field-invalid"),
        failure("relation-unknown", _with(FIRST, 10, 4), "entry-field-invalid"),
        failure(
            "extract-of-the-profile-of-a-transcript",
            _with(format_entry(EXTRACTS), 9, 1),
            "entry-field-invalid",
        ),
        failure("first-with-the-profile-of-an-extract", _with(FIRST, 9, 3), "entry-field-invalid"),
        failure(
            "corrects-with-the-profile-of-a-summary",
            _with(format_entry(CORRECTS), 9, 4),
            "entry-field-invalid",
        ),
        failure("extract-without-reference", _without(format_entry(EXTRACTS), 11), "entry-field-missing"),
        failure("first-with-reference", _with(FIRST, 11, 0), "entry-field-unknown"),
        failure("corrects-without-reference", _without(format_entry(CORRECTS), 11), "entry-field-missing"),
        failure("reference-to-short-origin", _with(REVOKED, 11, [bytes(7), 0]), "entry-field-invalid"),
        failure("class-unknown", _with(REVOKED, 12, 3), "entry-field-invalid"),
        failure("boolean", _with(REVOKED, 12, value=False), "cbor-type-not-allowed"),
    ]
    return file_text("docs/formats/record.md#entries", "hex", vectors)


if __name__ == "__main__":
    write("entry", text())
