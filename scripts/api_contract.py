"""Tries both APIs against their own descriptions with schemathesis: `make contract`.

The issuing API is tried on a served demonstration, with a token of every scope at once and then with one of each.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from service.people.roles import Role
from service.sample import sample_class
from service.scopes import EVERY_SCOPE, Scope
from service.storage.records import Token
from tests.support.commands import BIN, console, portal
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.sign_in import name_of

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,negative_data_rejection"
)
ISSUING_CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
)
"""Without `negative_data_rejection`: in a form every value is text, and no text is of the wrong type there."""
EXAMPLES_OF_A_SCOPE = "15"


def main() -> None:
    """Serve demonstrations without allowances, and exit as schemathesis does."""
    os.environ |= {
        "HOCBA_VERIFY_UPLOADS_PER_MINUTE": "0",
        "HOCBA_VERIFY_LOOKUPS_PER_MINUTE": "0",
        "HOCBA_API_PER_MINUTE": "0",
    }
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary) / "data"
        demonstration = Demonstration.make(data, students=2)
        tokens = dict(_tokens(demonstration))
        workbook = sample_class(2, class_name="6B", first_student=101)
        demonstration.installation.import_workbook(workbook, "2025-2026", dry_run=False)
        demonstration.installation.verifier.close()
        codes = []
        with portal(data) as address:
            codes.append(_run(address, ["--checks", CHECKS]))
        with console(data) as address:
            for scope, token in tokens.items():
                sys.stdout.write(f"\n{scope}\n")
                sys.stdout.flush()
                options = ["--checks", ISSUING_CHECKS, "-H", f"Authorization: Bearer {token}"]
                if scope != "all":
                    options += ["--max-examples", EXAMPLES_OF_A_SCOPE, "--phases", "examples,fuzzing"]
                codes.append(_run(address, options))
    sys.exit(max(codes))


def _tokens(demonstration: Demonstration) -> Iterator[tuple[str, str]]:
    """Give a token of the principal's that may do everything, and one for each scope."""
    principal = demonstration.installation.administration.find(SCHOOL, name_of(Role.PRINCIPAL)).person
    for name, scopes in {"all": EVERY_SCOPE, **{one.value: frozenset({one}) for one in Scope}}.items():
        secret = secrets.token_hex(24)
        holder, person = (principal.name, principal.id) if name == "all" else (f"Người giữ {name}", None)
        token = Token(secrets.token_hex(8), SCHOOL, holder, 0, person, scopes)
        demonstration.installation.register.put_token(token, secret)
        yield name, secret


def _run(address: str, options: list[str]) -> int:
    command: list[str | Path] = [BIN / "schemathesis", "run", f"{address}/api/v1/openapi.json", *options]
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run([*command, *sys.argv[1:]], cwd=folder, check=False).returncode


if __name__ == "__main__":
    main()
