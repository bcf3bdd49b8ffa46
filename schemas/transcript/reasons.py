"""Why a rule gave what it gave: a reason with a code, the clause, the figures, and a sentence in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from schemas.errors import Text

_Value_co = TypeVar("_Value_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of a rule; `figures` are what it counted or compared, by name. Codes are never renamed."""

    code: str
    clause: str
    text: Text
    figures: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome(Generic[_Value_co]):
    """What the rules give, and why, the deciding reason first.

    Where `is_open`, the rules leave it to a person: the reasons say what there is to decide, and `value` is what would
    follow if nobody decided otherwise, or None.
    """

    value: _Value_co
    reasons: tuple[Reason, ...]
    is_open: bool = False


def comma(mark: object) -> str:
    """Return a number as Vietnamese people write it: 7,5."""
    return str(mark).replace(".", ",")


def plain(number: Decimal) -> str:
    """Return a number without a needless decimal: 8, 7.5."""
    return str(number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize())


def listed(names: Sequence[str], *, most: int = 3) -> Text:
    """Return names in a row; many are cut short and counted."""
    shown, more = ", ".join(names[:most]), len(names) - most
    if more <= 0:
        return Text(shown, shown)
    return Text(f"{shown} và {more} môn khác", f"{shown} and {more} more")
