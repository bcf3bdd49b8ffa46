"""`python -m bench.signers`: signatures a second by each kind of signer, beside the key's own rate.

A signature here is all of it: the revision prepared with its panel, the signed attributes signed, the CMS completed
and checked against the certificate. Beside it stands the bare operation of the same key: `cryptography` for a file,
`C_Sign` of SoftHSM for a token, in the same run; for a remote service, which signs ten by one permission, the same key
in a file.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Self, TypeVar

from keys.pdf_signature import PreparedSignature, complete_signature, prepare_signature
from keys.pkcs11_signer import TokenDrawer
from keys.signer import Signer
from schemas.pdf_profile import RESERVED_BYTES, SignatureField
from service.pdf.panels import principal_panel
from service.signers.csc_client import Credential, CSCClient
from tests.support.certificates import Party
from tests.support.csc_server import credential_id, csc_server
from tests.support.keys import NOW, authority
from tests.support.signed_pages import unsigned_page
from tests.support.softhsm import PIN, SoftHSM, address, forget_library

ROUNDS, EACH = 5, 40
_SERVICES = {"service, RSA-2048 PSS": "rsa-2048-pss", "service, P-256": "p-256"}
_MESSAGE = b"x" * 300
_T = TypeVar("_T")


def main() -> int:
    """Measure in interleaved rounds and print the best of each."""
    page, panel = unsigned_page(), principal_panel("Nguyễn Thị Hạnh", "Hiệu trưởng")

    def prepare(signer: Signer) -> PreparedSignature:
        return prepare_signature(
            page,
            field=SignatureField.PRINCIPAL,
            signer_certificate=signer.certificate,
            chain=signer.chain,
            algorithm=signer.algorithm,
            reserved=RESERVED_BYTES[SignatureField.PRINCIPAL],
            appearance=panel,
            lock=False,
            claimed_time=NOW,
        )

    def sign(signer: Signer) -> None:
        prepared = prepare(signer)
        complete_signature(prepared, signer.sign(prepared.signed_attributes_der))

    def sign_remotely(remote: _Remote) -> None:
        prepared = [prepare(remote.signer) for _ in range(EACH)]
        for some in (
            prepared[start : start + remote.credential.most]
            for start in range(0, EACH, remote.credential.most)
        ):
            for one, value in zip(some, remote.sign([one.digest for one in some]), strict=True):
                complete_signature(one, value)

    with tempfile.TemporaryDirectory(prefix="hocba-bench-") as name:
        hsm, drawer = SoftHSM(Path(name)), TokenDrawer()
        os.environ |= hsm.environment
        serials = {kind: _put_on_token(hsm, kind) for kind in ("rsa-2048-pss", "p-256")}
        signers: dict[str, Signer] = {
            "file, RSA-2048 PSS": authority("rsa-2048-pss").signer,
            "file, P-256": authority("p-256").signer,
            "SoftHSM, RSA-2048 PSS": drawer.signer(address(serials["rsa-2048-pss"]), ()),
            "SoftHSM, P-256": drawer.signer(address(serials["p-256"]), ()),
        }
        drawer.unlock(lambda _: PIN)
        whole: defaultdict[str, float] = defaultdict(float)
        bare: defaultdict[str, float] = defaultdict(float)
        parties = {kind: _party(kind) for kind in serials}
        with csc_server(Path(name) / "csc", parties) as url:
            services = {label: _Remote.of(url, kind) for label, kind in _SERVICES.items()}
            for _ in range(ROUNDS):
                for label, signer in signers.items():
                    bare[label] = max(bare[label], _rate(signer.sign, _MESSAGE))
                    whole[label] = max(whole[label], _rate(sign, signer))
                for label, remote in services.items():
                    bare[label] = max(bare[label], _rate(remote.signer.sign, _MESSAGE))
                    whole[label] = max(whole[label], EACH * _rate(sign_remotely, remote, times=1))
        drawer.close()
        forget_library()
    print(f"a page of {len(page) / 1024:.0f} KB; best of {ROUNDS} rounds of {EACH}")
    for label in whole:
        print(f"{label:<22} {whole[label]:7.0f} signatures/s   the key alone {bare[label]:7.0f}/s")
    return 0


def _put_on_token(hsm: SoftHSM, kind: str) -> str:
    known = authority(kind).signer
    serial = hsm.token(kind)
    hsm.put(serial, known._key, [known.certificate, *known.chain])  # noqa: SLF001
    return serial


def _party(kind: str) -> Party:
    known = authority(kind).signer
    return Party(known.certificate, known._key)  # noqa: SLF001


@dataclass(frozen=True, slots=True)
class _Remote:
    """A credential of a service; `signer` has the same key here."""

    client: CSCClient
    credential: Credential
    signer: Signer

    @classmethod
    def of(cls, url: str, kind: str) -> Self:
        client = CSCClient(url)
        return cls(client, client.credential(credential_id(kind)), authority(kind).signer)

    def sign(self, hashes: list[bytes]) -> list[bytes]:
        permission = self.client.authorize(self.credential, hashes, pin=None, otp=None)
        return self.client.sign(self.credential, permission, hashes)


def _rate(act: Callable[[_T], object], argument: _T, *, times: int = EACH) -> float:
    began = perf_counter()
    for _ in range(times):
        act(argument)
    return times / (perf_counter() - began)


if __name__ == "__main__":
    sys.exit(main())
