"""What the desk keeps of a verdict: who and what the document says it is, what was concluded, and how to check again.

The browser of an officer holds these, and hands them back to be matched and exported; so it is JSON with limits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.errors import Text
from schemas.profiles import DocumentForm
from schemas.transcript.model import Digest, Kind, Time
from schemas.verdict import CheckStatus, Sentence, Verdict, VerdictCode
from verify.desk.submitted import Submitted
from verify.messages import NOT_THE_HOLDER, NOT_THE_WHOLE, is_record_age
from verify.names import has_strange_letters, names_school_otherwise
from verify.verifier import Verifier

_Line = Annotated[str, Field(max_length=300)]
_LONGEST: Final = 600
_Said = Annotated[str, Field(max_length=_LONGEST)]
_MOST_NOTES: Final = 12
SETTLED: Final = frozenset({VerdictCode.VALID})
"""The only verdict after which nobody has to look again."""
UNCHECKED: Final = Text("Chưa kiểm", "Not checked")
_NOBODYS: Final = frozenset({VerdictCode.ALTERED, VerdictCode.UNREADABLE, VerdictCode.NOT_A_TRANSCRIPT})


class _Sentence(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    vi: _Said
    en: _Said


class Outcome(BaseModel):
    """One document at the desk."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    subject: Literal["file", "qr", "serial"] = "file"
    name: _Line
    verdict: VerdictCode
    headline: _Sentence
    reason: _Sentence | None = None
    """The first check that did not pass, where one did not."""
    notes: Annotated[tuple[_Sentence, ...], Field(max_length=_MOST_NOTES)] = ()
    """What should be known beside the verdict, but for what is said of every document."""
    to_do: Annotated[tuple[_Sentence, ...], Field(max_length=_MOST_NOTES)] = ()
    """What somebody has to do although the verdict alone would settle it: what is genuine may not be what is needed."""
    test: bool = False
    form: DocumentForm | None = None
    kind: Kind | None = None
    full_name: _Line | None = None
    birth_date: dt.date | None = None
    student_code: _Line | None = None
    personal_id: _Line | None = None
    school: _Line | None = None
    school_code: _Line | None = None
    serial: _Line | None = None
    sha256: Digest | None = None
    entry: int | None = None
    tree_size: int | None = None
    root: _Line | None = None
    record_time: Time | None = None
    checked_at: Time
    duplicate_of: _Line | None = None
    """The name under which the same bytes were handed in before."""
    same_serial_as: _Line | None = None
    """The name under which other bytes of the same transcript were handed in before."""
    unchecked: bool = False
    """Nobody has looked at it, only `reason` says why: it may be anybody's transcript, or hold many."""

    @property
    def may_be_anybodys(self) -> bool:
        """Whether another check may find that it is the transcript of somebody who seems to have handed in none."""
        return self.unchecked or (self.full_name is None and self.verdict not in _NOBODYS)

    @property
    def is_settled(self) -> bool:
        """Whether the document by itself asks for nothing more."""
        return self.verdict in SETTLED and not self.to_do and not self.is_repeated

    @property
    def is_repeated(self) -> bool:
        """Whether the same transcript came before."""
        return self.duplicate_of is not None or self.same_serial_as is not None


def outcome_of(verdict: Verdict, name: str) -> Outcome:
    """Return what the desk keeps of a verdict."""
    document, record = verdict.document, verdict.record
    transcript = document.transcript if document else None
    learner = transcript.learner if transcript else None
    failed = next((check for check in verdict.checks if check.status is not CheckStatus.PASS), None)
    return Outcome(
        subject=verdict.subject,
        name=name,
        verdict=verdict.verdict,
        headline=sentence_of(verdict.headline),
        reason=sentence_of(failed.detail) if failed else None,
        notes=tuple(sentence_of(note) for note in verdict.notes if not _is_said_of_all(note))[:_MOST_NOTES],
        to_do=tuple(sentence_of(text) for text in _to_do(verdict)),
        test=verdict.test,
        form=verdict.form,
        kind=transcript.kind if transcript else None,
        full_name=document.full_name if document else None,
        birth_date=document.birth_date if document else None,
        student_code=learner.student_code if learner else None,
        personal_id=learner.personal_id if learner else None,
        school=document.school if document else record.school_name if record else None,
        school_code=document.school_code if document else record.school_code if record else None,
        serial=record.serial if record else None,
        sha256=verdict.source.sha256 if verdict.source else None,
        entry=record.index if record else None,
        tree_size=record.tree_size if record else None,
        root=record.root if record else None,
        record_time=record.record_time if record else None,
        checked_at=verdict.checked_at,
    )


def verify_submitted(verifier: Verifier, submitted: Submitted) -> Outcome:
    """Verify one document; of what was not read it is said why."""
    if submitted.data is None:
        outcome = outcome_of(verifier.missing_file(), submitted.name)
        told = {"reason": sentence_of(submitted.refusal)} if submitted.refusal else {}
        if submitted.holds_none:
            return outcome.model_copy(update=told)
        return outcome.model_copy(update={"headline": sentence_of(UNCHECKED), "unchecked": True} | told)
    return outcome_of(verifier.upload(submitted.data, name=submitted.name), submitted.name)


def verify_code(verifier: Verifier, text: str) -> Outcome:
    """Verify what a scanner typed: the address in a QR code, or a serial."""
    text = text.strip()
    verdict = verifier.qr(text) if "#" in text else verifier.serial(text)
    serial = verdict.record.serial if verdict.record else None
    return outcome_of(verdict, serial or f"{text[:24]}{'…' if len(text) > 24 else ''}")


def mark_repeated(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """Give the outcomes, files of bytes or of a transcript that came before marked with the name of the earlier one.

    A paper beside its file is not the same document twice.
    """
    of_bytes: dict[str | None, str] = {}
    of_entry: dict[int | None, str] = {}
    for outcome in outcomes:
        digest, entry = outcome.sha256, outcome.entry if outcome.subject == "file" else None
        if (earlier := of_bytes.get(digest)) is not None:
            yield outcome.model_copy(update={"duplicate_of": earlier})
            continue
        same_serial_as = of_entry.get(entry)
        if digest is not None:
            of_bytes[digest] = outcome.name
        if entry is not None:
            of_entry.setdefault(entry, outcome.name)
        yield outcome.model_copy(update={"same_serial_as": same_serial_as})


def digest_of(submitted: Submitted) -> str | None:
    """Return what tells the same bytes under two names."""
    return None if submitted.data is None else sha256(submitted.data).hexdigest()


def _to_do(verdict: Verdict) -> Iterator[Text]:
    if verdict.record is not None and verdict.record.continued_by is not None:
        yield _GET_THE_NEWEST
    if verdict.form in NOT_THE_WHOLE:
        yield _GET_THE_WHOLE
    if names_school_otherwise(verdict):
        yield _ASK_ABOUT_THE_SCHOOL
    if has_strange_letters(verdict):
        yield _COMPARE_THE_NAME


def _is_said_of_all(note: Sentence) -> bool:
    return is_record_age(note) or note.en == NOT_THE_HOLDER.en


def sentence_of(text: Text | Sentence) -> _Sentence:
    """Return a sentence as an outcome holds it."""
    return _Sentence(vi=text.vi[:_LONGEST], en=text.en[:_LONGEST])


_GET_THE_NEWEST: Final = Text(
    "Xin thí sinh bản học bạ mới nhất: bản này thiếu năm học sau.",
    "Ask the applicant for the newest transcript: this one lacks a later school year.",
)
_GET_THE_WHOLE: Final = Text(
    "Xin thí sinh toàn bộ học bạ, nếu cần hơn nội dung của bản này.",
    "Ask the applicant for the whole transcript, if more is needed than this holds.",
)
_ASK_ABOUT_THE_SCHOOL: Final = Text(
    "Hỏi nhà trường đã đăng ký hoặc Sở Giáo dục và Đào tạo trước khi nhận: tên trường ghi khác tên đã đăng ký.",
    "Ask the registered school or the education authority before accepting it: the school's name differs.",
)
_COMPARE_THE_NAME: Final = Text(
    "So từng chữ của tên với giấy tờ gốc, hoặc hỏi nhà trường: có chữ nhìn giống chữ khác.",
    "Compare the name letter by letter with an identity document, or ask the school: a letter looks like another.",
)
