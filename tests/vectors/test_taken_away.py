"""Taking evidence away never improves a verdict: what is not shown is not believed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.verdict import VerdictCode
from tests.support.taken_away import GREEN, Held
from verify.findings import BusyError
from verify.sandbox import Extraction, Sandbox, SandboxBusyError

FILES = sorted((Path(__file__).parent / "record").glob("*.json"))
NAMES = [path.stem for path in FILES]
# Somebody put a time stamp into a seal that was made without one: taking it out restores what was issued.
RESTORED = {"stamp-added-to-the-seal"}
_TILE, _TRUST = "tile/0/000.p/6", ("registrars[1]", "hosts[0]", "hosts[1]")
_NEEDLESS = {f"{_TILE} in the record", f"the end of {_TILE}", *(f"{one} in the trust root" for one in _TRUST)}
_OF_SIGNERS = {"anchors[0] in the trust root", "algorithms[0] in the trust root"}
NEEDLESS = {
    "file": _NEEDLESS,
    "file-with-proof": _NEEDLESS,
    "stamped": _NEEDLESS,
    "time-stamped": {f"{one} in the trust root" for one in _TRUST},
    "qr": _NEEDLESS | _OF_SIGNERS,
    "serial": _NEEDLESS | _OF_SIGNERS,
}
"""What may be missing without harm: tiles where the entries are at hand, other people's registrar, hosts of codes."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for everything: it keeps nothing between files."""
    made = Sandbox()
    yield made
    made.close()


def held(name: str) -> Held:
    """Return what a vector gives to a verifier."""
    return Held.of_vector((FILES[0].parent / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_whatever_is_taken_away_nothing_turns_green(name: str, sandbox: Sandbox) -> None:
    """Of every vector, with its proof and without, each single thing is taken away; only what was green may stay so."""
    for whole in (held(name), held(name).without_proof()):
        was_green = whole.verdict(sandbox).verdict in GREEN
        for what, take in whole.losses():
            less = take(whole)
            # Half a file is as good as none; the tests below take both.
            if less == whole or name in RESTORED or what.startswith("the end of"):
                continue
            if less.record is None or not was_green:
                assert less.verdict(sandbox).verdict not in GREEN, what


class _Full(Sandbox):
    """A sandbox that has no room for any file."""

    def extract(self, pdf: bytes, *, known: bool = False) -> Extraction:  # noqa: ARG002
        raise SandboxBusyError


@pytest.mark.parametrize("name", NAMES)
def test_verdict_without_room_is_no_better(name: str, sandbox: Sandbox) -> None:
    """What nobody has time to open is refused as busy, or is told from what the record knows, and never greener."""
    for whole in (held(name), held(name).without_proof()):
        with suppress(BusyError):
            verdict = whole.verdict(_Full())
            if whole.kind == "file":
                assert verdict.verdict not in GREEN
                is_said = any("không mở nội dung" in note.vi for note in verdict.notes)
                assert is_said or verdict.verdict is VerdictCode.ALTERED
                if verdict.verdict is not VerdictCode.UNCONFIRMED:
                    assert verdict.verdict is whole.verdict(sandbox).verdict


@pytest.mark.parametrize("name", NEEDLESS)
def test_whatever_is_needed_is_missed(name: str, sandbox: Sandbox) -> None:
    """Of what a sound document stands on, nothing but the needless can be taken away and leave it green."""
    whole = held(name)
    assert whole.verdict(sandbox).verdict in GREEN
    lesser = {what: take(whole) for what, take in whole.losses()}
    still_green = {
        what for what, less in lesser.items() if less != whole and less.verdict(sandbox).verdict in GREEN
    }
    assert still_green == NEEDLESS[name]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(set(NAMES) - RESTORED)), data=st.data())
def test_the_more_is_taken_away_the_less_is_green(name: str, data: st.DataObject, sandbox: Sandbox) -> None:
    """Several things are taken away one after the other: once it is not green, a verdict never is again."""
    less = held(name)
    if data.draw(st.booleans()):
        less = less.without_proof()
    was_green = less.verdict(sandbox).verdict in GREEN
    for _ in range(data.draw(st.integers(1, 4))):
        _, take = data.draw(st.sampled_from(list(less.losses())))
        less = take(less)
        is_green = less.verdict(sandbox).verdict in GREEN
        assert was_green or not is_green
        was_green = is_green
