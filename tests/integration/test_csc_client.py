"""`service.signers.csc_client` against a signing service that others wrote, and against one that answers anything."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest

from keys.signer import KeysError, SignatureAlgorithm, check_signature, one_spelling
from service.errors import ServiceError
from service.signers.csc_client import Credential, CSCClient, checked_service_address
from tests.support.certificates import SUBSCRIBER, Party, party, private_key
from tests.support.csc_server import credential_id, csc_server

_MESSAGES = [b"one", b"two", b"three"]
_HASHES = [sha256(message).digest() for message in _MESSAGES]


@pytest.fixture(scope="module")
def parties() -> dict[str, Party]:
    """A signer with an RSA key and one with a P-256 key."""
    return {
        "rsa": party("RSA", extensions=SUBSCRIBER, key=private_key("RSA", 2048)),
        "ec": party("P-256", extensions=SUBSCRIBER),
    }


@pytest.fixture(scope="module")
def service(parties: dict[str, Party], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The service, which binds its permission to the hashes."""
    with csc_server(tmp_path_factory.mktemp("csc") / "server", parties) as address:
        yield address


@pytest.mark.parametrize(
    ("name", "algorithm"), [("rsa", SignatureAlgorithm.RSA_PSS), ("ec", SignatureAlgorithm.ECDSA_P256)]
)
def test_signs_a_batch(
    service: str, parties: dict[str, Party], name: str, algorithm: SignatureAlgorithm
) -> None:
    """One permission for three hashes gives three signatures, each good under the credential's certificate.

    Of ECDSA's two spellings the service gives either: whoever takes the value puts it right.
    """
    client = CSCClient(service)
    credential = client.credential(credential_id(name))
    assert credential.certificate == parties[name].certificate
    assert credential.algorithm is algorithm
    authorization = client.authorize(credential, _HASHES, pin=None, otp=None)
    values = client.sign(credential, authorization, _HASHES)
    for value, message in zip(values, _MESSAGES, strict=True):
        taken = one_spelling(credential.certificate, algorithm, value)
        check_signature(credential.certificate, algorithm, taken, message)


def test_permission_covers_nothing_else(service: str) -> None:
    """A hash that was not authorised is refused by the service, and the refusal is a sentence of ours."""
    client = CSCClient(service)
    credential = client.credential(credential_id("ec"))
    authorization = client.authorize(credential, _HASHES[:1], pin=None, otp=None)
    with pytest.raises(KeysError) as refusal:
        client.sign(credential, authorization, _HASHES[1:2])
    assert refusal.value.code == "remote-signer-refuses"
    assert authorization.sad not in f"{refusal.value}{authorization!r}"


def test_unknown_credential(service: str) -> None:
    """A credential that is not there is the service's refusal."""
    with pytest.raises(KeysError) as refusal:
        CSCClient(service).credential(credential_id("nobody"))
    assert refusal.value.code == "remote-signer-refuses"


def test_nobody_answers() -> None:
    """A service that is away is said to be away."""
    with pytest.raises(KeysError) as refusal:
        CSCClient("http://127.0.0.1:9", timeout=2).credential("any")
    assert refusal.value.code == "remote-signer-unavailable"


@pytest.mark.parametrize(
    "url",
    [
        "http://signing.example/",
        "ftp://127.0.0.1/",
        "https://",
        "https://user@signing.example/",
        "https://signing.example/?x=1",
        "https://signing.example/ x",
        "https://signing.example:0/",
        "https://[::1",
    ],
)
def test_secrets_go_nowhere_else(url: str) -> None:
    """Anything but https, but for this machine itself, is refused."""
    with pytest.raises(ServiceError) as refusal:
        checked_service_address(url)
    assert refusal.value.code == "remote-signer-address"


class _Stranger(BaseHTTPRequestHandler):
    status: ClassVar[int] = 200
    answer: ClassVar[bytes] = b""
    asked: ClassVar[list[tuple[str, str | None, dict[str, Any]]]] = []

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, self.headers["Authorization"], question))
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _stranger(answer: object, status: int = 200) -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Stranger)
    _Stranger.status = status
    _Stranger.answer = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    _Stranger.asked.clear()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/base"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _credential(**other: object) -> dict[str, Any]:
    return {
        "key": {"status": "enabled", "algo": ["1.2.840.10045.4.3.2"]},
        "cert": {"certificates": [party("P-256", extensions=SUBSCRIBER).anchor]},
        "authMode": "implicit",
    } | other


def test_factors_are_told_and_sent() -> None:
    """What the service asks of the person is told; PIN, password and access token go where they belong."""
    explicit = _credential(
        authMode="explicit",
        multisign=50,
        PIN={"presence": "true", "format": "N"},
        OTP={"presence": "true", "type": "online"},
    )
    with _stranger(explicit) as address:
        credential = CSCClient(address, access_token="of-the-installation").credential("one")
        assert (credential.wants_pin, credential.wants_otp, credential.sends_otp) == (True, True, True)
        assert credential.most == 50
        _Stranger.answer = b'{"SAD": "permission", "expiresIn": 9}'
        client = CSCClient(address, access_token="of-the-installation")
        assert client.authorize(credential, _HASHES[:1], pin="1234", otp="99").seconds == 9
    path, bearer, question = _Stranger.asked[-1]
    assert (path, bearer) == ("/base/csc/v1/credentials/authorize", "Bearer of-the-installation")
    assert (question["PIN"], question["OTP"], question["numSignatures"]) == ("1234", "99", 1)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"", "remote-signer-answer"),
        (b"[]", "remote-signer-answer"),
        (_credential(cert={"certificates": []}), "remote-signer-answer"),
        (_credential(cert={"certificates": ["%%"]}), "remote-signer-answer"),
        (_credential(cert={"certificates": ["AAAA"]}), "remote-signer-answer"),
        (_credential(authMode="oauth2code"), "remote-credential-unusable"),
        (
            _credential(key={"status": "disabled", "algo": ["1.2.840.10045.4.3.2"]}),
            "remote-credential-unusable",
        ),
        (
            _credential(key={"status": "enabled", "algo": ["1.2.840.113549.1.1.5"]}),
            "remote-credential-unusable",
        ),
        (b" " * (5 << 20), "remote-signer-unavailable"),
    ],
)
def test_answers_that_will_not_do(answer: object, code: str) -> None:
    """Whatever comes back, it is a refusal with a code."""
    with _stranger(answer) as address, pytest.raises(KeysError) as refusal:
        CSCClient(address).credential("one")
    assert refusal.value.code == code


def test_too_few_signatures() -> None:
    """An answer with another number of signatures is none."""
    certificate = party("P-256", extensions=SUBSCRIBER).certificate
    credential = Credential(
        "one",
        certificate,
        (),
        algorithm=SignatureAlgorithm.ECDSA_P256,
        identifier="1.2.840.10045.4.3.2",
        most=9,
        wants_pin=False,
        wants_otp=False,
        sends_otp=False,
    )
    with _stranger({"SAD": "permission", "signatures": []}) as address:
        client = CSCClient(address)
        authorization = client.authorize(credential, _HASHES, pin=None, otp=None)
        with pytest.raises(KeysError) as refusal:
            client.sign(credential, authorization, _HASHES)
    assert refusal.value.code == "remote-signer-answer"


def test_words_of_a_refusal_are_made_harmless() -> None:
    """The service's reason is shown, in one line and without what steers a terminal."""
    words = {"error": "invalid_pin", "error_description": "Wrong\n\x1b[2JPIN" + "!" * 500}
    with _stranger(words, status=400) as address, pytest.raises(KeysError) as refusal:
        CSCClient(address).credential("one")
    assert "invalid_pin: Wrong  [2JPIN!" in refusal.value.text.en
    assert len(refusal.value.text.en) < 450
