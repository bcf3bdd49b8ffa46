"""A verifier put together: trust root, record, sandbox and clock.

The command line, the pages and the issuing service all use this one. Once the trust root has expired it concludes
nothing; a process that runs on takes the next version as soon as it is there.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from schemas.errors import HocbaError, SchemaError, Text
from schemas.qr import QRAddress, parse_qr
from schemas.record.entry import Issued
from schemas.record.trust_root import TrustRoot
from schemas.transcript.model import Transcript
from schemas.verdict import CheckId, Sentence, Source, Verdict
from verify.findings import BusyError, CheckFailedError, Findings
from verify.index_rows import IndexBrokenError
from verify.messages import PASSED_PAPER, TWO_CODES
from verify.offline_pack import PackView
from verify.offline_paper import verify_qr_offline
from verify.own_file import check_own_file
from verify.paper import verify_qr, verify_serial
from verify.photo import is_photo
from verify.record_reader import RecordReader, RecordView
from verify.report import unreadable_verdict
from verify.sandbox import Extraction, Sandbox, SandboxBusyError, SandboxError
from verify.token_chain import TokenReader
from verify.transcript import MAX_FILE_BYTES, Evidence, verify_transcript
from verify.trust_expiry import check_not_expired, expiry_note, expiry_warning


class Verifier:
    """Verifies files, QR codes and serials. Safe to share between threads."""

    def __init__(
        self,
        trust: TrustRoot,
        record: Path | None,
        *,
        index: Path | None = None,
        now: Callable[[], dt.datetime],
        newest: Callable[[], TrustRoot] | None = None,
        sandbox: Sandbox | None = None,
    ) -> None:
        """Keep what verification stands on.

        Args:
            trust: whom to believe.
            record: the folder of the public record; None verifies offline.
            index: the folder of the record's index; None keeps it with this process alone.
            now: the clock.
            newest: asked before each verification for the trust root in use; None: it stays the same.
            sandbox: where files are parsed; None: in one where each waits for its turn.

        Raises:
            VerifyError: `trust-root-expired`.
        """
        check_not_expired(trust, now())
        self._record, self._index = record, index
        self._tokens = TokenReader(record) if record else None
        self._newest = newest
        self._taking = threading.Lock()
        self._believed = self._believe(trust)
        self._sandbox = sandbox or Sandbox()
        self._now = now

    @property
    def trust(self) -> TrustRoot:
        """The trust root in use."""
        return self._in_use()[0]

    def check_trust(self) -> None:
        """Refuse to conclude anything under a trust root that has expired.

        Raises:
            VerifyError: `trust-root-expired`.
        """
        check_not_expired(self.trust, self._now())

    def trust_warning(self) -> Text | None:
        """Return what whoever runs this verifier must be told of the end of its trust root."""
        return expiry_warning(self.trust, self._now())

    def view(self) -> RecordView | None:
        """Return the record as it stands; None offline, or where it cannot be used: unknown, never a refusal."""
        return _view(self._in_use()[1])

    def check_record(self) -> None:
        """Refuse a record that cannot be used, where a person is there to be told.

        Raises:
            VerifyError: `record-unusable`.
        """
        reader = self._in_use()[1]
        if reader:
            reader.view()

    def file(self, pdf: bytes, *, name: str | None = None) -> Verdict:
        """Verify the bytes of one file.

        Raises:
            BusyError: the sandbox has no room, and the record does not know these bytes.
        """
        return self._answer(lambda evidence: verify_transcript(pdf, evidence, name=name))

    def photo(self, photo: bytes, *, name: str | None = None) -> Verdict:
        """Verify the QR code that a photo shows, among others the one of ours; two of ours are refused.

        Raises:
            BusyError: the sandbox has no room.
        """
        self.check_trust()
        source = Source(name=name, sha256=sha256(photo).hexdigest(), bytes=len(photo))
        try:
            texts = self._sandbox.read_codes(photo) if len(photo) <= MAX_FILE_BYTES else ()
        except SandboxBusyError:
            raise BusyError from None
        except SandboxError:
            texts = ()
        ours = {(one.serial, one.payload): text for text in texts if (one := _address(text))}
        if len(ours) > 1:
            # Whichever were taken, somebody might hold it to be said of the paper around the other.
            verdict = self._no_code(TWO_CODES)
        else:
            verdict = self.qr(next(iter((*ours.values(), *texts)))) if texts else self._no_code(_NO_CODE)
        return verdict.model_copy(update={"source": source})

    def upload(self, data: bytes, *, name: str | None = None) -> Verdict:
        """Verify what a person sends without saying what it is: a photo by its QR code, anything else as a file."""
        return self.photo(data, name=name) if is_photo(data) else self.file(data, name=name)

    def known_file(self, pdf: bytes) -> Verdict:
        """Verify bytes that the record must know by their seal; the sandbox is not asked, and no content is shown."""
        return self._answer(lambda evidence: verify_transcript(pdf, replace(evidence, extract=_read_nothing)))

    def check_own_file(self, pdf: bytes, transcript: Transcript, qr: QRAddress, expected: Issued) -> int:
        """Check a file that this process has just signed, see `verify.own_file`."""
        evidence = self._evidence()
        return check_own_file(
            pdf, transcript, qr, expected, trust=evidence.trust, view=evidence.view, now=evidence.now
        )

    def missing_file(self) -> Verdict:
        """Return the verdict on a file that cannot be opened."""
        findings = Findings()
        findings.add(CheckId.READABLE, CheckFailedError(_NOT_OPENED))
        return unreadable_verdict("file", findings, test=self.trust.test, now=self._now())

    def _no_code(self, said: Text) -> Verdict:
        findings = Findings(PASSED_PAPER)
        findings.add(CheckId.READABLE, CheckFailedError(said))
        return unreadable_verdict("qr", findings, test=self.trust.test, now=self._now())

    def qr(self, text: str) -> Verdict:
        """Verify the address of a QR code."""
        return self._answer(
            lambda evidence: verify_qr(text, trust=evidence.trust, view=evidence.view, now=evidence.now)
        )

    def qr_by_packs(self, text: str, packs: Mapping[str, PackView]) -> Verdict:
        """Verify the address of a QR code by offline packs alone."""
        evidence = self._evidence()
        return _noted(verify_qr_offline(text, trust=evidence.trust, packs=packs, now=evidence.now), evidence)

    def serial(self, text: str) -> Verdict:
        """Look a serial up."""
        return self._answer(
            lambda evidence: verify_serial(text, trust=evidence.trust, view=evidence.view, now=evidence.now)
        )

    def close(self) -> None:
        """End the sandbox's children."""
        self._sandbox.close()

    def _answer(self, ask: Callable[[Evidence], Verdict]) -> Verdict:
        """Ask of the record as it stands; where its index breaks meanwhile, once more without that index."""
        evidence = self._evidence()
        try:
            verdict = ask(evidence)
        except IndexBrokenError:
            reader = self._in_use()[1]
            if reader is None:
                raise
            reader.distrust_index()
            evidence = self._evidence()
            verdict = ask(evidence)
        return _noted(verdict, evidence)

    def _evidence(self) -> Evidence:
        """Return what the next verdict stands on: one trust root, and the record as judged by that one.

        Raises:
            VerifyError: `trust-root-expired`.
        """
        (trust, reader), now = self._in_use(), self._now()
        check_not_expired(trust, now)
        return Evidence(trust, _view(reader), self._sandbox.extract, now, self._tokens)

    def _in_use(self) -> tuple[TrustRoot, RecordReader | None]:
        if self._newest is not None:
            with self._taking:
                trust = self._newest()
                if trust.version > self._believed[0].version:
                    # Registrars and logs may be others now: the record is judged anew, from its first entry.
                    self._believed = self._believe(trust)
        return self._believed

    def _believe(self, trust: TrustRoot) -> tuple[TrustRoot, RecordReader | None]:
        return trust, RecordReader(self._record, trust, self._index) if self._record else None


def _view(reader: RecordReader | None) -> RecordView | None:
    try:
        return reader.view() if reader else None
    except HocbaError:
        return None


def _noted(verdict: Verdict, evidence: Evidence) -> Verdict:
    note = expiry_note(evidence.trust, evidence.now)
    return verdict.model_copy(update={"notes": (*verdict.notes, Sentence.of(note))}) if note else verdict


def _address(text: str) -> QRAddress | None:
    try:
        return parse_qr(text)
    except SchemaError:
        return None


def _read_nothing(_pdf: bytes, *, known: bool) -> Extraction:  # noqa: ARG001 - as who reads something
    raise SandboxError


_NOT_OPENED = Text(
    "Không mở được tệp: hãy kiểm tra tên tệp và quyền đọc.",
    "The file cannot be opened: check its name and the right to read it.",
)
_NO_CODE = Text(
    "Không đọc được mã QR nào trong ảnh. Hãy chụp thẳng, đủ sáng, mã QR gần kín khung hình; gửi ảnh JPEG hoặc PNG.",
    "No QR code could be read in the photo. Take it straight and in good light, the code filling the picture; send "
    "JPEG or PNG.",
)
