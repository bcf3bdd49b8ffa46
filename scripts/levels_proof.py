"""`make levels-proof`: a school of each level from workbooks to verified transcripts, by the commands a school uses.

For primary, lower and upper secondary school: `hocba sample` writes the workbooks, `hocba import` takes them, the
invented teachers and the principal approve, `hocba issue` issues, `hocba-verify` verifies every file from the public
record alone, and a PDF/A-3a and PDF/UA-1 validator looks at each. Ends with 1 where anything is missing.
"""

from __future__ import annotations

import argparse
import json
import secrets
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import page

from schemas.transcript.model import Kind
from service.demo import SCHOOL_YEAR, set_up
from service.sample import DEMO_SCHOOL
from service.sample.vendors import Vendor

_BIN = Path(sys.executable).parent
_FOLDERS = {
    Kind.PRIMARY: Kind.PRIMARY.value,
    Kind.LOWER_SECONDARY: Vendor.SMAS.value,
    Kind.UPPER_SECONDARY: Vendor.VNEDU.value,
}
"""The folder of `hocba sample` that each school imports: two systems, and the one shape of primary school."""
_PROFILES = ("3a", "ua1")
_FALSE_POSITIVES = {"PDFA3A-SIGNATURE-BYTERANGE-001"}
"""Signatures that later ones followed: the validator wants each to cover the file to its end (tests/integration)."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of a school's students."""

    imported: int
    acts: int
    issued: int
    verdicts: Counter[str]
    failures: Counter[str]

    def is_whole(self, students: int) -> bool:
        """Whether every student was imported and has a valid transcript in which the validator finds no fault."""
        valid = self.verdicts == {"valid": students}
        return self.imported == self.issued == students and valid and not self.failures


def main(arguments: Sequence[str] | None = None) -> int:
    """Prove every level, say what was found, and return 0 where nothing is missing."""
    parser = argparse.ArgumentParser(prog="python -m scripts.levels_proof", description=__doc__)
    parser.add_argument("--students", type=int, default=100)
    parser.add_argument("--keep", type=Path, help="keep the files in this folder")
    options = parser.parse_args(arguments)
    whole = True
    with tempfile.TemporaryDirectory(prefix="hocba-levels-") as temporary:
        for kind, folder in _FOLDERS.items():
            proof = prove(kind, folder, options.students, (options.keep or Path(temporary)) / kind)
            found = proof.is_whole(options.students)
            whole &= found
            print(
                f"{kind.value} ({folder}): imported {proof.imported}, approved in {proof.acts} acts, issued "
                f"{proof.issued}, verified {dict(proof.verdicts)}, validator {dict(proof.failures) or 'clean'}: "
                f"{'met' if found else 'MISSED'}",
                flush=True,
            )
    return 0 if whole else 1


def prove(kind: Kind, folder: str, students: int, within: Path) -> Proof:
    """Take a school of one level all the way, in a folder of its own."""
    sample, data = within / "sample", within / "data"
    _run("hocba", "sample", "--level", kind.value, "--students", str(students), "--out", str(sample))
    installation = set_up(data, students=0, now=_now, token_bytes=secrets.token_bytes, say=lambda _: None)
    about = ("--data", str(data), "--year", SCHOOL_YEAR)
    imported = json.loads(
        _run("hocba", "import", str(sample / folder), *about, "--accept-guesses", "--json").splitlines()[-1]
    )
    acts = installation.approve_as_demonstration(DEMO_SCHOOL[0].code, SCHOOL_YEAR)
    installation.verifier.close()
    _run("hocba", "issue", *about, "--all")
    files = sorted((data / "issued").glob("*.pdf"))
    return Proof(
        imported["imported"],
        acts,
        len(files),
        _verdicts(data, files),
        Counter(fault for file in files for fault in _faults(file)),
    )


def _verdicts(data: Path, files: Sequence[Path]) -> Counter[str]:
    by = ("--trust", str(data / "trust-root.json"), "--record", str(data / "record"))
    said = _run("hocba-verify", "--json", *by, *map(str, files))
    return Counter(json.loads(line)["verdict"] for line in said.splitlines())


def _faults(file: Path) -> set[str]:
    data = file.read_bytes()
    return {
        f"{profile} {failure.rule_id}"
        for profile in _PROFILES
        for failure in page.validate_pdf_bytes(data, profile=profile).failures
        if failure.rule_id not in _FALSE_POSITIVES
    }


def _run(program: str, *arguments: str) -> str:
    done = subprocess.run([str(_BIN / program), *arguments], check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{program} {arguments[0]} ended with {done.returncode}")
    return done.stdout


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


if __name__ == "__main__":
    sys.exit(main())
