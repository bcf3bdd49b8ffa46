"""`hocba keys …`: the ceremony of the trust root (gốc tin cậy), for machines without network (docs/trust-root.md)."""

from __future__ import annotations

import json
from pathlib import Path

import click

from keys.command import (
    SECRET,
    out_option,
    present_time,
    random_bytes,
    refusals,
    write_new,
)
from keys.record_key import RecordKey, public_member
from keys.root_holder import assemble, draft_after, read_proposal, sign_proposal
from keys.secret_files import read_passphrase
from keys.trust_root_text import describe_proposal, describe_signatures
from schemas.record.envelope import MAX_ENVELOPE_BYTES, format_envelope
from schemas.record.signed_note import SignatureType, VerifierKey, format_verifier_key

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_CURRENT = click.option(
    "--current", type=_FILE, help="The trust-root.json in use; none for the first version."
)
_PASSPHRASE = click.option(
    "--passphrase-file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file with the key's passphrase.",
)
_KEY_ID, _LOG, _CLOCK = "key", "log", "clock"


@click.command("new", short_help="Make one Ed25519 key, encrypted.")
@click.option(
    "--for",
    "purpose",
    default=_KEY_ID,
    type=click.Choice([_KEY_ID, _LOG, _CLOCK]),
    help="A root key or registrar [key], or a log's own keys.",
)
@click.option("--origin", help="The log's origin, for its two keys.")
@_PASSPHRASE
@out_option
def make_key(*, purpose: str, origin: str | None, passphrase_file: Path, out: Path) -> None:
    """Make one Ed25519 key, encrypted, and print its public half as a trust root names it.

    The passphrase file is made, with 32 random bytes, where it is missing.
    """
    if (purpose == _KEY_ID) != (origin is None):
        raise click.UsageError("--origin belongs to --for log and --for clock.")
    with refusals():
        if not passphrase_file.exists():
            write_new(passphrase_file, random_bytes(32).hex().encode("ascii") + b"\n", mode=SECRET)
        key = RecordKey.from_seed(random_bytes(32))
        write_new(out, key.to_pem(read_passphrase(passphrase_file)), mode=SECRET)
        click.echo(json.dumps(_public_half(key, purpose, origin or ""), indent=2))


@click.command("draft-trust-root", short_help="Write the draft of the next trust root.")
@click.argument("current", required=False, type=_FILE)
@out_option
def draft_trust_root(*, current: Path | None, out: Path) -> None:
    """Write the draft of the version after CURRENT, to be edited; without it, of the first one. Needs no key."""
    with refusals():
        write_new(out, draft_after(current.read_bytes() if current else None, now=present_time()))
    click.echo(
        f"{out}: hãy sửa, rồi từng người giữ khoá gốc ký / edit it, then each holder of a root key signs"
    )


@click.command("sign-trust-root", short_help="Show a draft, and sign it as one holder.")
@click.argument("draft", type=_FILE)
@_CURRENT
@click.option("--key", required=True, type=_FILE, help="The holder's root key (.pem).")
@_PASSPHRASE
@out_option
@click.option("--yes", is_flag=True, help="Sign without asking.")
def sign_trust_root_draft(
    *, draft: Path, current: Path | None, key: Path, passphrase_file: Path, out: Path, yes: bool
) -> None:
    """Show a draft, or what others have signed already, in words, and add one signature. Needs no network."""
    with refusals():
        proposal = read_proposal(_read(draft), current.read_bytes() if current else None, now=present_time())
        click.echo(describe_proposal(proposal, now=present_time()))
        if not yes:
            click.confirm(
                "Mã nội dung có giống của những người giữ khoá khác? Ký? / Same content as the others see? Sign?",
                abort=True,
            )
        holder = RecordKey.load(key, passphrase=read_passphrase(passphrase_file))
        signed = sign_proposal(proposal, holder)
        write_new(out, signed)
        after = read_proposal(signed, current.read_bytes() if current else None, now=present_time())
        click.echo(describe_signatures(after))
    click.echo(f"{out}: đưa cho người ký tiếp, hoặc ghép / carry on, or put together: assemble-trust-root")


@click.command("assemble-trust-root", short_help="Put the holders' signatures together.")
@click.argument("signed", nargs=-1, required=True, type=_FILE)
@_CURRENT
@out_option
def assemble_trust_root(*, signed: tuple[Path, ...], current: Path | None, out: Path) -> None:
    """Put the signatures of several holders together into one trust root. Needs no key."""
    with refusals():
        used = current.read_bytes() if current else None
        envelope = assemble([read_proposal(_read(one), used, now=present_time()) for one in signed])
        write_new(out, format_envelope(envelope))
    click.echo(f"bản / version          {envelope.root.version}")
    click.echo(f"vân tay / fingerprint  {envelope.fingerprint()}")
    click.echo(
        f"{out}: mang về máy dịch vụ / carry it to the service's machine: hocba trust update {out.name}"
        if current
        else f"{out}: công bố vân tay bằng văn bản / publish the fingerprint by another way than the file"
    )


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_ENVELOPE_BYTES + 1)


def _public_half(key: RecordKey, purpose: str, origin: str) -> dict[str, str]:
    if purpose == _LOG:
        text = format_verifier_key(VerifierKey(origin, SignatureType.ED25519, key.public_key))
        return {"origin": origin, "log_key": text}
    if purpose == _CLOCK:
        clock = VerifierKey(f"{origin}/clock", SignatureType.COSIGNATURE, key.public_key)
        return {"clock_key": format_verifier_key(clock)}
    return public_member(key)
