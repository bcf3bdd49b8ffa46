"""What `hocba revoke` and `hocba correct` share: whose token speaks, and how a request is shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from schemas.serial import display_serial
from service.cli.command import listed
from service.installation import Installation
from service.scopes import Scope
from service.speaking import speaking_token
from service.storage.records import Change, ChangeState, Token

token_option = click.option(
    "--token-file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The file with your own access token.",
)
reason_option = click.option("--reason", required=True, help="Why, in words; stays in the service.")
key_option = click.option(
    "--key", "idempotency_key", help="A key of your own: the same key again is the same request."
)
_STATES = {
    ChangeState.REQUESTED: "chờ người giữ mã truy cập khác xác nhận / to be confirmed by another token",
    ChangeState.CONFIRMED: "đã xác nhận, chưa xong: hãy xác nhận lại / confirmed, unfinished: confirm again",
    ChangeState.DONE: "đã ghi sổ / on record",
    ChangeState.WITHDRAWN: "đã rút / withdrawn",
}


def token_from(installation: Installation, token_file: Path, scope: Scope) -> Token:
    """Return the token in a file, where it was given out for what is to be done.

    Raises:
        ServiceError: as `service.speaking.speaking_token`.
    """
    # Whatever bytes the file has: what is no text is no token.
    secret = token_file.read_bytes().decode("utf-8", "replace").strip()
    at = int(installation.now().timestamp())
    return speaking_token(installation.register, secret, scope, at=at)


def echo_changes(installation: Installation, changes: Sequence[Change], *, as_json: bool) -> None:
    """Print requests, each on a line."""
    for change in listed(changes):
        members = _members(installation, change)
        if as_json:
            click.echo(json.dumps(members, ensure_ascii=False))
        else:
            click.echo(f"{change.id}  {members['serial']}  {_STATES[change.state]}")


def _members(installation: Installation, change: Change) -> dict[str, object]:
    register = installation.register
    holders = register.holders(change.school_code)
    replacement = register.issuance(change.school_code, change.replacement_id or "")
    return {
        "id": change.id,
        "kind": change.kind.value,
        "state": change.state.value,
        "serial": display_serial(register.issuance_of_change(change).serial),
        "class": None if change.revocation_class is None else change.revocation_class.name.lower(),
        "reason": change.reason,
        "requested_by": holders.get(change.requested_by),
        "confirmed_by": holders.get(change.confirmed_by or ""),
        "withdrawn_by": holders.get(change.withdrawn_by or ""),
        "replacement": display_serial(replacement.serial) if replacement else None,
        "log_index": change.log_index,
    }
