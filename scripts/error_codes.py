"""Reads every error code of the product out of its source, without running it.

A code is the argument `code` of an error class, of a complaint, or of a function that passes it on.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("schemas", "keys", "verify", "service")

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ROOT_ERRORS = {"HocbaError": ("code", "vi", "en"), "SchemaError": ("code", "path", "vi", "en")}


@dataclass(frozen=True, slots=True, order=True)
class ErrorCode:
    """One code at one place in the source; `vi` and `en` show each inserted value as `…`."""

    code: str
    module: str
    vi: str
    en: str


def error_codes() -> list[ErrorCode]:
    """Return every code of the product, sorted by code and module."""
    trees = {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    }
    signatures = dict(_ROOT_ERRORS)
    while found := dict(_signatures(trees.values(), signatures)):
        signatures |= found
    return sorted({code for module, tree in trees.items() for code in _codes(module, tree, signatures)})


def error_table(codes: list[ErrorCode]) -> str:
    """Return the Markdown table of `codes`, one row for each code and module."""
    rows = [f"| `{code.code}` | `{code.module}` | {code.vi} | {code.en} |\n" for code in codes]
    return "| code | raised in | Vietnamese | English |\n|---|---|---|---|\n" + "".join(rows)


def _signatures(
    trees: Iterable[ast.Module], known: dict[str, tuple[str, ...]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the parameter names of each class and function that takes a code and is not in `known` yet."""
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name != "__init__" and node.name not in known:
                names = _parameters(node)
                if {"code", "vi", "en"} <= set(names):
                    yield node.name, names
            if isinstance(node, ast.ClassDef) and node.name not in known:
                names = _class_parameters(node, known)
                if {"code", "vi", "en"} <= set(names):
                    yield node.name, names


def _parameters(function: ast.FunctionDef) -> tuple[str, ...]:
    arguments = function.args
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return tuple(name for name in names if name not in {"self", "cls"})


def _class_parameters(node: ast.ClassDef, known: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    for member in node.body:
        if isinstance(member, ast.FunctionDef) and member.name == "__init__":
            return _parameters(member)
    bases = [base.id for base in node.bases if isinstance(base, ast.Name) and base.id in known]
    if bases:
        return known[bases[0]]
    targets = [member.target for member in node.body if isinstance(member, ast.AnnAssign)]
    return tuple(target.id for target in targets if isinstance(target, ast.Name))


def _codes(module: str, tree: ast.Module, signatures: dict[str, tuple[str, ...]]) -> Iterator[ErrorCode]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = _called(node)
        if name == "__init__":
            names = signatures["HocbaError"]
        elif name in signatures:
            names = signatures[name]
        else:
            continue
        arguments = dict(zip(names, node.args, strict=False)) | {
            k.arg: k.value for k in node.keywords if k.arg
        }
        code = arguments.get("code")
        if isinstance(code, ast.Constant) and isinstance(code.value, str) and _CODE.fullmatch(code.value):
            yield ErrorCode(
                code.value, module, _sentence(arguments.get("vi")), _sentence(arguments.get("en"))
            )


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _sentence(node: ast.expr | None) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text.replace("|", "\\|").replace("\n", " ")
        case ast.JoinedStr(values=parts):
            return "".join(_sentence(part) for part in parts)
        case _:
            return "…"
