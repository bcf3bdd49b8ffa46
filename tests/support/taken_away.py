"""What a verifier holds while it looks at something, and all that can be taken from it, one thing at a time.

A thing taken away is one that somebody between the issuer and the verifier could leave out: a file of the record, the
clock's signature, a member of the trust root (whose owners sign what is left), a time stamp, a signature, the end of a
file or code.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Self

from schemas.cms import format_cms, parse_cms
from schemas.errors import HocbaError, SchemaError
from schemas.record.envelope import format_envelope, sign_trust_root
from schemas.record.signed_note import SignedNote, format_note, parse_note
from schemas.record.tiles import CHECKPOINT_PATH
from schemas.record.trust_root import TrustRoot
from schemas.verdict import Verdict, VerdictCode
from tests.support.certificates import party
from tests.support.record import ed25519_key
from verify.byte_scan import SignatureBytes, scan_signatures
from verify.findings import CheckFailedError
from verify.paper import verify_qr, verify_serial
from verify.record_reader import RecordReader, RecordView
from verify.sandbox import Sandbox
from verify.token_chain import TokenReader
from verify.transcript import Evidence, verify_transcript
from verify.trust import load_trust_root

GREEN = frozenset({VerdictCode.VALID, VerdictCode.RECORDED})
_END = b"%%EOF\n"
_STRANGER = party("an authority that stamped nothing").anchor


@dataclass(frozen=True)
class Held:
    """Everything that one verdict stands on."""

    trust: Mapping[str, Any]
    """The members of the trust root."""
    record: Mapping[str, bytes] | None
    """The record's files by path; None: no record at hand."""
    now: dt.datetime
    kind: str
    """`file`, `qr` or `serial`."""
    subject: bytes
    """The file, or the text of the code or the serial."""

    @classmethod
    def of_vector(cls, text: str) -> Self:
        """Return what a vector of tests/vectors/record gives to a verifier."""
        case = json.loads(text)
        ((kind, subject),) = case["subject"].items()
        files = case["record"]
        return cls(
            trust=json.loads(case["trust_root"])["signed"],
            record=None if files is None else {path: base64.b64decode(data) for path, data in files.items()},
            now=dt.datetime.strptime(case["now"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC),
            kind=kind,
            subject=zlib.decompress(base64.b64decode(subject)) if kind == "file" else subject.encode(),
        )

    def verdict(self, sandbox: Sandbox) -> Verdict:
        """Verify from the files on: the trust root is read and checked, the record is read from a folder."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "trust-root.json").write_bytes(self.signed_trust())
            trust = load_trust_root(folder / "trust-root.json")
            for path, data in (self.record or {}).items():
                (folder / "record" / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / "record" / path).write_bytes(data)
            view = None if self.record is None else _view(folder / "record", trust)
            if self.kind == "file":
                tokens = None if self.record is None else TokenReader(folder / "record")
                return verify_transcript(
                    self.subject, Evidence(trust, view, sandbox.extract, self.now, tokens)
                )
            look = verify_qr if self.kind == "qr" else verify_serial
            return look(self.subject.decode(), trust=trust, view=view, now=self.now)

    def losses(self) -> Iterator[tuple[str, Callable[[Held], Held]]]:
        """Give everything that can be taken away, by name; each may follow any other."""
        yield "the record", lambda held: replace(held, record=None)
        yield "the clock's signature", _without_clock
        for path in self.record or {}:
            yield f"{path} in the record", partial(_without_file, path)
            yield f"the end of {path}", partial(_with_half_a_file, path)
        for member in ("logs", "registrars", "anchors", "algorithms", "hosts"):
            for place in range(len(self.trust[member])):
                yield f"{member}[{place}] in the trust root", partial(_without_member, member, place)
        yield "the anchors of time stamps in the trust root", _without_stamping_anchors
        if self.kind == "qr":
            yield "the digits of the code", lambda held: held.shown(held.subject.partition(b"#")[0])
            yield "the last digits of the code", lambda held: held.shown(held.subject[:-17])
        if self.kind == "file":
            for place in range(self.subject.count(_END)):
                yield f"all after revision {place}", partial(_cut_to_revision, place)
            for place in range(len(_signatures(self.subject))):
                yield (
                    f"the time stamp of signature {place}",
                    partial(_without_in_signature, place, time_stamp=None),
                )
            yield "the second half", lambda held: held.shown(held.subject[: len(held.subject) // 2])

    def without_proof(self) -> Held:
        """Return the same with no proof in the seal.

        Not among the losses: a proof that is wrong makes a file altered, and without it the record decides alone.
        """
        return _without_in_signature(-1, self, proof=None) if self.kind == "file" else self

    def shown(self, subject: bytes) -> Held:
        """Return the same for something else to verify."""
        return replace(self, subject=subject)

    def signed_trust(self) -> bytes:
        """Return the file of the trust root, signed by those whom it names."""
        signers = {ed25519_key(name).id: ed25519_key(name).sign for name in ("root 1", "root 2")}
        root = TrustRoot.model_validate_json(json.dumps(self.trust))
        return format_envelope(sign_trust_root(root, signers))

    @cached_property
    def ends(self) -> list[int]:
        """Where each revision of the file ends."""
        ends, at = [], 0
        while (at := self.subject.find(_END, at) + len(_END)) >= len(_END):
            ends.append(at)
        return ends


def _signatures(pdf: bytes) -> tuple[SignatureBytes, ...]:
    try:
        return scan_signatures(pdf)
    except CheckFailedError:
        return ()


def _view(folder: Path, trust: TrustRoot) -> RecordView | None:
    # As `verify.verifier` does: what cannot be used is not there.
    try:
        return RecordReader(folder, trust).view()
    except HocbaError:
        return None


def _without_file(path: str, held: Held) -> Held:
    return replace(held, record={name: data for name, data in (held.record or {}).items() if name != path})


def _with_half_a_file(path: str, held: Held) -> Held:
    if path not in (held.record or {}):
        return held
    files = dict(held.record or {})
    files[path] = files[path][: len(files[path]) // 2]
    return replace(held, record=files)


def _without_clock(held: Held) -> Held:
    note = (held.record or {}).get(CHECKPOINT_PATH)
    if note is None:
        return held
    try:
        parsed = parse_note(note)
    except SchemaError:
        return held
    bare = format_note(SignedNote(parsed.text, parsed.signatures[:1]))
    return replace(held, record={**(held.record or {}), CHECKPOINT_PATH: bare})


def _without_member(member: str, place: int, held: Held) -> Held:
    values = list(held.trust[member])
    del values[place : place + 1]
    return replace(held, trust={**held.trust, member: values})


def _without_stamping_anchors(held: Held) -> Held:
    """Leave a stranger's in their place: none at all is no trust root, and the demand for stamps is no evidence."""
    stamps = held.trust.get("time_stamps")
    if stamps is None:
        return held
    return replace(held, trust={**held.trust, "time_stamps": {**stamps, "anchors": [_STRANGER]}})


def _cut_to_revision(place: int, held: Held) -> Held:
    ends = held.ends
    return held.shown(held.subject[: ends[place]]) if place < len(ends) else held


def _without_in_signature(place: int, held: Held, **changes: bytes | None) -> Held:
    try:
        cms = _signatures(held.subject)[place].cms
        changed = format_cms(replace(parse_cms(cms), **changes))  # type: ignore[arg-type] # as the losses spell them
    except (IndexError, SchemaError):
        return held
    start = held.subject.index(b"<" + cms.hex().encode()) + 1
    end = held.subject.index(b">", start)
    written = changed.hex().encode().ljust(end - start, b"0")
    return held.shown(held.subject[:start] + written + held.subject[end:])
