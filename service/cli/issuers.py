"""`hocba issuer …`: who may sign for a school; requests to the registrar, and what came back (docs/issuers.md)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from keys.keyring import DocumentRole, RecordRole
from keys.registrar import describe_statement
from schemas.record.ledger import Ledger
from schemas.record.statement import KEY_ROLES, KeyState, Role
from schemas.record.statement_file import MAX_FILE_BYTES, format_request, parse_signed
from service.cli.command import data_option, open_installation, refusals
from service.errors import ServiceError
from service.files import PUBLIC, replace_file
from service.installation import Installation
from service.issuers import check_statement, ledger_of, request_statement, request_succession, said_by
from service.storage.log_store import LogStore
from verify.files import read_regular_file

_ROLES = {role.name.lower(): role for role in Role}
_STATES = {state.name.lower(): state for state in KeyState}


@click.group("issuer")
def issuer_group() -> None:
    """Say who may sign for a school: request, have the registrar sign, append."""


@issuer_group.command()
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
    help="The certificate (PEM or DER) [the one in keys/].",
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
    out: Path,
) -> None:
    """Write a request about a certificate or key, to be signed by the registrar on a machine without network."""
    installation = open_installation(data)
    statement = request_statement(
        _ledger(installation).issuers,
        installation.register.school(school)[0],
        role=_ROLES[role],
        state=_STATES[state],
        identity=_identity(installation, school, _ROLES[role], certificate),
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


@issuer_group.command()
@click.argument("signed", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
@refusals
def append(*, signed: Path, data: Path) -> None:
    """Append a signed statement to the record and publish; refused where it would count for nothing."""
    installation = open_installation(data)
    statement = parse_signed(read_regular_file(signed, MAX_FILE_BYTES))
    store = LogStore(installation.database)
    key = check_statement(statement, store.entries(0, store.size), installation.log, installation.trust)
    (index,) = installation.sequencer.append_statements([(key, statement)])
    installation.publish()
    click.echo(describe_statement(said_by(statement)))
    click.echo(f"#{index}: có hiệu lực từ đây / in force from here")


@issuer_group.command("list")
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
        name = RecordRole.CREDENTIAL if role is Role.CREDENTIAL else RecordRole.STATUS
        return installation.keyring.record_key(name).public_key
    if certificate is not None:
        return _read_certificate(certificate).fingerprint(SHA256())
    document_role = DocumentRole.SEAL if role is Role.SEAL else DocumentRole.PRINCIPAL
    return installation.keyring.signer(document_role, school, now=installation.now()).certificate.fingerprint(
        SHA256()
    )


def _read_certificate(path: Path) -> x509.Certificate:
    data = path.read_bytes()
    try:
        return (
            x509.load_pem_x509_certificate(data)
            if data.lstrip().startswith(b"-----")
            else x509.load_der_x509_certificate(data)
        )
    except ValueError as error:
        raise ServiceError(
            "certificate-unreadable",
            f"Tệp {path.name} không phải chứng thư (PEM hoặc DER).",
            f"The file {path.name} is no certificate (PEM or DER).",
        ) from error
