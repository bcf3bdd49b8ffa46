"""The grace window stopped at every durable step: taking back and releasing, asked for again or left to the service.

Whatever stopped it, a document was taken back and is never recorded, or is released as any other; nothing in between.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from schemas.record.entry import Issued, parse_entry
from service import grace, issuing
from service.installation import Installation
from service.issuing import released_path
from service.storage import log_store
from service.storage.log_store import LogStore
from service.storage.records import Issuance, State
from tests.support.crash_checks import check_finished, check_left, released_files, strays
from tests.support.crash_points import Before, Ending, Stage, Stop, act_in_child, issue_in_child
from tests.support.crash_trial import Prepared
from tests.support.demonstration import SCHOOL
from tests.support.grace import CLERK, MINUTES, REASON
from tests.support.power_cut import cut_power

Act = Callable[[Installation, Before], str | None]


@dataclass(frozen=True, slots=True)
class Standing:
    """An installation with two documents that stand, of which each trial has a copy."""

    prepared: Prepared
    first: str
    """The id of one of them."""

    @classmethod
    def make(cls, prepared: Prepared) -> Standing:
        """Issue, with a window."""
        stage = prepared.stage()
        if (outcome := issue_in_child(stage)) != "done":
            raise AssertionError(outcome)
        with stage.opened() as installation:
            documents = installation.register.standing(SCHOOL)
        assert len(documents) == 2
        return cls(replace(prepared, folder=stage.data.parent), documents[0].id)

    def stage(self, *, minutes: int = 0) -> Stage:
        """Return a copy to be broken, some minutes later."""
        stage = self.prepared.stage()
        return replace(stage, clock=stage.clock.later(minutes))

    def taking_back(self, installation: Installation, _before: Before) -> None:
        """Take the first one back."""
        issuing.CHUNK = vars(grace)["CHUNK"] = 1
        installation.grace.take_back(SCHOOL, self.first, CLERK, REASON)

    def steps(self, act: Act, minutes: int) -> list[int]:
        """Return the steps of an act that nothing disturbs, counted from 1."""
        stage = self.stage(minutes=minutes)
        before = len(stage.evidence("step"))
        if (outcome := act_in_child(stage, act)) != "done":
            raise AssertionError(outcome)
        count = len(stage.evidence("step")) - before
        shutil.rmtree(stage.data.parent)
        return list(range(1, count + 1))


def releasing(installation: Installation, _before: Before) -> None:
    """Do what the running service does every minute."""
    issuing.CHUNK = vars(grace)["CHUNK"] = 1
    installation.grace.finish_due()


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Standing:
    """Two documents that stand."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOCBA_GRACE_MINUTES", str(MINUTES))
        return Standing.make(Prepared.make(tmp_path_factory.mktemp("grace"), students=2))


def looked_over(standing: Standing, stage: Stage, *, let_go: bool) -> list[str]:
    """Return what is broken at the end: of two documents both are released, or one alone and the other never was."""
    with stage.opened() as installation:
        if not let_go:
            return check_finished(
                installation, students=standing.prepared.students, checkpoints=stage.evidence("checkpoint")
            )
        installation.publish()
        rows = {one.id: one for one in installation.register.all_issuances()}
        gone = rows.pop(standing.first)
        log = LogStore(installation.database)
        entries = [one for one in map(parse_entry, log.entries(0, log.size)) if isinstance(one, Issued)]
        broken = [f"audit: {one.code} {one.where}" for one in installation.audit().differences]
        broken += [f"stray file {path}" for path in strays(installation.settings.data)]
        broken += [f"{one.state}, not released" for one in rows.values() if one.state is not State.RELEASED]
        broken += [f"{len(entries)} entries of one document"] if len(entries) != 1 else []
        return broken + _never_was(installation, gone)


def _never_was(installation: Installation, gone: Issuance) -> list[str]:
    broken = []
    if gone.state is not State.ABANDONED or gone.log_index is not None:
        broken.append(f"taken back, and {gone.state}")
    if LogStore(installation.database).find(gone.id) is not None:
        broken.append("taken back, and on record")
    if released_path(installation.folder("issued"), gone).exists():
        broken.append("taken back, and given out")
    return broken


def left(stage: Stage) -> list[str]:
    """Return what is broken of what a crash has left."""
    with stage.opened() as installation:
        files = {name: digest for seen in stage.evidence("files") for name, digest in seen.items()}
        broken = check_left(installation, files=files)
        stage.note(files=released_files(installation.folder("issued")))
        return broken


def trial(standing: Standing, act: Act, stop: Stop, *, minutes: int, again: bool) -> list[str]:
    """Stop an act, do it again or leave it to the service, let the window pass, and return the broken promises."""
    stage = standing.stage(minutes=minutes)
    broken = []
    outcome = act_in_child(stage, act, stop)
    if outcome not in {"killed", "done"}:
        broken.append(f"stopped: {outcome}")
    if stop.ending is Ending.POWERLESS:
        cut_power(stage.aside)
    broken += left(stage)
    if again and (outcome := act_in_child(stage, act)) != "done":
        broken.append(f"asked again: {outcome}")
    with stage.opened() as installation:
        document = installation.register.issuance(SCHOOL, standing.first)
    let_go = document is not None and document.state is State.ABANDONED
    stage = replace(stage, clock=stage.clock.later(MINUTES))
    for _ in range(2):
        if (outcome := act_in_child(stage, releasing)) != "done":
            broken.append(f"the window passed: {outcome}")
    broken += left(stage) + looked_over(standing, stage, let_go=let_go)
    if act != releasing and again and not let_go:
        broken.append("asked again, it was not taken back")
    shutil.rmtree(stage.data.parent)
    return broken


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("ending", Ending)
def test_taking_back_stopped_anywhere(standing: Standing, ending: Ending, again: bool) -> None:  # noqa: FBT001
    """Asked again it is taken back; left alone it was, or is released; in the end its files are gone."""
    broken = {
        step: found
        for step in standing.steps(standing.taking_back, 0)
        if (found := trial(standing, standing.taking_back, Stop(step, ending), minutes=0, again=again))
    }
    assert broken == {}


@pytest.mark.parametrize("ending", Ending)
def test_releasing_stopped_anywhere(standing: Standing, ending: Ending) -> None:
    """The service that is killed at the end of a window, and begins again, releases both, each exactly once."""
    steps = standing.steps(releasing, MINUTES)
    assert len(steps) > 20
    broken = {
        step: found
        for step in steps[:: 1 if ending is Ending.KILLED else 3]
        if (found := trial(standing, releasing, Stop(step, ending), minutes=MINUTES, again=False))
    }
    assert broken == {}


def test_a_planted_fault_is_reported(standing: Standing, monkeypatch: pytest.MonkeyPatch) -> None:
    """An append that does not look whether a document was taken back is seen, where one is taken back at the last."""

    def raced(installation: Installation, before: Before) -> None:
        real = LogStore.append
        other = Installation(installation.settings, installation.now, secrets.token_bytes)

        def append(store: LogStore, *entries: object, **checked: object) -> list[int]:
            LogStore.append = real  # type: ignore[method-assign]
            other.grace.take_back(SCHOOL, standing.first, CLERK, REASON)
            return real(store, *entries, **checked)  # type: ignore[arg-type]

        LogStore.append = append  # type: ignore[method-assign, assignment]
        installation.grace.finish_due()
        del before

    def outcome() -> list[str]:
        stage = standing.stage(minutes=MINUTES)
        act_in_child(stage, raced)
        act_in_child(stage, releasing)
        found = looked_over(standing, stage, let_go=True)
        shutil.rmtree(stage.data.parent)
        return found

    assert outcome() == []
    monkeypatch.setattr(log_store, "_refuse_taken_back", lambda *_: None)
    assert "taken back, and on record" in outcome()
