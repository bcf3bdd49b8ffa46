"""Log entries: one spelling each."""

from __future__ import annotations

from hashlib import sha256

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import SchemaError
from schemas.profiles import EXTRACT_PROFILES
from schemas.record.entry import (
    MAX_ENTRY_BYTES,
    Entry,
    Issued,
    IssuerEntry,
    Relation,
    RevocationClass,
    Revoked,
    StatusListPublished,
    format_entry,
    leaf_hash,
    origin_hash,
    parse_entry,
)
from schemas.record.fields import Reference
from tests.support.record import NOW, digest, issued, key_statement, revoked, signed_statement

UNSIGNED = st.integers(0, 2**53 - 1)
TIMES = st.integers(0, 253_402_300_799)
DIGESTS = st.binary(min_size=32, max_size=32)
SCHOOLS = st.from_regex(r"[0-9A-Z][0-9A-Z-]{0,19}", fullmatch=True)
REFERENCES = st.builds(Reference, UNSIGNED, st.none() | st.binary(min_size=8, max_size=8))


def _is_of_no_extract(profile: int) -> bool:
    return profile not in EXTRACT_PROFILES


@st.composite
def _issued_entries(draw: st.DrawFn) -> Issued:
    relation = draw(st.sampled_from(Relation))
    profiles = st.sampled_from(sorted(EXTRACT_PROFILES))
    return Issued(
        time=draw(TIMES),
        school=draw(SCHOOLS),
        sid=draw(DIGESTS),
        pdf=draw(DIGESTS),
        claims=draw(DIGESTS),
        data=draw(DIGESTS),
        list_id=draw(UNSIGNED),
        status_index=draw(st.integers(0, 2**20 - 1)),
        profile=draw(profiles if relation is Relation.EXTRACTS else UNSIGNED.filter(_is_of_no_extract)),
        relation=relation,
        reference=None if relation is Relation.FIRST else draw(REFERENCES),
    )


ENTRIES: st.SearchStrategy[Entry] = st.one_of(
    st.builds(IssuerEntry, st.binary(max_size=300)),
    st.builds(Revoked, TIMES, SCHOOLS, REFERENCES, st.sampled_from(RevocationClass)),
    st.builds(StatusListPublished, TIMES, UNSIGNED, st.integers(1, 2**53 - 1), DIGESTS),
    _issued_entries(),
)
ISSUED = format_entry(issued("first"))
CONTINUES = format_entry(issued("second", relation=Relation.CONTINUES, reference=Reference(3)))
REVOKED = format_entry(revoked(3))
LIST = format_entry(StatusListPublished(NOW, 1, 1, digest("list")))


def _with(data: bytes, key: int, value: object) -> bytes:
    return cbor2.dumps(cbor2.loads(data) | {key: value}, canonical=True)


def _without(data: bytes, key: int) -> bytes:
    return cbor2.dumps({k: v for k, v in cbor2.loads(data).items() if k != key}, canonical=True)


@given(ENTRIES)
def test_parse_undoes_format(entry: Entry) -> None:
    """Every entry comes back."""
    assert parse_entry(format_entry(entry)) == entry


@given(ENTRIES, st.data())
def test_one_changed_byte_is_another_entry(entry: Entry, data: st.DataObject) -> None:
    """An entry with one byte changed is refused or says something else, in its own one spelling."""
    good = format_entry(entry)
    position = data.draw(st.integers(0, len(good) - 1))
    changed = (
        good[:position] + bytes([good[position] ^ data.draw(st.integers(1, 255))]) + good[position + 1 :]
    )
    try:
        parsed = parse_entry(changed)
    except SchemaError:
        return
    assert parsed != entry
    assert format_entry(parsed) == changed


def test_bytes_are_as_laid_down() -> None:
    """The keys and numbers of docs/formats/record.md, spelled here by hand."""
    assert cbor2.loads(CONTINUES) == {
        0: 2,
        1: NOW,
        2: "HN-0001",
        3: digest("second sid"),
        4: digest("second pdf"),
        5: digest("second claims"),
        6: digest("second data"),
        7: 1,
        8: int.from_bytes(digest("second")[:2]),
        9: 1,
        10: 1,
        11: 3,
    }
    assert cbor2.loads(REVOKED) == {0: 3, 1: NOW + 60, 2: "HN-0001", 11: 3, 12: 0}
    assert cbor2.loads(LIST) == {0: 4, 1: NOW, 7: 1, 13: 1, 14: digest("list")}


def test_hashes_are_as_laid_down() -> None:
    """The leaf hash is RFC 6962's; another log is named by 8 bytes of its origin's digest."""
    assert leaf_hash(b"entry") == sha256(b"\x00entry").digest()
    assert origin_hash("so.example.vn/record") == sha256(b"so.example.vn/record").digest()[:8]


def test_the_largest_statement_fits() -> None:
    """A statement with the longest name and province still fits an entry."""
    statement = key_statement(
        name="N" * 160, province="P" * 60, school="A" * 20, number=2**53 - 1, time=2**37
    )
    assert len(format_entry(IssuerEntry(signed_statement(statement)))) <= MAX_ENTRY_BYTES


@pytest.mark.parametrize(
    ("data", "code", "path"),
    [
        (bytes(MAX_ENTRY_BYTES + 1), "entry-too-large", "entry"),
        (b"", "cbor-invalid", "entry"),
        (b"\x00", "entry-field-invalid", "entry"),
        (b"\xa0", "entry-field-missing", "entry.0"),
        (_with(ISSUED, 0, 5), "entry-type-unknown", "entry.0"),
        (_with(ISSUED, 0, "2"), "entry-field-invalid", "entry.0"),
        (_with(ISSUED, 11, 1), "entry-field-unknown", "entry.11"),
        (_with(ISSUED, 16, 1), "entry-field-unknown", "entry.16"),
        (_with(REVOKED, 3, digest("sid")), "entry-field-unknown", "entry.3"),
        (_without(ISSUED, 6), "entry-field-missing", "entry.6"),
        (_without(CONTINUES, 11), "entry-field-missing", "entry.11"),
        (_with(ISSUED, 1, -1), "entry-field-invalid", "entry.1"),
        (_with(ISSUED, 1, 253_402_300_800), "entry-field-invalid", "entry.1"),
        (_with(ISSUED, 2, ""), "entry-field-invalid", "entry.2"),
        (_with(ISSUED, 2, "hn-0001"), "entry-field-invalid", "entry.2"),
        (_with(ISSUED, 2, "-HN"), "entry-field-invalid", "entry.2"),
        (_with(ISSUED, 2, "A" * 21), "entry-field-invalid", "entry.2"),
        (_with(ISSUED, 3, bytes(31)), "entry-field-invalid", "entry.3"),
        (_with(ISSUED, 4, "a" * 32), "entry-field-invalid", "entry.4"),
        (_with(ISSUED, 7, 2**53), "entry-field-invalid", "entry.7"),
        (_with(ISSUED, 8, 2**20), "entry-field-invalid", "entry.8"),
        (_with(ISSUED, 10, 4), "entry-field-invalid", "entry.10"),
        (_with(ISSUED, 9, 3), "entry-field-invalid", "entry.9"),
        (_with(CONTINUES, 9, 4), "entry-field-invalid", "entry.9"),
        (_with(CONTINUES, 10, 3), "entry-field-invalid", "entry.9"),
        (_with(ISSUED, 10, b"\x00"), "entry-field-invalid", "entry.10"),
        (_with(CONTINUES, 11, -1), "entry-field-invalid", "entry.11"),
        (_with(CONTINUES, 11, [bytes(7), 1]), "entry-field-invalid", "entry.11"),
        (_with(CONTINUES, 11, [bytes(8), -1]), "entry-field-invalid", "entry.11"),
        (_with(CONTINUES, 11, [bytes(8)]), "entry-field-invalid", "entry.11"),
        (_with(REVOKED, 12, 3), "entry-field-invalid", "entry.12"),
        (_with(LIST, 13, 0), "entry-field-invalid", "entry.13"),
        (cbor2.dumps({0: 1, 15: "text"}), "entry-field-invalid", "entry.15"),
    ],
)
def test_refuses(data: bytes, code: str, path: str) -> None:
    """Each field missing, out of range, of another type or not of this entry is refused at its path."""
    with pytest.raises(SchemaError) as caught:
        parse_entry(data)
    assert (caught.value.code, caught.value.path) == (code, path)


@pytest.mark.parametrize(
    "entry",
    [
        issued("first", reference=Reference(1)),
        issued("first", relation=Relation.CORRECTS),
        issued("first", school="lower"),
        issued("first", pdf=bytes(31)),
        IssuerEntry(bytes(MAX_ENTRY_BYTES)),
    ],
)
def test_bad_entries_are_not_written(entry: Entry) -> None:
    """What `parse_entry` would refuse is never written."""
    with pytest.raises(SchemaError, match="entry-"):
        format_entry(entry)
