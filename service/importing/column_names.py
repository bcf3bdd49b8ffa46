"""A person's word on what columns are: a JSON file of role, title and key, read with one spelling."""

from __future__ import annotations

import json

from service.errors import ServiceError
from service.importing.vocabulary import LEFT_OUT, WORDS, Role, plain

_MAX_BYTES = 256 * 1024


def parse_column_names(data: bytes) -> dict[tuple[Role, str], str]:
    """Return what columns are: {"marks": {"TB môn": "year", "Ghi chú riêng": "-"}}.

    Raises:
        ServiceError: `mapping-invalid`, naming the first thing that is wrong.
    """
    try:
        value = json.loads(data) if len(data) <= _MAX_BYTES else None
    except (ValueError, RecursionError) as error:
        raise _invalid(str(error)) from error
    if not isinstance(value, dict):
        raise _invalid("{…}")
    found = {}
    for role, titles in value.items():
        if not isinstance(titles, dict):
            raise _invalid(str(role))
        for title, key in titles.items():
            column, known = parse_column(role, title, str(key))
            found[column] = known
    return found


def parse_column(role: str, title: str, key: str) -> tuple[tuple[Role, str], str]:
    """Return what one column is: role and folded title, and the key.

    Raises:
        ServiceError: `mapping-invalid`.
    """
    if role not in set(Role):
        raise _invalid(role)
    if key != LEFT_OUT and key not in WORDS[Role(role)]:
        raise _invalid(f"{title}: {key}")
    return (Role(role), plain(title)), key


def _invalid(what: str) -> ServiceError:
    roles = ", ".join(Role)
    return ServiceError(
        "mapping-invalid",
        f'Tệp --mapping sai ở “{what[:100]}”; cần JSON như {{"marks": {{"TB môn": "year"}}}} với các phần {roles}.',
        f'The --mapping file is wrong at “{what[:100]}”: JSON like {{"marks": {{"TB môn": "year"}}}} with {roles}.',
    )
