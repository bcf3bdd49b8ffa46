"""Attacks on issued files, made anew at every run: none is valid, each ends in bounds with the verdict laid down."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from schemas.verdict import VerdictCode
from tests.support.attacks.every import FAMILIES
from tests.support.attacks.material import Material
from tests.support.attacks.table import Row, committed
from tests.support.demonstration import Demonstration
from verify.sandbox import CPU_SECONDS, WALL_SECONDS
from verify.verifier import Verifier

SHOWING_NOTHING = {VerdictCode.ALTERED, VerdictCode.UNREADABLE, VerdictCode.NOT_A_TRANSCRIPT}


@pytest.fixture(scope="module")
def material(_demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Issued files, and a record newer than what the attacks sign."""
    return Material.make(_demonstration.copy(tmp_path_factory.mktemp("attacks") / "data"))


@pytest.fixture(scope="module")
def verifier(material: Material) -> Iterator[Verifier]:
    """One verifier for all attacks: what one of them breaks, the next would feel."""
    made = material.verifier()
    yield made
    made.close()


def test_table_has_each_attack_once() -> None:
    """The committed table names the attacks that there are, in their order, and expects none to be valid."""
    names = [(family, attack) for family, attacks in FAMILIES.items() for attack in attacks]
    assert [(row.family, row.attack) for row in committed()] == names
    assert len({attack for _, attack in names}) == len(names)
    assert str(VerdictCode.VALID) not in {row.verdict for row in committed()}


@pytest.mark.parametrize("family", FAMILIES)
def test_attacks_earn_their_verdict(family: str, material: Material, verifier: Verifier) -> None:
    """Verdict, failing checks and sentence are the table's, in bounded time; the true file stays valid."""
    found = []
    for attack, make in FAMILIES[family].items():
        data = make(material)
        assert data != material.pdf, attack
        started, used = time.monotonic(), time.process_time()
        verdict = verifier.file(data)
        assert time.monotonic() - started < WALL_SECONDS + 2, attack
        # The child's limits are the kernel's; what precedes it in this process has the same.
        assert time.process_time() - used < CPU_SECONDS, attack
        found.append(Row.of(family, attack, verdict))
        if verdict.verdict in SHOWING_NOTHING:
            assert (verdict.document, verdict.signatures, verdict.record) == (None, (), None), attack
    assert found == [row for row in committed() if row.family == family]
    assert verifier.file(material.pdf).verdict is VerdictCode.VALID
