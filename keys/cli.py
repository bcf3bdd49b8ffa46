"""`hocba keys …`: hold a key ceremony, list keys. Shows names, ids and validity, never a secret."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from cryptography.hazmat.primitives.hashes import SHA256

from keys.backup_key import BackupKey
from keys.ceremony import SchoolInfo, make_demo_authorities
from keys.certificates import describe
from keys.command import SECRET, present_time, random_bytes, refusals, write_new
from keys.keyring import DocumentRole, Keyring
from keys.record_key import RecordKey
from keys.registrar import describe_statement, sign_request
from keys.secret_files import read_passphrase
from keys.signer import KeysError, SignatureAlgorithm
from keys.trust_root_cli import assemble_trust_root, draft_trust_root, make_key, sign_trust_root_draft
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


@keys_group.command("ceremony", short_help="Make all keys of a demonstration.")
@click.option(
    "--demo", is_flag=True, required=True, help="Make test authorities: every verdict will say TEST."
)
@_DATA
def hold_ceremony(*, demo: bool, data: Path) -> None:  # noqa: ARG001 - a reminder that must be typed
    """Make all keys of a demonstration, encrypted, with a random passphrase beside them."""
    with refusals():
        keyring = make_demo_authorities(
            data / "keys",
            schools=DEMO_SCHOOLS,
            passphrase=random_bytes(32).hex().encode("ascii"),
            now=present_time(),
            algorithm=SignatureAlgorithm.RSA_PSS,
        )
        click.echo(f"{keyring.folder}: khoá bản thử đã sẵn sàng / test keys are ready")
        click.echo("Hãy chuyển thư mục offline/ khỏi máy này / Move the folder offline/ off this machine")
        _echo_keys(keyring, now=present_time())


@keys_group.command("list")
@_DATA
def list_keys(data: Path) -> None:
    """List ids, roles, schools and validity of the keys."""
    with refusals():
        keyring = Keyring.open(data / "keys", passphrase_file=data / "keys" / "passphrase")
        _echo_keys(keyring, now=present_time())


@keys_group.command("sign-statement", short_help="Sign a request, as the registrar.")
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
    with refusals():
        data = request.read_bytes()[: MAX_FILE_BYTES + 1]
        click.echo(describe_statement(parse_request(data)))
        if not yes:
            click.confirm("Kí tuyên bố này? / Sign this statement?", abort=True)
        registrar = RecordKey.load(key, passphrase=read_passphrase(passphrase_file))
        write_new(out, sign_request(data, registrar))
    click.echo(f"{out}: mang tệp này về máy dịch vụ / carry this file back: hocba issuer append {out.name}")


@keys_group.command("new-backup", short_help="Make the key that opens backups.")
@click.option(
    "--passphrase-file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file with its passphrase; made where it is missing.",
)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The key.")
def make_backup_key(*, passphrase_file: Path, out: Path) -> None:
    """Make the key that opens backups, on another machine than the service's, and print what the service is told."""
    with refusals():
        if not passphrase_file.exists():
            write_new(passphrase_file, random_bytes(32).hex().encode("ascii") + b"\n", mode=SECRET)
        key = BackupKey.make()
        write_new(out, key.sealed(read_passphrase(passphrase_file)), mode=SECRET)
        click.echo(f"HOCBA_BACKUP_RECIPIENT={key.recipient}")


for command in (make_key, draft_trust_root, sign_trust_root_draft, assemble_trust_root):
    keys_group.add_command(command)


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
