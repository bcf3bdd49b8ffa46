"""Files whose embedded proof does not prove them, beside a sound record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from schemas.record.proof import InclusionProof, format_proof
from schemas.record.signed_note import NoteSignature, SignedNote, format_note, parse_note
from schemas.verdict import CheckId, VerdictCode
from tests.support.plain_pdf import with_proof
from tests.support.record import digest
from tests.support.whole_record import WholeRecord, document, odd_note, proven
from tests.vectors.record_cases.case import UNKNOWN, Case

ONE, TWO = document("one"), document("two")
_RECORD = WholeRecord()
_INDEX = _RECORD.issue(ONE)
_RECORD.issue(TWO)
_RECORD.publish_list()
_FILES, _PROOF = _RECORD.files(), _RECORD.prove(_INDEX)
_SIZE, _ROOT = len(_RECORD.entries), _RECORD.log.frontier.root()


def cases() -> Iterator[Case]:
    """Return the cases."""
    yield from _altered()
    yield from _other_lines()
    yield from _unknown_key()
    yield from _against_the_record()


def _altered() -> Iterator[Case]:
    text = format_proof(_PROOF)
    yield _refused(
        "proof-root-wrong",
        "the log signed another root",
        _proven(note=odd_note(_SIZE, digest("another root"))),
    )
    yield _refused(
        "proof-size-wrong", "the log signed another size", _proven(note=odd_note(_SIZE + 10, _ROOT))
    )
    yield _refused(
        "proof-signature-fails",
        "the checkpoint's size was changed after the log signed it",
        _proven(note=_PROOF.note.replace(b"\n%d\n" % _SIZE, b"\n%d\n" % (_SIZE + 1), 1)),
    )
    yield _refused("proof-index-wrong", "the index of the next entry", _proven(index=_INDEX + 1))
    yield _refused(
        "proof-index-beyond-the-log", "an index that the log has not reached", _proven(index=_SIZE)
    )
    yield _refused("proof-index-huge", "an index of 21 digits", _spelled(text, b"index", b"9" * 21))
    yield _refused("proof-index-negative", "an index below zero", _spelled(text, b"index", b"-1"))
    changed = bytes((_PROOF.hashes[0][0] ^ 1,)) + _PROOF.hashes[0][1:]
    yield _refused(
        "proof-hash-corrupted", "one bit of a hash is another", _proven(hashes=(changed, *_PROOF.hashes[1:]))
    )
    yield _refused("proof-hash-missing", "the last hash is missing", _proven(hashes=_PROOF.hashes[:-1]))
    yield _refused(
        "proof-of-another-document", "a good proof, of another entry", proven(ONE, _RECORD.prove(_INDEX + 1))
    )
    yield _refused(
        "proof-version-unknown", "a version that this format does not have",
        with_proof(ONE.pdf, text.replace(b"@v1", b"@v2", 1)),
    )  # fmt: skip
    yield _refused(
        "proof-not-a-proof", "bytes that are no proof at all", with_proof(ONE.pdf, b"\x00\xff" * 700)
    )
    yield _refused("proof-empty", "a proof of no bytes", with_proof(ONE.pdf, b""))


def _other_lines() -> Iterator[Case]:
    """Every line is sound or unknown, and the record holds the entry: still nothing unchecked goes along."""
    text = parse_note(_PROOF.note).text
    log, clock = parse_note(_PROOF.note).signatures
    witness = NoteSignature("witness.example.vn", bytes(4), bytes(72))
    for name, what, lines in (
        ("proof-without-a-clock", "no line of the clock", (log,)),
        ("proof-with-a-witness", "a line by a key that the trust root does not know", (log, clock, witness)),
        ("proof-with-a-witness-first", "an unknown key's line before the others", (witness, log, clock)),
        ("proof-with-a-witness-for-a-clock", "an unknown key's line in the clock's place", (log, witness)),
        ("proof-with-lines-exchanged", "the clock's line before the log's", (clock, log)),
        ("proof-with-the-clock-twice", "the clock's line twice", (log, clock, clock)),
        ("proof-with-the-log-twice", "the log's line twice", (log, log, clock)),
    ):
        yield _refused(
            name, f"the proof's checkpoint has {what}", _proven(note=format_note(SignedNote(text, lines)))
        )


def _unknown_key() -> Iterator[Case]:
    another = odd_note(_SIZE, _ROOT, log="another log")
    other_log = odd_note(_SIZE, _ROOT, origin="other.example.vn/record")
    for name, what, note in (
        (
            "proof-log-key-unknown",
            "the log's name, signed by a key that the trust root does not know",
            another,
        ),
        ("proof-origin-unknown", "a log that the trust root does not know", other_log),
        ("proof-log-signature-missing", "only the clock signed the proof's checkpoint", _clock_only()),
    ):
        yield Case(
            name,
            f"{what}: whether it is recorded is unknown, whatever the record says",
            VerdictCode.UNCONFIRMED,
            _FILES,
            file=_proven(note=note),
            checks=dict.fromkeys((CheckId.CONTENT, CheckId.RECORDED, CheckId.STATUS), UNKNOWN),
        )


def _against_the_record() -> Iterator[Case]:
    yield Case(
        "fork",
        "record and proof are both signed by the log, for the same size, and contradict each other",
        VerdictCode.UNCONFIRMED,
        _FILES,
        file=proven(ONE, _forked()),
        checks=dict.fromkeys((CheckId.CONTENT, CheckId.RECORDED, CheckId.STATUS), UNKNOWN),
    )
    early = WholeRecord()
    early.publish_list()
    yield Case(
        "proof-newer-than-the-record",
        "the proof is of a larger log than the copy at hand: how things stand is unknown",
        VerdictCode.UNCONFIRMED,
        early.files(),
        file=proven(ONE, _PROOF),
        checks={CheckId.STATUS: UNKNOWN},
    )


def _forked() -> InclusionProof:
    """Return a sound proof of the same entry, in a log of the same size that has another history."""
    fork = WholeRecord(entries=list(_RECORD.entries))
    fork.entries[_INDEX + 1] = _RECORD.entries[-1]
    return fork.prove(_INDEX)


def _clock_only() -> bytes:
    note = parse_note(_PROOF.note)
    return format_note(SignedNote(note.text, note.signatures[1:]))


def _refused(name: str, what: str, file: bytes) -> Case:
    unknown = (CheckId.CONTENT, CheckId.STATUS)
    return Case(
        name,
        what,
        VerdictCode.ALTERED,
        _FILES,
        file=file,
        checks={
            CheckId.STRUCTURE: "fail",
            CheckId.RECORDED: "fail",
            **dict.fromkeys(unknown, UNKNOWN),
        },
    )


def _proven(**changes: object) -> bytes:
    return proven(ONE, replace(_PROOF, **changes))  # type: ignore[arg-type] # names of its fields


def _spelled(text: bytes, word: bytes, value: bytes) -> bytes:
    lines = [word + b" " + value if line.startswith(word) else line for line in text.split(b"\n")]
    return with_proof(ONE.pdf, b"\n".join(lines))
