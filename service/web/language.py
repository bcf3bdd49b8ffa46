"""The language of the console's pages: the choice, kept in the session, and sentences chosen by it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import session

from schemas.errors import Text
from service.batches.progress import spelled_number
from service.grace import when_released
from service.storage.records import Change, Issuance, Standing, State
from service.web.words import TEXTS


def language() -> str:
    """Return the language of the session; Vietnamese where none was chosen."""
    return "en" if session.get("lang") == "en" else "vi"


def texts() -> Mapping[str, str]:
    """Return the words of the console."""
    return TEXTS[language()]


def said(text: Text) -> str:
    """Return a sentence in the language of the session."""
    return text.en if language() == "en" else text.vi


def spelled(number: int) -> str:
    """Return a number with its thousands apart, as the language of the session does."""
    return spelled_number(number, english=language() == "en")


def state_words(issuance: Issuance | None) -> str:
    """Return in words how far a transcript is."""
    if issuance is None:
        return texts()["state_none"]
    if issuance.stands_signed and not issuance.is_waiting:
        return _standing_words(issuance)
    if issuance.is_waiting:
        return texts()["state_waiting"]
    if issuance.has_failed:
        return texts()["state_failed"]
    if issuance.standing is not Standing.CURRENT:
        return texts()[f"standing_{issuance.standing}"]
    return texts()[_STATES[issuance.state]]


def _standing_words(issuance: Issuance) -> str:
    if issuance.has_failed:
        return texts()["state_held"]
    until = when_released(issuance)
    if until is None:
        return texts()["state_for_somebody"]
    return texts()["state_in_window"].format(when=f"{until:%H:%M, %d/%m}")


def change_words(change: Change) -> str:
    """Return in words how far a request to revoke or to correct is; nothing once it is done or withdrawn."""
    return texts().get(f"{change.kind}_{change.state}", "")


_STATES = {
    State.RESERVED: "state_reserved",
    State.SIGNED: "state_signed",
    State.RECORDED: "state_recorded",
    State.RELEASED: "state_released",
    State.ABANDONED: "state_abandoned",
}
