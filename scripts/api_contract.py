"""Tries the verifying API against its own description with schemathesis: `make contract`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.commands import BIN, portal
from tests.support.demonstration import Demonstration

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,negative_data_rejection"
)


def main() -> None:
    """Serve a demonstration without allowances, and exit as schemathesis does."""
    os.environ |= {"HOCBA_VERIFY_UPLOADS_PER_MINUTE": "0", "HOCBA_VERIFY_LOOKUPS_PER_MINUTE": "0"}
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary) / "data"
        Demonstration.make(data, students=2)
        with portal(data) as address:
            command: list[str | Path] = [
                BIN / "schemathesis",
                "run",
                f"{address}/api/v1/openapi.json",
                "--checks",
                CHECKS,
            ]
            sys.exit(subprocess.run([*command, *sys.argv[1:]], cwd=temporary, check=False).returncode)


if __name__ == "__main__":
    main()
