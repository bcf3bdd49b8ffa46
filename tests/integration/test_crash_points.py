"""Issuing stopped at every step that makes something durable, asked for again, and looked over from outside.

At each crash point the process is killed; or the machine loses its power, and with it whatever was not synced; or the
step gives an error and the process ends as it can. Then the same request comes again by the same key.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping

import pytest

from tests.support.crash_points import Ending, Stop
from tests.support.crash_trial import Prepared, in_chunks_of_one
from tests.support.power_cut import StepKind


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Two students, imported."""
    return Prepared.make(tmp_path_factory.mktemp("crash-points"), students=2)


def every_step(prepared: Prepared, half: int) -> list[int]:
    """Return every other step of an undisturbed run, counted from 1; `half` says which."""
    steps = prepared.steps(in_chunks_of_one())
    assert {step.split(" ")[0] for step in steps} >= set(StepKind) - {StepKind.MKDIR, StepKind.WRITE}
    return list(range(1, len(steps) + 1))[half::2]


@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("ending", Ending)
def test_stopped_anywhere_it_is_finished_by_asking_again(
    prepared: Prepared, ending: Ending, half: int
) -> None:
    """Every promise holds at every crash point: nothing is lost, nothing is doubled, nothing is left over."""
    broken: Mapping[int, list[str]] = {
        step: found
        for step in every_step(prepared, half)
        if (found := prepared.trial([Stop(step, ending)], in_chunks_of_one()))
    }
    assert broken == {}


@pytest.mark.parametrize(("half", "error"), [(0, errno.EIO), (1, errno.ENOSPC)])
def test_a_step_that_fails_loses_nothing(prepared: Prepared, half: int, error: int) -> None:
    """EIO or ENOSPC from a call on a file ends the request with its sentence, and asking again finishes it."""
    broken = {
        step: found
        for step in every_step(prepared, half)
        if (found := prepared.trial([Stop(step, error=error)], in_chunks_of_one()))
    }
    assert broken == {}


@pytest.mark.parametrize("then", ["sign digest", "fsync record"])
def test_two_crashes_that_meet(prepared: Prepared, then: str) -> None:
    """Killed before a name was on disk; in the next run the power goes when a digest is out, or the entry is public.

    That run must not believe that a file is on disk because it can see it.
    """
    before_synced = [
        number
        for number, step in enumerate(prepared.steps(in_chunks_of_one()), start=1)
        if step == "fsync work"
    ]
    assert len(before_synced) == 8
    broken = {
        step: found
        for step in before_synced[:4]
        if (found := prepared.trial([Stop(step), Stop(then, Ending.POWERLESS)], in_chunks_of_one()))
    }
    assert broken == {}
