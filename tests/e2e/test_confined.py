"""The verifying service opens no connection and keeps no upload: shown without a network, and by its system calls."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

from tests.support.confined import (
    Answer,
    Confined,
    confined,
    foreign_sockets,
    no_network,
    small,
    traced,
    written_files,
)
from tests.support.demonstration import Demonstration
from tests.support.qr_pictures import qr_picture

MARK = b"nothing-of-this-may-be-kept-or-served-back"


def test_everything_answers_without_a_network(released: Demonstration, tmp_path: Path) -> None:
    """In a network without interfaces, not even loopback, every page answers and every verdict is the right one."""
    under = no_network()
    if under is None:
        pytest.skip("nobody here may make a network; the next test reads the system calls instead")
    with confined(released, tmp_path, *under) as service:
        assert use_everything(service, released) == []


def test_no_connection_and_no_upload_on_a_disk(released: Demonstration, tmp_path: Path) -> None:
    """By its system calls the service makes no network socket, and writes no file but those of its own."""
    log = tmp_path / "calls"
    with confined(released, tmp_path, *traced(log)) as service:
        assert use_everything(service, released) == []
    assert foreign_sockets(log) == []
    assert {path for path in written_files(log) if not is_own(path, released, tmp_path)} == set()


def test_no_upload_on_a_disk_of_a_small_installation(released: Demonstration, tmp_path: Path) -> None:
    """The server that runs without a front keeps uploads in memory, too."""
    log = tmp_path / "calls"
    with small(released, tmp_path, *traced(log)) as service:
        assert use_everything(service, released) == []
    assert {path for path in written_files(log) if not is_own(path, released, tmp_path)} == set()


def is_own(path: str, released: Demonstration, folder: Path) -> bool:
    """Whether a file is the index of the record, a sign of life of gunicorn's, or Python's trial of its folder."""
    index = released.record.with_name("record.index")
    parent, name = Path(path).parent, Path(path).name
    return (
        path == "/dev/null"
        or parent == index
        or (parent == folder and re.fullmatch(r"wgunicorn-\w+|[a-z0-9_]{8}", name) is not None)
    )


def use_everything(service: Confined, released: Demonstration) -> list[str]:
    """Use every way in, with small and large uploads; return what was answered wrongly."""
    serial, pdf, code = released.issuances()[0].serial, released.pdf(), released.qr()
    large = pdf + b"%" + MARK * 150_000  # 6 MB: no longer the file that was sealed
    kinds = {"Content-Type": "application/pdf"}
    archive, photo = io.BytesIO(), io.BytesIO()
    qr_picture(code, size=(1600, 1200)).save(photo, "PNG", compress_level=0)
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("one.pdf", pdf)
        packed.writestr("large.pdf", large)
    asked: dict[str, tuple[Answer, int, bytes]] = {}
    for path in ("/", "/desk", "/scan/", "/livez", "/healthz", "/metrics", "/api/v1/openapi.json"):
        asked[path] = service.ask("GET", path), 200, b""
    asked |= {
        "serial": (service.ask("GET", f"/V/{serial}"), 200, "Mã có trong sổ cấp".encode()),
        "look-up": (service.ask("GET", f"/api/v1/serials/{serial}"), 200, b'"verdict":"recorded"'),
        "raw": (service.ask("POST", "/api/v1/verify", pdf, kinds), 200, b'"verdict":"valid"'),
        "raw, large": (service.ask("POST", "/api/v1/verify", large, kinds), 200, b'"verdict":"altered"'),
        "form": (service.send("/check", {"file": ("a.pdf", pdf)}), 200, "Học bạ hợp lệ".encode()),
        "form, large": (service.send("/check", {"file": ("a.pdf", large)}), 200, "không khớp".encode()),
        "too large": (
            service.send("/check", {"file": ("a.pdf", large * 2)}), 413, "Không đọc được".encode(),
        ),
        "photo": (
            service.ask("POST", "/api/v1/verify", photo.getvalue(), {"Content-Type": "image/png"}),
            200,
            b'"verdict":"recorded"',
        ),
        "code": (service.send("/qr", {}, qr=code), 200, "Mã có trong sổ cấp".encode()),
        "desk": (
            service.send("/desk", {"files": ("all.zip", archive.getvalue())}), 200, b"large.pdf",
        ),
        "desk, one": (service.send("/desk/document", {"file": ("a.pdf", large)}), 200, b"altered"),
    }  # fmt: skip
    wrong = [
        f"{what}: {answer.status}"
        for what, (answer, status, said) in asked.items()
        if (answer.status, said in answer.body) != (status, True)
    ]
    return wrong + [f"{what}: served back" for what, (answer, _, _) in asked.items() if MARK in answer.body]
