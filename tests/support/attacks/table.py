"""The table of attacks: one row each, with the verdict, the checks that fail, and the sentence that decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from schemas.verdict import CheckId, CheckStatus, Verdict, VerdictCode
from tests.support.attacks.every import FAMILIES
from tests.support.attacks.material import Material

TABLE = Path(__file__).parents[2] / "vectors" / "pdf" / "attacks.tsv"

# Where several checks fail, the sentence is that of the one by which the verdict is reached.
_DECIDING = {
    VerdictCode.ALTERED: (CheckId.STRUCTURE, CheckId.SIGNATURES, CheckId.CONTENT),
    VerdictCode.UNREADABLE: (CheckId.READABLE,),
    VerdictCode.UNTRUSTED_ISSUER: (CheckId.ISSUER,),
    VerdictCode.UNRECORDED: (CheckId.RECORDED, CheckId.ISSUER),
    VerdictCode.UNCONFIRMED: (CheckId.RECORDED, CheckId.STATUS),
}


@dataclass(frozen=True, slots=True)
class Row:
    """What is expected of one attack."""

    family: str
    attack: str
    verdict: str
    failed: str
    """The checks that fail, in their order; others that do not pass are unknown.

    `readable` is among them only where it decides: what a parser makes of chance bytes is its luck.
    """
    sentence: str
    """In English; empty where the verdict rests on no check: no data of ours, or data without a signature."""

    @classmethod
    def of(cls, family: str, attack: str, verdict: Verdict) -> Row:
        """Return the row that a verdict fills."""
        failed = {one.id: one.detail.en for one in verdict.checks if one.status is CheckStatus.FAIL}
        unknown = {one.id: one.detail.en for one in verdict.checks if one.status is CheckStatus.UNKNOWN}
        deciding = _DECIDING.get(verdict.verdict, ())
        sentences = [found[check] for found in (failed, unknown) for check in deciding if check in found]
        # Data without a signature are altered though no check fails.
        sentence = (
            sentences[0] if sentences and (failed or verdict.verdict is not VerdictCode.ALTERED) else ""
        )
        certain = [check for check in failed if check is not CheckId.READABLE or check in deciding]
        return cls(family, attack, str(verdict.verdict), " ".join(certain), sentence)


def committed() -> tuple[Row, ...]:
    """Return the rows of the table."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()[1:]
    return tuple(Row(*line.split("\t")) for line in lines)


def found(material: Material) -> Iterator[Row]:
    """Make each attack, verify it, and yield its row."""
    verifier = material.verifier()
    try:
        for family, attacks in FAMILIES.items():
            for attack, make in attacks.items():
                yield Row.of(family, attack, verifier.file(make(material)))
    finally:
        verifier.close()


def formatted(rows: Iterator[Row]) -> str:
    """Return the table as it is committed."""
    head = "\t".join(one.name for one in fields(Row))
    return "\n".join((head, *("\t".join(astuple(row)) for row in rows))) + "\n"
