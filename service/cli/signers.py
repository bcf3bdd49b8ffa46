"""`hocba signer …`: where a school's keys are, in files, on tokens, with a service; may they sign (docs/signers.md)?"""

from __future__ import annotations

from pathlib import Path

import click
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from keys.awaited_signer import agent_address
from keys.certificates import describe
from keys.keyring import DocumentRole, address_path
from keys.pkcs11_signer import certificates_on
from keys.pkcs11_token import name_of, tokens
from keys.secret_files import read_passphrase
from keys.signer_address import SignerAddress, TokenAddress, format_address
from service.cli.certificate_files import read_certificates
from service.cli.command import (
    chosen_school,
    data_option,
    open_installation,
    operator_here,
    refusals,
    school_option,
)
from service.errors import ServiceError
from service.files import PRIVATE, PUBLIC, make_folder, replace_file
from service.installation import Installation
from service.pdf.signature_image import MAX_BYTES, Ink, check_image
from service.signers.csc_client import CSCClient
from service.signers.remote_signing import access_token_path, remote_address
from service.signers.school_signers import NOBODY, image_path, opened
from verify.files import read_regular_file

_ROLE = click.option(
    "--role",
    required=True,
    type=click.Choice([role.value for role in DocumentRole]),
    help="Whose key it is.",
)
_MODULE = click.option(
    "--module",
    required=True,
    type=click.Path(exists=True, dir_okay=False, resolve_path=True, path_type=Path),
    help="The PKCS#11 library of the token's maker.",
)


@click.group("signer")
def signer_group() -> None:
    """Say where a school's keys are: PKCS#12 files, PKCS#11 tokens, a remote service; check them before signing."""


@signer_group.command("tokens", short_help="List the tokens that are plugged in.")
@_MODULE
@refusals
def list_tokens(*, module: Path) -> None:
    """List the tokens that are plugged in, and the signature certificates on them. Asks for no PIN."""
    for token in tokens(module):
        name = name_of(token, module)
        click.echo(f"{name}")
        for one in certificates_on(TokenAddress(module=module, label=name.label, serial=name.serial)):
            click.echo(f"  {_shown(one)}")


@signer_group.command("set")
@data_option
@school_option
@_ROLE
@_MODULE
@click.option("--label", help="The token's label [any].")
@click.option("--serial", help="The token's serial number [any].")
@click.option("--certificate", help="SHA-256 of the certificate, 64 hexadecimal digits [the only one there].")
@refusals
def set_signer(
    *,
    data: Path,
    school: str | None,
    role: str,
    module: Path,
    label: str | None,
    serial: str | None,
    certificate: str | None,
) -> None:
    """Have a role sign by a key on a token from now on. The token must be plugged in; no PIN is asked."""
    installation = open_installation(data)
    code = chosen_school(installation, school)
    try:
        address = TokenAddress(module=module, label=label, serial=serial, certificate=certificate)
    except ValueError as error:
        raise click.UsageError("--certificate is 64 hexadecimal digits in small letters.") from error
    _name(installation, DocumentRole(role), code, address)


@signer_group.command("agent", short_help="Have a role sign on the office's own computer.")
@data_option
@school_option
@_ROLE
@click.option(
    "--certificates",
    "file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The signer's certificate and those above it, PEM: hocba-agent certificates writes it.",
)
@click.option("--rsa-pkcs1v15", is_flag=True, help="The token has no RSA-PSS.")
@refusals
def set_agent(*, data: Path, school: str | None, role: str, file: Path, rsa_pkcs1v15: bool) -> None:
    """Have a role sign by a key that is on a token at the office, where hocba-agent runs, from now on."""
    installation = open_installation(data)
    certificates = read_certificates(file)
    known = [*certificates, *installation.keyring.intermediates()]
    address = agent_address(known, pkcs1v15=rsa_pkcs1v15)
    code = chosen_school(installation, school)
    _name(installation, DocumentRole(role), code, address)


@signer_group.command("remote", short_help="Have a role sign by a remote signing service.")
@data_option
@school_option
@_ROLE
@click.option("--url", required=True, help="The service's address, up to /csc/v1/.")
@click.option("--credential", "credential_id", required=True, help="What the service calls the key.")
@click.option(
    "--access-token",
    "token_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the secret by which the service knows this installation, readable by you alone [none].",
)
@refusals
def set_remote(
    *, data: Path, school: str | None, role: str, url: str, credential_id: str, token_file: Path | None
) -> None:
    """Have a role sign by a service that speaks the CSC API from now on. It is asked for the certificate; no PIN is."""
    installation = open_installation(data)
    keyring, of, code = installation.keyring, DocumentRole(role), chosen_school(installation, school)
    token = None if token_file is None else _access_token(token_file)
    client = CSCClient(url, access_token=token)
    address = remote_address(url, client.credential(credential_id), keyring.intermediates())
    _name(installation, of, code, address)
    if token is not None:
        replace_file(access_token_path(keyring, of, code), f"{token}\n".encode("ascii"), mode=PRIVATE)


@signer_group.command("file", short_help="Keep a PKCS#12 file here as a role's key.")
@click.argument("pkcs12", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
@school_option
@_ROLE
@click.option(
    "--passphrase-file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The file with its passphrase, readable by you alone.",
)
@refusals
def set_file(*, pkcs12: Path, data: Path, school: str | None, role: str, passphrase_file: Path) -> None:
    """Have a role sign by the key in a PKCS#12 file (.p12, .pfx) from now on.

    A copy is kept in keys/ under the passphrase of this installation; the file itself is no longer needed here. A key
    that was there stays beside it, and a role that signed elsewhere signs here.
    """
    installation = open_installation(data)
    keyring, of, code = installation.keyring, DocumentRole(role), chosen_school(installation, school)
    signer = keyring.take_signer(
        of, code, pkcs12, passphrase=read_passphrase(passphrase_file), now=installation.now()
    )
    address_path(keyring.folder, of, code).unlink(missing_ok=True)
    access_token_path(keyring, of, code).unlink(missing_ok=True)
    click.echo(_shown(signer.certificate))


@signer_group.command("unset")
@data_option
@school_option
@_ROLE
@refusals
def unset_signer(*, data: Path, school: str | None, role: str) -> None:
    """Have a role sign by the PKCS#12 file in keys/ again."""
    installation = open_installation(data)
    keyring, of, code = installation.keyring, DocumentRole(role), chosen_school(installation, school)
    address_path(keyring.folder, of, code).unlink(missing_ok=True)
    access_token_path(keyring, of, code).unlink(missing_ok=True)


@signer_group.command("certificate", short_help="Write a certificate to be registered.")
@data_option
@school_option
@_ROLE
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The certificate, PEM."
)
@refusals
def write_certificate(*, data: Path, school: str | None, role: str, out: Path) -> None:
    """Write the certificate of a role into a file, to have it registered: hocba issuer request --certificate."""
    installation = open_installation(data)
    with opened(installation.signer_tools, NOBODY) as desk:
        found = desk.find(DocumentRole(role), chosen_school(installation, school))
    replace_file(out, found.certificate.public_bytes(Encoding.PEM), mode=PUBLIC)
    click.echo(_shown(found.certificate))


@signer_group.command("check", short_help="Check who would sign, and until when.")
@data_option
@school_option
@refusals
def check(*, data: Path, school: str | None) -> None:
    """Check who would sign: person, role, school, validity, registration, clock. Asks for no PIN, signs nothing."""
    installation = open_installation(data)
    with opened(installation.signer_tools, operator_here()) as desk:
        signers = desk.checked(*desk.today(chosen_school(installation, school)))
    for role, signer in signers.items():
        click.echo(f"{role:<10} {_shown(signer.certificate)}  {signer.algorithm}")


@signer_group.command("image", short_help="Show an image as the signature or the seal.")
@click.argument("image", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
@school_option
@_ROLE
@refusals
def put_image(*, image: Path, data: Path, school: str | None, role: str) -> None:
    """Show this image as the signature (blue) or as the seal (red, square) from now on: PNG, transparent."""
    installation = open_installation(data)
    code, of = chosen_school(installation, school), DocumentRole(role)
    seal = of is DocumentRole.SEAL
    checked = check_image(read_regular_file(image, MAX_BYTES), Ink.RED if seal else Ink.BLUE, square=seal)
    target = image_path(installation.settings.data, of, code)
    make_folder(target.parent)
    replace_file(target, checked, mode=PRIVATE)
    click.echo(f"{target}: {len(checked)} byte")


def _name(installation: Installation, role: DocumentRole, school: str, address: SignerAddress) -> None:
    """Have a role sign by this key from now on, if the key is there and is a role's."""
    with opened(installation.signer_tools, NOBODY) as desk:
        found = desk.find(role, school, address)
    # First the secret of the service that was named before: it is nobody else's to see, whatever stops in between.
    access_token_path(installation.keyring, role, school).unlink(missing_ok=True)
    replace_file(
        address_path(installation.keyring.folder, role, school), format_address(address), mode=PRIVATE
    )
    click.echo(_shown(found.certificate))


def _access_token(path: Path) -> str:
    token = read_passphrase(path).decode("utf-8", "replace")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ServiceError(
            "access-token-unfit",
            f"Tệp {path.name} không chứa mã truy cập của dịch vụ (một dòng chữ ASCII, không dấu cách); hãy lấy lại mã.",
            f"The file {path.name} holds no access token of a service (one line of ASCII, no spaces); get it anew.",
        )
    return token


def _shown(certificate: x509.Certificate) -> str:
    described = describe(certificate)
    until = f"{described.not_after:%Y-%m-%d}"
    return f"{certificate.fingerprint(SHA256()).hex()}  {described.signer}  ({described.issuer}, … {until})"
