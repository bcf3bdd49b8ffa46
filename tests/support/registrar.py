"""What a test's registrar says in the log of a demonstration: appended to it, or at any place of a log made anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from keys.keyring import RecordRole
from schemas.cose import parse_sign1, sign1
from schemas.record.checkpoint import Checkpoint, sign_checkpoint
from schemas.record.entry import Entry, Issued, IssuerEntry, StatusListPublished, format_entry, parse_entry
from schemas.record.statement import (
    KeyState,
    KeyStatement,
    Role,
    Succession,
    format_statement,
    parse_statement,
)
from schemas.record.tiles import CHECKPOINT_PATH, bundle_path, format_bundle, parse_bundle
from tests.support.demonstration import Demonstration
from tests.support.record import sample_log


def entries(demonstration: Demonstration) -> list[Entry]:
    """Return the entries of the published log, in order."""
    verifier = demonstration.verifier()
    view = verifier.view()
    verifier.close()
    assert view is not None
    bundle = (demonstration.record / bundle_path(0, view.size)).read_bytes()
    return [parse_entry(entry) for entry in parse_bundle(bundle, view.size)]


def documents(log: Sequence[Entry]) -> list[int]:
    """Return the indexes of the documents."""
    return [index for index, entry in enumerate(log) if isinstance(entry, Issued)]


def status_list_index(log: Sequence[Entry]) -> int:
    """Return the index of the last published status list."""
    return [index for index, entry in enumerate(log) if isinstance(entry, StatusListPublished)][-1]


def last_statement(log: Sequence[Entry], role: Role) -> KeyStatement:
    """Return the last statement about the certificate or key of a role."""
    said = [
        parse_statement(parse_sign1(one.statement, "").payload) for one in log if isinstance(one, IssuerEntry)
    ]
    return [one for one in said if isinstance(one, KeyStatement) and one.role is role][-1]


def statement(demonstration: Demonstration, statement: KeyStatement, **changes: object) -> IssuerEntry:
    """Return the entry with the registrar's next statement: as `statement`, but for `changes`."""
    changes = {"number": statement.number + 1, **changes}
    said = replace(statement, **changes)  # type: ignore[arg-type] # the names of fields, as the tests spell them
    key = demonstration.installation.keyring.record_key(RecordRole.REGISTRAR)
    return IssuerEntry(sign1(format_statement(said), key.key_id, key.sign))


def retired(demonstration: Demonstration, role: Role) -> IssuerEntry:
    """Return the entry that takes the certificate or key of a role out of use."""
    return statement(demonstration, last_statement(entries(demonstration), role), state=KeyState.RETIRED)


def compromised(demonstration: Demonstration, role: Role, *, from_index: int) -> IssuerEntry:
    """Return the entry that declares the certificate or key of a role compromised."""
    last = last_statement(entries(demonstration), role)
    return statement(demonstration, last, state=KeyState.COMPROMISED, from_index=from_index)


def succession(demonstration: Demonstration, school: str, predecessor: str) -> IssuerEntry:
    """Return the entry by which a school succeeds another."""
    said = Succession(int(demonstration.clock().timestamp()), school, predecessor, number=1)
    key = demonstration.installation.keyring.record_key(RecordRole.REGISTRAR)
    return IssuerEntry(sign1(format_statement(said), key.key_id, key.sign))


def write_log(demonstration: Demonstration, log: Sequence[Entry]) -> None:
    """Publish another log in place of the demonstration's, signed by its own keys now; status lists stay."""
    formatted = [format_entry(entry) for entry in log]
    sample = sample_log(formatted)
    files = sample.tiles | {bundle_path(0, len(log)): format_bundle(formatted)}
    (trusted,) = demonstration.installation.trust.logs
    keyring = demonstration.installation.keyring
    files[CHECKPOINT_PATH] = sign_checkpoint(
        Checkpoint(trusted.origin, len(log), sample.frontier.root()),
        log_key=trusted.log_verifier,
        log_sign=keyring.record_key(RecordRole.LOG).sign,
        clock_key=trusted.clock_verifier,
        clock_sign=keyring.record_key(RecordRole.CLOCK).sign,
        clock_time=int(demonstration.clock().timestamp()),
    )
    for path, data in files.items():
        (demonstration.record / path).parent.mkdir(parents=True, exist_ok=True)
        (demonstration.record / path).write_bytes(data)
