"""Making an installation: `hocba init` makes one for a Sở, `hocba demo` one with invented pupils.

All is made under another name beside the data folder, which gets its own name when everything is durable: a folder
that is there is whole. The settings come last within it, for whoever makes the parts in place.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from keys.ceremony import SchoolInfo, build_trust_root, issuer_statements, make_demo_authorities
from keys.data_key import KEY_BYTES, make_data_key
from keys.keyring import Keyring
from keys.record_ceremony import make_record_keys
from keys.secret_files import sync_folder
from keys.signer import SignatureAlgorithm
from schemas.transcript.model import School, Signatory
from service.errors import ServiceError
from service.files import PRIVATE, PUBLIC, make_folder, replace_file
from service.installation import FOLDERS, Installation
from service.installation_parts import TRUST_ROOT
from service.record.publisher import Publisher
from service.settings import SETTINGS_FILE, Settings
from service.storage.database import is_set_up, open_server

SESSION_KEY = "session-key"
DATA_KEY = "keys/data-key"
_PUBLIC_FOLDER, _PRIVATE_FOLDER = 0o755, 0o700


@dataclass(frozen=True, slots=True)
class Plan:
    """What an installation must be told when it is made."""

    origin: str
    qr_host: str
    operator: str
    """Who runs it, as the record names the holder of its keys."""
    school: School
    signatory: Signatory
    anchors: Mapping[str, bytes]
    """Root certificates (PEM) of the authorities whose certificates may sign, by set; none: a test makes its own."""
    database_url: str = ""
    grace_minutes: int = 15
    """How long a signed document stands before it is recorded: time to look at it, and short enough to wait for."""

    @property
    def is_test(self) -> bool:
        """Whether authorities and signers are invented, and every verdict says so."""
        return not self.anchors


def make_installation(
    data: Path, plan: Plan, *, now: Callable[[], dt.datetime], token_bytes: Callable[[int], bytes]
) -> None:
    """Make an installation in a folder that is not there yet, or empty.

    Raises:
        ServiceError: `installation-exists`, `plan-invalid`, `database-in-use`, and what opening a database raises.
        HocbaError: keys or statements cannot be made of what was told.
        OSError: the folder beside cannot be written.
    """
    check_folder_is_new(data)
    with_name = data.absolute()
    make_folder(with_name.parent)
    unfinished = unfinished_folder(with_name)
    try:
        _make(unfinished, plan, now=now, token_bytes=token_bytes)
        unfinished.rename(with_name)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    sync_folder(with_name.parent)


def check_folder_is_new(data: Path) -> None:
    """Refuse a folder that holds anything.

    Raises:
        ServiceError: `installation-exists`.
    """
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise ServiceError(
            "installation-exists",
            f"{data} đã có dữ liệu; không có gì bị ghi đè. Hãy chọn thư mục khác, hoặc xem: hocba doctor --data {data}",
            f"{data} holds data already; nothing is overwritten. Choose another folder, or see: "
            f"hocba doctor --data {data}",
        )


def make_folders(data: Path) -> None:
    """Make the folders of a new installation: the record is for everybody; names of files elsewhere are serials."""
    for name in FOLDERS:
        (data / name).mkdir(_PUBLIC_FOLDER if name == "record" else _PRIVATE_FOLDER)


def unfinished_folder(data: Path) -> Path:
    """Make the folder in which a data folder is made, anew: what a killed attempt left under this name is removed."""
    unfinished = data.with_name(f".{data.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(_PUBLIC_FOLDER)
    return unfinished


def begin(
    data: Path,
    settings: Mapping[str, str],
    schools: Sequence[tuple[School, Signatory]],
    statements: Sequence[bytes],
    *,
    now: Callable[[], dt.datetime],
    token_bytes: Callable[[int], bytes],
) -> Installation:
    """Begin register and record where keys and trust root are; `name_settings` ends it. May be asked again.

    Raises:
        HocbaError, OSError: why it cannot be; asked again, it goes on.
    """
    write_settings(data, settings, name=f"{SETTINGS_FILE}.new")
    installation = Installation(Settings.load(data, file=f"{SETTINGS_FILE}.new"), now, token_bytes)
    installation.upgrade_database()
    for school, signatory in schools:
        installation.register.put_school(school, signatory)
    if not installation.sequencer.exists:
        installation.sequencer.create()
    installation.sequencer.append_statements(
        [(f"first-statement/{number}", statement) for number, statement in enumerate(statements)]
    )
    Publisher(data / "record").write_trust_root(1, (data / TRUST_ROOT).read_bytes())
    installation.publish()
    return installation


def name_settings(data: Path) -> None:
    """Give the settings their name: from here on the folder is an installation."""
    (data / f"{SETTINGS_FILE}.new").rename(data / SETTINGS_FILE)
    sync_folder(data)


def write_settings(data: Path, settings: Mapping[str, str], *, name: str = SETTINGS_FILE) -> None:
    """Write settings as a file that `Settings.load` reads."""
    lines = "".join(f"{variable}={value}\n" for variable, value in settings.items() if value)
    replace_file(data / name, lines.encode(), mode=PUBLIC)


def _make(
    data: Path, plan: Plan, *, now: Callable[[], dt.datetime], token_bytes: Callable[[int], bytes]
) -> None:
    made_at = now()
    make_folders(data)
    keyring, offline = _keys(data / "keys", plan, made_at, token_bytes)
    try:
        trust_root = build_trust_root(
            keyring,
            origin=plan.origin,
            hosts=(plan.qr_host,),
            now=made_at,
            offline=offline,
            test=plan.is_test,
        )
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors())
        raise ServiceError(
            "plan-invalid",
            f"Thông tin lập hệ thống chưa đúng ({fields}): --origin có dạng so.example.vn/so-cap, --qr-host chỉ là tên "
            "máy, --anchors là TÊN=TỆP.",
            f"What was told is wrong ({fields}): --origin is like so.example.vn/record, --qr-host a host alone, "
            "--anchors NAME=FILE.",
        ) from error
    replace_file(data / TRUST_ROOT, trust_root, mode=PUBLIC)
    make_data_key(data / DATA_KEY, token_bytes(KEY_BYTES))
    replace_file(data / SESSION_KEY, token_bytes(24).hex().encode() + b"\n", mode=PRIVATE)
    statements = issuer_statements(
        keyring,
        schools=(_info(plan),) if plan.is_test else (),
        operator=plan.operator,
        province=plan.school.province,
        now=made_at,
        offline=offline,
    )
    settings = {
        "HOCBA_PASSPHRASE_FILE": "keys/passphrase",
        "HOCBA_SESSION_KEY_FILE": SESSION_KEY,
        "HOCBA_DATA_KEY_FILE": DATA_KEY,
        "HOCBA_ORIGIN": plan.origin,
        "HOCBA_QR_HOST": plan.qr_host,
        "HOCBA_DATABASE_URL": plan.database_url,
        "HOCBA_GRACE_MINUTES": str(plan.grace_minutes),
    }
    write_settings(data, settings, name=f"{SETTINGS_FILE}.new")
    # Asked of the settings, as the environment goes before the file.
    check_database_is_new(Settings.load(data, file=f"{SETTINGS_FILE}.new").database_url)
    installation = begin(
        data, settings, [(plan.school, plan.signatory)], statements, now=now, token_bytes=token_bytes
    )
    installation.verifier.close()
    # SQLite folds its side files in: the folder is renamed with nobody in it.
    installation.database.dispose()
    name_settings(data)


def check_database_is_new(url: str) -> None:
    """Refuse a server's database that has tables: another installation may live there. No address is none.

    Raises:
        ServiceError: `database-in-use`, and what opening it raises.
    """
    if not url:
        return
    database = open_server(url)
    try:
        if is_set_up(database):
            raise ServiceError(
                "database-in-use",
                "Cơ sở dữ liệu này đã có bảng: có thể là của hệ thống khác, hoặc lần trước dở dang. Hãy tạo cơ sở dữ "
                "liệu mới (createdb) rồi chạy lại.",
                "This database has tables: of another installation, or of an attempt that broke off. Make a new one "
                "(createdb), then run this again.",
            )
    finally:
        database.dispose()


def _keys(
    folder: Path, plan: Plan, now: dt.datetime, token_bytes: Callable[[int], bytes]
) -> tuple[Keyring, Keyring]:
    if not plan.is_test:
        return make_record_keys(folder, anchors=plan.anchors, token_bytes=token_bytes)
    keyring = make_demo_authorities(
        folder,
        schools=(_info(plan),),
        passphrase=token_bytes(32).hex().encode(),
        now=now,
        algorithm=SignatureAlgorithm.RSA_PSS,
    )
    return keyring, keyring


def _info(plan: Plan) -> SchoolInfo:
    return SchoolInfo(
        code=plan.school.code,
        name=plan.school.name,
        province=plan.school.province,
        principal_name=plan.signatory.name,
        principal_title=plan.signatory.title,
    )
