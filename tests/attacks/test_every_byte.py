"""Every byte of an issued file, and every length that it may be cut to: minutes of work, for `make attacks` alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemas.verdict import VerdictCode
from tests.support.attacks.material import Material
from tests.support.demonstration import Demonstration
from verify.checks.signatures import check_signatures
from verify.checks.structure import check_structure
from verify.findings import CheckFailedError
from verify.verifier import Verifier

SLICES = 32
"""So that several processes share the work."""


@pytest.fixture(scope="module")
def material(_demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Issued files."""
    return Material.make(_demonstration.copy(tmp_path_factory.mktemp("every-byte") / "data"))


@pytest.fixture(scope="module")
def verifier(material: Material) -> Iterator[Verifier]:
    """One verifier."""
    made = material.verifier()
    yield made
    made.close()


@pytest.mark.parametrize("part", range(SLICES))
def test_no_byte_may_change(part: int, material: Material, verifier: Verifier) -> None:
    """Whichever byte has a bit flipped: scan or signature fails, or the file is not valid for what is in its seal."""
    pdf, now = material.pdf, material.demonstration.clock()
    for position in range(part, len(pdf), SLICES):
        data = bytearray(pdf)
        data[position] ^= 1 << position // SLICES % 8
        changed = bytes(data)
        try:
            check_signatures(
                check_structure(changed), claimed=None, trust=material.trust.time_stamps, now=now
            )
        except CheckFailedError:
            continue
        assert verifier.known_file(changed).verdict is not VerdictCode.VALID, position


@pytest.mark.parametrize("part", range(SLICES))
def test_no_length_is_another_document(part: int, material: Material) -> None:
    """Cut anywhere, a file fails the scan, but for the end of the principal's revision, where nobody's seal is left."""
    first = material.pdf.index(b"/ByteRange")
    for length in range(part, len(material.pdf), SLICES):
        try:
            signatures = check_structure(material.pdf[:length])
        except CheckFailedError:
            continue
        assert len(signatures) == (1 if length == material.ends[1] else 0), length
        assert length == material.ends[1] or length < first + len(b"/ByteRange"), length
