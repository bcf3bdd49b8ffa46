"""The grace window between signed and recorded: nothing is public in it; it ends, is ended, or one is taken back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pytest

from schemas.change_trail import Act
from schemas.record.entry import Issued, parse_entry
from schemas.verdict import VerdictCode
from service.approvals.states import ApprovalState
from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.families.notices import contact_of
from service.grace import Which
from service.installation_parts import IssuingBusyError
from service.issuing import finish_documents, released_path
from service.issuing_tools import IssuingTools
from service.storage.family_records import NoticeKind
from service.storage.log_store import LogStore
from service.storage.records import State
from service.storage.trail_writing import Whose
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.grace import CLASS, CLERK, MINUTES, PRINCIPAL, REASON, WHOLE_CLASS, GraceSchool


@pytest.fixture
def school(demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch) -> GraceSchool:
    """Three students whose documents stand."""
    return GraceSchool.of(demonstration, monkeypatch)


def test_signed_stands_and_nothing_is_public(demonstration: Demonstration, school: GraceSchool) -> None:
    """Signed and self-checked, three documents wait: no entry, no file, no failure; the audit finds nothing amiss."""
    report = school.report
    assert report is not None
    assert (len(report.in_window), report.released, report.failed, report.waiting) == (3, (), (), ())
    until = int((demonstration.clock() - dt.timedelta(seconds=1)).timestamp()) + MINUTES * 60
    assert {(one.state, one.releases_at) for one in school.documents()} == {(State.SIGNED, until)}
    log = LogStore(demonstration.installation.database)
    assert all(log.find(one.id) is None for one in school.documents())
    assert not any(released_path(demonstration.data / "issued", one).exists() for one in school.documents())
    assert school.work() == {one.id for one in school.documents()}
    assert school.differences() == []


def test_it_ends_by_itself(demonstration: Demonstration, school: GraceSchool) -> None:
    """Not before its time the running service records and releases; then everything verifies, and nothing is left."""
    metrics = school.tend()
    assert "hocba_grace_window_documents 3\n" in metrics
    assert {one.state for one in school.documents()} == {State.SIGNED}
    school.end()
    for one in school.documents():
        assert (one.state, one.failure) == (State.RELEASED, None)
        pdf = released_path(demonstration.data / "issued", one).read_bytes()
        assert demonstration.verify(pdf).verdict is VerdictCode.VALID
    assert school.work() == set()
    assert "hocba_grace_window_documents 0\nhocba_held_documents 0\n" in _numbers(school.tend())
    assert school.differences() == []


def test_the_next_request_ends_it_too(demonstration: Demonstration, school: GraceSchool) -> None:
    """Without a running service the next issuing records what stood long enough, and leaves alone what did not."""
    assert len(school.issue().in_window) == 3
    assert {one.version for one in school.documents()} == {1}
    demonstration.clock.forward(minutes=MINUTES)
    assert len(school.issue().released) == 3


def test_families_hear_of_the_release(demonstration: Demonstration, school: GraceSchool) -> None:
    """A notice is put into the outbox when the document is given out, and none when it is signed."""
    register, student = demonstration.installation.register, school.documents()[0].student_code
    register.set_contact(contact_of(SCHOOL, student, "me@example.test", at=0, by=None))
    school.tend()
    assert [one.kind for one in register.notices(SCHOOL)] == []
    school.end()
    assert [one.kind for one in register.notices(SCHOOL)] == [NoticeKind.RELEASED]


def test_taken_back_it_is_never_recorded(demonstration: Demonstration, school: GraceSchool) -> None:
    """One is let go of: its files go, the others are released, its serial never is; the trail says who and why."""
    first = school.documents()[0]
    size = school.log_size()
    taken = school.desk.take_back(SCHOOL, first.id, PRINCIPAL, f"  {REASON} ")
    assert (taken.state, taken.serial) == (State.ABANDONED, first.serial)
    assert first.id not in school.work()
    assert school.desk.take_back(SCHOOL, first.id, CLERK, "again") == taken
    whose = Whose(SCHOOL, first.student_code, SCHOOL_YEAR)
    entry = demonstration.installation.register.trail_of(whose)[-1].parsed
    assert entry is not None
    assert (entry.act, entry.actor, entry.why, entry.reference) == (
        Act.TAKEN_BACK,
        PRINCIPAL,
        REASON,
        first.id,
    )
    school.end()
    assert [one.state for one in school.documents()] == [State.ABANDONED, State.RELEASED, State.RELEASED]
    entries = LogStore(demonstration.installation.database).entries(size, school.log_size())
    recorded = [one for one in map(parse_entry, entries) if isinstance(one, Issued)]
    assert len(recorded) == 2
    assert not released_path(demonstration.data / "issued", first).exists()
    assert school.differences() == []


def test_taking_back_ends_the_approval(demonstration: Demonstration, school: GraceSchool) -> None:
    """What was taken back is approved again before it is issued anew, under another serial; confirmations stand."""
    first = school.documents()[0]
    school.desk.take_back(SCHOOL, first.id, CLERK, REASON)
    report = school.issue()
    assert [one.student_code for one in report.unapproved] == [first.student_code]
    board = demonstration.installation.approvals.board(SCHOOL, SCHOOL_YEAR, CLASS)
    assert board.states[first.student_code].state is ApprovalState.WAITING_PRINCIPAL
    demonstration.clock.forward(seconds=1)
    demonstration.installation.approve(SCHOOL, SCHOOL_YEAR)
    school.issue()
    school.end()
    of_first = [one for one in school.documents() if one.student_code == first.student_code]
    assert [(one.version, one.state) for one in of_first] == [(1, State.ABANDONED), (2, State.RELEASED)]
    assert of_first[1].serial != first.serial
    assert school.differences() == []


def test_released_it_is_not_taken_back(school: GraceSchool) -> None:
    """After the window only revoking or correcting is left, and the refusal says so."""
    school.end()
    with pytest.raises(ServiceError, match="hocba revoke") as refusal:
        school.desk.take_back(SCHOOL, school.documents()[0].id, CLERK, REASON)
    assert refusal.value.code == "already-recorded"
    assert {one.state for one in school.documents()} == {State.RELEASED}


def test_an_entry_that_nobody_noted_is_not_taken_back(
    demonstration: Demonstration, school: GraceSchool
) -> None:
    """A crash between the entry and its note leaves it recorded: it is not taken back, and is released at last."""
    demonstration.clock.forward(minutes=MINUTES)
    first = school.documents()[0]
    with demonstration.installation.grace.releasing(True) as tools:  # noqa: FBT003
        stopped = replace(tools, record=_Stopped(tools))
        with pytest.raises(_StoppedError):
            finish_documents(stopped, [first], lambda _: None)
    assert school.documents()[0].state is State.SIGNED
    with pytest.raises(ServiceError) as refusal:
        school.desk.take_back(SCHOOL, first.id, CLERK, REASON)
    assert refusal.value.code == "already-recorded"
    school.tend()
    assert {one.state for one in school.documents()} == {State.RELEASED}
    assert school.differences() == []


def test_taken_back_at_the_very_last(demonstration: Demonstration, school: GraceSchool) -> None:
    """Somebody takes one back between its last check and its entry, from anywhere: the others alone are recorded."""
    demonstration.clock.forward(minutes=MINUTES)
    first, *others = school.documents()
    register = demonstration.installation.register
    size = school.log_size()

    with demonstration.installation.grace.releasing(True) as tools:  # noqa: FBT003

        def take_back() -> None:
            cause = school.desk._cause(Act.TAKEN_BACK, CLERK, REASON)  # noqa: SLF001
            register.take_back(SCHOOL, first.id, cause)

        raced = replace(tools, record=_Raced(tools, take_back))
        finish_documents(raced, [first, *others], lambda _: None)
    assert [one.state for one in school.documents()] == [State.ABANDONED, State.RELEASED, State.RELEASED]
    log = LogStore(demonstration.installation.database)
    entries = [parse_entry(one) for one in log.entries(size, log.size)]
    assert len([one for one in entries if isinstance(one, Issued)]) == 2
    assert log.find(first.id) is None
    school.tend()
    assert school.differences() == []


def test_released_early(demonstration: Demonstration, school: GraceSchool) -> None:
    """The clerk ends the windows of one student, then of the class; the trail names who did."""
    first, second, third = school.documents()
    done = school.desk.release(Which(SCHOOL, SCHOOL_YEAR, student_code=first.student_code), CLERK)
    assert (done.ended, done.released, done.held, done.later) == (1, 1, (), 0)
    assert [one.state for one in school.documents()] == [State.RELEASED, State.SIGNED, State.SIGNED]
    assert school.desk.release(WHOLE_CLASS, CLERK).released == 2
    assert {one.state for one in school.documents()} == {State.RELEASED}
    for one in (first, second, third):
        entries = demonstration.installation.register.trail_of(Whose(SCHOOL, one.student_code, SCHOOL_YEAR))
        last = entries[-1].parsed
        assert last is not None
        assert (last.act, last.actor) == (Act.RELEASED_EARLY, CLERK)
    with pytest.raises(ServiceError) as refusal:
        school.desk.release(WHOLE_CLASS, CLERK)
    assert refusal.value.code == "nothing-stands"
    assert school.differences() == []


def test_whoever_confirmed_marks_does_not_release(demonstration: Demonstration, school: GraceSchool) -> None:
    """Four eyes hold for the release as for issuing; taking back is for anybody of the office."""
    acts = demonstration.installation.register.acts(SCHOOL, SCHOOL_YEAR, CLASS)
    confirmer = replace(CLERK, id=acts[0].person_id, name=acts[0].person_name)
    with pytest.raises(ServiceError) as refusal:
        school.desk.release(WHOLE_CLASS, confirmer)
    assert refusal.value.code == "release-four-eyes"
    assert {one.releases_at for one in school.documents()} == {school.documents()[0].releases_at}
    taken = school.desk.take_back(SCHOOL, school.documents()[0].id, confirmer, REASON)
    assert taken.state is State.ABANDONED


def test_while_somebody_issues(demonstration: Demonstration, school: GraceSchool) -> None:
    """Nobody waits for a long batch: the window is over at once, the release follows; a document is taken back."""
    first, *_ = school.documents()
    other = demonstration.installation
    with other.grace.releasing(True):  # noqa: FBT003
        taken = school.desk.take_back(SCHOOL, first.id, CLERK, REASON)
        done = school.desk.release(WHOLE_CLASS, CLERK, wait=False)
        with pytest.raises(IssuingBusyError), other.grace.releasing(False):  # noqa: FBT003
            pass
    assert taken.state is State.ABANDONED
    assert first.id in school.work()
    assert (done.ended, done.released, done.later) == (2, 0, 2)
    school.tend()
    assert [one.state for one in school.documents()] == [State.ABANDONED, State.RELEASED, State.RELEASED]
    assert school.work() == set()


class _StoppedError(Exception):
    """Stands for the power cut."""


class _Stopped:
    """A record after whose append the process is gone."""

    def __init__(self, tools: IssuingTools) -> None:
        self._record = tools.record
        self.find, self.prove = tools.record.find, tools.record.prove
        self.publish = tools.record.publish

    def append(self, entries: Sequence[tuple[str, bytes]], *, checked_at: int | None = None) -> list[int]:
        self._record.append(entries, checked_at=checked_at)
        raise _StoppedError


class _Raced:
    """A record before whose append somebody else does something, once."""

    def __init__(self, tools: IssuingTools, act: object) -> None:
        self._record, self._act = tools.record, act
        self.find, self.prove = tools.record.find, tools.record.prove
        self.publish = tools.record.publish

    def append(self, entries: Sequence[tuple[str, bytes]], *, checked_at: int | None = None) -> list[int]:
        act, self._act = self._act, None
        if callable(act):
            act()
        return self._record.append(entries, checked_at=checked_at)


def _numbers(metrics: str) -> str:
    return "".join(f"{line}\n" for line in metrics.splitlines() if not line.startswith("#"))
