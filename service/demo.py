"""`hocba demo`: a demonstration school set up from nothing, one class issued and verified, both services started.

Setting up is idempotent: each part is made where it is missing, and `hocba.env` comes last, so that a folder
with that file is complete. Nothing here is for a real school: the authorities, the pupils and the approval are
invented.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from keys.ceremony import build_trust_root, issuer_statements, make_demo_authorities
from keys.cli import DEMO_SCHOOLS
from keys.data_key import KEY_BYTES, make_data_key
from keys.keyring import Keyring
from keys.signer import SignatureAlgorithm
from schemas.serial import display_serial
from service.batches.worker import Worker
from service.demo_people import PASSWORD_FILE, PEOPLE, add_people
from service.errors import ServiceError
from service.files import PRIVATE, PUBLIC, make_folder, replace_file
from service.installation import FOLDERS, Installation
from service.installation_parts import TRUST_ROOT
from service.issuing import released_path
from service.sample import DEMO_SCHOOL, sample_workbooks
from service.scopes import EVERY_SCOPE
from service.setting_up import DATA_KEY, SESSION_KEY, begin, name_settings
from service.settings import SETTINGS_FILE, Settings
from service.storage.records import Token

ISSUING_PORT = 8000
VERIFYING_PORT = 8001
SCHOOL_YEAR = "2025-2026"
TOKEN_FILE = "api-token"
SECOND_TOKEN_FILE = "api-token-2"
_HOLDERS = {TOKEN_FILE: "Văn phòng (thử)", SECOND_TOKEN_FILE: "Phó hiệu trưởng (thử)"}
"""Two people: one asks for a revocation or a correction, the other confirms."""
ALTERED_FILE = "altered.pdf"
_ORIGIN = "so-gddt.example/so-cap-thu"
_OPERATOR = "Sở Giáo dục và Đào tạo (thử)"
_PUBLISH_EVERY = 3600.0
_START_SECONDS = 20

Say = Callable[[str], None]


def set_up(
    data: Path,
    *,
    students: int,
    now: Callable[[], dt.datetime],
    token_bytes: Callable[[int], bytes],
    say: Say,
) -> Installation:
    """Make a demonstration in `data`, or open the one that is there.

    Raises:
        HocbaError, OSError: the folder cannot be written, or holds something else.
    """
    for name in FOLDERS:
        make_folder(data.absolute() / name)
    if not (data / SETTINGS_FILE).exists():
        say("Đang tạo khoá và sổ cấp bản thử / making test keys and the record …")
        _make(data, now=now, token_bytes=token_bytes)
    installation = Installation.open(Settings.load(data), now=now, token_bytes=token_bytes)
    if not (data / PASSWORD_FILE).exists():
        # Short enough to be typed from a terminal.
        replace_file(data / PASSWORD_FILE, token_bytes(6).hex().encode() + b"\n", mode=PRIVATE)
    password = (data / PASSWORD_FILE).read_text().strip()
    add_people(installation, DEMO_SCHOOL[0].code, SCHOOL_YEAR, "6A", password=password)
    # A demonstration of some days ago: without the present time on the record nothing could be current.
    installation.publish()
    for name, workbook in sample_workbooks(students, school_year=SCHOOL_YEAR).items():
        replace_file(data / "workbooks" / name, workbook, mode=PRIVATE)
    return installation


def run_once(installation: Installation, *, students: int, say: Say) -> dict[str, object]:
    """Import, issue, verify everything, flip one byte, and return the summary that `--json` prints."""
    started = time.monotonic()
    imported = 0
    for name in sample_workbooks(students, school_year=SCHOOL_YEAR):
        workbook = installation.folder("workbooks") / name
        result = installation.import_workbook(workbook.read_bytes(), SCHOOL_YEAR, dry_run=False)
        imported += len(result.rows) if result.ok else 0
    say(f"Đã nhập {imported} học sinh từ {installation.folder('workbooks')} / imported {imported} students")
    acts = installation.approve_as_demonstration(DEMO_SCHOOL[0].code, SCHOOL_YEAR)
    say(f"Giáo viên xác nhận, hiệu trưởng duyệt: {acts} lần / confirmed and approved in {acts} acts")
    report = installation.issue(DEMO_SCHOOL[0].code, SCHOOL_YEAR)
    say(
        f"Đã cấp {len(report.released)} học bạ vào {installation.folder('issued')} / issued {len(report.released)}"
    )
    files = [released_path(installation.folder("issued"), issuance) for issuance in report.released]
    verdicts = Counter(str(installation.verifier.file(file.read_bytes()).verdict) for file in files)
    say(f"Kiểm tra lại tất cả / verified all: {dict(verdicts)}")
    refused = None
    if files:
        altered = _flip_one_byte(files[0].read_bytes())
        replace_file(installation.folder(ALTERED_FILE), altered, mode=PRIVATE)
        verdict = installation.verifier.file(altered)
        refused = str(verdict.verdict)
        say(
            f"Đổi một byte / one byte flipped ({ALTERED_FILE}): {verdict.headline.vi} / {verdict.headline.en}"
        )
    _say_what_to_try(installation, report.released[0].serial if report.released else "", say)
    return {
        "imported": imported,
        "issued": len(report.released),
        "verified": dict(verdicts),
        "refused": refused,
        "seconds": round(time.monotonic() - started, 3),
    }


def is_as_promised(report: Mapping[str, object]) -> bool:
    """Whether the students were imported, everybody issued was found valid, and the changed byte was refused."""
    is_valid = report["verified"] == {"valid": report["issued"]}
    return report["imported"] != 0 and is_valid and report["refused"] == "altered"


def serve(installation: Installation, *, issuing_port: int, verifying_port: int, say: Say) -> None:
    """Serve both sides until interrupted; the verifying side is a process of its own, without keys and database.

    Raises:
        ServiceError: `port-in-use`, `portal-failed`.
    """
    from service.app import create_app  # noqa: PLC0415 - Flask is loaded only where pages are served
    from verify.web.serve import serve as serve_wsgi  # noqa: PLC0415

    for port in (issuing_port, verifying_port):
        check_port_is_free(port)
    portal = _start_portal(installation, verifying_port)
    installation.tending.start()
    Worker(installation).start()
    say(f"Cấp / issuing:       http://127.0.0.1:{issuing_port}/")
    say(f"Kiểm tra / verifying: http://127.0.0.1:{verifying_port}/")
    _say_who_signs_in(installation, say)
    say("Dừng bằng Ctrl-C / stop with Ctrl-C")
    # Whoever stops this process stops the verifying side with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        serve_wsgi(create_app(installation), host="127.0.0.1", port=issuing_port)
    finally:
        portal.terminate()
        portal.wait()


def _make(data: Path, *, now: Callable[[], dt.datetime], token_bytes: Callable[[int], bytes]) -> None:
    """Make what is missing; a crash anywhere is repaired by the next call."""
    made_at = now()
    if (data / "keys").exists():
        keyring = Keyring.open(data / "keys", passphrase_file=data / "keys" / "passphrase")
    else:
        keyring = make_demo_authorities(
            data / "keys",
            schools=DEMO_SCHOOLS,
            passphrase=token_bytes(32).hex().encode(),
            now=made_at,
            algorithm=SignatureAlgorithm.RSA_PSS,
        )
    if not (data / TRUST_ROOT).exists():
        hosts = (f"127.0.0.1:{VERIFYING_PORT}",)
        trust_root = build_trust_root(keyring, origin=_ORIGIN, hosts=hosts, now=made_at)
        replace_file(data / TRUST_ROOT, trust_root, mode=PUBLIC)
    for name in (*_HOLDERS, SESSION_KEY):
        if not (data / name).exists():
            replace_file(data / name, token_bytes(24).hex().encode() + b"\n", mode=PRIVATE)
    if not (data / DATA_KEY).exists():
        make_data_key(data / DATA_KEY, token_bytes(KEY_BYTES))
    settings = {
        "HOCBA_PASSPHRASE_FILE": "keys/passphrase",
        "HOCBA_SESSION_KEY_FILE": SESSION_KEY,
        "HOCBA_DATA_KEY_FILE": DATA_KEY,
        "HOCBA_ORIGIN": _ORIGIN,
        "HOCBA_QR_HOST": f"127.0.0.1:{VERIFYING_PORT}",
        "HOCBA_FAMILY_URL": f"http://127.0.0.1:{ISSUING_PORT}",
    }
    statements = issuer_statements(
        keyring, schools=DEMO_SCHOOLS, operator=_OPERATOR, province=DEMO_SCHOOL[0].province, now=made_at
    )
    installation = begin(data, settings, [DEMO_SCHOOL], statements, now=now, token_bytes=token_bytes)
    for name, holder in _HOLDERS.items():
        token = Token(
            token_bytes(8).hex(),
            DEMO_SCHOOL[0].code,
            holder,
            int(made_at.timestamp()),
            scopes=EVERY_SCOPE,
        )
        installation.register.put_token(token, (data / name).read_text().strip())
    name_settings(data)


def _flip_one_byte(pdf: bytes) -> bytes:
    """Return the file with one bit of its first stream changed: a mark, a name, nobody could say."""
    position = pdf.index(b"stream\n") + 20
    return pdf[:position] + bytes([pdf[position] ^ 1]) + pdf[position + 1 :]


def _say_what_to_try(installation: Installation, serial: str, say: Say) -> None:
    data = installation.settings.data
    if not serial:
        return
    file = installation.folder("issued") / f"{display_serial(serial)}.pdf"
    options = f"--trust {data / TRUST_ROOT} --record {data / 'record'}"
    command = os.path.relpath(Path(sys.executable).parent / "hocba-verify")
    say("Thử ngay / try:")
    say(f"  {command} {file} {options}")
    say(f"  {command} {data / ALTERED_FILE} {options}")
    say(f"  {command} --serial {display_serial(serial)} {options}")


def _say_who_signs_in(installation: Installation, say: Say) -> None:
    password = installation.folder(PASSWORD_FILE).read_text().strip()
    say(f"Đăng nhập / sign in: {PEOPLE[0].sign_in_name}, mật khẩu / password {password}")
    others = ", ".join(one.sign_in_name for one in PEOPLE[1:])
    say(f"  cùng mật khẩu / the same password: {others}")


def _start_portal(installation: Installation, port: int) -> subprocess.Popen[bytes]:
    data = installation.settings.data.absolute()
    environment = os.environ | {
        "HOCBA_VERIFY_TRUST": str(data / TRUST_ROOT),
        "HOCBA_VERIFY_RECORD": str(data / "record"),
        "HOCBA_VERIFY_PORT": str(port),
    }
    portal = subprocess.Popen([sys.executable, "-m", "verify.web.serve"], env=environment)
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and portal.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return portal
        time.sleep(0.1)
    portal.kill()
    raise ServiceError(
        "portal-failed",
        "Trang kiểm tra không khởi động được; hãy xem thông báo ở trên.",
        "The verification site did not start; see the message above.",
    )


def check_port_is_free(port: int) -> None:
    """Refuse a port that another program holds.

    Raises:
        ServiceError: `port-in-use`.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ServiceError(
                "port-in-use",
                f"Cổng {port} đang được chương trình khác dùng. Hãy tắt chương trình đó rồi chạy lại.",
                f"Another program uses port {port}. Stop it and run this again.",
            ) from error
