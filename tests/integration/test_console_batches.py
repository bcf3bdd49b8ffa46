"""The pages of batches: asked for several classes at once, left, refreshed, paused, resumed; names in their order."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
from flask.testing import FlaskClient

from schemas.vietnam_time import VIETNAM
from service.app import create_app
from service.batches.progress import spelled_number, time_left
from service.batches.worker import Worker
from service.demo import SCHOOL_YEAR
from service.issuing import released_path
from service.people.roles import Role
from service.storage.batch_records import ActKind
from service.web.console.names import name_key
from service.web.words import TEXTS
from tests.support.batches import with_classes, work_off
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.sign_in import form_token, send, sign_in_as

VI = TEXTS["vi"]
ASK = f"/years/{SCHOOL_YEAR}/issue"
REFRESH = '<meta http-equiv="refresh"'


@pytest.fixture
def client(demonstration: Demonstration) -> Iterator[FlaskClient]:
    """A browser in which the clerk signed in, beside two approved classes that nobody has issued."""
    with_classes(demonstration, class_9B=4, class_7A=2)
    installation = demonstration.installation
    made = create_app(installation).test_client()
    sign_in_as(made, demonstration, Role.CLERK)
    yield made
    installation.verifier.close()


def ask(client: FlaskClient, *classes: str, once: str = "1") -> str:
    """Have classes issued, and return the address of the batch's page."""
    answer = send(client, ASK, **{"class": list(classes), "once": once})
    assert answer.status_code == 303, answer.text
    return answer.location


def test_classes_with_somebody_approved_are_chosen_already(client: FlaskClient) -> None:
    """The page offers each class of the year, 7A before 9B, and chooses those in which somebody can be issued."""
    page = client.get(ASK).text
    boxes = re.findall(r'name="class" value="(\w+)"( checked)?', page)
    assert boxes == [("6A", ""), ("7A", " checked"), ("9B", " checked")]
    assert ASK in client.get("/").text


def test_no_class_is_no_batch(client: FlaskClient) -> None:
    """Where nothing was chosen the refusal says so, and nothing is stored."""
    answer = send(client, ASK)
    assert (answer.status_code, "Hãy chọn ít nhất một lớp" in answer.text) == (422, True)
    assert VI["no_batches"] in client.get("/batches").text


def test_a_double_click_is_one_batch(client: FlaskClient) -> None:
    """The same form sent twice is one batch; a form that was shown anew is another."""
    assert ask(client, "9B") == ask(client, "9B")
    assert ask(client, "9B", once="2") != ask(client, "9B")
    assert client.get("/batches").text.count('href="/batches/') == 2


def test_the_page_reloads_while_something_is_done(client: FlaskClient, demonstration: Demonstration) -> None:
    """Without a script: every three seconds until the batch is done, then no more; and not where somebody reads."""
    path = ask(client, "9B", "7A")
    page = client.get(path).text
    assert f'{REFRESH} content="3">' in page
    assert "Đã ký 0/6 · lỗi 0" in page
    assert REFRESH not in client.get(f"{path}?still=1").text
    work_off(demonstration.installation)
    done = client.get(path).text
    assert REFRESH not in done
    assert "Đã ký 6/6 · lỗi 0" in done
    assert VI["batch_is_done"] in done
    assert '<progress value="6" max="6"' in done


def test_it_says_whether_anybody_is_at_work(client: FlaskClient, demonstration: Demonstration) -> None:
    """A page never says that a batch goes on while no worker runs."""
    path = ask(client, "9B")
    assert VI["batch_is_idle"] in client.get(path).text
    with (demonstration.data / "state" / "worker.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        page = client.get(path).text
        assert VI["batch_is_idle"] not in page
        assert VI["batch_is_queued"] in page
        demonstration.installation.register.begin_turn(at=1)
        assert VI["batch_is_running"].format(name="9B") in client.get(path).text


def test_a_power_cut_is_told_of(client: FlaskClient, demonstration: Demonstration) -> None:
    """After a worker died the page says that the batch was broken off, that it went on, and when."""
    path = ask(client, "9B")
    demonstration.installation.register.begin_turn(at=1)
    work_off(demonstration.installation)
    page = client.get(path).text
    assert "bị ngắt giữa chừng" in page
    assert VI[f"act_{ActKind.INTERRUPTED}"] in page


def test_pause_resume_by_the_clerk(client: FlaskClient, demonstration: Demonstration) -> None:
    """The buttons are those that apply; a paused batch is not worked at; who paused it stands below."""
    path = ask(client, "9B")
    assert send(client, f"{path}/pause").location == path
    paused = client.get(path).text
    assert VI["batch_is_paused"] in paused
    assert REFRESH not in paused
    assert VI["batch_pause"] not in re.findall(r"<button[^>]*>([^<]+)</button>", paused)
    work_off(demonstration.installation)
    assert "Đã ký 0/4" in client.get(path).text
    assert send(client, path, act="resume").location == path
    work_off(demonstration.installation)
    assert "Đã ký 4/4" in client.get(path).text
    account = demonstration.installation.people.account_of_name("van-thu")
    assert account is not None
    assert f"{VI['act_pause']} – {account.person.name}" in client.get(path).text


def test_whoever_resumes_shows_the_password_again(client: FlaskClient, demonstration: Demonstration) -> None:
    """An hour after signing in, resuming leads to the page that asks, and the batch stays paused; pausing does not."""
    path = ask(client, "9B")
    sign_in_as(client, demonstration, Role.CLERK, fresh=False)
    assert send(client, f"{path}/pause").location == path
    answer = send(client, path, act="resume")
    assert answer.location.startswith("/sign-in/again")
    assert VI["batch_is_paused"] in client.get(path).text


def test_a_principal_may_pause_and_not_set_going(client: FlaskClient, demonstration: Demonstration) -> None:
    """Stopping is for the leaders too; having something signed is the clerk's."""
    path = ask(client, "9B")
    sign_in_as(client, demonstration, Role.PRINCIPAL)
    assert send(client, f"{path}/pause").status_code == 303
    page = client.get(path).text
    assert VI["batch_resume"] not in re.findall(r"<button[^>]*>([^<]+)</button>", page)
    refused = client.post(path, data={"form": form_token(client), "act": "resume"})
    assert refused.status_code == 403


def test_failed_ones_come_first_and_are_tried_again(
    client: FlaskClient, demonstration: Demonstration
) -> None:
    """A failed document stands above the table of classes with its reason and code; the button goes on with it."""
    installation = demonstration.installation
    path = ask(client, "9B", "7A")
    worker = Worker(installation)
    worker.stop()
    assert worker.turn()
    broken = installation.register.issuances(SCHOOL, SCHOOL_YEAR, class_name="7A")[0]
    obstacle = released_path(installation.folder("issued"), broken)
    obstacle.write_bytes(b"no transcript")
    work_off(installation)
    page = client.get(path).text
    assert "Đã ký 5/6 · lỗi 1" in page
    assert page.index("[release-refused]") < page.index(VI["batch_by_class"])
    assert VI["batch_retry"] in page
    obstacle.unlink()
    send(client, path, act="retry")
    work_off(installation)
    assert "Đã ký 6/6 · lỗi 0" in client.get(path).text


def test_what_stands_signed_says_when_it_is_released(
    demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its grace window a document counts as signed, its line says until when, and the page reloads for the end."""
    monkeypatch.setenv("HOCBA_GRACE_MINUTES", "15")
    with_classes(demonstration, class_9B=2)
    installation = demonstration.installation
    client = create_app(installation).test_client()
    sign_in_as(client, demonstration, Role.CLERK)
    path = ask(client, "9B")
    work_off(installation)
    page = client.get(path).text
    ends = demonstration.clock.time.astimezone(VIETNAM) + timedelta(minutes=15)
    assert page.count(f"phát hành lúc {ends:%H:%M %d/%m/%Y}") == 2
    assert "Đã ký 2/2 · lỗi 0" in page
    assert f'{REFRESH} content="15">' in page
    demonstration.clock.forward(minutes=16)
    installation.publish()
    installation.grace.finish_due()
    page = client.get(path).text
    assert "phát hành lúc" not in page
    assert REFRESH not in page
    installation.verifier.close()


def test_names_sort_the_vietnamese_way(client: FlaskClient, demonstration: Demonstration) -> None:
    """The students of a class are in the order of their given names."""
    path = ask(client, "9B", "7A")
    work_off(demonstration.installation)
    page = client.get(f"{path}?class=9B").text
    listed = page[page.index(VI["batch_of_class"].format(name="9B")) :]
    names = re.findall(r'<th scope="row">([^<]+)<p', listed)
    assert len(names) == 4
    assert all(name_key(one) <= name_key(other) for one, other in pairwise(names))
    assert client.get(f"{path}?class=12Z").status_code == 404


def test_figures_in_words() -> None:
    """A thousand is written as the language does, and a time as people say it."""
    assert spelled_number(1350, english=False) == "1.350"
    assert spelled_number(1350, english=True) == "1,350"
    assert time_left(59).vi == "còn chưa đến 1 phút"
    assert time_left(61).vi == "còn khoảng 2 phút"
    assert time_left(60).en == "about 1 minute left"
    assert time_left(3600 + 61).vi == "còn khoảng 1 giờ 2 phút"
