"""The grace window between signed and recorded (docs/approvals.md): taken back, released early, held, or over.

Nothing of a document that stands in its window is public. Taking back only delays, so principal, deputy and clerk each
may, whatever marks they entered: whoever finds the mistake must not look for somebody else first. Releasing is for
whoever may issue: four eyes, as there. What the window ends by itself is looked at once more: what is not approved as
it stands is held until somebody releases it or takes it back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import Final

from schemas.change_trail import Act, Actor
from schemas.profiles import EXTRACT_PROFILES
from schemas.transcript.model import parse_transcript
from schemas.vietnam_time import VIETNAM
from service.approvals.approved import Approval, refusal_of
from service.changing import check_reason
from service.errors import ServiceError
from service.installation_parts import IssuingBusyError
from service.issuing import CHUNK, finish_documents, sweep
from service.issuing_tools import IssuingTools
from service.people.roles import Person, Role
from service.reserving import says, years_with
from service.signing import WorkFolder
from service.storage.records import Issuance, StudentYear
from service.storage.register import Register
from service.storage.trail_writing import Cause
from service.storage.windows import HELD_FOR_SOMEBODY, WindowCounts

MAY_RELEASE: Final = (Role.CLERK, Role.PRINCIPAL, Role.DEPUTY_PRINCIPAL)
"""Who takes back and, where four eyes let them, releases early."""


@dataclass(frozen=True, slots=True)
class Which:
    """Whose windows are meant: of a class, of a student, or with neither of a whole school year."""

    school: str
    school_year: str
    class_name: str | None = None
    student_code: str | None = None


@dataclass(frozen=True, slots=True)
class Released:
    """What became of the documents whose windows somebody ended."""

    ended: int
    released: int
    held: tuple[Issuance, ...]
    """Those that something holds; `failure` says what."""
    later: int
    """Those that follow by themselves, since somebody is issuing."""


@dataclass(frozen=True, slots=True)
class GraceDesk:
    """What people, and the running service, do with documents that stand signed."""

    register: Register
    check_release: Callable[..., None]
    """Refuses whoever entered or confirmed marks, see `ApprovalDesk.check_release`."""
    releasing: Callable[[bool], AbstractContextManager[IssuingTools]]
    """Gives what issuing needs while nobody else issues; waits for it, or refuses with `IssuingBusyError`."""
    alone: Callable[[], AbstractContextManager[None]]
    """Lets nobody issue meanwhile, or refuses with `IssuingBusyError`."""
    work: WorkFolder
    note_heads: Callable[[], None]
    now: Callable[[], dt.datetime]

    def release(self, which: Which, actor: Actor, *, wait: bool = True) -> Released:
        """End the windows of these documents now, and record and release them.

        Ending is durable first: what a crash leaves is gone on with by the running service. Where somebody is issuing
        and it is not to be waited for, that is left to it too.

        Raises:
            ServiceError: `release-four-eyes`, `nothing-stands`.
        """
        self.check_release(
            which.school, which.school_year, which.class_name, which.student_code, actor.id, actor.name
        )
        meant = self._standing(which)
        if not meant:
            raise _nothing_stands()
        ids = [one.id for one in meant]
        ended = self.register.end_windows(which.school, ids, self._cause(Act.RELEASED_EARLY, actor))
        self.note_heads()
        released: list[Issuance] = []
        try:
            with self.releasing(wait) as tools:
                finish_documents(tools, self._standing(which), released.append)
        except IssuingBusyError:
            return Released(ended, 0, (), later=len(meant))
        left = {one.id: one for one in self._standing(which) if one.id in set(ids)}
        return Released(ended, len(released), tuple(left.values()), later=0)

    def take_back(self, school: str, issuance_id: str, actor: Actor, reason: str) -> Issuance:
        """Let go of a signed document before it is recorded; again changes nothing.

        Its files go only once that is durable, and only while nobody issues: else whoever issues removes them.

        Raises:
            ServiceError: `reason-invalid`, `transcript-unknown`, `already-recorded`, `not-in-window`.
        """
        cause = self._cause(Act.TAKEN_BACK, actor, check_reason(reason))
        taken = self.register.take_back(school, issuance_id, cause)
        self.note_heads()
        # Whoever is issuing may have them in hand, and removes them at the end.
        with suppress(IssuingBusyError), self.alone():
            self.work.remove(taken.id)
        return taken

    def finish_due(self) -> WindowCounts:
        """Record and release what stood long enough, of all schools; returns what stands, and what is held.

        Raises:
            ServiceError: nobody can issue now.
        """
        seen: frozenset[str] = frozenset()
        while some := self.register.due(self._at(), limit=CHUNK):
            ids = frozenset(one.id for one in some)
            if ids == seen:
                break
            seen = ids
            with self.releasing(True) as tools:  # noqa: FBT003 - waits for whoever issues
                # Read again: whoever issued meanwhile, or took one back, has changed them.
                finish_documents(tools, self.register.due(self._at(), limit=CHUNK), lambda _: None)
        # A crash may have come between the end of a document and the removal of its files.
        if self.register.ended_of(self.work.leftovers()):
            with suppress(IssuingBusyError), self.alone():
                sweep(self.register, self.work)
        return self.register.window_counts(self._at())

    def document_of(self, school: str, school_year: str, student_code: str) -> Issuance:
        """Return a student's newest transcript of a school year, which may be taken back already.

        Raises:
            ServiceError: `nothing-stands` where there is none.
        """
        documents = self.register.documents(school, student_code, school_year)
        found = [one for one in documents if one.profile not in EXTRACT_PROFILES]
        if not found:
            raise _nothing_stands()
        return found[-1]

    def _standing(self, which: Which) -> tuple[Issuance, ...]:
        return self.register.standing(
            which.school, which.school_year, class_name=which.class_name, student_code=which.student_code
        )

    def _cause(self, act: Act, actor: Actor, reason: str | None = None) -> Cause:
        return Cause(act, actor, self._at(), why=reason)

    def _at(self) -> int:
        return int(self.now().timestamp())


def when_released(issuance: Issuance) -> dt.datetime | None:
    """Return when the window of a document ends, in Vietnam; None where it has none, or where only somebody ends it."""
    if issuance.releases_at is None or issuance.releases_at == HELD_FOR_SOMEBODY:
        return None
    return dt.datetime.fromtimestamp(issuance.releases_at, VIETNAM)


def check_may_release(person: Person, school: str) -> None:
    """Refuse people who neither release nor take back.

    Raises:
        ServiceError: `release-role`.
    """
    if person.school_code != school or not person.has(*MAY_RELEASE):
        raise ServiceError(
            "release-role",
            "Chỉ hiệu trưởng, phó hiệu trưởng hoặc văn thư của trường được phát hành hoặc lấy lại học bạ.",
            "Only the principal, a deputy or the clerk of the school may release or take back a transcript.",
        )


def why_held(
    register: Register,
    approval: Callable[[str, Iterable[StudentYear]], Approval],
    issuances: Sequence[Issuance],
) -> dict[str, ServiceError]:
    """Return by id which documents must not be recorded, and why: what they say is not approved now.

    An approval may have been withdrawn while they stood, or the one who gave it entered marks; data may have been
    changed around every refusal.
    """
    held: dict[str, ServiceError] = {}
    for school in dict.fromkeys(one.school_code for one in issuances):
        mine = [one for one in issuances if one.school_code == school]
        drafts = {
            one.id: draft
            for one in mine
            for draft in register.student_years(school, one.school_year, student_code=one.student_code)
        }
        approved = approval(school, drafts.values())
        for one in mine:
            draft = drafts.get(one.id)
            refusal = _changed() if draft is None else refusal_of(draft, approved)
            if draft is not None and refusal is None and not _says(register, one, draft):
                refusal = _changed()
            if refusal is not None:
                held[one.id] = _held(refusal)
    return held


def _says(register: Register, issuance: Issuance, draft: StudentYear) -> bool:
    return says(parse_transcript(issuance.data), draft.learner, years_with(register, draft))


def _changed() -> ServiceError:
    return ServiceError(
        "signed-data-changed",
        "Dữ liệu hiện nay khác dữ liệu đã ký.",
        "The data now are not those that were signed.",
    )


def _held(why: ServiceError) -> ServiceError:
    return ServiceError(
        "release-held",
        f"Đã ký nhưng giữ lại, chưa phát hành: {why.text.vi} Hãy lấy lại học bạ này (hocba take-back); hoặc duyệt lại "
        "đúng dữ liệu đã ký, rồi phát hành (hocba release).",
        f"Signed, but held and not released: {why.text.en} Take it back (hocba take-back); or have exactly what was "
        "signed approved again, then release it (hocba release).",
    )


def _nothing_stands() -> ServiceError:
    return ServiceError(
        "nothing-stands",
        "Không có học bạ nào đã ký đang chờ phát hành ở đây; hãy xem lại lớp, mã học sinh và năm học.",
        "No signed transcript waits to be released here; check class, student code and school year.",
    )
