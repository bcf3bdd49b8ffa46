"""`hocba …`: set up a demonstration, import, issue, revoke, correct, serve, tend; one module a noun.

Refusals are one sentence in Vietnamese and one in English and the exit code 1; a wrong command line has the
exit code 2.
"""

from __future__ import annotations

import click

from keys.cli import keys_group
from service.cli.access import access_group
from service.cli.agents import agent_group
from service.cli.approving import approve_group
from service.cli.backups import backup, restore
from service.cli.correcting import correct_group
from service.cli.database import database_group
from service.cli.deciding import differences_group
from service.cli.delegations import delegation_group
from service.cli.demo import demo
from service.cli.doctor import doctor
from service.cli.erasing import erase
from service.cli.extracting import extract
from service.cli.importing import import_workbook, imports_group
from service.cli.issuers import issuer_group
from service.cli.issuing import issue
from service.cli.links import link_group
from service.cli.marks import marks_group
from service.cli.notices import contact_group, notice_group
from service.cli.record import record_group
from service.cli.register import show_register
from service.cli.requests import request_group
from service.cli.revoking import revoke_group
from service.cli.sample import sample
from service.cli.schools import schools_group
from service.cli.serving import serve_issuing
from service.cli.setting_up import init
from service.cli.signers import signer_group
from service.cli.taking_over import takeover
from service.cli.tokens import token_group
from service.cli.trail import trail_group
from service.cli.trust import trust_group
from service.cli.users import users_group

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
    init,
    doctor,
    backup,
    restore,
    demo,
    sample,
    import_workbook,
    imports_group,
    takeover,
    differences_group,
    approve_group,
    issue,
    extract,
    link_group,
    contact_group,
    notice_group,
    request_group,
    revoke_group,
    correct_group,
    show_register,
    erase,
    serve_issuing,
    schools_group,
    users_group,
    token_group,
    issuer_group,
    signer_group,
    agent_group,
    delegation_group,
    keys_group,
    trust_group,
    record_group,
    trail_group,
    access_group,
    marks_group,
    database_group,
):
    main.add_command(command)
