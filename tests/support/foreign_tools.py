"""What OpenSSL says of the signatures in a file."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

_BYTE_RANGE = re.compile(rb"/ByteRange \[0 ([0-9]+) ([0-9]+) ([0-9]+) *\]")


def check_by_openssl(pdf: bytes, roots: Sequence[x509.Certificate], folder: Path, *, at: int) -> int:
    """Have `openssl cms -verify` accept each signature over its byte range, up to a root; returns how many there are.

    Args:
        pdf: the file.
        roots: which of them is right is not told.
        folder: for the files that OpenSSL wants.
        at: the time to judge certificates at, in seconds.
    """
    root, cms, content = (folder / name for name in ("roots.pem", "cms.der", "content"))
    root.write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in roots))
    ranges = [tuple(map(int, match.groups())) for match in _BYTE_RANGE.finditer(pdf)]
    for before, after, length in ranges:
        cms.write_bytes(bytes.fromhex(pdf[before + 1 : after - 1].decode("ascii")))
        content.write_bytes(pdf[:before] + pdf[after : after + length])
        done = subprocess.run(
            [
                *("openssl", "cms", "-verify", "-binary", "-cades", "-purpose", "any", "-inform", "DER"),
                *("-attime", str(at), "-in", cms, "-content", content, "-CAfile", root, "-out", "/dev/null"),
            ],
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return len(ranges)
