"""`hocba keys …`: hold a key ceremony, list keys. Shows names, ids and validity, never a secret."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path

import click
from cryptography.hazmat.primitives.hashes import SHA256

from keys.ceremony import SchoolInfo, make_demo_authorities
from keys.certificates import describe
from keys.keyring import DocumentRole, Keyring
from keys.record_key import RecordKey
from keys.registrar import describe_statement, sign_request
from keys.secret_files import read_passphrase, write_durably
from keys.signer import KeysError, SignatureAlgorithm
from schemas.errors import HocbaError
from schemas.record.statement_file import MAX_FILE_BYTES, parse_request

DEMO_SCHOOLS = (
    SchoolInfo(
        code="DEMO-THCS-01",
        name="Trường THCS Ban Mai (thử)",
        province="Hà Nội",
        principal_name="Nguyễn Thị Thử",
        principal_title="Hiệu trưởng",
    ),
)

_DATA = click.option(
    "--data",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Data folder; keys lie in its keys/.",
)


@click.group("keys")
def keys_group() -> None:
    """Make and list the keys of this installation."""


@keys_group.command("ceremony")
@click.option(
    "--demo", is_flag=True, required=True, help="Make test authorities: every verdict will say TEST."
)
@_DATA
def hold_ceremony(*, demo: bool, data: Path) -> None:  # noqa: ARG001 - a reminder that must be typed
    """Make all keys of a demonstration, encrypted, with a random passphrase beside them."""
    try:
        keyring = make_demo_authorities(
            data / "keys",
            schools=DEMO_SCHOOLS,
            passphrase=secrets.token_hex(32).encode("ascii"),
            now=datetime.now(UTC).replace(microsecond=0),
            algorithm=SignatureAlgorithm.RSA_PSS,
        )
        click.echo(f"{keyring.folder}: khoá bản thử đã sẵn sàng / test keys are ready")
        click.echo("Hãy chuyển thư mục offline/ khỏi máy này / Move the folder offline/ off this machine")
        _echo_keys(keyring, now=datetime.now(UTC))
    except HocbaError as error:
        raise _refusal(error) from error


@keys_group.command("list")
@_DATA
def list_keys(data: Path) -> None:
    """List ids, roles, schools and validity of the keys."""
    try:
        keyring = Keyring.open(data / "keys", passphrase_file=data / "keys" / "passphrase")
        _echo_keys(keyring, now=datetime.now(UTC))
    except HocbaError as error:
        raise _refusal(error) from error


@keys_group.command("sign-statement")
@click.argument("request", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The registrar's key (.pem).",
)
@click.option(
    "--passphrase-file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file with its passphrase.",
)
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The signed file."
)
@click.option("--yes", is_flag=True, help="Sign without asking.")
def sign_statement(*, request: Path, key: Path, passphrase_file: Path, out: Path, yes: bool) -> None:
    """Sign a request about a certificate, a key or a school, as the registrar. Needs no network and no other file."""
    try:
        data = request.read_bytes()[: MAX_FILE_BYTES + 1]
        click.echo(describe_statement(parse_request(data)))
        if not yes:
            click.confirm("Kí tuyên bố này? / Sign this statement?", abort=True)
        registrar = RecordKey.load(key, passphrase=read_passphrase(passphrase_file))
        write_durably(out, sign_request(data, registrar), mode=0o644)
    except HocbaError as error:
        raise _refusal(error) from error
    except OSError as error:
        raise _refusal(_unwritten(out, error)) from error
    click.echo(f"{out}: mang tệp này về máy dịch vụ / carry this file back: hocba issuer append {out.name}")


def _unwritten(path: Path, error: OSError) -> KeysError:
    return KeysError(
        "file-unwritten",
        f"Không ghi được {path} ({error.strerror}); không tệp nào bị ghi đè. Hãy chọn tên tệp khác.",
        f"{path} cannot be written ({error.strerror}); no file is overwritten. Choose another name.",
    )


def _echo_keys(keyring: Keyring, *, now: datetime) -> None:
    for role in keyring.record_roles():
        click.echo(f"{role:<11} {keyring.record_key(role).key_id.hex()}  Ed25519")
    for document_role in DocumentRole:
        for school in keyring.schools(document_role):
            click.echo(f"{document_role:<11} {_describe_signer(keyring, document_role, school, now=now)}")


def _describe_signer(keyring: Keyring, role: DocumentRole, school: str, *, now: datetime) -> str:
    try:
        signer = keyring.signer(role, school, now=now)
    except KeysError as error:
        return f"{school}  {error.text.vi} {error.text.en} ({error.code})"
    shown = describe(signer.certificate)
    certificate_id = signer.certificate.fingerprint(SHA256()).hex()[:16]
    validity = f"{shown.not_before:%Y-%m-%d}…{shown.not_after:%Y-%m-%d}"
    return f"{certificate_id}  {signer.algorithm}  {school}  {shown.signer}  {validity}"


def _refusal(error: HocbaError) -> click.ClickException:
    return click.ClickException(f"{error.text.vi}\n{error.text.en} ({error.code})")
