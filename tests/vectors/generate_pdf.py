"""Makes tests/vectors/pdf/attacks.tsv: each attack made anew and verified. Read the difference."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.support.attacks.material import Material
from tests.support.attacks.table import TABLE, formatted, found
from tests.support.demonstration import Demonstration

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        material = Material.make(Demonstration.make(Path(folder) / "data", students=3))
        TABLE.write_text(formatted(found(material)), encoding="utf-8")
