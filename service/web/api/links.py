"""The API of links: a school makes, lists and revokes them, and reads how each was opened."""

from __future__ import annotations

from typing import Any

from flask import g
from pydantic import BaseModel, ConfigDict, Field

from service.families.links import DEFAULT_DAYS, document_of_serial, link_facts, make_link, open_facts
from service.installation import Installation
from service.scopes import Scope
from service.storage.family_records import LinkPurpose
from service.web.api.answers import LinkAnswer, LinksAnswer, MadeLinkAnswer, OpensAnswer
from service.web.api.operations import IssuingAPI
from service.web.api.transcripts import Named

Answer = dict[str, Any]


class LinkBody(BaseModel):
    """Which document a link opens, what for, and for how many days."""

    model_config = ConfigDict(extra="forbid")

    serial: str = Field(max_length=64)
    purpose: LinkPurpose
    days: int = DEFAULT_DAYS


def add_link_api(api: IssuingAPI, installation: Installation) -> None:
    """Add the routes."""
    register = installation.register

    @api.acts(
        "/links",
        Scope.LINKS,
        answers={201: MadeLinkAnswer},
        refusals=(
            "serial-invalid",
            "transcript-unknown",
            "not-released",
            "link-days-invalid",
            "family-address-missing",
        ),
        example={"serial": "0123-4567-89AB-CDEFG", "purpose": "family", "days": 30},
    )
    def add_link(body: LinkBody) -> tuple[Answer, int]:
        """Make a link; address and PIN are in this answer alone, and in that to the same request within a day."""
        issuance = document_of_serial(register, g.school, body.serial)
        made = make_link(installation.linking, issuance, body.purpose, days=body.days, made_by=g.token.id)
        at = int(installation.now().timestamp())
        answer = link_facts(made.link, issuance, at=at)
        return answer | {"address": made.address, "pin": made.pin}, 201

    @api.looks("/links", Scope.LINKS, answers={200: LinksAnswer})
    def list_links() -> Answer:
        """List the school's links, the newest first."""
        at = int(installation.now().timestamp())
        return {
            "links": [
                link_facts(link, issuance, at=at)
                for link in register.links(g.school)
                if (issuance := register.issuance(g.school, link.issuance_id)) is not None
            ]
        }

    @api.looks("/links/<id>/opens", Scope.LINKS, answers={200: OpensAnswer}, refusals=("link-unknown",))
    def list_opens(path: Named) -> Answer:
        """Return how a link was opened, the oldest first."""
        return {"opens": open_facts(register, g.school, path.id)}

    @api.acts("/links/<id>/revoke", Scope.LINKS, answers={200: LinkAnswer}, refusals=("link-unknown",))
    def revoke_link(path: Named) -> Answer:
        """Let a link open nothing from now on; again without harm."""
        at = int(installation.now().timestamp())
        link = register.revoke_link(g.school, path.id, at=at)
        issuance = register.issuance(g.school, link.issuance_id)
        if issuance is None:
            raise RuntimeError("a link leads to no document")
        return link_facts(link, issuance, at=at)
