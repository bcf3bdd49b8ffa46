"""The API of `hocba-agent`: what waits for signatures, the prepared files, the values brought. It opens nothing else.

An agent's token is no school token, and a school token opens nothing here.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from flask import Response, g, request
from flask_openapi.blueprint import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from keys.keyring import DocumentRole, Keyring
from keys.signer_address import AgentAddress
from schemas.transcript.model import School, parse_transcript
from service.errors import AwaitedProofError, ServiceError
from service.installation import Installation
from service.issuing import CHUNK
from service.signers.awaited_signatures import Awaited, AwaitedItem, AwaitedSignatures, finish_brought
from service.signers.brought_signatures import BroughtSignatures
from service.signers.pairing import pair
from service.signers.school_signers import NOBODY, opened
from service.speaking import token_wrong
from service.storage.row_security import limit_to_school
from service.web.api.operations import token_missing

PAIRINGS = "/pairings"
_DOCUMENT = r"^[0-9a-f]{32}$"


class PairingBody(BaseModel):
    """The code that the operator was shown."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(max_length=32)


class ClaimsBody(BaseModel):
    """Which waiting documents the agent is about to sign, and the certificates (SHA-256) whose keys it has."""

    model_config = ConfigDict(extra="forbid")

    documents: list[str] = Field(min_length=1, max_length=CHUNK)
    certificates: list[str] = Field(max_length=100)


class ItemPath(BaseModel):
    """A document, and the prepared bytes that wait in it."""

    id: str = Field(pattern=_DOCUMENT)
    item: str = Field(pattern=r"^[0-9a-f]{64}$")


class SignatureBody(BaseModel):
    """The signature value in base64, over the signed attributes of the item."""

    model_config = ConfigDict(extra="forbid")

    signature: str = Field(max_length=2048)


def make_agent_api(installation: Installation) -> APIBlueprint:
    """Return the routes below `/api/v1/agent`."""
    # Two programs of ours speak here with each other: no part of the described API.
    api = APIBlueprint("agent", __name__, url_prefix="/api/v1/agent", doc_ui=False)

    @api.before_request
    def _sign_in() -> None:
        if request.endpoint == "agent.pair_agent":
            return
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not token:
            raise token_missing()
        known = installation.register.agent_of(token)
        if known is None:
            raise token_wrong()
        g.agent, g.school = known, known.school_code
        limit_to_school(known.school_code)

    @api.post(PAIRINGS)
    def pair_agent(body: PairingBody) -> dict[str, Any]:
        """Exchange a pairing code, once, for the agent's token."""
        agent, token = pair(
            installation.register, body.code, now=installation.now(), token_bytes=installation.token_bytes
        )
        school, _ = installation.register.school(agent.school_code)
        return {"token": token, "agent": agent.id, "holder": agent.holder, "school": _school(school)}

    awaited = AwaitedSignatures(
        installation.register, BroughtSignatures(installation.folder("work")), installation.now
    )
    _add_reading(api, installation, awaited)
    _add_bringing(api, installation, awaited)
    return api


def _add_reading(api: APIBlueprint, installation: Installation, awaited: AwaitedSignatures) -> None:
    @api.get("/waiting")
    def list_waiting() -> dict[str, Any]:
        """List the documents that wait for a signature of the school."""
        school, _ = installation.register.school(g.school)
        return {
            "school": _school(school),
            "holder": g.agent.holder,
            "waiting": [_waiting(one) for one in awaited.all(g.school)],
            "certificates": _certificates(installation.keyring, g.school),
        }

    @api.get("/documents/<id>/items/<item>")
    def read_prepared(path: ItemPath) -> Response:
        """Return a prepared PDF: the agent hashes it, and the person may look at it."""
        prepared = awaited.item(g.school, path.id, path.item).prepared
        return Response(prepared.pdf, mimetype="application/pdf")


def _add_bringing(api: APIBlueprint, installation: Installation, awaited: AwaitedSignatures) -> None:
    @api.post("/claims")
    def claim(body: ClaimsBody) -> dict[str, Any]:
        """Hand waiting documents to this agent, and for some minutes to no other; some may be another's, or done.

        `others` are those that wait for a key that the agent does not have.
        """
        known = set(body.certificates)

        def fits(certificate: x509.Certificate) -> bool:
            return _thumbprint(certificate) in known

        items = awaited.claim(g.school, body.documents, g.agent.id, fits)
        if items:
            _check_signers(installation, g.school, items)
        left = [one for one in body.documents if one not in {item.issuance.id for item in items}]
        return {"items": [_item(one) for one in items], "others": awaited.others(g.school, left, fits)}

    @api.post("/documents/<id>/items/<item>/signature")
    def bring(path: ItemPath, body: SignatureBody) -> dict[str, Any]:
        """Keep a signature value; the same one again is acknowledged again."""
        try:
            signature = base64.b64decode(body.signature, validate=True)
        except binascii.Error as error:
            raise _not_base64() from error
        awaited.bring(g.school, path.id, path.item, signature, g.agent.id)
        return {"kept": path.item}

    @api.post("/continue")
    def go_on() -> dict[str, Any]:
        """Go on with some documents whose values have come; ask again while any are left."""
        with installation.correcting() as tools:
            found = finish_brought(tools.issuing, awaited.brought, g.school)
        return {name: getattr(found, name) for name in type(found).__slots__}


def _check_signers(installation: Installation, school: str, items: Sequence[AwaitedItem]) -> None:
    """Refuse before the agent asks for a PIN: since these were prepared a certificate may have been revoked or ended.

    Raises:
        HocbaError: as `SignerDesk.checked`.
    """
    try:
        with opened(installation.signer_tools, NOBODY) as desk:
            desk.checked(*desk.today(school))
    except AwaitedProofError:
        # Nobody answers now: the evidence that the prepared files bring does, for its time.
        if not all(installation.revocation.holds(one.prepared.pdf, [one.prepared]) for one in items):
            raise


def _school(school: School) -> dict[str, str]:
    return {"code": school.code, "name": school.name}


def _waiting(one: Awaited) -> dict[str, str]:
    learner = parse_transcript(one.issuance.data).learner
    return {
        "document": one.issuance.id,
        "field": one.field,
        "school_year": one.issuance.school_year,
        "class_name": one.issuance.class_name,
        "student_code": learner.student_code,
        "full_name": learner.full_name,
    }


def _certificates(keyring: Keyring, school: str) -> list[str]:
    """Return the SHA-256 of the certificates whose keys are at the office, so that the right token is plugged in."""
    addresses = (keyring.address(role, school) for role in DocumentRole)
    signers = (one.loaded[0] for one in addresses if isinstance(one, AgentAddress))
    return sorted({_thumbprint(one) for one in signers})


def _item(one: AwaitedItem) -> dict[str, str]:
    prepared = one.prepared
    return {
        "document": one.issuance.id,
        "item": prepared.id,
        "field": prepared.field,
        "algorithm": prepared.algorithm.value,
        "certificate": _thumbprint(prepared.certificate),
        "signed_attributes": base64.b64encode(prepared.signed_attributes_der).decode(),
    }


def _thumbprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(SHA256()).hex()


def _not_base64() -> ServiceError:
    return ServiceError(
        "signature-not-base64",
        "Chữ ký gửi lên phải ở dạng base64.",
        "The signature must be sent in base64.",
    )
