"""Loading the trust root: the one file that a verifier must have been given by a way it trusts."""

from __future__ import annotations

from pathlib import Path

from schemas.record.envelope import check_threshold, parse_envelope
from schemas.record.trust_root import TrustRoot
from verify.ed25519 import verify_ed25519
from verify.findings import VerifyError


def load_trust_root(path: Path) -> TrustRoot:
    """Read and check `trust-root.json`. Whether it has expired is for those to ask who know the time.

    Raises:
        VerifyError: `trust-root-missing`.
        SchemaError: it is malformed, or not signed by a threshold of its own root keys.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise VerifyError(
            "trust-root-missing",
            f"Không đọc được tệp gốc tin cậy {path}. Hãy lấy tệp này từ Sở và kiểm tra lại đường dẫn.",
            f"The trust root {path} cannot be read. Get it from the authority and check the path.",
        ) from error
    envelope = parse_envelope(data)
    check_threshold(envelope, verify_ed25519)
    return envelope.root
