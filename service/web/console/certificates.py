"""Who signs for the school today: the certificates, until when, and what would be refused before signing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template

from keys.certificates import CertificateDescription, describe
from keys.keyring import DocumentRole
from schemas.errors import HocbaError, Text
from schemas.transcript.model import Signatory
from schemas.vietnam_time import VIETNAM
from service.installation import Installation
from service.people.roles import Role
from service.signers.before_signing import expiry_warning, roles_of
from service.signers.school_signers import NOBODY, SignerDesk, opened
from service.web.policy import allow, allow_named


@dataclass(frozen=True, slots=True)
class Line:
    """A role, with its certificate or why there is none to be seen."""

    role: DocumentRole
    certificate: CertificateDescription | None
    warning: Text | None = None
    refusal: Text | None = None


@dataclass(frozen=True, slots=True)
class SignersToday:
    """Who would sign today; `refusal` says why nothing can be signed now."""

    signatory: Signatory
    lines: tuple[Line, ...]
    refusal: Text | None


def add_certificates(console: Blueprint, installation: Installation) -> None:
    """Add the page."""

    @console.get("/certificates")
    @allow(Role.CLERK, Role.PRINCIPAL, Role.DEPUTY_PRINCIPAL, Role.INSPECTOR)
    def show_certificates(school: str) -> str:
        """Show who would sign today, until when, and what would refuse them."""
        return render_template("certificates.html", today=signers_today(installation, school), zone=VIETNAM)

    @console.get("/schools/<school_code>/certificates")
    @allow_named(Role.ADMINISTRATOR)
    def school_certificates(school: str) -> str:
        """Show the same to whoever administers the school."""
        today = signers_today(installation, school)
        return render_template("certificates.html", today=today, zone=VIETNAM, administers=school)


def signers_today(installation: Installation, school: str) -> SignersToday:
    """Look who would sign today; asks for no PIN, signs nothing."""
    with opened(installation.signer_tools, NOBODY) as desk:
        of, signatory = desk.today(school)
        lines = tuple(_line(desk, school, role, installation.now()) for role in roles_of(signatory))
        try:
            desk.checked(of, signatory)
        except HocbaError as refused:
            return SignersToday(signatory, lines, refused.text)
    return SignersToday(signatory, lines, None)


def _line(desk: SignerDesk, school: str, role: DocumentRole, now: datetime) -> Line:
    try:
        signer = desk.find(role, school)
    except HocbaError as refused:
        return Line(role, None, refusal=refused.text)
    return Line(role, describe(signer.certificate), expiry_warning(signer, role, now))
