"""`hocba issuer …`: who may sign for a school; requests to the registrar, and what came back (docs/issuers.md)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from cryptography.hazmat.primitives.hashes import SHA256

from keys.keyring import DocumentRole, RecordRole
from keys.registrar import describe_statement
from schemas.record.ledger import Ledger
from schemas.record.statement import KEY_ROLES, KeyState, Role
from schemas.record.statement_file import MAX_FILE_BYTES, format_request, parse_signed
from service.cli.certificate_files import read_certificate
from service.cli.command import data_option, open_installation, refusals
from service.files import PUBLIC, replace_file
from service.installation import Installation
from service.issuers import StatementCheck, ledger_of, request_statement, request_succession, said_by
from service.signers.school_signers import NOBODY, opened
from service.storage.log_store import LogStore
from verify.files import read_regular_file

_ROLES = {role.name.lower(): role for role in Role}
_KEPT_HERE = {
    Role.PRINCIPAL: DocumentRole.PRINCIPAL,
    Role.DEPUTY: DocumentRole.DEPUTY,
    Role.SEAL: DocumentRole.SEAL,
}
_STATES = {state.name.lower(): state for state in KeyState}


@click.group("issuer")
def issuer_group() -> None:
    """Say who may sign for a school: request, have the registrar sign, append."""


@issuer_group.command(short_help="Write a request, for the registrar to sign.")
@data_option
@click.option("--school", required=True, help="The school's code.")
@click.option(
    "--role", required=True, type=click.Choice(sorted(_ROLES)), help="What the certificate or key is for."
)
@click.option("--state", default="active", type=click.Choice(sorted(_STATES)), help="[active]")
@click.option(
    "--from-index", type=click.IntRange(0), help="For a compromise: the first entry no longer trusted."
)
@click.option(
    "--certificate",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The certificate, PEM or DER [of principal, deputy and seal: the one in keys/, or on the token].",
)
@click.option(
    "--key",
    help="Instead: one that is registered, by the beginning of its hexadecimal; one that was replaced, too.",
)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The request.")
@refusals
def request(
    *,
    data: Path,
    school: str,
    role: str,
    state: str,
    from_index: int | None,
    certificate: Path | None,
    key: str | None,
    out: Path,
) -> None:
    """Write a request about a certificate or key, to be signed by the registrar on a machine without network."""
    installation = open_installation(data)
    issuers = _ledger(installation).issuers
    if key is not None and certificate is not None:
        raise click.UsageError("Give --key or --certificate, not both.")
    statement = request_statement(
        issuers,
        installation.register.school(school)[0],
        role=_ROLES[role],
        state=_STATES[state],
        identity=_identity(installation, school, _ROLES[role], certificate)
        if key is None
        else issuers.find(key),
        from_index=from_index,
        now=installation.now(),
    )
    replace_file(out, format_request(statement), mode=PUBLIC)
    click.echo(describe_statement(statement))
    click.echo(f"{out}: đưa Sở kí / to be signed: hocba keys sign-statement {out.name} …")


@issuer_group.command()
@data_option
@click.option("--school", required=True, help="The school that takes the place of the other.")
@click.option("--predecessor", required=True, help="The school that it succeeds.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The request.")
@refusals
def succession(*, data: Path, school: str, predecessor: str, out: Path) -> None:
    """Write a request that says which school succeeds which."""
    installation = open_installation(data)
    statement = request_succession(_ledger(installation).issuers, school, predecessor, now=installation.now())
    replace_file(out, format_request(statement), mode=PUBLIC)
    click.echo(describe_statement(statement))


@issuer_group.command(short_help="Append what the registrar signed, and publish.")
@click.argument("signed", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
@refusals
def append(*, signed: Path, data: Path) -> None:
    """Append a signed statement to the record and publish; refused where it would count for nothing."""
    installation = open_installation(data)
    statement = parse_signed(read_regular_file(signed, MAX_FILE_BYTES))
    check = StatementCheck(statement, installation.log, installation.trust)
    index = installation.sequencer.append_checked(check.entry_after)
    installation.publish()
    click.echo(describe_statement(said_by(statement)))
    click.echo(f"#{index}: có hiệu lực từ đây / in force from here")


@issuer_group.command("list", short_help="List what counts, with role, state and index.")
@data_option
@click.option("--school", help="One school only.")
@refusals
def list_issuers(*, data: Path, school: str | None) -> None:
    """List what counts: each certificate and key with its role, school, state and index."""
    for index, said in sorted(_ledger(open_installation(data)).issuers.statements(), key=lambda one: one[0]):
        if school is None or said.school == school:
            identity = (said.thumbprint or said.public_key or b"").hex()[:16]
            since = f" từ / from #{said.from_index}" if said.from_index is not None else ""
            at = datetime.fromtimestamp(said.time, UTC)
            click.echo(
                f"#{index}  {identity}  {said.role.name.lower():<10} {said.state.name.lower()}{since}  "
                f"{said.school or '*'}  {at:%Y-%m-%d}  {said.name}"
            )


def _ledger(installation: Installation) -> Ledger:
    store = LogStore(installation.database)
    return ledger_of(store.entries(0, store.size), installation.log, installation.trust)


def _identity(installation: Installation, school: str, role: Role, certificate: Path | None) -> bytes:
    if role in KEY_ROLES:
        if certificate is not None:
            raise click.UsageError(
                f"The key of {role.name.lower()} has no certificate: give --key, or neither."
            )
        name = RecordRole.CREDENTIAL if role is Role.CREDENTIAL else RecordRole.STATUS
        return installation.keyring.record_key(name).public_key
    if certificate is not None:
        return read_certificate(certificate).fingerprint(SHA256())
    document_role = _KEPT_HERE.get(role)
    if document_role is None:
        raise click.UsageError(f"No key of a {role.name.lower()} is kept here: give --certificate.")
    with opened(installation.signer_tools, NOBODY) as desk:
        return desk.find(document_role, school).certificate.fingerprint(SHA256())
