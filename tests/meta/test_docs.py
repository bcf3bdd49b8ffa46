"""The documentation says what the code does: links, commands, error codes, settings."""

from __future__ import annotations

import importlib
import re

import pytest

from scripts.generated_docs import generated_pages
from tests.meta.repository import ROOT, read, run, tool, tracked

PAGES = [path for path in tracked() if path.endswith(".md")]
READMES = ("README.md", "README.vi.md")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
COMMAND = re.compile(r"^\$? *(make|hocba-verify|hocba)\b(.*)$", re.MULTILINE)
BLOCK = re.compile(r"^```.*\n([\s\S]*?)^```|^((?: {4}.*\n)+)", re.MULTILINE)
SETTINGS = ("service.settings", "verify.settings")


@pytest.mark.parametrize("path", PAGES)
def test_links_lead_somewhere(path: str) -> None:
    """Each relative link of a page leads to a file of the tree, and to a heading that is there."""
    links = [link for link in LINK.findall(read(path)) if not re.match(r"[a-z]+:", link)]
    assert [link for link in links if not _leads_somewhere(path, link)] == []


def test_the_index_leads_to_every_page() -> None:
    """Each page under docs/ is one link away from docs/README.md; those of the formats have an index of their own."""
    linked = {f"docs/{link}" for link in LINK.findall(read("docs/README.md"))}
    pages = {path for path in PAGES if path.startswith("docs/") and not path.startswith("docs/formats/")}
    assert pages - linked == {"docs/README.md"}


@pytest.mark.parametrize("readme", READMES)
def test_readme_commands_exist(readme: str) -> None:
    """Each command that a README shows exists, with every option it shows."""
    assert [" ".join(command) for command in _commands(readme) if not _exists(*command)] == []


def test_readmes_show_the_same_commands() -> None:
    """The English and the Vietnamese README show the same commands in the same order."""
    english, vietnamese = map(_commands, READMES)
    assert english == vietnamese != []


GENERATED = generated_pages()


@pytest.mark.parametrize("path", GENERATED)
def test_generated_parts_are_up_to_date(path: str) -> None:
    """The module lines, the error codes and the list of decisions are what `make docs` would write."""
    assert read(path) == GENERATED[path]


@pytest.mark.parametrize("module", SETTINGS)
def test_every_setting_is_documented(module: str) -> None:
    """docs/settings.md has a row for each setting, by the name of its environment variable."""
    settings = importlib.import_module(module).Settings
    prefix = settings.model_config["env_prefix"]
    names = [f"{prefix}{field}".upper() for field in settings.model_fields]
    text = read("docs/settings.md")
    assert [name for name in names if f"| `{name}` |" not in text] == []


def _commands(readme: str) -> list[tuple[str, str]]:
    blocks = ["".join(block) for block in BLOCK.findall(read(readme))]
    found = [match for block in blocks for match in COMMAND.findall(block)]
    return [(program, arguments.split(" #")[0].strip()) for program, arguments in found]


def _leads_somewhere(page_path: str, link: str) -> bool:
    target, _, anchor = link.partition("#")
    file = (ROOT / page_path).parent / target if target else ROOT / page_path
    if not file.exists() or not anchor:
        return file.exists()
    return anchor in {_anchor(heading) for heading in HEADING.findall(file.read_text(encoding="utf-8"))}


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _exists(program: str, arguments: str) -> bool:
    words = re.split(r"[|&]", arguments)[0].split()
    if program == "make":
        return all(f"make {word} " in run("make", "help") for word in words)
    subcommand = [words[0]] if program == "hocba" and words and not words[0].startswith("-") else []
    manual = run(tool(program), *subcommand, "--help")
    return all(option.split("=")[0] in manual for option in words if option.startswith("--"))
