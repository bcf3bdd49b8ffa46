"""A file outlives its signers' certificates: years pass, commands run under another time, an authority stamps."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from schemas.record.entry import RevocationClass, Revoked
from schemas.record.fields import Reference
from schemas.record.tiles import stamped_path, token_path
from service.demo import SCHOOL_YEAR
from service.issuing import released_path
from tests.support.commands import BIN
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.time_stamp_authority import YEAR, Authority, AuthorityFolder, faked, spelled
from tests.support.trust_updates import update_trust_root

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
# Each certificate ends a year after the token that the next one made.
AUTHORITIES = [Authority(f"tsa-{n}", NOW + (n - 1) * YEAR, NOW + (n + 6) * YEAR) for n in (0, 5, 10, 15)]


class Years:
    """A demonstration school through the years."""

    def __init__(self, demonstration: Demonstration, folder: Path) -> None:
        self.demonstration = demonstration
        self.authority = AuthorityFolder(folder, AUTHORITIES, start=NOW)
        self.environment = dict(os.environ)

    def command(self, at: dt.datetime, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of our commands at a time."""
        return subprocess.run(
            [*faked(at), str(BIN / program), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def renew_trust(self, at: dt.datetime, *ended: tuple[bytes, dt.datetime]) -> None:
        """Issue the version of the trust root that is good for the year after."""
        named = [(sha256(certificate).hexdigest(), time) for certificate, time in ended]
        trust = self.authority.trust(required_from=NOW + dt.timedelta(days=1), ended=named)
        update_trust_root(self.demonstration, expires=spelled(at + YEAR), time_stamps=trust.model_dump())

    def stamp(self, at: dt.datetime, name: str) -> None:
        """Have the record stamped."""
        self.renew_trust(at)
        with self.authority.serving(at=at) as address:
            # At the first address nobody answers.
            self.environment["HOCBA_TIME_STAMP_URLS"] = f"http://127.0.0.1:9/ {address}{name}"
            done = self.command(at, "hocba", "record", "timestamp", "--data", str(self.demonstration.data))
        assert done.returncode == 0, done.stderr

    def publish(self, at: dt.datetime) -> None:
        """Publish the hourly checkpoint, under a trust root that has not expired."""
        self.renew_trust(at)
        done = self.command(at, "hocba", "record", "publish", "--data", str(self.demonstration.data))
        assert done.returncode == 0, done.stderr

    def verdict(self, at: dt.datetime) -> dict[str, Any]:
        """Verify a file as anybody would."""
        demonstration = self.demonstration
        file = released_path(demonstration.data / "issued", demonstration.issuances()[0])
        evidence = ("--trust", str(demonstration.trust_file), "--record", str(demonstration.record))
        said = self.command(at, "hocba-verify", str(file), *evidence, "--json")
        assert said.stdout, said.stderr
        verdict: dict[str, Any] = json.loads(said.stdout)
        return verdict

    def without_tokens(self, at: dt.datetime, *numbers: int) -> str:
        """Return the verdict where these tokens are withheld."""
        paths = [self.demonstration.record / token_path(number) for number in numbers]
        withheld = {path: path.read_bytes() for path in paths}
        for path in paths:
            path.unlink()
        found: str = self.verdict(at)["verdict"]
        for path, data in withheld.items():
            path.write_bytes(data)
        return found


def test_a_file_is_valid_in_six_and_in_twenty_years(demonstration: Demonstration, tmp_path: Path) -> None:
    """Through a chain of time stamps a file is valid long after every certificate that signed it has ended.

    Without the chain it is `unconfirmed`: with no token, where the newest are withheld, and where an authority's
    certificate was revoked before its token was renewed. A revocation of the document counts at any age.
    """
    years = Years(demonstration, tmp_path / "authority")
    years.stamp(NOW, "tsa-0")
    years.stamp(NOW + 5 * YEAR, "tsa-5")
    at = NOW + 6 * YEAR
    years.publish(at)
    six = years.verdict(at)
    assert six["verdict"] == "valid", six
    assert any("by tsa-0 shows" in note["en"] for note in six["notes"])
    assert years.without_tokens(at, 1, 2) == "unconfirmed"
    for number in (10, 15):
        years.stamp(NOW + number * YEAR, f"tsa-{number}")
    at = NOW + 20 * YEAR
    years.publish(at)
    twenty = years.verdict(at)
    assert twenty["verdict"] == "valid", twenty
    assert years.without_tokens(at, 4) == "unconfirmed"
    years.renew_trust(at, (years.authority.certificate("tsa-5"), NOW + 9 * YEAR))
    assert years.verdict(at)["verdict"] == "unconfirmed"
    demonstration.clock.time = at
    index = demonstration.installation.register.issuances(SCHOOL, SCHOOL_YEAR)[0].log_index
    assert index is not None
    demonstration.append(Revoked(int(at.timestamp()), SCHOOL, Reference(index), RevocationClass.ERROR))
    assert years.verdict(at)["verdict"] == "revoked"


def test_others_read_the_tokens(demonstration: Demonstration, tmp_path: Path) -> None:
    """`openssl ts -verify` accepts what lies in the record, over the file that it is said to be over."""
    years = Years(demonstration, tmp_path / "authority")
    years.stamp(NOW, "tsa-0")
    root = x509.load_der_x509_certificate(years.authority.certificate()).public_bytes(Encoding.PEM)
    (tmp_path / "root.pem").write_bytes(root)
    token, stamped = demonstration.record / token_path(1), demonstration.record / stamped_path(1)
    command = ["openssl", "ts", "-verify", "-token_in", "-in", str(token), "-data", str(stamped)]
    command += ["-CAfile", "root.pem"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verification: OK" in said.stdout, said.stderr
