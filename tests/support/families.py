"""What a family and its school do with links."""

from __future__ import annotations

from service.families.links import MadeLink, make_link
from service.storage.family_records import LinkPurpose, OpenResult
from tests.support.demonstration import SCHOOL, Demonstration


def made_link(
    demonstration: Demonstration,
    number: int = 0,
    *,
    purpose: LinkPurpose = LinkPurpose.FAMILY,
    days: int = 30,
) -> MadeLink:
    """Make a link to a released transcript."""
    issuance = demonstration.issuances()[number]
    return make_link(demonstration.installation.linking, issuance, purpose, days=days, made_by=None)


def token_of(made: MadeLink) -> str:
    """Return the token in a link's address."""
    return made.address.rpartition("/")[2]


def other_pin(made: MadeLink) -> str:
    """Return a PIN that does not open a link."""
    return f"{(int(made.pin) + 1) % 10**6:06d}"


def results(demonstration: Demonstration, made: MadeLink) -> list[OpenResult]:
    """Return what became of every attempt at a link, the oldest first."""
    return [one.result for one in demonstration.installation.register.opens(SCHOOL, made.link.id)]
