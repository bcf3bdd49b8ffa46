"""A school's office: its own computer with nothing but Python, the agent's folder, and tokens of SoftHSM."""

from __future__ import annotations

import os
import subprocess
import venv
from dataclasses import dataclass, field
from pathlib import Path

from keys.awaited_signer import agent_address
from keys.file_signer import FileSigner
from keys.keyring import DocumentRole, address_path, signer_path
from keys.signer_address import format_address
from scripts.agent_zipapp import build
from service.signers.pairing import offer_pairing
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.signers import SIGNING
from tests.support.softhsm import MODULE, PIN, SoftHSM


@dataclass
class Office:
    """Where `hocba-agent.pyz` runs; `program` is in an environment in which nothing is installed."""

    folder: Path
    soft_hsm: SoftHSM
    kept: Path = field(init=False)
    """The agent's own folder."""
    more: dict[str, str] = field(default_factory=dict)
    """What else the environment names."""
    program: Path = field(init=False)
    python: Path = field(init=False)

    def __post_init__(self) -> None:
        self.kept = self.folder / "kept"
        self.program = build(self.folder / "hocba-agent")
        venv.create(self.folder / "python", with_pip=False, symlinks=True)
        self.python = self.folder / "python" / "bin" / "python"

    def command(self, *arguments: str | Path) -> list[str]:
        """Return the command line of the agent."""
        # -I: neither the working folder nor the environment's paths count.
        return [str(self.python), "-I", str(self.program), "--folder", str(self.kept), *map(str, arguments)]

    def run(self, *arguments: str | Path, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Run the agent to its end, with what a person types."""
        return subprocess.run(
            self.command(*arguments),
            input=typed,
            capture_output=True,
            text=True,
            timeout=600,
            env=self.environment,
            cwd=self.folder,
            check=False,
        )

    def start(self, *arguments: str | Path, typed: str) -> subprocess.Popen[str]:
        """Start the agent, and let it run."""
        process = subprocess.Popen(
            self.command(*arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.environment,
            cwd=self.folder,
        )
        assert process.stdin
        process.stdin.write(typed)
        process.stdin.close()
        process.stdin = None
        return process

    @property
    def environment(self) -> dict[str, str]:
        """The environment: where SoftHSM's tokens are, and nothing of this project."""
        return (
            {
                "PATH": os.environ["PATH"],
                "HOME": str(self.folder),
                "LANG": "C.UTF-8",
            }
            | self.soft_hsm.environment
            | self.more
        )

    def pair(self, demonstration: Demonstration, address: str) -> subprocess.CompletedProcess[str]:
        """Pair with a server, by a code made on it."""
        return self.run("pair", "--server", address, "--module", MODULE, pairing_code(demonstration))

    def sign(self) -> subprocess.CompletedProcess[str]:
        """Sign all that waits."""
        return self.run("sign", typed=f"\n{PIN}\n")


def pairing_code(demonstration: Demonstration, school: str = SCHOOL) -> str:
    """Return a new pairing code."""
    installation = demonstration.installation
    _, code = offer_pairing(
        installation.register,
        school,
        "Văn phòng",
        now=demonstration.clock(),
        token_bytes=installation.token_bytes,
    )
    return code


def move_to_office(demonstration: Demonstration, soft_hsm: SoftHSM, *roles: DocumentRole) -> str:
    """Move the keys of roles onto a new token at the office and return its serial number; certificates stay known."""
    serial = soft_hsm.token("Trường")
    for number, role in enumerate(roles or SIGNING, start=1):
        signer = keep_certificate(demonstration, role)
        soft_hsm.put(serial, signer._key, [signer.certificate, *signer.chain], key_id=bytes([number]))  # noqa: SLF001
    return serial


def keep_certificate(demonstration: Demonstration, role: DocumentRole) -> FileSigner:
    """Take a role's key away from the server, which keeps the certificate, and return it."""
    keyring = demonstration.installation.keyring
    signer = keyring.signer(role, SCHOOL, now=demonstration.clock())
    where = agent_address([*signer.chain, signer.certificate], pkcs1v15=False)
    address_path(keyring.folder, role, SCHOOL).write_bytes(format_address(where))
    signer_path(keyring.folder, role, SCHOOL).unlink()
    return signer
