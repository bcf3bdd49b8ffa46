"""Batches that a worker carries out: asked for once, done in turns, paused, resumed, tried again, judged each time."""

from __future__ import annotations

import dataclasses
import fcntl
import sqlite3
from itertools import count

import pytest

from schemas.change_trail import Act, Actor, ActorKind
from schemas.transcript.model import School
from service.batches.progress import Outcome, progress_of
from service.batches.worker import Worker, is_anybody_at_work
from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.installation import Installation
from service.issuing import released_path
from service.people.accounts import OPERATOR as SHELL
from service.people.roles import Role
from service.sample import sample_class
from service.scopes import Scope
from service.storage.batch_records import ActKind, BatchJob, JobState
from service.storage.records import Token
from service.storage.trail_writing import Cause
from tests.support.batches import OPERATOR, ask, job_of, with_classes, work_off
from tests.support.demonstration import SCHOOL, Demonstration, add_school

OTHER = School(code="OTHER-01", name="Trường THCS Khác", commune="Phường Khác", province="Hà Nội")


@pytest.fixture
def two_classes(demonstration: Demonstration) -> Demonstration:
    """Beside the released class 6A, two approved ones that nobody has issued: 9B of three and 7A of two."""
    with_classes(demonstration, class_9B=3, class_7A=2)
    return demonstration


def outcomes(installation: Installation, job: BatchJob) -> dict[str, dict[Outcome, int]]:
    """Return what became of a batch, by class."""
    progress = progress_of(job, installation.register.batch_items(job))
    return {name: dict(counts.by_outcome) for name, counts in progress.by_class.items()}


def clerk(installation: Installation) -> Actor:
    """Return the demonstration's clerk."""
    account = installation.people.account_of_name("van-thu")
    assert account is not None
    return Actor(ActorKind.PERSON, account.person.id, account.person.name)


def test_asking_signs_nothing_and_a_worker_does_it_all(two_classes: Demonstration) -> None:
    """A batch for the whole school is stored at once; the worker issues each class, once, and says when it was done."""
    installation = two_classes.installation
    job = ask(installation)
    assert (job.state, job.classes) == (JobState.QUEUED, ("6A", "7A", "9B"))
    assert len(two_classes.issuances()) == 3
    work_off(installation)
    done = job_of(installation, job)
    assert (done.state, done.todo, done.turn_open) == (JobState.DONE, (), None)
    assert outcomes(installation, done) == {
        "6A": {Outcome.ISSUED: 3},
        "7A": {Outcome.ISSUED: 2},
        "9B": {Outcome.ISSUED: 3},
    }
    assert done.documents == 5
    assert installation.audit().differences == ()


def test_classes_are_chosen(two_classes: Demonstration) -> None:
    """Of several classes those that were chosen are issued and no other."""
    installation = two_classes.installation
    job = ask(installation, "9B", "6A")
    work_off(installation)
    assert {one.class_name for one in two_classes.issuances()} == {"6A", "9B"}
    assert job_of(installation, job).classes == ("6A", "9B")


def test_the_same_key_is_the_same_batch(two_classes: Demonstration) -> None:
    """A request that comes twice is stored once; the same key with other classes is refused."""
    installation = two_classes.installation
    first = ask(installation, "9B", "7A", key="k")
    assert ask(installation, "9B", "7A", key="k").batch == first.batch
    with pytest.raises(ServiceError) as refused:
        ask(installation, "9B", "6A", key="k")
    assert refused.value.code == "idempotency-key-reused"
    assert len(installation.register.jobs(SCHOOL, limit=10)) == 1
    assert [one.kind for one in installation.register.batch_acts(SCHOOL, first.batch.id)] == [ActKind.ASK]


def test_pausing_takes_effect_between_chunks(
    two_classes: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that is paused while a class is signed stops after the chunk; resumed, it goes on with the same class."""
    monkeypatch.setattr("service.issuing.CHUNK", 2)
    installation = two_classes.installation
    desk, job = installation.batches, ask(installation, "9B")
    times = count()

    def clock() -> float:
        # Read when the turn begins, and before each chunk.
        at = next(times)
        if at == 2:
            desk.pause(SCHOOL, job.batch.id, by=OPERATOR, via="shell")
        return float(at)

    assert Worker(installation, clock=clock).turn()
    paused = job_of(installation, job)
    assert (paused.state, paused.todo, paused.turn_open) == (JobState.PAUSED, ("9B",), None)
    assert (paused.documents, paused.milliseconds) == (2, 3000)
    assert outcomes(installation, paused) == {"9B": {Outcome.ISSUED: 2, Outcome.BEGUN: 1}}
    work_off(installation)
    assert outcomes(installation, job_of(installation, job))["9B"][Outcome.BEGUN] == 1
    desk.resume(SCHOOL, job.batch.id, by=OPERATOR, via="shell")
    work_off(installation)
    assert outcomes(installation, job_of(installation, job)) == {"9B": {Outcome.ISSUED: 3}}
    acts = [one.kind for one in installation.register.batch_acts(SCHOOL, job.batch.id)]
    assert acts == [ActKind.ASK, ActKind.PAUSE, ActKind.RESUME]


def test_acts_that_do_not_apply_change_nothing(two_classes: Demonstration) -> None:
    """Pausing twice, resuming what runs, retrying where nothing failed: no act, and the batch stands as it stood."""
    installation = two_classes.installation
    desk, batch_id = installation.batches, ask(installation, "9B").batch.id
    desk.resume(SCHOOL, batch_id, by=OPERATOR, via="shell")
    desk.pause(SCHOOL, batch_id, by=OPERATOR, via="shell")
    desk.pause(SCHOOL, batch_id, by=OPERATOR, via="shell")
    desk.resume(SCHOOL, batch_id, by=OPERATOR, via="shell")
    work_off(installation)
    desk.retry(SCHOOL, batch_id, by=OPERATOR, via="shell")
    desk.pause(SCHOOL, batch_id, by=OPERATOR, via="shell")
    assert desk.known(SCHOOL, batch_id).state is JobState.DONE
    acts = [one.kind for one in installation.register.batch_acts(SCHOOL, batch_id)]
    assert acts == [ActKind.ASK, ActKind.PAUSE, ActKind.RESUME]


def test_what_failed_is_tried_again(two_classes: Demonstration) -> None:
    """A document's failure holds up no other; trying again does the class of it alone."""
    installation = two_classes.installation
    reserve_alone(installation, job := ask(installation, "7A", "9B"))
    broken = installation.register.issuances(SCHOOL, SCHOOL_YEAR, class_name="7A")[0]
    obstacle = released_path(installation.folder("issued"), broken)
    obstacle.write_bytes(b"no transcript")
    work_off(installation)
    done = job_of(installation, job)
    assert done.state is JobState.DONE
    assert outcomes(installation, done) == {
        "7A": {Outcome.ISSUED: 1, Outcome.FAILED: 1},
        "9B": {Outcome.ISSUED: 3},
    }
    (failed,) = [one for one in installation.register.batch_items(done) if one.failure is not None]
    assert (failed.student_code, failed.failure_code) == (broken.student_code, "release-refused")
    obstacle.unlink()
    again = installation.batches.retry(SCHOOL, job.batch.id, by=OPERATOR, via="shell")
    assert (again.state, again.todo) == (JobState.QUEUED, ("7A",))
    work_off(installation)
    assert outcomes(installation, job_of(installation, job))["7A"] == {Outcome.ISSUED: 2}
    assert installation.audit().differences == ()


def reserve_alone(installation: Installation, job: BatchJob) -> None:
    """Have a worker stop before its first chunk: the documents of the first class are reserved, and no more."""
    worker = Worker(installation)
    worker.stop()
    assert worker.turn()
    assert job_of(installation, job).todo == job.todo


def test_schools_take_turns(two_classes: Demonstration) -> None:
    """Of two batches neither waits for the end of the other: they are done class by class, in turns."""
    installation = two_classes.installation
    one, two = ask(installation, "7A", "9B"), ask(installation, "6A", "7A", "9B")
    worker = Worker(installation)
    left = []
    while worker.turn():
        left.append((len(job_of(installation, one).todo), len(job_of(installation, two).todo)))
    assert left == [(1, 3), (1, 2), (0, 2), (0, 1), (0, 0)]


def test_the_newest_is_listed_first(two_classes: Demonstration) -> None:
    """Batches that were asked for within one second stand in the order in which they were asked for."""
    installation = two_classes.installation
    asked = [ask(installation, "9B").batch.id for _ in range(4)]
    listed = [job.batch.id for job in installation.register.jobs(SCHOOL, limit=4)]
    assert listed == asked[::-1]


def test_one_works_at_a_time(two_classes: Demonstration) -> None:
    """While another has the lock a worker does nothing, and pages can tell that somebody is at work."""
    installation = two_classes.installation
    job = ask(installation, "9B")
    state = installation.folder("state")
    assert not is_anybody_at_work(state)
    with (state / "worker.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert is_anybody_at_work(state)
        assert not Worker(installation).finish()
    assert job_of(installation, job).todo == ("9B",)


def test_a_turn_that_was_broken_off_is_noted_and_done(two_classes: Demonstration) -> None:
    """A worker that finds a turn open says so for good, and does the class: each document once."""
    installation = two_classes.installation
    job = ask(installation, "9B")
    assert installation.register.begin_turn(at=1) is not None
    work_off(installation)
    acts = [one.kind for one in installation.register.batch_acts(SCHOOL, job.batch.id)]
    assert acts == [ActKind.ASK, ActKind.INTERRUPTED]
    assert outcomes(installation, job_of(installation, job)) == {"9B": {Outcome.ISSUED: 3}}


# ------------------------------------------------------------------------------ as strict as at once


def test_whoever_entered_marks_may_not_ask(two_classes: Demonstration) -> None:
    """Four eyes hold when a batch is asked for: nothing is stored."""
    installation = two_classes.installation
    confirmed = installation.register.acts(SCHOOL, SCHOOL_YEAR, "9B")[0]
    by = Actor(ActorKind.PERSON, confirmed.person_id, confirmed.person_name)
    with pytest.raises(ServiceError) as refused:
        installation.batches.ask(SCHOOL, SCHOOL_YEAR, by=by, via="console", classes=["9B"])
    assert refused.value.code == "release-four-eyes"
    assert installation.register.jobs(SCHOOL, limit=10) == ()


def asked_by_clerk(installation: Installation, *classes: str) -> BatchJob:
    """Ask as the demonstration's clerk in the console."""
    return installation.batches.ask(
        SCHOOL, SCHOOL_YEAR, by=clerk(installation), via="console", classes=classes
    )


def stopped(installation: Installation, job: BatchJob) -> str | None:
    """Have a worker try, and return why the batch stopped; nothing of it was reserved."""
    work_off(installation)
    now = job_of(installation, job)
    assert now.state is JobState.STOPPED
    assert now.stop is not None
    assert {one.class_name for one in installation.register.issuances(SCHOOL, SCHOOL_YEAR)} == {"6A"}
    return now.stop_code


def test_whoever_entered_marks_since_is_refused_by_the_worker(two_classes: Demonstration) -> None:
    """A clerk who confirmed marks of the class after asking releases nothing: the batch stops before it reserves."""
    installation = two_classes.installation
    job = asked_by_clerk(installation, "9B")
    confirm_as_clerk(two_classes, "9B")
    assert stopped(installation, job) == "release-four-eyes"
    with pytest.raises(ServiceError) as refused:
        installation.batches.resume(SCHOOL, job.batch.id, by=clerk(installation), via="console")
    assert refused.value.code == "release-four-eyes"
    installation.batches.resume(SCHOOL, job.batch.id, by=OPERATOR, via="shell")
    work_off(installation)
    assert job_of(installation, job).state is JobState.DONE


def confirm_as_clerk(demonstration: Demonstration, class_name: str) -> None:
    """Note in the class's acts that the clerk confirmed a subject of it."""
    register = demonstration.installation.register
    acts = register.acts(SCHOOL, SCHOOL_YEAR, class_name)
    who = clerk(demonstration.installation)
    known = next(one for one in acts if one.subject is not None)
    register.put_acts(
        [
            dataclasses.replace(
                known,
                id="f" * 32,
                person_id=who.id,
                person_name=who.name,
                idempotency_key="another",
            )
        ]
    )


def test_whoever_may_issue_no_more_is_refused_by_the_worker(two_classes: Demonstration) -> None:
    """An account that was closed, or lost its role, after asking signs nothing."""
    installation = two_classes.installation
    job = asked_by_clerk(installation, "9B")
    account = installation.people.account_of_name("van-thu")
    assert account is not None
    installation.administration.set_roles(account, [Role.HOMEROOM_TEACHER], by=SHELL)
    assert stopped(installation, job) == "batch-asker-gone"


def test_a_retired_token_signs_nothing_more(two_classes: Demonstration) -> None:
    """A batch that a program asked for stops when its token was retired meanwhile."""
    installation = two_classes.installation
    (token, *_) = installation.register.tokens(SCHOOL)
    by = Actor(ActorKind.TOKEN, token.id, token.holder)
    job = installation.batches.ask(SCHOOL, SCHOOL_YEAR, by=by, via=f"api {token.id}", classes=["9B"])
    installation.register.retire_token(SCHOOL, token.id)
    assert stopped(installation, job) == "batch-asker-gone"


def test_a_token_that_ended_signs_nothing_more(two_classes: Demonstration) -> None:
    """A batch that a program asked for stops when its token's time is over, and not before."""
    installation = two_classes.installation
    ends = int(two_classes.clock.time.timestamp()) + 600
    token = Token("a" * 16, SCHOOL, "Phần mềm", 0, None, frozenset({Scope.ISSUE}), ends)
    installation.register.put_token(token, "a secret")
    by = Actor(ActorKind.TOKEN, token.id, token.holder)
    early = installation.batches.ask(SCHOOL, SCHOOL_YEAR, by=by, via=f"api {token.id}", classes=["6A"])
    work_off(installation)
    assert job_of(installation, early).state is JobState.DONE
    job = installation.batches.ask(SCHOOL, SCHOOL_YEAR, by=by, via=f"api {token.id}", classes=["9B"])
    two_classes.clock.forward(minutes=10)
    assert stopped(installation, job) == "batch-asker-gone"


def test_nobodys_word_holds_for_days(two_classes: Demonstration) -> None:
    """A batch that no worker got to within a day waits for a person, who shows the password again."""
    installation = two_classes.installation
    job = asked_by_clerk(installation, "9B")
    two_classes.clock.forward(hours=24, seconds=1)
    installation.publish()
    assert stopped(installation, job) == "batch-stale"
    installation.batches.resume(SCHOOL, job.batch.id, by=clerk(installation), via="console")
    work_off(installation)
    assert job_of(installation, job).state is JobState.DONE


def test_what_is_not_approved_when_its_turn_comes_is_not_signed(two_classes: Demonstration) -> None:
    """Data that changed between asking and the turn are approved no more: that student has nothing, others have."""
    installation = two_classes.installation
    job = ask(installation, "9B")
    change_a_mark(two_classes, "9B")
    work_off(installation)
    done = job_of(installation, job)
    assert done.state is JobState.DONE
    assert outcomes(installation, done) == {"9B": {Outcome.ISSUED: 2, Outcome.NOT_BEGUN: 1}}


def change_a_mark(demonstration: Demonstration, class_name: str) -> None:
    """Import the class again, with other words of the homeroom teacher about one student."""
    register = demonstration.installation.register
    draft = register.student_years(SCHOOL, SCHOOL_YEAR, class_name=class_name)[0]
    other = draft.learner.model_copy(update={"address": "Thôn Khác"})
    cause = Cause(Act.IMPORT, OPERATOR, 1)
    assert register.put_student_years([dataclasses.replace(draft, learner=other)], cause=cause) == 1


def test_a_batch_that_nobody_approved_is_refused_when_asked(demonstration: Demonstration) -> None:
    """Where nobody of any class is approved there is nothing to store."""
    installation = demonstration.installation
    for name, first in (("9B", 1001), ("9C", 1101)):
        workbook = sample_class(2, class_name=name, first_student=first)
        assert installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    with pytest.raises(ServiceError) as refused:
        ask(installation, "9B", "9C")
    assert refused.value.code == "nothing-approved"
    assert "4" in refused.value.text.vi


def test_caps_hold_when_asking_and_when_working(two_classes: Demonstration) -> None:
    """A batch above the cap is not stored; one that was stored under a higher cap stops before it reserves."""
    whole = two_classes.installation
    capped = dataclasses.replace(whole, settings=whole.settings.model_copy(update={"max_batch": 4}))
    with pytest.raises(ServiceError) as refused:
        ask(capped)
    assert refused.value.code == "batch-too-large"
    job = ask(whole)
    assert stopped(capped, job) == "batch-too-large"


def test_acts_cannot_be_changed(two_classes: Demonstration) -> None:
    """Who did what about a batch is kept by the database itself."""
    installation = two_classes.installation
    ask(installation, "9B")
    with sqlite3.connect(two_classes.data / "hocba.sqlite3") as connection:
        for statement in ("UPDATE batch_acts SET actor_name = 'x'", "DELETE FROM batch_acts"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)


def test_another_school_has_no_such_batch(two_classes: Demonstration) -> None:
    """A batch is found under the id and the school together."""
    installation = two_classes.installation
    add_school(installation.register, OTHER)
    job = ask(installation, "9B")
    with pytest.raises(ServiceError) as refused:
        installation.batches.pause(OTHER.code, job.batch.id, by=OPERATOR, via="shell")
    assert refused.value.code == "batch-unknown"
    assert job_of(installation, job).state is JobState.QUEUED
