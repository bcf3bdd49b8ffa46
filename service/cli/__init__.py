"""`hocba …`: set up a demonstration, import, issue, revoke, correct, serve, tend; one module a noun.

Refusals are one sentence in Vietnamese and one in English and the exit code 1; a wrong command line has the
exit code 2 (docs/acts.md).
"""

from __future__ import annotations

import click

from service.cli.command_table import CommandTable, Entry

EPILOG = """\b
Examples:
  hocba demo --once --data demo-data
  hocba import class-6A.xlsx --data demo-data --year 2025-2026 --dry-run
  hocba issue --data demo-data --class 6A --year 2025-2026
"""
SECTIONS = {
    "Begin and tend": {
        "init": Entry("service.cli.setting_up:init", "Make an installation."),
        "doctor": Entry("service.cli.doctor:doctor", "Say what is missing or wrong."),
        "serve": Entry("service.cli.serving:serve_issuing", "Serve console, API and the public record."),
        "worker": Entry("service.cli.batches:worker", "Carry out the batches that were asked for."),
        "backup": Entry("service.cli.backups:backup", "Write an encrypted backup."),
        "restore": Entry("service.cli.backups:restore", "Make a data folder of a backup."),
        "db": Entry("service.cli.database:database_group", "Tend the database."),
        "demo": Entry("service.cli.demo:demo", "Make a demonstration school, issue, verify, serve."),
        "sample": Entry("service.cli.sample:sample", "Write the workbooks of an invented school."),
    },
    "A school's data": {
        "import": Entry(
            "service.cli.importing:import_workbook", "Import a school's workbooks, or say what to mend."
        ),
        "imports": Entry(
            "service.cli.importing:imports_group", "See the imports that were made, and undo one."
        ),
        "differences": Entry(
            "service.cli.deciding:differences_group", "See and keep what differs from the rules."
        ),
        "marks": Entry("service.cli.marks:marks_group", "Change marks by hand, for a reason."),
        "trail": Entry(
            "service.cli.trail:trail_group", "The trail of changes: who changed which mark, when and why."
        ),
        "takeover": Entry(
            "service.cli.taking_over:takeover", "Take over the years of another school's transcript."
        ),
    },
    "Approve and issue": {
        "classes": Entry("service.cli.classes:classes_group", "See how far each class is."),
        "approve": Entry("service.cli.approving:approve_group", "Confirm and approve what is to be issued."),
        "issue": Entry("service.cli.issuing:issue", "Issue transcripts; finish what was left."),
        "batches": Entry("service.cli.batches:batches_group", "See, pause, resume and retry batches."),
        "release": Entry("service.cli.releasing:release", "Release signed transcripts before their time."),
        "take-back": Entry(
            "service.cli.releasing:take_back", "Take back a signed transcript before its release."
        ),
        "register": Entry(
            "service.cli.register:show_register", "Show or export the register of what was issued."
        ),
        "extract": Entry(
            "service.cli.extracting:extract",
            "Issue an extract of one year, or a summary for a transfer.",
        ),
        "revoke": Entry("service.cli.revoking:revoke_group", "Revoke a transcript, by two tokens."),
        "correct": Entry(
            "service.cli.correcting:correct_group", "Correct an issued transcript, by two tokens."
        ),
    },
    "Families": {
        "contact": Entry("service.cli.notices:contact_group", "Keep families' addresses for notices."),
        "notices": Entry("service.cli.notices:notice_group", "Send notices to families, and see the outbox."),
        "link": Entry("service.cli.links:link_group", "Make links by which families fetch documents."),
        "request": Entry("service.cli.requests:request_group", "Receive and answer requests of families."),
        "erase": Entry("service.cli.erasing:erase", "Erase what is not kept by law of a student."),
    },
    "People": {
        "schools": Entry("service.cli.schools:schools_group", "List, show and add schools."),
        "users": Entry("service.cli.users:users_group", "Say who signs in to the console."),
        "token": Entry("service.cli.tokens:token_group", "Give out and take back access tokens."),
        "access": Entry("service.cli.access:access_group", "Who read sensitive data."),
    },
    "Keys and signatures": {
        "keys": Entry("keys.cli:keys_group", "Make and list the keys of this installation."),
        "issuer": Entry("service.cli.issuers:issuer_group", "Say who may sign for a school."),
        "signer": Entry("service.cli.signers:signer_group", "Say where a school's keys are, and check them."),
        "agent": Entry("service.cli.agents:agent_group", "Say which computers bring a school's signatures."),
        "delegation": Entry(
            "service.cli.delegations:delegation_group", "Have a deputy sign for the principal (KT.)."
        ),
    },
    "The public record": {
        "record": Entry("service.cli.record:record_group", "Tend the public record (sổ cấp)."),
        "trust": Entry("service.cli.trust:trust_group", "Take and show the trust root (gốc tin cậy)."),
    },
}


class _Hocba(CommandTable):
    sections = SECTIONS


@click.group(cls=_Hocba, epilog=EPILOG)
def main() -> None:
    """Issue digital transcripts (học bạ số) that anyone can check.

    What was issued is verified by another command, hocba-verify.

    Exit codes: 0 done; 1 refused, with a sentence and its code; 2 a wrong command line.
    """
