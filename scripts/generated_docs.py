"""Writes the parts of docs/ that other files say themselves: modules, error codes, the list of decisions.

    python -m scripts.generated_docs

Each part stands between two marks in its page; the words around it are written by hand. tests/meta compares.
"""

from __future__ import annotations

import ast
from pathlib import Path

from scripts.error_codes import error_codes, error_table

ROOT = Path(__file__).parent.parent
_ADRS = ROOT / "docs" / "adr"
PACKAGES = ("schemas", "keys", "verify", "service")
END = "<!-- end -->\n"


def generated_pages() -> dict[str, str]:
    """Return the text that each page with a generated part should have."""
    pages = {}
    architecture = _read("docs/architecture.md")
    for package in PACKAGES:
        architecture = _fill(architecture, f"modules of {package}", module_table(package))
    pages["docs/architecture.md"] = architecture
    pages["docs/errors.md"] = _fill(_read("docs/errors.md"), "error codes", error_table(error_codes()))
    pages["docs/README.md"] = _fill(_read("docs/README.md"), "decisions", decision_list())
    return pages


def decision_list() -> str:
    """Return a Markdown list of docs/adr, each with its title."""
    titles = {path.name: _read(f"docs/adr/{path.name}").partition("\n")[0] for path in _ADRS.glob("*.md")}
    return "".join(f"- [{titles[name].removeprefix('# ')}](adr/{name})\n" for name in sorted(titles))


def module_table(package: str) -> str:
    """Return a Markdown table of the modules of `package`, each with the first line of its docstring."""
    rows = []
    for path in sorted((ROOT / package).rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if source.strip() and "versions" not in path.parts:
            line = (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0].replace("|", "\\|")
            rows.append(f"| `{path.relative_to(ROOT).as_posix()}` | {line} |\n")
    return "| module | what it is for |\n|---|---|\n" + "".join(rows)


def _fill(text: str, part: str, content: str) -> str:
    begin = f"<!-- {part}: made by `make docs` -->\n"
    before, rest = text.split(begin)
    return before + begin + "\n" + content + "\n" + END + rest.split(END, 1)[1]


def _read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def main() -> None:
    """Write every page with a generated part."""
    for path, text in generated_pages().items():
        (ROOT / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
