"""Genuine files of every kind are valid: what is refused elsewhere is not refused for being unusual."""

from __future__ import annotations

import io

from pypdf import PdfReader

from schemas.cms import parse_cms
from schemas.profiles import DocumentForm
from schemas.verdict import VerdictCode
from tests.support.demonstration import Demonstration
from tests.support.genuine import genuine_files
from verify.byte_scan import scan_signatures


def test_every_kind_is_valid(demonstration: Demonstration) -> None:
    """One installation issues a document of each kind; a verifier with the public files alone finds every one valid."""
    files = genuine_files(demonstration)
    verifier = demonstration.verifier()
    verdicts = {kind: verifier.file(pdf) for kind, pdf in files.items()}
    verifier.close()
    assert {kind: one.verdict for kind, one in verdicts.items()} == dict.fromkeys(files, VerdictCode.VALID)
    signed = {kind: parse_cms(scan_signatures(pdf)[-1].cms) for kind, pdf in files.items()}
    assert {one.algorithm for one in signed.values()} == {"rsa-pss", "rsa-pkcs1v15", "ecdsa-p256"}
    assert [kind for kind, one in signed.items() if one.time_stamp] == ["time-stamped"]
    assert all(one.proof for one in signed.values())
    assert {one.form for one in verdicts.values()} == set(DocumentForm)
    relations = {one.record.relation for one in verdicts.values() if one.record}
    assert relations == {"first", "continues", "corrects", "extracts"}
    covers = [PdfReader(io.BytesIO(pdf)).pages[0].extract_text() for pdf in files.values()]
    for level in ("HỌC BẠ TIỂU HỌC", "TRUNG HỌC CƠ SỞ", "TRUNG HỌC PHỔ THÔNG"):
        assert any(level in " ".join(cover.split()) for cover in covers)
    assert {one.signatures[0].signer for one in verdicts.values()} >= {"Lê Văn Phó"}
