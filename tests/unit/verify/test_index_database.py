"""The index's database and memory: one fold, two keepers, the same answers whatever the history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.profiles import EXTRACT_PROFILE
from schemas.record.entry import (
    Issued,
    Relation,
    StatusListPublished,
    format_entry,
    leaf_hash,
    origin_hash,
)
from schemas.record.fields import Reference
from schemas.record.ledger import Ledger
from schemas.record.merkle import Frontier
from schemas.record.statement import KeyState, Role, Succession
from tests.support.record import (
    NOW,
    ORIGIN,
    OTHER_SCHOOL,
    SCHOOL,
    digest,
    issued,
    issuer_entry,
    key_statement,
    revoked,
    trust_root,
    verify,
)
from verify.index_database import IndexDatabase, IndexedDocuments, Tip
from verify.index_rows import IndexBrokenError

FOLD = "a fold"
TRUST = trust_root()
NAMES = ("a", "b", "c", "d", "e", "f")
SCHOOLS = st.sampled_from((SCHOOL, OTHER_SCHOOL))
INDEXES = st.integers(0, 24)
ORIGINS = st.sampled_from((None, None, origin_hash(ORIGIN), bytes(8)))


def _alike(name: str) -> bytes:
    """Return a digest that begins like those of many other names."""
    return bytes(8) + digest(name)[8:] if name < "d" else digest(name)


@st.composite
def _issued(draw: st.DrawFn) -> bytes:
    name = draw(st.sampled_from(NAMES))
    relation = draw(st.sampled_from(Relation))
    reference = None if relation is Relation.FIRST else Reference(draw(INDEXES), draw(ORIGINS))
    entry = issued(
        name,
        school=draw(SCHOOLS),
        sid=_alike(f"{draw(st.sampled_from(NAMES))} sid"),
        pdf=_alike(f"{draw(st.sampled_from(NAMES))} pdf"),
        list_id=draw(st.integers(1, 2)),
        status_index=draw(st.integers(0, 7)),
        relation=relation,
        profile=EXTRACT_PROFILE if relation is Relation.EXTRACTS else 1,
        reference=reference,
    )
    return format_entry(entry)


@st.composite
def _statement(draw: st.DrawFn) -> bytes:
    if draw(st.booleans()):
        school, predecessor = draw(st.permutations([SCHOOL, OTHER_SCHOOL]))
        return issuer_entry(Succession(NOW, school, predecessor, draw(st.integers(1, 3))))
    state = draw(st.sampled_from(KeyState))
    return issuer_entry(
        key_statement(
            state=state,
            number=draw(st.integers(1, 3)),
            thumbprint=digest(draw(st.sampled_from("xy"))),
            from_index=draw(INDEXES) if state is KeyState.COMPROMISED else None,
        )
    )


ENTRIES = st.one_of(
    _issued(),
    _issued(),
    _issued(),
    st.builds(
        lambda index, school, origin: format_entry(
            replace(revoked(index, school=school), reference=Reference(index, origin))
        ),
        INDEXES,
        SCHOOLS,
        ORIGINS,
    ),
    _statement(),
    st.builds(
        lambda list_id, version: format_entry(
            StatusListPublished(NOW, list_id, version, digest(f"{list_id} {version}"))
        ),
        st.integers(1, 2),
        st.integers(1, 4),
    ),
    st.binary(min_size=1, max_size=4),
)
HISTORIES = st.lists(st.lists(ENTRIES, max_size=12), max_size=5)
"""A history in steps: after each the index is written, and some steps begin in another process."""


def _answers(ledger: Ledger) -> dict[str, object]:
    """Return all that a ledger can be asked about a history of these tests."""
    known = range(ledger.size + 1)
    sids = [_alike(f"{name} sid") for name in NAMES]
    pdfs = [_alike(f"{name} pdf") for name in NAMES]
    return {
        "size": ledger.size,
        "anomalies": ledger.anomalies,
        "issued": [ledger.issued(index) for index in known],
        "sid": [ledger.index_of_sid(one) for one in (*sids, *pdfs, bytes(32))],
        "pdf": [ledger.index_of_pdf(one) for one in (*pdfs, *sids, bytes(32))],
        "revoked": [ledger.revocation(index) for index in known],
        "corrected": [ledger.corrected_by(index) for index in known],
        "source": [ledger.source_of(index) for index in known],
        "continued": [ledger.continued_by(index) for index in known],
        "lists": [ledger.published_list(list_id) for list_id in (1, 2, 3)],
        "statuses": [ledger.statuses(list_id, before=index) for list_id in (1, 2) for index in known],
        "statements": list(ledger.issuers.statements()),
        "standing": [
            ledger.issuers.standing(digest(name), roles={Role.SEAL}, school=SCHOOL, index=index)
            for name in "xy"
            for index in known
        ],
        "succeeded": [ledger.issuers.has_succeeded(OTHER_SCHOOL, SCHOOL, index=index) for index in known],
        "name": ledger.issuers.school_name(SCHOOL),
    }


def _database() -> IndexDatabase:
    database = IndexDatabase.open(":memory:")
    database.create(FOLD)
    return database


def _loaded(database: IndexDatabase) -> tuple[Ledger, IndexedDocuments]:
    """Return what another process would make of the database."""
    found = database.load(FOLD)
    assert found is not None
    tip, noted = found
    documents = IndexedDocuments(database, tip)
    ledger = Ledger(ORIGIN, TRUST, verify, documents)
    ledger.restore(tip.frontier.size, noted)
    return ledger, documents


def _grow(ledger: Ledger, documents: IndexedDocuments, entries: Sequence[bytes]) -> None:
    ledger.add_all(entries)
    leaves = [leaf_hash(entry) for entry in entries]
    documents.write(documents.tip.frontier.append(leaves).frontier)


@given(history=HISTORIES, fresh=st.lists(st.booleans(), min_size=5, max_size=5), unwritten=st.lists(ENTRIES))
def test_index_and_memory_agree_on_every_history(
    history: list[list[bytes]], fresh: list[bool], unwritten: list[bytes]
) -> None:
    """Written in any steps, read back at any, with or without entries that are not written: the answers are equal."""
    memory = Ledger(ORIGIN, TRUST, verify)
    database = _database()
    indexed, documents = _loaded(database)
    for entries, again in zip(history, fresh, strict=False):
        if again:
            indexed, documents = _loaded(database)
        _grow(indexed, documents, entries)
        for entry in entries:
            memory.add(entry)
        assert _answers(indexed) == _answers(memory)
        assert _answers(_loaded(database)[0]) == _answers(memory)
    indexed.add_all(unwritten)
    memory.add_all(unwritten)
    assert _answers(indexed) == _answers(memory)


@given(history=HISTORIES, later=st.lists(ENTRIES, max_size=12))
def test_a_later_step_changes_no_older_ledger(history: list[list[bytes]], later: list[bytes]) -> None:
    """Who reads at a size goes on reading at that size while the database grows."""
    database = _database()
    for entries in history:
        _grow(*_loaded(database), entries)
    reader, _ = _loaded(database)
    before = _answers(reader)
    _grow(*_loaded(database), later)
    assert _answers(reader) == before


def test_two_writers_do_not_write_over_each_other() -> None:
    """The second of two steps from the same size is refused, and nothing of it is there."""
    database = _database()
    first, second = _loaded(database), _loaded(database)
    _grow(*first, [format_entry(issued("first"))])
    with pytest.raises(IndexBrokenError):
        _grow(*second, [format_entry(issued("second"))])
    ledger, _ = _loaded(database)
    assert (ledger.size, ledger.index_of_sid(issued("second").sid)) == (1, None)


def test_an_index_of_another_fold_is_not_read() -> None:
    """Another log, trust root or version of the code begins anew."""
    assert _database().load("another fold") is None


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM noted WHERE kind = 3",
        "UPDATE noted SET target = 0 WHERE kind = 3",
        "UPDATE noted SET kind = 5 WHERE kind = 3",
        "UPDATE noted SET data = 'text' WHERE kind = 3",
        "UPDATE noted SET target = 'text' WHERE kind = 3",
        "UPDATE noted SET kind = 77 WHERE kind = 3",
        "UPDATE noted SET n = 1000 WHERE kind = 3",
        "INSERT INTO noted SELECT n + 1, kind, data, target, list, status FROM noted",
        "UPDATE tip SET size = size + 1",
        "UPDATE tip SET size = 'text'",
        "UPDATE tip SET edge = x'00'",
        "UPDATE tip SET edge = NULL",
        "UPDATE tip SET chain = zeroblob(32)",
    ],
)
def test_what_was_noted_cannot_be_lost(statement: str) -> None:
    """A revocation that is lost, moved or changed, or a tip that is not its own, breaks the index."""
    database = _database()
    _grow(
        *_loaded(database), [format_entry(issued("a")), format_entry(issued("b")), format_entry(revoked(1))]
    )
    database.read(statement)
    with pytest.raises(IndexBrokenError):
        _loaded(database)


@pytest.mark.parametrize(
    ("statement", "ask"),
    [
        ("UPDATE document SET pdf = x'00'", lambda ledger: ledger.issued(0)),
        ("UPDATE document SET school = 7", lambda ledger: ledger.issued(0)),
        ("UPDATE document SET time = time + 1", lambda ledger: ledger.index_of_sid(issued("a").sid)),
        ("DELETE FROM document", lambda ledger: ledger.index_of_sid(issued("a").sid)),
        ("UPDATE pdf SET n = -1", lambda ledger: ledger.index_of_pdf(issued("a").pdf)),
        ("DROP TABLE document", lambda ledger: ledger.issued(0)),
        ("DROP TABLE continued", lambda ledger: ledger.continued_by(0)),
    ],
)
def test_a_question_to_a_broken_index_has_no_answer(statement: str, ask: object) -> None:
    """A row that is no document, or points to none, is an error and not an absence."""
    database = _database()
    _grow(*_loaded(database), [format_entry(issued("a"))])
    ledger, _ = _loaded(database)
    database.read(statement)
    with pytest.raises(IndexBrokenError):
        ask(ledger)  # type: ignore[operator] # one of the questions above


def test_a_schema_that_is_not_ours_is_not_read() -> None:
    """A trigger or a view in the file is another version: nothing in it runs."""
    database = _database()
    database.read("CREATE TRIGGER t AFTER INSERT ON noted BEGIN DELETE FROM noted; END")
    assert database.load(FOLD) is None


def test_an_empty_index_is_the_empty_log() -> None:
    """It knows nothing, and says so."""
    ledger, documents = _loaded(_database())
    assert documents.tip == Tip(Frontier(), bytes(32))
    assert (ledger.size, ledger.issued(0), ledger.index_of_sid(bytes(32))) == (0, None, None)


def test_a_digest_of_one_kind_is_not_absent_as_the_other() -> None:
    """What is known to be absent among serials is still looked for among files, whatever its bytes."""
    database = _database()
    first = issued("a")
    _grow(*_loaded(database), [format_entry(first)])
    ledger, _ = _loaded(database)
    strangers: list[Issued] = [
        issued(name, pdf=first.sid if name == "b" else digest(name)) for name in "bcde"
    ]
    ledger.add_all([format_entry(one) for one in strangers])
    assert ledger.index_of_sid(first.sid) == 0
    assert ledger.index_of_pdf(first.sid) == 1
