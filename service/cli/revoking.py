"""`hocba revoke …`: one person asks for a transcript to be revoked, another confirms."""

from __future__ import annotations

from pathlib import Path

import click

from schemas.serial import parse_typed_serial
from service.cli.changing import echo_changes, key_option, reason_option, token_from, token_option
from service.cli.command import (
    chosen_school,
    data_option,
    json_option,
    open_installation,
    refusals,
    school_option,
)
from service.revoking import CLASSES, confirm_revocation, request_revocation, withdraw_revocation
from service.scopes import Scope
from service.storage.records import ChangeKind


@click.group("revoke")
def revoke_group() -> None:
    """Revoke an issued transcript: one token asks, another confirms."""


@revoke_group.command()
@click.argument("serial")
@data_option
@token_option
@click.option(
    "--class",
    "class_name",
    required=True,
    type=click.Choice(tuple(CLASSES)),
    help="What the public record says of the reason.",
)
@reason_option
@key_option
@json_option
@refusals
def request(
    *,
    serial: str,
    data: Path,
    token_file: Path,
    class_name: str,
    reason: str,
    idempotency_key: str | None,
    as_json: bool,
) -> None:
    """Ask for the transcript with a serial to be revoked."""
    installation = open_installation(data)
    change = request_revocation(
        installation.revoking,
        token_from(installation, token_file, Scope.REVOKE),
        serial=parse_typed_serial(serial),
        revocation_class=CLASSES[class_name],
        reason=reason,
        idempotency_key=idempotency_key or installation.token_bytes(16).hex(),
    )
    echo_changes(installation, [change], as_json=as_json)


@revoke_group.command()
@click.argument("request_id")
@data_option
@token_option
@json_option
@refusals
def confirm(*, request_id: str, data: Path, token_file: Path, as_json: bool) -> None:
    """Confirm a request and revoke; again, to finish what was left."""
    installation = open_installation(data)
    change = confirm_revocation(
        installation.revoking, token_from(installation, token_file, Scope.REVOKE), request_id
    )
    echo_changes(installation, [change], as_json=as_json)


@revoke_group.command()
@click.argument("request_id")
@data_option
@token_option
@json_option
@refusals
def withdraw(*, request_id: str, data: Path, token_file: Path, as_json: bool) -> None:
    """Take a request back that nobody has confirmed."""
    installation = open_installation(data)
    change = withdraw_revocation(
        installation.revoking, token_from(installation, token_file, Scope.REVOKE), request_id
    )
    echo_changes(installation, [change], as_json=as_json)


@revoke_group.command("list")
@data_option
@school_option
@json_option
@refusals
def list_requests(*, data: Path, school: str | None, as_json: bool) -> None:
    """List the requests of a school, the newest first."""
    installation = open_installation(data)
    changes = installation.register.changes(chosen_school(installation, school))
    revocations = [change for change in changes if change.kind is ChangeKind.REVOCATION]
    echo_changes(installation, revocations, as_json=as_json)
