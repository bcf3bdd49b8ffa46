"""Tokens of SoftHSM in a folder of the test's own: real PKCS#11, with the library that Debian ships."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pkcs11
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from pkcs11 import Attribute, CertificateType, ObjectClass
from pkcs11.util.ec import decode_ec_private_key
from pkcs11.util.rsa import decode_rsa_private_key

from keys.certificates import CertificateKey
from keys.signer_address import TokenAddress

MODULE = next(
    (path for path in Path("/usr/lib").glob("**/softhsm/libsofthsm2.so")),
    Path("/usr/lib/softhsm/libsofthsm2.so"),
)
PIN = "271828"
_SO_PIN = "31415926"


@dataclass
class SoftHSM:
    """SoftHSM with tokens in `folder`; `environment` makes another process see the same."""

    folder: Path
    mechanisms: str = "ALL"
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        (self.folder / "tokens").mkdir(parents=True, exist_ok=True)
        configuration = self.folder / "softhsm2.conf"
        configuration.write_text(
            f"directories.tokendir = {self.folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
            f"slots.mechanisms = {self.mechanisms}\n"
        )
        self.environment = {"SOFTHSM2_CONF": str(configuration)}

    def token(self, label: str, *, pin: str = PIN) -> str:
        """Make a token and return its serial number."""
        forget_library()
        known = {token.serial for token in _tokens()}
        subprocess.run(
            ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", _SO_PIN],
            check=True,
            capture_output=True,
            env=self.environment,
        )
        forget_library()
        (serial,) = {token.serial for token in _tokens()} - known
        return serial.decode()

    def put(
        self,
        serial: str,
        key: CertificateKey | None,
        certificates: Iterable[x509.Certificate],
        *,
        key_id: bytes = b"\1",
        asks_each_time: bool = False,
    ) -> None:
        """Put a key and its certificates onto a token; the first certificate is the key's own."""
        token = pkcs11.lib(str(MODULE)).get_token(token_serial=serial.encode())
        with token.open(rw=True, user_pin=PIN) as session:
            if key is not None:
                where = {Attribute.ID: key_id, Attribute.TOKEN: True}
                session.create_object(_key(key) | where | {Attribute.ALWAYS_AUTHENTICATE: asks_each_time})
            for number, certificate in enumerate(certificates):
                session.create_object(
                    {
                        Attribute.CLASS: ObjectClass.CERTIFICATE,
                        Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
                        Attribute.TOKEN: True,
                        Attribute.PRIVATE: False,
                        Attribute.ID: key_id if number == 0 else b"ca%d" % number,
                        Attribute.SUBJECT: certificate.subject.public_bytes(),
                        Attribute.VALUE: certificate.public_bytes(Encoding.DER),
                    }
                )

    def pull(self) -> None:
        """Take every token away, as a person pulls one out of its socket."""
        (self.folder / "tokens").rename(self.folder / "pulled")

    def plug_in(self) -> None:
        """Put them back."""
        shutil.rmtree(self.folder / "tokens", ignore_errors=True)
        (self.folder / "pulled").rename(self.folder / "tokens")
        forget_library()


def address(serial: str, **more: str) -> TokenAddress:
    """Return the address of a token here."""
    return TokenAddress.model_validate({"module": MODULE, "serial": serial, **more})


def forget_library() -> None:
    """Have the library read its configuration again when it is next used, as a new process would."""
    library = pkcs11.lib(str(MODULE))
    library.finalize()


def _tokens() -> list[pkcs11.Token]:
    return [slot.get_token() for slot in pkcs11.lib(str(MODULE)).get_slots(token_present=True)]


def _key(key: CertificateKey) -> dict[Attribute, object]:
    der = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    is_rsa = isinstance(key, rsa.RSAPrivateKey)
    attributes = decode_rsa_private_key(der) if is_rsa else decode_ec_private_key(der)
    return attributes | {Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.SIGN: True}
