"""Records whose checkpoint or files are not what the log signed: nothing can be concluded from them."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.record.signed_note import SignedNote, format_note, parse_note
from schemas.record.tiles import CHECKPOINT_PATH, bundle_path
from schemas.verdict import CheckId, VerdictCode
from tests.support.record import NOW, digest
from tests.support.whole_record import WholeRecord, document, odd_note
from tests.vectors.record_cases.case import UNKNOWN, Case

ONE = document("one")
_RECORD = WholeRecord()
_RECORD.issue(ONE)
_RECORD.publish_list()
_SIZE, _ROOT = len(_RECORD.entries), _RECORD.log.frontier.root()
_OLD = 3 * 86_400


def cases() -> Iterator[Case]:
    """Return the cases."""
    log_line, clock_line = parse_note(_RECORD.log.note()).signatures
    text = parse_note(_RECORD.log.note()).text
    yield _unusable("log-key-wrong", "the checkpoint is signed by another key of the same name",
                    odd_note(_SIZE, _ROOT, log="another log"))  # fmt: skip
    yield _unusable("origin-wrong", "the checkpoint names a log that the trust root does not know",
                    odd_note(_SIZE, _ROOT, origin="other.example.vn/record"))  # fmt: skip
    yield _unusable("root-wrong", "the log signed a root that the entries do not give",
                    odd_note(_SIZE, digest("another root")))  # fmt: skip
    yield _unusable("size-wrong", "the log signed the right root with one entry too many",
                    odd_note(_SIZE + 1, _ROOT))  # fmt: skip
    yield _unusable("log-signature-missing", "only the clock signed the checkpoint",
                    format_note(SignedNote(text, (clock_line,))))  # fmt: skip
    yield _status_unknown("clock-signature-missing", "only the log signed the checkpoint: its age is unknown",
                          _RECORD.files(note=format_note(SignedNote(text, (log_line,)))))  # fmt: skip
    yield _status_unknown("clock-stale", "the clock signed three days ago; `max_age` is one day",
                          _RECORD.files(time=NOW - _OLD))  # fmt: skip
    yield _status_unknown("clock-ahead", "the clock signed for a time that is an hour away",
                          _RECORD.files(time=NOW + 4200))  # fmt: skip
    yield from _wrong_clock()
    yield from _broken_files()
    yield from _nothing_there()


def _wrong_clock() -> Iterator[Case]:
    yield Case(
        "verifiers-clock-behind",
        "the verifier's clock is a day behind the record: the signing time seems to lie in the future",
        VerdictCode.UNCONFIRMED,
        _RECORD.files(),
        file=ONE.pdf,
        checks={CheckId.SIGNATURES: UNKNOWN, CheckId.STATUS: UNKNOWN},
        now=NOW - 86_400,
    )
    yield Case(
        "verifiers-clock-behind-serial",
        "the same, asked by serial",
        VerdictCode.UNCONFIRMED,
        _RECORD.files(),
        serial=ONE.serial,
        checks={CheckId.STATUS: UNKNOWN},
        now=NOW - 86_400,
    )


def _broken_files() -> Iterator[Case]:
    files = _RECORD.files()
    path = bundle_path(0, _SIZE)
    changed = bytearray(files[path])
    changed[40] ^= 1
    yield _unusable("entry-changed", "one bit of an entry is another", b"", files | {path: bytes(changed)})
    yield _unusable("bundle-missing", "the bundle of the entries is missing", b"", _without(files, path))
    yield _unusable("checkpoint-missing", "the checkpoint is missing", b"", _without(files, CHECKPOINT_PATH))


def _nothing_there() -> Iterator[Case]:
    empty = WholeRecord(entries=[])
    yield Case(
        "serial-absent",
        "a fresh record does not know the serial",
        VerdictCode.NOT_FOUND,
        empty.files(),
        serial=ONE.serial,
        checks={CheckId.RECORDED: "fail", CheckId.STATUS: UNKNOWN},
    )
    issuers_only = WholeRecord()
    issuers_only.publish_list()
    yield Case(
        "entry-absent",
        "signed by the right certificates, but a fresh record has no entry",
        VerdictCode.UNRECORDED,
        issuers_only.files(time=NOW + 601),
        file=ONE.pdf,
        checks={CheckId.CONTENT: UNKNOWN, CheckId.RECORDED: "fail", CheckId.STATUS: UNKNOWN},
        now=NOW + 660,
    )
    yield Case(
        "entry-absent-from-an-older-record",
        "the record is no newer than the signature, so the entry may be missing from it",
        VerdictCode.UNCONFIRMED,
        issuers_only.files(),
        file=ONE.pdf,
        checks={CheckId.CONTENT: UNKNOWN, CheckId.RECORDED: UNKNOWN, CheckId.STATUS: UNKNOWN},
    )


def _without(files: dict[str, bytes], path: str) -> dict[str, bytes]:
    return {name: data for name, data in files.items() if name != path}


def _unusable(name: str, what: str, note: bytes, files: dict[str, bytes] | None = None) -> Case:
    unknown = (CheckId.ISSUER, CheckId.CONTENT, CheckId.RECORDED, CheckId.STATUS)
    return Case(
        name,
        what,
        VerdictCode.UNCONFIRMED,
        files or _RECORD.files(note=note),
        file=ONE.pdf,
        checks=dict.fromkeys(unknown, UNKNOWN),
    )


def _status_unknown(name: str, what: str, files: dict[str, bytes]) -> Case:
    return Case(name, what, VerdictCode.UNCONFIRMED, files, file=ONE.pdf, checks={CheckId.STATUS: UNKNOWN})
