"""A proposed trust root in words: what changes, what stays, who has signed; what a holder of a root key answers for."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Iterator
from hashlib import sha256

from cryptography import x509

from keys.root_holder import Proposal
from schemas.canonical import JSONValue, canonical_bytes
from schemas.record.envelope import dump_root
from schemas.record.trust_root import TrustRoot
from schemas.record.trust_root_draft import content_digest

_TITLES = {
    "root_keys": "khoá gốc / root keys",
    "logs": "sổ cấp / logs",
    "registrars": "nơi đăng ký / registrars",
    "anchors": "neo chứng thư / certificate anchors",
    "hosts": "trang kiểm tra / verifying hosts",
    "algorithms": "thuật toán / algorithms",
    "time_stamps": "dấu thời gian / time stamps",
}
_RESTING = ("logs", "registrars", "anchors", "time_stamps")
"""What old documents rest on."""
_LOSING = (
    "CHÚ Ý: học bạ đã cấp dựa vào những gì bị bỏ (−) cũng sẽ không còn tin được. Cái không dùng nữa thì cứ để lại và "
    "huỷ khoá bí mật; chỉ bỏ cái đã bị lộ.\n"
    "NOTE: documents issued long ago that rest on what is taken out (−) will not be trusted either. Leave what is no "
    "longer used and destroy its private key; take out only what was compromised."
)


def describe_proposal(proposal: Proposal, *, now: dt.datetime) -> str:
    """Say all of a proposed trust root, each change marked: + new, − gone, = as before."""
    return "\n".join(_lines(proposal, now))


def describe_signatures(proposal: Proposal) -> str:
    """Say how many signatures there are, and how many are needed."""
    new = f"{proposal.count(proposal.root)}/{proposal.root.threshold}"
    if proposal.current is None:
        return f"đã ký / signed         {new}"
    old = f"{proposal.count(proposal.current)}/{proposal.current.threshold}"
    return f"đã ký / signed         bản đang dùng / in use {old}, bản mới / new {new}"


def _lines(proposal: Proposal, now: dt.datetime) -> Iterator[str]:
    root, current = proposal.root, proposal.current
    if root.test:
        yield "BẢN THỬ / TEST"
    yield f"mã nội dung / content  {content_digest(root)}"
    yield f"bản / version          {f'{current.version} → ' if current else ''}{root.version}"
    days = (root.expires_at - now).days
    was = f"{current.expires} → " if current else ""
    yield f"hết hạn / expires      {was}{root.expires} ({days} ngày / days)"
    was = f"{current.threshold} trên / of {len(current.root_keys)} → " if current else ""
    yield f"cần chữ ký / threshold {was}{root.threshold} trên / of {len(root.root_keys)}"
    before = _items(current) if current else {}
    # A member that is left out now holds nothing more, and that is said of each thing that it held.
    after = dict.fromkeys(before, ()) | _items(root)
    for member, items in after.items():
        yield _TITLES.get(member, member)
        old = before.get(member, ())
        for item in items:
            yield f"  {'=' if item in old else '+'} {item}"
        for item in old:
            if item not in items:
                yield f"  − {item}"
    if any(set(before.get(member, ())) - set(after.get(member, ())) for member in _RESTING):
        yield _LOSING
    yield describe_signatures(proposal)


def _items(root: TrustRoot) -> dict[str, tuple[str, ...]]:
    """Return what each list of a trust root holds, a line for each thing."""
    signed = dump_root(root)
    if not isinstance(signed, dict):
        raise TypeError(signed)
    return {
        member: tuple(_lines_of(value)) for member, value in signed.items() if isinstance(value, (list, dict))
    }


def _lines_of(value: JSONValue) -> Iterator[str]:
    """Give a line for each thing in a member, whatever it holds: what a holder signs is never hidden."""
    if isinstance(value, dict):
        yield from (f"{name}: {line}" for name, inner in value.items() for line in _lines_of(inner))
    elif isinstance(value, list):
        yield from (line for item in value for line in _shown(item))
    else:
        yield str(value)


def _shown(item: JSONValue) -> Iterator[str]:
    match item:
        case {"set": str(name), "certificates": list(certificates)}:
            for one in certificates:
                yield f"{name}: {_certificate(str(one))}"
        case {"key_id": str(key_id), **rest}:
            prefixes = rest.get("school_prefixes")
            yield key_id + (f"  {_schools(prefixes)}" if isinstance(prefixes, list) else "")
        case {"origin": str(origin), "log_key": log, "clock_key": clock, **rest}:
            yield f"{origin}  {_schools(rest.get('school_prefixes'))}  {rest.get('max_age')} s  {log}  {clock}"
        case {"name": str(name), "minimum_bits": bits, "until": until}:
            yield f"{name}  ≥ {bits} bit  {until or 'không hạn / no end'}"
        case str(text):
            yield text if len(text) < 200 else _certificate(text)
        case _:
            yield canonical_bytes(item).decode("utf-8")


def _schools(prefixes: object) -> str:
    return " ".join(f"{prefix}*" for prefix in prefixes) if isinstance(prefixes, list) else ""


def _certificate(text: str) -> str:
    try:
        der = base64.b64decode(text, validate=True)
        certificate = x509.load_der_x509_certificate(der)
        subject, until = certificate.subject.rfc4514_string(), certificate.not_valid_after_utc
    except (ValueError, binascii.Error):
        return f"không đọc được chứng thư / unreadable certificate {text[:40]}"
    # A name comes from outside: what it holds must not move the cursor or turn the line around.
    shown = "".join(letter if letter.isprintable() else "?" for letter in subject)
    return f"{shown}  {until:%Y-%m-%d}  SHA-256 {sha256(der).hexdigest()[:16]}"
