"""`hocba-agent`: signs at a school's office what waits on the server, with the token that is plugged in here.

Carried as `hocba-agent.pyz`; needs Python and the binding that lies beside it in `lib/`, nothing else.
"""

from __future__ import annotations

import argparse
import ssl
import sys
import tempfile
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from time import sleep

from keys.agent.batch import Batch
from keys.agent.prepared import Listed
from keys.agent.refusals import AgentError, printable
from keys.agent.screen import Screen, terminal
from keys.agent.server import Address, Server, Waiting
from keys.agent.store import Pairing, Store
from keys.agent.tokens import TokenKeys
from schemas.errors import HocbaError
from schemas.pdf_profile import SignatureField

_HELP = (
    "Enter: ký tất cả · số: mở xem · l: danh sách · q: thôi",
    "(Enter signs all · a number opens one · l lists · q quits)",
)


def main() -> None:
    """Run one command; a refusal is a sentence with a code, never a trace."""
    screen = terminal()
    arguments = _parser().parse_args()
    store = Store(arguments.folder)
    try:
        sys.exit(arguments.run(screen, store, arguments))
    except HocbaError as error:
        screen.refuse(error)
        sys.exit(1)
    except KeyboardInterrupt:
        screen.say(
            "",
            "Đã dừng; chữ ký đã tạo vẫn còn, chạy lại để ký tiếp.",
            "Stopped; what was signed is kept, run again to go on.",
        )
        sys.exit(130)
    except OSError as error:
        name = printable(error.filename or "")
        screen.say(
            f"× Không đọc hoặc ghi được {name}: {error.strerror}.",
            f"  Cannot read or write {name}: {error.strerror}. [file-error]",
        )
        sys.exit(1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hocba-agent",
        description="Ký học bạ số bằng thiết bị ký ở trường / signs transcripts with the token at the school.",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path.home() / ".hocba-agent",
        help="where pairing and signatures are kept [~/.hocba-agent]",
    )
    parser.set_defaults(run=_sign, module=None)
    commands = parser.add_subparsers(metavar="pair | sign | list | certificates | forget")
    pair = commands.add_parser("pair", help="ghép nối với máy chủ / pair with the server")
    pair.add_argument("--server", required=True, help="https://…")
    pair.add_argument(
        "--module", required=True, help="thư viện PKCS#11 của thiết bị / the token's PKCS#11 library"
    )
    pair.add_argument("code", nargs="?", help="mã ghép nối / pairing code")
    pair.set_defaults(run=_pair)
    sign = commands.add_parser("sign", help="ký những gì đang chờ / sign what waits (the default)")
    sign.add_argument("--module", help="as in pair")
    sign.set_defaults(run=_sign)
    listing = commands.add_parser("list", help="xem những gì đang chờ / show what waits")
    listing.set_defaults(run=_list)
    certificates = commands.add_parser(
        "certificates", help="chép chứng thư ra tệp / write the certificates into files"
    )
    certificates.add_argument("--module", required=True, help="as in pair")
    certificates.add_argument("--out", required=True, type=Path, help="a folder")
    certificates.set_defaults(run=_certificates)
    forget = commands.add_parser("forget", help="xoá ghép nối / remove the pairing")
    forget.set_defaults(run=_forget)
    return parser


def _pair(screen: Screen, store: Store, arguments: argparse.Namespace) -> int:
    address = Address.parse(arguments.server)
    code = arguments.code or screen.ask("Mã ghép nối / pairing code: ")
    said = Server(address, None, sleep=sleep).pair(code)
    pairing = Pairing(
        server=arguments.server,
        token=str(said["token"]),
        agent=printable(said.get("agent")),
        holder=printable(said.get("holder")),
        school_code=printable(said["school"]["code"]),
        school_name=printable(said["school"]["name"]),
        module=str(Path(arguments.module).absolute()),
    )
    store.keep_pairing(pairing)
    screen.say(
        f"Đã ghép nối với {pairing.school_name} ({pairing.school_code}), người chịu trách nhiệm: {pairing.holder}.",
        f"Paired with {pairing.school_name} ({pairing.school_code}), in charge: {pairing.holder}.",
    )
    return 0


def _list(screen: Screen, store: Store, _: argparse.Namespace) -> int:
    pairing = store.pairing()
    waiting = _server(screen, pairing).waiting()
    _head(screen, pairing, waiting)
    screen.names(waiting.documents)
    return 0


def _forget(screen: Screen, store: Store, _: argparse.Namespace) -> int:
    store.forget()
    screen.say("Đã xoá ghép nối ở máy này. / The pairing is removed from this computer.")
    return 0


def _certificates(screen: Screen, _: Store, arguments: argparse.Namespace) -> int:
    keys = TokenKeys(Path(arguments.module).absolute())
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
        authorities = [one.der for one in keys.authorities]
        for token, one in keys.signing:
            path = arguments.out / f"{one.thumbprint[:16]}.pem"
            pem = "".join(ssl.DER_cert_to_PEM_cert(der) for der in (one.der, *authorities))
            path.write_text(pem, encoding="ascii")
            screen.say(f"{path}  {printable(one.name)}  {printable(token)}")
    finally:
        keys.close()
    return 0


def _sign(screen: Screen, store: Store, arguments: argparse.Namespace) -> int:
    pairing = store.pairing()
    server = _server(screen, pairing)
    # What was signed before the line broke, or the seals of what was: the server goes on with it first.
    while (before := server.go_on()).left:
        pass
    waiting = server.waiting()
    _head(screen, pairing, waiting)
    if not waiting.documents:
        store.finish()
        screen.say("Không có gì chờ ký. / Nothing waits for a signature.")
        return 0
    keys = TokenKeys(Path(arguments.module or pairing.module).absolute())
    try:
        batch = Batch(server, keys, store, waiting, pairing.school_code)
        return _sign_with(screen, batch, keys, failed_before=before.failed)
    finally:
        keys.close()


def _sign_with(screen: Screen, batch: Batch, keys: TokenKeys, *, failed_before: int) -> int:
    here = [one for one in sorted(batch.waiting.certificates) if keys.certificate(one) is not None]
    if not here:
        raise _no_key_here()
    for token, certificate in keys.signing:
        if certificate.thumbprint in here:
            screen.say(f"Thiết bị / token {printable(token)}: {printable(certificate.name)}")
    documents = batch.waiting.documents
    screen.short_names(documents)
    with screen.bar("Kiểm tra / checking", len(documents)) as progress:
        batch.check(progress)
    screen.refuse_all([*batch.refused.values()])
    if not batch.handed_out and len(batch.elsewhere) < len(documents):
        raise _being_signed_elsewhere()
    if not batch.signable:
        screen.say("Không có gì ký được ở máy này. / Nothing can be signed on this computer.")
        return 1
    if not _agreed(screen, batch, documents):
        screen.say("Chưa ký gì. / Nothing was signed.")
        return 1
    keys.unlock(here, screen.ask_pin)
    # Where both keys are here, what waits for the principal waits for the seal next.
    steps = sum(
        min(len(here), 2) if one.field == SignatureField.PRINCIPAL else 1
        for one in documents
        if one.document in batch.signable
    )
    with screen.bar("Ký / signing", steps) as progress:
        reached = batch.sign(progress)
    screen.refuse_all([*batch.refused.values()])
    # What had failed before is no affair of this batch.
    failed = max(0, reached.failed - failed_before) + len(batch.refused)
    screen.say(
        f"Đã ký {batch.signed}; đã cấp {batch.released}; còn chờ {reached.waiting}; lỗi {failed}.",
        f"Signed {batch.signed}; issued {batch.released}; still waiting {reached.waiting}; failed {failed}.",
    )
    if batch.standing:
        screen.say(
            f"{batch.standing} học bạ đã ký đủ, chờ phát hành; hết giờ ghi ở trang của trường thì tự phát hành.",
            f"{batch.standing} are signed in full and released when the time that the school's page shows is over.",
        )
    if reached.failed > failed_before:
        screen.say(
            "Lý do lỗi ghi ở trang của trường; hãy cấp lại lớp đó ở đó, hoặc báo quản trị viên.",
            "The school's page says what failed and why; issue the class again there, or tell the operator.",
        )
    if not reached.waiting:
        batch.store.finish()
    return 1 if failed else 0


def _agreed(screen: Screen, batch: Batch, documents: Sequence[Listed]) -> bool:
    with tempfile.TemporaryDirectory(prefix="hocba-agent-") as folder:
        while True:
            screen.say(*_HELP)
            answer = screen.ask("> ")
            if answer == "":
                return True
            if answer in {"q", "Q"}:
                return False
            if answer in {"l", "L"}:
                screen.names(documents)
            elif answer.isascii() and answer.isdigit() and 0 < int(answer) <= len(documents):
                _show(screen, batch, documents[int(answer) - 1], Path(folder))


def _show(screen: Screen, batch: Batch, listed: Listed, folder: Path) -> None:
    try:
        pdf = batch.open(listed)
    except AgentError as error:
        screen.refuse(error)
        return
    path = folder / f"{listed.document}.pdf"
    path.write_bytes(pdf)
    screen.say(f"  {listed.full_name}: mã băm khớp / digest matches · {path}")
    if screen.is_terminal:
        webbrowser.open(path.as_uri())


def _head(screen: Screen, pairing: Pairing, waiting: Waiting) -> None:
    screen.say(f"{pairing.school_name} ({pairing.school_code}) · {pairing.holder} · {pairing.server}")
    if waiting.school_code != pairing.school_code:
        raise AgentError(
            "agent-other-school",
            "Máy chủ trả lời cho trường khác với trường đã ghép nối. Không ký. Hãy báo quản trị viên.",
            "The server answers for another school than the one that was paired. Not signed. Tell the operator.",
        )
    if waiting.documents:
        screen.say("Đang chờ ký / waiting for signatures:")
        screen.summary(waiting.documents)


def _server(screen: Screen, pairing: Pairing) -> Server:
    return Server(Address.parse(pairing.server), pairing.token, sleep=sleep, say_away=screen.away)


def _being_signed_elsewhere() -> AgentError:
    return AgentError(
        "agent-not-handed-out",
        "Các học bạ này đang được ký ở một máy khác. Hãy đợi vài phút rồi chạy lại.",
        "These transcripts are being signed on another computer. Wait some minutes, then run this again.",
    )


def _no_key_here() -> AgentError:
    return AgentError(
        "agent-key-missing",
        "Không thấy thiết bị có chứng thư ký của trường. Hãy cắm đúng thiết bị ký rồi chạy lại.",
        "No token here has a certificate that the school signs by. Plug in the right token, then run again.",
    )
