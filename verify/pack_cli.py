"""`hocba-verify pack`: take the offline pack of a school out of a record, for checks without a network."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from schemas.errors import HocbaError
from schemas.record.fields import is_school_code
from schemas.record.trust_root import TrustRoot
from schemas.verdict import VerdictCode
from verify.command import echo_error, present_time, trust_option
from verify.files import replace_file
from verify.messages import record_age
from verify.mirror import update_mirror
from verify.offline_pack import PackView, check_against_record, open_pack, read_pack
from verify.pack_mirror import fetch_packs
from verify.record_index import index_beside
from verify.record_reader import RecordReader
from verify.trust import load_trust_root
from verify.trust_expiry import check_not_expired

_EPILOG = """\b
Then, without a network:
  hocba-verify --offline --pack FILE --qr ADDRESS --trust TRUST
"""


@click.command("pack", epilog=_EPILOG, short_help="Take a school's offline pack out of a record.")
@trust_option
@click.option("--record", required=True, help="The public record: a folder or an https:// address.")
@click.option("--school", required=True, help="The code of the school.")
@click.option(
    "--to",
    "target",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write.",
)
def pack_command(*, trust: Path, record: str, school: str, target: Path) -> None:
    """Take the offline pack of a school out of a record, after comparing it with the record entry by entry.

    An older pack is never written over a newer one. Exit code 0; 20 where it is refused, with a sentence.
    """
    if not is_school_code(school):
        raise click.UsageError("A school code is made of 0-9, A-Z and hyphens.")
    try:
        root = load_trust_root(trust)
        check_not_expired(root, present_time())
        with tempfile.TemporaryDirectory(prefix="hocba-record-") as fetched:
            folder = Path(fetched) if "://" in record else Path(record)
            if "://" in record:
                update_mirror(record, folder, root)
                fetch_packs(record, folder, root, [school])
            opened = open_pack(read_pack(folder, school), root)
            index = None if "://" in record else index_beside(folder)
            check_against_record(opened, RecordReader(folder, root, index).view())
        if target.exists() and not opened.follows(open_pack(target.read_bytes(), root)):
            raise click.UsageError(f"{target} is of another school or record, or newer.")
        replace_file(target, opened.data)
    except (HocbaError, OSError) as error:
        echo_error(error)
        sys.exit(VerdictCode.SERVICE_ERROR.exit_code)
    click.echo(_described(opened))


def read_packs(files: tuple[Path, ...], trust: TrustRoot) -> dict[str, PackView]:
    """Return the packs in these files by school; of several of one school, the newest.

    Raises:
        VerifyError: one is none that the trust root vouches for.
        OSError: one cannot be read.
    """
    packs: dict[str, PackView] = {}
    for file in files:
        opened = open_pack(file.read_bytes(), trust)
        school = opened.pack.school
        if school not in packs or opened.follows(packs[school]):
            packs[school] = opened
    return packs


def _described(opened: PackView) -> str:
    count, age = len(opened.pack.indexes()), record_age(opened.time, present_time())
    return (
        f"{opened.pack.school} {opened.pack.school_name}: {count} học bạ / documents, "
        f"#{opened.size}, {len(opened.data)} byte. {age.vi} / {age.en}"
    )
