"""The keys that a batch signs with: opened once, and opened anew where they may have been replaced meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from keys.signer import RecordSigner
from service.signing import SchoolSigners


class BatchKeys:
    """The signers of each school and the key of the QR codes, kept for as long as a batch runs."""

    def __init__(
        self, open_signers: Callable[[str], SchoolSigners], open_credential: Callable[[], RecordSigner]
    ) -> None:
        self._open_signers = open_signers
        self._open_credential = open_credential
        self._signers: dict[str, SchoolSigners] = {}
        self._credential: RecordSigner | None = None

    def signers(self, school: str) -> SchoolSigners:
        """Return the two signers of a school.

        Raises:
            KeysError: a key is missing, or may not sign now.
        """
        if school not in self._signers:
            self._signers[school] = self._open_signers(school)
        return self._signers[school]

    def credential(self) -> RecordSigner:
        """Return the key that signs the QR codes.

        Raises:
            KeysError: it is missing.
        """
        if self._credential is None:
            self._credential = self._open_credential()
        return self._credential

    def reopen(self, school: str) -> bool:
        """Open the keys of a school and of the QR codes anew; says whether any is another than before.

        Raises:
            KeysError: a key is missing, or may not sign now; those opened before are kept.
        """
        signers, credential = self._open_signers(school), self._open_credential()
        before = (*_certificates(self.signers(school)), self.credential().key_id)
        self._signers[school], self._credential = signers, credential
        return (*_certificates(signers), credential.key_id) != before


def _certificates(signers: SchoolSigners) -> tuple[object, object]:
    return signers.principal.certificate, signers.seal.certificate
