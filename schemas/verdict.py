"""Verdicts: what a check says, what a whole verification says, and the JSON of both (docs/formats/verdict.md).

Codes are never renamed. The sentences of checks are the verifier's; headlines belong to the codes and stand here.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.errors import Text
from schemas.profiles import DocumentForm
from schemas.transcript.model import Digest, Time, Transcript


class CheckId(StrEnum):
    """The seven checks, in the order in which they are made and shown."""

    READABLE = "readable"
    STRUCTURE = "structure"
    SIGNATURES = "signatures"
    ISSUER = "issuer"
    CONTENT = "content"
    RECORDED = "recorded"
    STATUS = "status"


class CheckStatus(StrEnum):
    """Unknown is an answer of its own: neither pass nor fail."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"


class VerdictCode(StrEnum):
    """The twelve verdicts. Only `valid` is green, and only a file can earn it."""

    VALID = "valid"
    RECORDED = "recorded"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    ALTERED = "altered"
    UNTRUSTED_ISSUER = "untrusted_issuer"
    UNRECORDED = "unrecorded"
    UNCONFIRMED = "unconfirmed"
    NOT_FOUND = "not_found"
    NOT_A_TRANSCRIPT = "not_a_transcript"
    UNREADABLE = "unreadable"
    SERVICE_ERROR = "service_error"

    @property
    def headline(self) -> Text:
        """The one sentence that people read first."""
        return _HEADLINES[self]

    def headline_of(self, form: DocumentForm | None) -> Text:
        """Return the headline about a document of this form: what is taken from a transcript is never called one."""
        return _HEADLINES_OF_FORMS.get(form, {}).get(self, self.headline)

    @property
    def exit_code(self) -> int:
        """The exit code of `hocba-verify` for a single file, QR or serial."""
        return _EXIT_CODES[self]


_HEADLINES = {
    VerdictCode.VALID: Text("Học bạ hợp lệ, đang có hiệu lực", "Genuine and current"),
    VerdictCode.RECORDED: Text("Mã có trong sổ cấp: hãy so với tờ giấy", "On record: compare with the paper"),
    VerdictCode.SUPERSEDED: Text(
        "Học bạ thật, nhưng đã có bản đính chính", "Genuine, replaced by a corrected version"
    ),
    VerdictCode.REVOKED: Text("Học bạ đã bị thu hồi", "Revoked by the issuer"),
    VerdictCode.ALTERED: Text("Nội dung không khớp với bản đã ký", "Does not match what was signed"),
    VerdictCode.UNTRUSTED_ISSUER: Text("Chưa xác nhận được nơi cấp", "Issuer not recognised"),
    VerdictCode.UNRECORDED: Text("Có chữ ký nhưng chưa từng được cấp", "Signed, but never issued"),
    VerdictCode.UNCONFIRMED: Text(
        "Chưa kiểm được đầy đủ, chưa kết luận", "Could not be fully checked, no conclusion"
    ),
    VerdictCode.NOT_FOUND: Text("Không tìm thấy mã này", "No such serial"),
    VerdictCode.NOT_A_TRANSCRIPT: Text("Tệp này không phải học bạ số", "Not a digital transcript"),
    VerdictCode.UNREADABLE: Text("Không đọc được tệp hoặc mã", "Could not be read"),
    VerdictCode.SERVICE_ERROR: Text("Hệ thống gặp sự cố, chưa có kết luận", "Our fault, no conclusion"),
}
_HEADLINES_OF_FORMS: dict[DocumentForm | None, dict[VerdictCode, Text]] = {
    DocumentForm.EXTRACT: {
        VerdictCode.VALID: Text(
            "Trích lục một năm học: hợp lệ, có hiệu lực", "Extract of one year: genuine and current"
        ),
        VerdictCode.RECORDED: Text(
            "Trích lục có trong sổ cấp: so với tờ giấy", "Extract on record: compare with the paper"
        ),
        VerdictCode.SUPERSEDED: Text(
            "Trích lục thật, học bạ gốc đã đính chính", "Genuine extract of a replaced transcript"
        ),
        VerdictCode.REVOKED: Text(
            "Trích lục hoặc học bạ gốc đã bị thu hồi", "Extract or its transcript was revoked"
        ),
    },
    DocumentForm.TRANSFER_SUMMARY: {
        VerdictCode.VALID: Text(
            "Tóm tắt chuyển trường: hợp lệ, có hiệu lực", "Transfer summary: genuine and current"
        ),
        VerdictCode.RECORDED: Text(
            "Bản tóm tắt có trong sổ cấp: so với tờ giấy", "Summary on record: compare with the paper"
        ),
        VerdictCode.SUPERSEDED: Text(
            "Bản tóm tắt thật, học bạ gốc đã đính chính", "Genuine summary of a replaced transcript"
        ),
        VerdictCode.REVOKED: Text(
            "Bản tóm tắt hoặc học bạ gốc đã bị thu hồi", "Summary or its transcript was revoked"
        ),
    },
}
_EXIT_CODES = {
    code: 0 if code is VerdictCode.VALID else 9 + position for position, code in enumerate(VerdictCode)
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Sentence(_Part):
    """A sentence in both languages."""

    vi: str
    en: str

    @classmethod
    def of(cls, text: Text) -> Sentence:
        """Return the JSON form of a `Text`."""
        return _sentence(text)


@lru_cache(maxsize=512)
def _sentence(text: Text) -> Sentence:
    return Sentence(vi=text.vi, en=text.en)


class Source(_Part):
    """What was checked; `name` is as given by the person, the rest describes the bytes."""

    name: str | None = None
    sha256: Digest
    bytes: Annotated[int, Field(ge=0)]


class Check(_Part):
    """One check, its status and a sentence that says what was found."""

    id: CheckId
    status: CheckStatus
    detail: Sentence


class SignatureReport(_Part):
    """What TT 15/2025/TT-BKHCN wants shown of a signature; `revocation_evidence` is "none" where there is none."""

    role: str
    signer: str
    managing_unit: str | None
    issuer: str
    signed_at: Time | None
    time_source: Literal["timestamp", "record", "claimed", "none"]
    level: Literal["B-B", "B-T", "B-LT"]
    integrity: CheckStatus
    certificate_valid: tuple[Time, Time]
    valid_at_signing: CheckStatus
    revocation_evidence: Literal["none", "embedded"]


class ComparedSubject(_Part):
    """A row of signed marks to compare with the paper; `level` and `test` are those of primary school."""

    subject: str
    semester1: str | None = None
    semester2: str | None = None
    year: str | None = None
    reassessed: str | None = None
    level: str | None = None
    test: str | None = None


class ComparedYear(_Part):
    """A year of signed marks and results from the QR's claims."""

    school_year: str
    grade: int
    subjects: tuple[ComparedSubject, ...]
    results: dict[str, str]


class Document(_Part):
    """The signed content to show: the attached transcript of a file, or the claims of a QR."""

    school: str
    school_code: str
    full_name: str
    birth_date: dt.date
    years: tuple[ComparedYear, ...]
    transcript: Transcript | None = None


class Version(_Part):
    """One version in the line that the document stands in; `shown` marks the document itself."""

    index: int
    issued_at: Time
    school_code: str
    school_name: str | None
    relation: Literal["first", "continues", "corrects", "extracts"]
    status: Literal["valid", "revoked", "superseded"]
    shown: bool


class RecordReport(_Part):
    """What the public record says of the document; `record_time` is the clock's time on the checkpoint used.

    `root` is the root of that checkpoint. `versions` has the whole line, oldest first, where there is more than one.
    """

    serial: str | None
    index: int
    tree_size: int
    issued_at: Time
    school_code: str
    school_name: str | None
    status: Literal["valid", "revoked", "superseded", "unknown"]
    relation: Literal["first", "continues", "corrects", "extracts"]
    continued_by: int | None = None
    corrected_by: int | None = None
    revoked_class: Literal["error", "compromise", "other"] | None = None
    revoked_at: Time | None = None
    revoked_by: str | None = None
    root: Digest | None = None
    versions: tuple[Version, ...] = ()
    record_time: Time | None


class Verdict(_Part):
    """The answer about one file, QR or serial; the same JSON from the command line and the API.

    `form` is what the document is, as far as it may be told.
    """

    verdict: VerdictCode
    headline: Sentence
    subject: Literal["file", "qr", "serial"]
    source: Source | None
    form: DocumentForm | None = None
    test: bool
    checks: tuple[Check, ...]
    notes: tuple[Sentence, ...] = ()
    document: Document | None
    signatures: tuple[SignatureReport, ...]
    record: RecordReport | None
    checked_at: Time

    def to_json(self) -> str:
        """Return the verdict as one line of JSON."""
        return self.model_dump_json(by_alias=True)
