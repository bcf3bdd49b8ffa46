"""`python -m tests.support.measured_reading FILE…`: opens each file in a child of its own; a line of JSON for each.

What a line says is the code of the refusal (or null), seconds, and the largest memory of the child and of its children.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from time import perf_counter

from service.errors import ServiceError
from service.importing.formats import SourceFile, open_book


def main() -> None:
    """Read, measure, print."""
    for name in sys.argv[1:]:
        began = perf_counter()
        receive, send = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(send, _code(Path(name)).encode())
            os._exit(0)
        os.close(send)
        _, status, usage = os.wait4(child, 0)
        line = {
            "file": Path(name).name,
            "code": os.read(receive, 1000).decode() if status == 0 else f"status {status}",
            "seconds": perf_counter() - began,
            "megabytes": usage.ru_maxrss // 1024,
        }
        os.close(receive)
        sys.stdout.write(json.dumps(line) + "\n")


def _code(file: Path) -> str:
    try:
        open_book(SourceFile(file.name, file.read_bytes()))
    except ServiceError as fault:
        return fault.code
    except Exception as error:  # noqa: BLE001 - its name is the finding
        return type(error).__name__
    return "opened"


if __name__ == "__main__":
    main()
