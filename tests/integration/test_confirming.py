"""Confirming needs another person, in time: for revoking and correcting alike."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from service.changing import CONFIRM_WITHIN
from service.correcting import confirm_correction, withdraw_correction
from service.errors import ServiceError
from service.revoking import confirm_revocation, withdraw_revocation
from service.scopes import EVERY_SCOPE
from service.storage.records import Change, ChangeKind, ChangeState, Token
from tests.support.changes import correction_request, revocation_request, token
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.registrar import entries

REQUESTS: dict[ChangeKind, Callable[..., Change]] = {
    ChangeKind.REVOCATION: revocation_request,
    ChangeKind.CORRECTION: correction_request,
}
KINDS = pytest.mark.parametrize("kind", ChangeKind)


def confirm(demonstration: Demonstration, change: Change, who: Token | None = None) -> Change:
    """Confirm a request of either kind, by the second person where nobody is named."""
    who = who or token(demonstration, second=True)
    if change.kind is ChangeKind.REVOCATION:
        return confirm_revocation(demonstration.installation.revoking, who, change.id)
    with demonstration.installation.correcting() as tools:
        return confirm_correction(tools, who, change.id)[0]


def withdraw(demonstration: Demonstration, change: Change) -> Change:
    """Withdraw a request of either kind."""
    if change.kind is ChangeKind.REVOCATION:
        return withdraw_revocation(demonstration.installation.revoking, token(demonstration), change.id)
    with demonstration.installation.correcting() as tools:
        return withdraw_correction(tools, token(demonstration), change.id)


def refusal(ask: Callable[..., Any], *arguments: Any) -> str:
    """Return the code with which something is refused."""
    with pytest.raises(ServiceError) as refused:
        ask(*arguments)
    return refused.value.code


@KINDS
@pytest.mark.parametrize(
    "spelling", [str, str.upper, "  {}\n".format, partial(unicodedata.normalize, "NFD")], ids=range(4)
)
def test_one_person_with_two_tokens_is_one_person(
    demonstration: Demonstration, kind: ChangeKind, spelling: Callable[[str], str]
) -> None:
    """A second token of whoever asked confirms nothing, however the name is written, also when the first is retired."""
    register, change = demonstration.installation.register, REQUESTS[kind](demonstration)
    before, first = entries(demonstration), token(demonstration)
    again = register.put_token(Token("again", SCHOOL, spelling(first.holder), 0, scopes=EVERY_SCOPE), "again")
    assert refusal(confirm, demonstration, change, again) == "confirmation-same-holder"
    register.retire_token(SCHOOL, first.id)
    assert refusal(confirm, demonstration, change, again) == "confirmation-same-holder"
    demonstration.installation.publish()
    assert entries(demonstration) == before
    assert confirm(demonstration, change).state is ChangeState.DONE


@KINDS
def test_request_lapses(demonstration: Demonstration, kind: ChangeKind) -> None:
    """To the last second a request is confirmed, then no more; it is withdrawn, and another one made."""
    old, last = (REQUESTS[kind](demonstration, number) for number in range(2))
    demonstration.clock.forward(seconds=CONFIRM_WITHIN.total_seconds())
    assert confirm(demonstration, last).state is ChangeState.DONE
    before = entries(demonstration)
    demonstration.clock.forward(seconds=1)
    assert refusal(confirm, demonstration, old) == "change-lapsed"
    assert refusal(REQUESTS[kind], demonstration) == "change-pending"
    assert withdraw(demonstration, old).state is ChangeState.WITHDRAWN
    assert entries(demonstration) == before
    assert confirm(demonstration, REQUESTS[kind](demonstration)).state is ChangeState.DONE


@KINDS
def test_confirmed_in_time_is_finished_at_any_time(demonstration: Demonstration, kind: ChangeKind) -> None:
    """What was cut off before its entry was written does not lapse."""
    change = REQUESTS[kind](demonstration)
    installation = demonstration.installation
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(installation.sequencer), "append", _cut_off)
        with pytest.raises(OSError, match="cut off"):
            confirm(demonstration, change)
    (left,) = installation.register.changes(SCHOOL)
    assert left.state is ChangeState.CONFIRMED
    demonstration.clock.forward(seconds=CONFIRM_WITHIN.total_seconds() + 1)
    assert confirm(demonstration, change).state is ChangeState.DONE


def _cut_off(*_: object, **__: object) -> None:
    raise OSError("cut off")
