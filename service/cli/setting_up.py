"""`hocba init`: an installation for a Sở from nothing (docs/operations/beginning.md)."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from schemas.record.envelope import MAX_ENVELOPE_BYTES
from service.cli.command import data_option, present_time, refusals
from service.installation_parts import TRUST_ROOT
from service.school_settings import described_school
from service.setting_up import SESSION_KEY, Plan, make_installation
from verify.files import read_regular_file
from verify.trust import read_trust_root

_EXAMPLES = """\b
Examples:
  hocba init --data data --origin so.example.vn/so-cap --qr-host so.example.vn --operator "Sở GD&ĐT Hà Nội" \\
    --anchors neac=neac.pem --anchors vgca=vgca.pem --school-code THCS-01 --school-name "Trường THCS Ban Mai" \\
    --commune "Phường Ban Mai" --province "Hà Nội" --principal "Nguyễn Thị Hoa"
  hocba init --test …   # without --anchors: invented authorities and signers, every verdict says BẢN THỬ / TEST
"""
_SIGN = (
    "hocba keys sign-statement request.json --key offline/registrar.pem --passphrase-file offline/passphrase "
    "--out signed.json"
)
_CEREMONY = (
    "thêm người giữ khoá gốc rồi công bố vân tay / more holders of root keys, then publish the fingerprint: "
    "docs/trust-root.md"
)


@click.command(epilog=_EXAMPLES)
@data_option
@click.option("--test", is_flag=True, help="Invent authorities and signers; every verdict will say TEST.")
@click.option("--origin", required=True, help="The log's, NAME/PATH without a scheme. It never changes.")
@click.option("--qr-host", required=True, help="The host that QR codes point to.")
@click.option("--operator", required=True, help="Who runs it, as the public record will name it.")
@click.option(
    "--anchors",
    multiple=True,
    metavar="NAME=FILE",
    help="Root certificates (PEM) of an authority whose certificates may sign; once for each authority.",
)
@click.option(
    "--database-url", default="", help="postgresql://… of an empty database [SQLite in the folder]."
)
@click.option(
    "--grace-minutes",
    type=click.IntRange(0, 720),
    default=15,
    show_default=True,
    help="How long signed documents stand before they are recorded and released.",
)
@click.option("--school-code", required=True, help="The first school's code in the sector's database.")
@click.option("--school-name", required=True, help="As transcripts print it.")
@click.option("--commune", required=True, help="Xã, phường, đặc khu.")
@click.option("--district", help="Huyện, as documents of years before 1 July 2025 print it.")
@click.option("--province", required=True, help="Tỉnh, thành phố.")
@click.option("--principal", required=True, help="Who signs there, by full name.")
@refusals
def init(  # noqa: PLR0913 - each is an option of the command
    *,
    data: Path,
    test: bool,
    origin: str,
    qr_host: str,
    operator: str,
    anchors: tuple[str, ...],
    database_url: str,
    grace_minutes: int,
    school_code: str,
    school_name: str,
    commune: str,
    district: str | None,
    province: str,
    principal: str,
) -> None:
    """Make an installation in a new folder: keys, trust root, settings, database, first school, public record.

    What is there is never overwritten; where it breaks off, nothing is left under the folder's name.
    """
    if test == bool(anchors):
        raise click.UsageError("Give --anchors for each authority, or --test.")
    school, signatory = described_school(school_code, school_name, commune, district, province, principal)
    plan = Plan(
        origin=origin,
        qr_host=qr_host,
        operator=operator,
        school=school,
        signatory=signatory,
        anchors=dict(_anchor_set(one) for one in anchors),
        database_url=database_url,
        grace_minutes=grace_minutes,
    )
    make_installation(data, plan, now=present_time, token_bytes=secrets.token_bytes)
    _say_what_is_next(data, plan)


def _anchor_set(text: str) -> tuple[str, bytes]:
    name, equals, file = text.partition("=")
    if not equals:
        raise click.UsageError("--anchors is NAME=FILE, as neac=neac.pem.")
    return name, read_regular_file(Path(file), MAX_ENVELOPE_BYTES)


def _say_what_is_next(data: Path, plan: Plan) -> None:
    fingerprint = read_trust_root(data / TRUST_ROOT).fingerprint()
    click.echo(f"{data}: đã lập xong / made{'  BẢN THỬ / TEST' if plan.is_test else ''}")
    click.echo(f"vân tay gốc tin cậy / fingerprint of the trust root  {fingerprint}")
    click.echo("Việc tiếp theo / next:")
    steps = [
        (
            f"mang {data}/keys/offline khỏi máy này (hai bản, hai nơi) / take that folder off this machine, "
            "two copies in two places"
        ),
        f"giữ riêng một bản {data}/keys và {data}/{SESSION_KEY} / keep a copy of both apart: no backup has them",
    ]
    if not plan.is_test:
        code, name = plan.school.code, plan.school.name
        steps += [
            f"hocba signer file SEAL.p12 --passphrase-file FILE --role seal --data {data}   ({name})",
            f"hocba issuer request --school {code} --role seal --out request.json --data {data}",
            _SIGN,
            f"hocba issuer append signed.json --data {data}   (role principal cũng vậy / the same)",
            _CEREMONY,
        ]
    steps += [
        f"hocba schools add … --data {data}; hocba users invite … --data {data}",
        f"hocba doctor --data {data}",
        f"hocba serve --data {data}",
    ]
    for number, step in enumerate(steps, start=1):
        click.echo(f"  {number}. {step}")
