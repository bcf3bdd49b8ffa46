"""The registrar's part, on a machine without network: read a request, show it, sign it (docs/issuers.md)."""

from __future__ import annotations

from datetime import UTC, datetime

from keys.signer import RecordSigner
from schemas.cose import sign1
from schemas.record.statement import IssuerStatement, KeyState, Role, Succession, format_statement
from schemas.record.statement_file import format_signed, parse_request

_ROLES = {
    Role.PRINCIPAL: "hiệu trưởng / principal",
    Role.DEPUTY: "phó hiệu trưởng / deputy",
    Role.HOMEROOM: "giáo viên chủ nhiệm / homeroom teacher",
    Role.SEAL: "con dấu / seal",
    Role.CREDENTIAL: "khoá mã QR / QR key",
    Role.STATUS: "khoá danh sách trạng thái / status key",
}
_STATES = {
    KeyState.ACTIVE: "có hiệu lực / in force",
    KeyState.RETIRED: "thôi dùng / retired",
    KeyState.COMPROMISED: "BỊ LỘ / COMPROMISED",
}


def sign_request(request: bytes, registrar: RecordSigner) -> bytes:
    """Sign a request and return the file to carry back.

    Raises:
        SchemaError: as `parse_request`.
    """
    payload = format_statement(parse_request(request))
    return format_signed(sign1(payload, registrar.key_id, registrar.sign))


def describe_statement(statement: IssuerStatement) -> str:
    """Say a statement in words, a line for each thing that a registrar answers for."""
    at = datetime.fromtimestamp(statement.time, UTC)
    if isinstance(statement, Succession):
        return "\n".join(
            (
                f"trường / school      {statement.school}",
                f"kế tục / succeeds    {statement.predecessor}",
                f"số, lúc / number, at {statement.number}, {at:%Y-%m-%d %H:%M:%S} UTC",
            )
        )
    identity = (statement.thumbprint or statement.public_key or b"").hex()
    state = _STATES[statement.state]
    if statement.from_index is not None:
        state += f" từ mục / from entry #{statement.from_index}"
    school = statement.school or "(mọi trường / every school)"
    return "\n".join(
        (
            f"trường / school      {school}  {statement.name}, {statement.province}",
            f"vai trò / role       {_ROLES[statement.role]}",
            f"trạng thái / state   {state}",
            f"chứng thư / identity {identity}",
            f"số, lúc / number, at {statement.number}, {at:%Y-%m-%d %H:%M:%S} UTC",
        )
    )
