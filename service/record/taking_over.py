"""Taking over the years of another school's transcript: a learner moves, and the file that they bring is verified.

Only a file that verifies as a transcript in force is taken. Its years of the level become years of the learner here,
word for word, each with its school and with the document that it was taken from; they are in no class of this school
and are never issued by themselves. The next document of the learner here holds them and continues that document.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from schemas.change_trail import Act, Actor
from schemas.profiles import DocumentForm
from schemas.transcript.model import SourceDocument, Transcript, Year, format_transcript
from schemas.verdict import Verdict, VerdictCode
from service.errors import ServiceError
from service.storage.imports import Imports
from service.storage.records import ELSEWHERE, StudentYear
from service.storage.register import Register
from service.storage.trail_writing import Cause


@dataclass(frozen=True, slots=True)
class TakingOverTools:
    """What taking over needs from elsewhere."""

    register: Register
    imports: Imports
    verify: Callable[[bytes], Verdict]
    at: Callable[[], int]
    token_bytes: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What a file says that was taken over, or would be; `left` are years that this school answers for itself."""

    transcript: Transcript
    taken: tuple[Year, ...]
    left: tuple[Year, ...]
    is_continued: bool
    """Whether a later document exists, which holds more years."""


def take_over(
    tools: TakingOverTools, school: str, pdf: bytes, name: str, *, actor: Actor, dry_run: bool
) -> TakenOver:
    """Take over the years of a file; asked again, nothing changes. Each year can be undone like an import.

    Raises:
        ServiceError: `takeover-unverified`, `takeover-not-transcript`, `takeover-own`, `takeover-year-known`.
    """
    verdict = tools.verify(pdf)
    transcript = _checked(verdict, school)
    known = _own_years(tools.register, school, transcript)
    taken = tuple(year for year in transcript.years if year.school_year not in known)
    left = tuple(year for year in transcript.years if year.school_year in known)
    for year in left:
        if year.school.code != school:
            raise _known(year)
    if not dry_run:
        source = SourceDocument(
            serial=transcript.serial, data=sha256(format_transcript(transcript)).hexdigest()
        )
        for year in taken:
            row = StudentYear(
                school, ELSEWHERE, transcript.learner, year.model_copy(update={"source": source}), ""
            )
            cause = Cause(Act.TAKEOVER, actor, tools.at(), reference=tools.token_bytes(16).hex())
            tools.imports.put(school, year.school_year, [row], [(name, pdf)], cause=cause)
    is_continued = verdict.record is not None and verdict.record.continued_by is not None
    return TakenOver(transcript, taken, left, is_continued)


def _checked(verdict: Verdict, school: str) -> Transcript:
    """Return what a verified file says, where it may be taken over.

    Everything that a verifier shows of a file that is not in force is somebody's claim: none of it is taken.
    """
    if verdict.verdict is not VerdictCode.VALID or verdict.document is None:
        headline = verdict.headline
        raise ServiceError(
            "takeover-unverified",
            f"Chỉ tiếp nhận được học bạ kiểm tra là hợp lệ và đang có hiệu lực. Kết quả kiểm tra tệp này: "
            f"{headline.vi}. Hãy xin trường cũ tệp PDF gốc của học bạ mới nhất.",
            f"Only a transcript that verifies as genuine and current can be taken over. This file: {headline.en}. "
            "Ask the former school for the original PDF of the newest transcript.",
        )
    transcript = verdict.document.transcript
    if transcript is None or verdict.form is not DocumentForm.TRANSCRIPT:
        raise ServiceError(
            "takeover-not-transcript",
            "Tệp này là trích lục hoặc bản tóm tắt, không phải học bạ; hãy xin trường cũ tệp PDF của học bạ.",
            "This file is an extract or a summary, not the transcript; ask the former school for the transcript's PDF.",
        )
    if transcript.issuer.code == school:
        raise ServiceError(
            "takeover-own",
            "Học bạ này do chính trường này cấp, không có gì để tiếp nhận.",
            "This school issued that transcript itself; there is nothing to take over.",
        )
    return transcript


def _own_years(register: Register, school: str, transcript: Transcript) -> frozenset[str]:
    """Return the school years of the learner that this school has imported itself."""
    last = transcript.years[-1].school_year
    rows = register.years_until(school, transcript.learner.student_code, last)
    return frozenset(row.year.school_year for row in rows if row.class_name != ELSEWHERE)


def _known(year: Year) -> ServiceError:
    return ServiceError(
        "takeover-year-known",
        f"Trường đã nhập năm học {year.school_year} của học sinh này, mà học bạ mang đến ghi năm học đó ở "
        f"{year.school.name}. Hãy xem bên nào đúng; nếu bản nhập là nhầm, hãy hoàn tác (hocba imports undo) "
        "rồi tiếp nhận.",
        f"This school has imported the learner's year {year.school_year}, which the transcript has at "
        f"{year.school.name}. See who is right; where the import is the mistake, undo it (hocba imports undo), then "
        "take over.",
    )
