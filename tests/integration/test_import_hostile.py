"""Hostile files are refused by name within 10 seconds and 300 MB, each in a process that is measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.support.hostile_files import hostile_files

SECONDS, MEGABYTES = 10, 300


def test_hostile_files_are_refused_by_name_in_little_time_and_memory(tmp_path: Path) -> None:
    """Bombs of every kind get the refusal that names them, before time or memory is gone."""
    expected = {}
    for name, code, data in hostile_files():
        (tmp_path / name).write_bytes(data)
        expected[name] = code
    command = [sys.executable, "-m", "tests.support.measured_reading", *map(str, sorted(tmp_path.iterdir()))]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert {one["file"]: one["code"] for one in found} == expected
    assert [one for one in found if one["megabytes"] > MEGABYTES or one["seconds"] > SECONDS] == []
