"""Signatures by remote services (`service.signers.csc_client`), for what a batch has prepared and waits with.

Each permission is asked for the hashes that will be signed, and for as many as the service allows at once. A value is
kept as soon as it is there, so whatever breaks, the rest is asked for again and nothing is signed twice.
"""

from __future__ import annotations

import datetime as dt
import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from cryptography import x509

from keys.certificates import path_below_anchor
from keys.keyring import DocumentRole, Keyring, address_path
from keys.secret_files import read_passphrase
from keys.signer import KeysError
from keys.signer_address import RemoteAddress, spelled
from schemas.errors import Text
from service.errors import ServiceError
from service.issuing import CHUNK
from service.signers.awaited_signatures import AwaitedSignatures
from service.signers.csc_client import Authorization, Credential, CSCClient
from service.storage.records import Issuance

_T = TypeVar("_T")
AskSecret = Callable[[Text], str]
"""Asks the person for a PIN or a one-time password, which is not shown."""
_MARGIN: Final = dt.timedelta(seconds=15)
"""A permission that ends sooner is asked for anew."""
_CLAIMANT: Final = "remote-service"
"""One for all batches: `RemoteSigning` keeps them apart by a lock, which a process that dies lets go of at once."""
_PIN: Final = Text("Mã PIN của dịch vụ ký số từ xa", "PIN of the remote signing service")
_OTP: Final = Text("Mã OTP của dịch vụ ký số từ xa", "One-time password of the remote signing service")


@dataclass(frozen=True, slots=True)
class RemoteTools:
    """What signing by services needs; `ask` is None where nobody can be asked."""

    keyring: Keyring
    awaited: AwaitedSignatures
    locks: Path
    """The folder of the lock of each school: its permissions are asked for one batch at a time."""
    ask: AskSecret | None
    now: Callable[[], dt.datetime]


@dataclass(frozen=True, slots=True)
class _Held:
    """What was claimed, without its bytes."""

    issuance_id: str
    item: str
    digest: bytes


class RemoteSigning:
    """One batch's dealings with the services of a school: each PIN is asked once and forgotten with the batch."""

    def __init__(self, tools: RemoteTools, school: str) -> None:
        self._tools, self._school = tools, school
        self._pins: dict[RemoteAddress, str] = {}

    def sign(self, waiting: Sequence[Issuance]) -> int:
        """Have signed of these what waits for a service; returns how many signatures came.

        Raises:
            KeysError: what `CSCClient` raises, `remote-credential-changed`, `signature-not-by-certificate`.
            ServiceError: `remote-signer-needs-person`, `remote-signer-busy`.
        """
        addresses = self._addresses()
        if not addresses:
            return 0
        with self._alone():
            return sum(self._sign_by(address, waiting) for address in addresses)

    def _sign_by(self, address: RemoteAddress, waiting: Sequence[Issuance]) -> int:
        certificate = address.loaded[0]
        held = [one for issuance in waiting for one in self._claim([issuance.id], certificate)]
        if not held:
            return 0
        client = CSCClient(address.url, access_token=self._access_token(address))
        credential = _unchanged(client.credential(address.credential), address)
        return sum(
            self._sign_permitted(client, credential, address, some) for some in _chunks(held, credential.most)
        )

    def _sign_permitted(
        self, client: CSCClient, credential: Credential, address: RemoteAddress, held: Sequence[_Held]
    ) -> int:
        done, rest = 0, held
        while rest:
            permission = self._authorize(client, credential, address, [one.digest for one in rest])
            until = self._tools.now() + dt.timedelta(seconds=permission.seconds) - _MARGIN
            is_fresh = True
            while rest and (is_fresh or self._tools.now() < until):
                group, rest, is_fresh = rest[:CHUNK], rest[CHUNK:], False
                done += self._sign_group(client, credential, permission, group)
        return done

    def _sign_group(
        self, client: CSCClient, credential: Credential, permission: Authorization, group: Sequence[_Held]
    ) -> int:
        # A person may have taken their time: what another has claimed meanwhile is left to it.
        ours = self._claim([one.issuance_id for one in group], credential.certificate)
        if not ours:
            return 0
        values = client.sign(credential, permission, [one.digest for one in ours])
        for one, value in zip(ours, values, strict=True):
            self._tools.awaited.bring(self._school, one.issuance_id, one.item, value, _CLAIMANT)
        return len(ours)

    def _authorize(
        self, client: CSCClient, credential: Credential, address: RemoteAddress, hashes: Sequence[bytes]
    ) -> Authorization:
        pin = otp = None
        if credential.wants_pin:
            pin = self._pins.get(address) or self._ask(_PIN, address)
        if credential.wants_otp:
            if credential.sends_otp:
                client.send_otp(credential)
            otp = self._ask(_OTP, address)
        permission = client.authorize(credential, hashes, pin=pin, otp=otp)
        if pin is not None:
            # Kept once the service has taken it: a wrong one is never sent twice.
            self._pins[address] = pin
        return permission

    def _ask(self, what: Text, address: RemoteAddress) -> str:
        if self._tools.ask is None:
            raise ServiceError(
                "remote-signer-needs-person",
                "Dịch vụ ký số từ xa đòi mã PIN hoặc mã OTP, mà ở đây không nhập được; học bạ đã chuẩn bị vẫn chờ ký. "
                "Hãy cấp bằng lệnh hocba issue trong cửa sổ lệnh.",
                "The remote signing service wants a PIN or a one-time password, and none can be typed here; what was "
                "prepared still waits. Issue with the command hocba issue in a terminal.",
            )
        return self._tools.ask(Text(f"{what.vi} ({address.credential})", f"{what.en} ({address.credential})"))

    def _claim(self, issuance_ids: Sequence[str], certificate: x509.Certificate) -> list[_Held]:
        return [
            _Held(one.issuance.id, one.prepared.id, one.prepared.digest)
            for one in self._tools.awaited.claim(
                self._school, issuance_ids, _CLAIMANT, lambda wanted: wanted == certificate
            )
        ]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self._tools.locks / f"remote-{self._school}.lock").open("w") as lock:
            try:
                # Not waited for: whoever has it may be looking for a telephone.
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ServiceError(
                    "remote-signer-busy",
                    "Đang có người khác ký từ xa cho trường này. Hãy đợi người đó ký xong rồi cấp tiếp.",
                    "Somebody else is having documents of this school signed remotely. Wait for them, then issue "
                    "again.",
                ) from error
            yield

    def _addresses(self) -> list[RemoteAddress]:
        found = (self._tools.keyring.address(role, self._school) for role in DocumentRole)
        return list(dict.fromkeys(one for one in found if isinstance(one, RemoteAddress)))

    def _access_token(self, address: RemoteAddress) -> str | None:
        keyring = self._tools.keyring
        for role in DocumentRole:
            path = access_token_path(keyring, role, self._school)
            if keyring.address(role, self._school) == address and path.exists():
                return read_passphrase(path).decode("ascii")
        return None


def remote_address(
    url: str, credential: Credential, intermediates: Sequence[x509.Certificate]
) -> RemoteAddress:
    """Return the address of a credential, with the certificates that the service gives for it.

    Args:
        url: the service's base address.
        credential: the key as the service describes it.
        intermediates: certificates of authorities that the service may not give.
    """
    path = path_below_anchor(credential.certificate, [*intermediates, *credential.others])
    return RemoteAddress(
        url=url,
        credential=credential.id,
        algorithm=credential.algorithm,
        certificates=spelled([credential.certificate, *path]),
    )


def access_token_path(keyring: Keyring, role: DocumentRole, school: str) -> Path:
    """Return where the secret lies by which a service knows this installation."""
    return address_path(keyring.folder, role, school).with_suffix(".access-token")


def with_services(act: Callable[[], tuple[_T, Sequence[Issuance]]], remote: RemoteSigning) -> _T:
    """Act, have signed what waits for a service, and go on, until nothing more comes from there.

    Args:
        act: does what can be done now, and may be asked again; gives its result and the documents that are concerned.
        remote: the services of the school.

    Raises:
        HocbaError: as `act`, `RemoteSigning.sign`; what was signed before it is gone on with.
    """
    result, documents = act()
    while waiting := [one for one in documents if one.is_waiting]:
        try:
            signed = remote.sign(waiting)
        except (KeysError, ServiceError):
            act()
            raise
        if not signed:
            break
        result, documents = act()
    return result


def _unchanged(credential: Credential, address: RemoteAddress) -> Credential:
    if credential.certificate == address.loaded[0] and credential.algorithm is address.algorithm:
        return credential
    raise KeysError(
        "remote-credential-changed",
        f"Dịch vụ ký số từ xa đã đổi chứng thư hoặc cách ký của khoá {address.credential}. Hãy khai lại bằng: "
        "hocba signer remote, và đăng ký chứng thư mới.",
        f"The remote signing service has changed the certificate or the algorithm of {address.credential}. Name it "
        "anew: hocba signer remote, and have the new certificate registered.",
    )


def _chunks(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
