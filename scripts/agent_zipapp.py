"""Builds `hocba-agent`, the program for a school's office: one .pyz of our own code, the token's binding beside it.

    python -m scripts.agent_zipapp [FOLDER]        (dist/hocba-agent by default)

    hocba-agent.pyz    our modules that need the standard library alone
    lib/               python-pkcs11, a compiled library of this platform that Python cannot load out of a .pyz, and
                       asn1crypto, which it needs; both as uv.lock names them

The same source gives the same .pyz, byte for byte.
"""

from __future__ import annotations

import ast
import shutil
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

ROOT = Path(__file__).parent.parent
_BINDING = ("python-pkcs11", "asn1crypto")
_MAIN = '''"""hocba-agent: signs transcripts with the token at the school."""

import sys
from pathlib import Path

if sys.version_info < (3, 11):
    sys.exit("hocba-agent: Python 3.11 trở lên / Python 3.11 or later")
# The binding is compiled and lies beside this file.
sys.path.append(str(Path(__file__).resolve().parent.parent / "lib"))

from keys.agent.cli import main

main()
'''
_DATE = (2020, 1, 1, 0, 0, 0)


def build(folder: Path) -> Path:
    """Write the program into a folder, and return the path of its .pyz."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    path = folder / "hocba-agent.pyz"
    with path.open("wb") as file:
        file.write(b"#!/usr/bin/env python3\n")
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            _put(archive, "__main__.py", _MAIN.encode())
            for name in sorted(_needed({"keys/agent/cli.py"})):
                _put(archive, name, (ROOT / name).read_bytes())
    path.chmod(0o755)
    _copy_binding(folder / "lib")
    return path


def _needed(found: set[str]) -> set[str]:
    """Return the files of our packages that these import, one by way of another, and the packages' own."""
    while True:
        imported = {
            name
            for path in found
            for node in ast.walk(ast.parse((ROOT / path).read_bytes()))
            if isinstance(node, ast.ImportFrom) and node.module
            for name in (f"{node.module.replace('.', '/')}.py",)
            if name.startswith(("keys/", "schemas/"))
        }
        packages = {str(Path(path).parent / "__init__.py") for path in found | imported}
        if imported | packages <= found:
            return found
        found = found | imported | packages


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)


def _copy_binding(folder: Path) -> None:
    for name in _BINDING:
        for file in distribution(name).files or ():
            source = Path(str(file.locate()))
            if source.is_file() and ".." not in file.parts and source.suffix != ".pyc":
                target = folder / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)


def main() -> None:
    """Build it."""
    path = build(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist" / "hocba-agent")
    print(f"{path} ({path.stat().st_size} byte), {path.parent / 'lib'}")


if __name__ == "__main__":
    main()
