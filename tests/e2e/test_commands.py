"""What the commands say: the demonstration's summary, and one sentence for everything that can be wrong."""

from __future__ import annotations

import json
import os
import resource
import secrets
import socket
import subprocess
from pathlib import Path

import pytest

from service.demo import SCHOOL_YEAR, is_as_promised, run_once, set_up
from service.sample import sample_class
from service.sample.broken import broken_workbooks
from tests.support.commands import BIN, console, portal, run
from tests.support.demonstration import Demonstration


def summary(*arguments: str | Path) -> dict[str, object]:
    """Run the demonstration once and return its last line."""
    done = run("hocba", "demo", "--once", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def refusal(*arguments: str | Path) -> str:
    """Run a command that is refused: one sentence in each language, no trace."""
    done = run("hocba", *arguments)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    return done.stderr


def test_demo_once_says_what_it_did_and_can_be_repeated(tmp_path: Path) -> None:
    """Import, issue, verify all, refuse the changed byte; a second run finds everything done."""
    for _ in range(2):
        found = summary("--data", tmp_path / "data", "--students", "2")
        assert found.pop("seconds")
        assert found == {"imported": 2, "issued": 2, "verified": {"valid": 2}, "refused": "altered"}
    for name in ("trust-root.json", "record/checkpoint", "workbooks", "altered.pdf"):
        assert (tmp_path / "data" / name).exists()
    assert len(list((tmp_path / "data" / "issued").glob("*.pdf"))) == 2


def test_demo_of_some_days_ago_is_current_again(demonstration: Demonstration) -> None:
    """Run again later, a demonstration publishes first: its transcripts are valid, not stale."""
    demonstration.clock.forward(days=3)
    installation = set_up(
        demonstration.data, students=3, now=demonstration.clock, token_bytes=secrets.token_bytes, say=print
    )
    report = run_once(installation, students=3, say=print)
    installation.verifier.close()
    assert report["verified"] == {"valid": 3}
    assert is_as_promised(report)
    assert not is_as_promised(report | {"verified": {"unconfirmed": 3}})


@pytest.mark.parametrize(
    ("options", "folder"),
    [((), "vnedu"), (("--level", "thcs"), "misa"), (("--level", "thpt"), "smas"), (("--level", "th"), "th")],
)
def test_sample_is_imported(
    demonstration: Demonstration, tmp_path: Path, options: tuple[str, ...], folder: str
) -> None:
    """What the generator writes by default, and of each level, a school imports as it is."""
    made = run("hocba", "sample", "--students", "4", "--out", tmp_path, *options)
    assert made.returncode == 0, made.stderr
    # The broken ones are class workbooks of a lower secondary school: elsewhere they would have other faults.
    assert (tmp_path / "broken").exists() == (folder in {"vnedu", "misa"})
    year = ("--data", demonstration.data, "--year", SCHOOL_YEAR)
    done = run("hocba", "import", tmp_path / folder, *year, "--accept-guesses", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["imported"] == 4


def test_reader_that_hears_enough_is_no_fault(tmp_path: Path) -> None:
    """`| head`: what was asked for is done as far as it got, and nothing is complained about."""
    command = f'"{BIN / "hocba"}" sample --students 1 --out "{tmp_path}" | true'
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_pipes_are_no_files(released: Demonstration, tmp_path: Path) -> None:
    """A pipe in the place of a file is refused at once, by the verifier and by the import."""
    os.mkfifo(tmp_path / "pipe")
    options = ("--trust", released.trust_file, "--record", released.record)
    assert run("hocba-verify", tmp_path / "pipe", *options).returncode == 19
    imported = run("hocba", "import", tmp_path / "pipe", "--data", released.data, "--year", SCHOOL_YEAR)
    assert (imported.returncode, "[file-error]" in imported.stderr) == (1, True)


def test_dry_run_imports_nothing(demonstration: Demonstration, tmp_path: Path) -> None:
    """A dry run checks and writes nothing; a bad workbook brings its complaints and exit code 1."""
    workbook = next((demonstration.data / "workbooks").iterdir())
    done = run(
        "hocba",
        "import",
        workbook,
        "--data",
        demonstration.data,
        "--year",
        SCHOOL_YEAR,
        "--dry-run",
        "--json",
    )
    assert json.loads(done.stdout) == {"imported": 0, "accepted": 3, "complaints": 0}
    bad = tmp_path / "bad.xlsx"
    bad.write_bytes(workbook.read_bytes()[:-100])
    assert "[workbook-unreadable]" in refusal(
        "import", bad, "--data", demonstration.data, "--year", SCHOOL_YEAR
    )


def test_folder_that_is_no_installation(tmp_path: Path) -> None:
    """A folder that was never set up is named, with what to run."""
    said = refusal("issue", "--data", tmp_path, "--all", "--year", SCHOOL_YEAR)
    assert "[installation-missing]" in said
    assert "hocba demo" in said


def test_missing_key_and_wrong_passphrase(demonstration: Demonstration) -> None:
    """A missing key file and a passphrase that does not open it are each said in one sentence."""
    issue = ("issue", "--data", demonstration.data, "--all", "--year", SCHOOL_YEAR)
    (demonstration.data / "keys" / "passphrase").write_text("another\n")
    assert "[passphrase-wrong]" in refusal(*issue)
    (demonstration.data / "keys" / "record" / "log.pem").unlink()
    assert "[key-file-missing]" in refusal(*issue)


def test_unknown_class(demonstration: Demonstration) -> None:
    """A class that was never imported is refused as a whole."""
    said = refusal("issue", "--data", demonstration.data, "--class", "9Z", "--year", SCHOOL_YEAR)
    assert "[nothing-to-issue]" in said


def test_missing_database_is_never_made_anew(demonstration: Demonstration) -> None:
    """An installation whose database is gone refuses to begin another."""
    for file in demonstration.data.glob("hocba.sqlite3*"):
        file.unlink()
    said = refusal("issue", "--data", demonstration.data, "--all", "--year", SCHOOL_YEAR)
    assert "[database-missing]" in said


def test_restored_database_signs_nothing(demonstration: Demonstration) -> None:
    """A database older than the last signed checkpoint is refused: the past must not fork."""
    backup = {file: file.read_bytes() for file in demonstration.data.glob("hocba.sqlite3*")}
    demonstration.installation.sequencer.append_statements([("again", _statement(demonstration))])
    demonstration.installation.publish()
    for file in demonstration.data.glob("hocba.sqlite3*"):
        file.unlink()
    for file, data in backup.items():
        file.write_bytes(data)
    said = refusal("record", "publish", "--data", demonstration.data)
    assert "[log-shrunk]" in said


def test_full_disk_is_one_sentence(tmp_path: Path) -> None:
    """Where nothing more can be written, the command says so, and goes on when there is room again."""
    data = tmp_path / "data"
    summary("--data", data, "--students", "1")

    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))

    demo = [str(BIN / "hocba"), "demo", "--once", "--data", str(data), "--students", "3"]
    full = subprocess.run(demo, check=False, capture_output=True, text=True, preexec_fn=no_room)
    assert full.returncode == 1
    assert "Traceback" not in full.stderr
    assert summary("--data", data, "--students", "3")["issued"] == 3


def test_folder_below_a_file(tmp_path: Path) -> None:
    """A data folder that cannot exist is named."""
    (tmp_path / "file").write_text("")
    assert "[file-error]" in refusal("demo", "--once", "--data", tmp_path / "file" / "data")


def test_port_in_use(demonstration: Demonstration) -> None:
    """Serving says which port another program holds."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        said = refusal("serve", "--data", demonstration.data, "--port", str(port))
    assert "[port-in-use]" in said


def test_verify_by_address(demonstration: Demonstration) -> None:
    """`--record` takes an address as well, and refuses one that is not safe or does not answer."""
    file = next((demonstration.data / "issued").iterdir())
    trust = ("--trust", demonstration.trust_file)
    assert run("hocba-verify", file, *trust, "--record", "").returncode == 2
    with console(demonstration.data) as address:
        assert run("hocba-verify", file, *trust, "--record", f"{address}/record").returncode == 0
        assert "[record-unreachable]" in run("hocba-verify", file, *trust, "--record", f"{address}/no").stderr
    answered = run("hocba-verify", file, *trust, "--record", "http://example.invalid/record")
    assert (answered.returncode, "[record-address]" in answered.stderr) == (20, True)


def test_verify_without_trust_root(released: Demonstration, tmp_path: Path) -> None:
    """Without its trust root the verifier concludes nothing, and says where to get one."""
    file = next((released.data / "issued").iterdir())
    answered = run("hocba-verify", file, "--trust", tmp_path / "none", "--record", released.record)
    assert (answered.returncode, "[trust-root-missing]" in answered.stderr) == (20, True)


def test_missing_file_among_several(released: Demonstration, tmp_path: Path) -> None:
    """A file that cannot be opened is unreadable; the others are verified all the same."""
    file = next((released.data / "issued").iterdir())
    answered = run(
        "hocba-verify", tmp_path / "none.pdf", file, "--trust", released.trust_file, "--offline", "--json"
    )
    assert [json.loads(line)["verdict"] for line in answered.stdout.splitlines()] == [
        "unreadable",
        "unconfirmed",
    ]
    assert answered.returncode == 1


def test_large_upload_gets_a_verdict(released: Demonstration, tmp_path: Path) -> None:
    """200 MB sent to the API are answered with `unreadable`, soon, and by the same service as before."""
    with portal(released.data) as address:
        large = tmp_path / "large.pdf"
        with large.open("wb") as file:
            file.truncate(200 * 1024 * 1024)
        header = ("-H", "Content-Type: application/pdf")
        done = subprocess.run(
            ["curl", "-s", *header, "--data-binary", f"@{large}", f"{address}/api/v1/verify"],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert json.loads(done.stdout)["verdict"] == "unreadable"


def _statement(demonstration: Demonstration) -> bytes:
    from keys.ceremony import issuer_statements
    from keys.cli import DEMO_SCHOOLS

    installation = demonstration.installation
    return issuer_statements(
        installation.keyring,
        schools=DEMO_SCHOOLS,
        operator="Sở",
        province="Hà Nội",
        now=demonstration.clock(),
    )[0]


def test_token_file_of_any_bytes_is_a_wrong_token(demonstration: Demonstration, tmp_path: Path) -> None:
    """A file that holds no text is refused as a token that opens nothing."""
    (tmp_path / "token").write_bytes(b"\xff\xfe\x00")
    said = refusal(
        "revoke", "confirm", "0" * 32, "--data", demonstration.data, "--token-file", tmp_path / "token"
    )
    assert "[token-wrong]" in said


def test_school_that_is_not_here_is_named(demonstration: Demonstration) -> None:
    """A list of an unknown school is a refusal, not an empty list."""
    for command in ("imports", "token", "revoke", "correct"):
        assert "[school-unknown]" in refusal(
            command, "list", "--data", demonstration.data, "--school", "NOPE"
        )


def test_annotated_files_of_one_name_stay_apart(demonstration: Demonstration, tmp_path: Path) -> None:
    """Two folders with a file of one name come back as two; what cannot be written hides nothing of the import."""
    bad = broken_workbooks()["diem-11.xlsx"].data
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "6A.xlsx").write_bytes(bad)
    options = ("--data", demonstration.data, "--year", SCHOOL_YEAR, "--annotate")
    refused = run("hocba", "import", tmp_path / "a", tmp_path / "b", *options, tmp_path / "back")
    assert refused.returncode == 1
    back = {file.name for file in (tmp_path / "back").iterdir()}
    assert back == {"a-6A.xlsx.loi.xlsx", "b-6A.xlsx.loi.xlsx"}
    good = tmp_path / "6B.xlsx"
    good.write_bytes(sample_class(1, class_name="6B", first_student=101))
    unwritable = tmp_path / "good.txt"
    unwritable.write_text("no folder")
    imported = run("hocba", "import", good, *options, unwritable / "back")
    assert "Đã nhập 1 học sinh" in imported.stdout
    assert "[file-error]" in imported.stderr
