"""The repository as the meta tests see it: its files, its modules, and what they import."""

from __future__ import annotations

import ast
import shutil
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("schemas", "keys", "verify", "service")


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """Run a program, from the root unless told otherwise, and return what it printed; fail with its words."""
    finished = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@cache
def tracked() -> tuple[str, ...]:
    """Return the paths of all files that are or would be committed, relative to the root."""
    listing = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0")
    return tuple(sorted(path for path in set(listing) if path and (ROOT / path).is_file()))


def product_files() -> list[str]:
    """Return every file of the four packages."""
    return [path for path in tracked() if path.split("/")[0] in PACKAGES]


def modules() -> list[str]:
    """Return every module of the four packages that has content."""
    return [path for path in product_files() if path.endswith(".py") and read(path).strip()]


def read(path: str) -> str:
    """Return the text of the file at `path`, relative to the root."""
    return (ROOT / path).read_text(encoding="utf-8")


def imports(path: str) -> set[str]:
    """Return the top-level names of everything that the module at `path` imports."""
    names = set()
    for node in ast.walk(ast.parse(read(path))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def tool(name: str) -> str:
    """Return the path of a program of the development environment."""
    return str(ROOT / ".venv/bin" / name)


def uv() -> str:
    """Return the path of uv: the one `make` set up, else one on the PATH."""
    found = shutil.which(ROOT / ".tools/bin/uv") or shutil.which("uv")
    assert found, "uv is missing: `make setup` puts it into .tools"
    return found
