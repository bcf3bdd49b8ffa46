"""`hocba …`: set up a demonstration, import, issue, revoke, correct, serve, tend; one module a noun.

Refusals are one sentence in Vietnamese and one in English and the exit code 1; a wrong command line has the
exit code 2.
"""

from __future__ import annotations

import click

from keys.cli import keys_group
from service.cli.correcting import correct_group
from service.cli.database import database_group
from service.cli.demo import demo
from service.cli.erasing import erase
from service.cli.importing import import_workbook, imports_group
from service.cli.issuers import issuer_group
from service.cli.issuing import issue
from service.cli.record import record_group
from service.cli.revoking import revoke_group
from service.cli.sample import sample
from service.cli.serving import serve_issuing
from service.cli.tokens import token_group

EPILOG = """\b
Examples:
  hocba demo --once --data demo-data
  hocba import class-6A.xlsx --data demo-data --year 2025-2026 --dry-run
  hocba issue --data demo-data --class 6A --year 2025-2026
"""


@click.group(epilog=EPILOG)
def main() -> None:
    """Issue digital transcripts (học bạ số) that anyone can check."""


for command in (
    demo,
    sample,
    import_workbook,
    imports_group,
    issue,
    revoke_group,
    correct_group,
    erase,
    serve_issuing,
    token_group,
    issuer_group,
    keys_group,
    record_group,
    database_group,
):
    main.add_command(command)
