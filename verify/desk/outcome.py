"""What the desk keeps of a verdict: who and what the document says it is, what was concluded, and how to check again.

The browser of an officer holds these, and hands them back to be matched and exported; so it is JSON with limits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from hashlib import sha256
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.errors import Text
from schemas.profiles import DocumentForm
from schemas.transcript.model import Digest, Kind, Time
from schemas.verdict import CheckStatus, Sentence, Verdict, VerdictCode
from verify.desk.submitted import Submitted
from verify.verifier import Verifier

_Line = Annotated[str, Field(max_length=300)]
SETTLED: Final = frozenset({VerdictCode.VALID})
"""The only verdict after which nobody has to look again."""
UNCHECKED: Final = Text("Chưa kiểm", "Not checked")
_NOBODYS: Final = frozenset({VerdictCode.ALTERED, VerdictCode.UNREADABLE, VerdictCode.NOT_A_TRANSCRIPT})


class _Sentence(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    vi: _Line
    en: _Line


class Outcome(BaseModel):
    """One document at the desk."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    subject: Literal["file", "qr", "serial"] = "file"
    name: _Line
    verdict: VerdictCode
    headline: _Sentence
    reason: _Sentence | None = None
    """The first check that did not pass, where one did not."""
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
    unchecked: bool = False
    """Nobody has looked at it, only `reason` says why: it may be anybody's transcript, or hold many."""

    @property
    def may_be_anybodys(self) -> bool:
        """Whether another check may find that it is the transcript of somebody who seems to have handed in none."""
        return self.unchecked or (self.full_name is None and self.verdict not in _NOBODYS)

    @property
    def is_settled(self) -> bool:
        """Whether the document by itself asks for nothing more."""
        return self.verdict in SETTLED and self.duplicate_of is None


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
        headline=_sentence(verdict.headline),
        reason=_sentence(failed.detail) if failed else None,
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
        told = {"reason": _sentence(Sentence.of(submitted.refusal))} if submitted.refusal else {}
        if submitted.holds_none:
            return outcome.model_copy(update=told)
        return outcome.model_copy(
            update={"headline": _sentence(Sentence.of(UNCHECKED)), "unchecked": True} | told
        )
    return outcome_of(verifier.upload(submitted.data, name=submitted.name), submitted.name)


def verify_code(verifier: Verifier, text: str) -> Outcome:
    """Verify what a scanner typed: the address in a QR code, or a serial."""
    text = text.strip()
    verdict = verifier.qr(text) if "#" in text else verifier.serial(text)
    serial = verdict.record.serial if verdict.record else None
    return outcome_of(verdict, serial or f"{text[:24]}{'…' if len(text) > 24 else ''}")


def mark_repeated(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return the outcomes, those of bytes that came before marked with the name under which they came."""
    first: dict[str, str] = {}
    marked = []
    for outcome in outcomes:
        digest = outcome.sha256
        earlier = first.get(digest) if digest else None
        marked.append(outcome.model_copy(update={"duplicate_of": earlier}) if earlier else outcome)
        if digest and earlier is None:
            first[digest] = outcome.name
    return marked


def digest_of(submitted: Submitted) -> str | None:
    """Return what tells the same bytes under two names."""
    return None if submitted.data is None else sha256(submitted.data).hexdigest()


def _sentence(text: Sentence) -> _Sentence:
    return _Sentence(vi=text.vi[:300], en=text.en[:300])
