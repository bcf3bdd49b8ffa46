"""What comparing a recorded year with the rules finds: a difference, or something that the rules leave to a person.

The school's word stands: a difference is a warning that names what is recorded, what the rules give, and why. Only what
no rule could give is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from schemas.transcript.reasons import Outcome, Reason, comma
from service.errors import ServiceError

Severity = Literal["error", "warning"]
_MARK: Final = re.compile(r"[0-9]{1,2}\.[0-9]")


@dataclass(frozen=True, slots=True)
class Finding:
    """At a column of the row of one subject, or of the year's results where `subject` is None.

    `computed` is None where the rules leave it to a person.
    """

    subject: str | None
    column: str
    fault: ServiceError
    severity: Severity = "warning"
    recorded: str | None = None
    computed: str | None = None
    reasons: tuple[Reason, ...] = ()

    @property
    def place(self) -> str:
        """Where it is, in one word: `toan.year`, `learning_year`."""
        return f"{self.subject}.{self.column}" if self.subject else self.column


@dataclass(frozen=True, slots=True)
class Differing:
    """What is recorded otherwise than the rules give: the code, and how the sentence begins."""

    code: str
    vi: str
    en: str


def with_comma(value: str | None) -> str | None:
    """Return what is recorded or computed as Vietnamese people write it: a mark has a decimal comma."""
    return comma(value) if value is not None and _MARK.fullmatch(value) else value


def compared(
    column: str, recorded: str | None, outcome: Outcome[str | None], instrument: str, differing: Differing
) -> Finding | None:
    """Return what there is to say of a result of the year, or None where rule and record agree."""
    # Plain text, whatever enumeration it came from: it is shown and stored.
    recorded = None if recorded is None else str(recorded)
    computed = None if outcome.value is None else str(outcome.value)
    if outcome.is_open:
        fault = left_to_a_person(recorded, outcome.reasons)
        return Finding(None, column, fault, recorded=recorded, reasons=outcome.reasons)
    if recorded == computed:
        return None
    fault = differs(differing, recorded, computed, instrument, outcome.reasons)
    return Finding(None, column, fault, recorded=recorded, computed=computed, reasons=outcome.reasons)


def differs(
    differing: Differing,
    recorded: str | None,
    computed: str | None,
    instrument: str,
    reasons: Sequence[Reason],
) -> ServiceError:
    """Return the sentence of a difference: both values, why, and what to do."""
    vi, en = _why(reasons)
    return ServiceError(
        differing.code,
        f"{differing.vi}: ghi “{recorded or 'trống'}”, theo {instrument} là “{computed or 'trống'}”{vi}; hãy xem lại, "
        "hoặc giữ nếu có lí do.",
        f"{differing.en}: recorded is “{recorded or 'nothing'}”, {instrument} gives “{computed or 'nothing'}”{en}; "
        "check it, or keep it for a reason.",
    )


def left_to_a_person(recorded: str | None, reasons: Sequence[Reason]) -> ServiceError:
    """Return the sentence of a case that the rules leave to a person."""
    text = reasons[0].text
    return ServiceError(
        "rule-leaves-open",
        f"{text.vi} Đang ghi “{recorded or 'trống'}”; hãy xem lại rồi giữ hoặc sửa.",
        f"{text.en} Recorded is “{recorded or 'nothing'}”; check it, then keep or correct it.",
    )


def _why(reasons: Sequence[Reason]) -> tuple[str, str]:
    if not reasons:
        return "", ""
    return (
        f" ({'. '.join(reason.text.vi.rstrip('.') for reason in reasons)})",
        f" ({'. '.join(reason.text.en.rstrip('.') for reason in reasons)})",
    )
