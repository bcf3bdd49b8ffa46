"""Links to documents: what opens them, what is kept of them, and what becomes of them."""

from __future__ import annotations

import json
import threading
from secrets import token_hex
from typing import Any

import pytest

from service.app import create_app
from service.demo import TOKEN_FILE
from service.errors import ServiceError
from service.families.links import document_of_serial, make_link, open_link
from service.families.pins import digest_pin, is_pin
from service.storage.family_records import MAX_WRONG_PINS, LinkPurpose, LinkState, OpenResult
from service.storage.links import MAX_REFUSALS
from tests.support.commands import run
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.families import made_link, other_pin, results, token_of


def refused(demonstration: Demonstration, token: str, pin: str) -> str:
    """Return the code with which a link does not open."""
    with pytest.raises(ServiceError) as refusal:
        open_link(demonstration.installation.linking, token, pin)
    return refusal.value.code


def test_token_and_pin_together_open_it(demonstration: Demonstration) -> None:
    """The PIN as people type it opens the link, and each opening is kept with its time."""
    made = made_link(demonstration)
    typed = f" {made.pin[:3]}-{made.pin[3:]} "
    assert open_link(demonstration.installation.linking, token_of(made), typed) == made.link
    (opened,) = demonstration.installation.register.opens(SCHOOL, made.link.id)
    assert (opened.result, opened.opened_at) == (OpenResult.OPENED, int(demonstration.clock().timestamp()))


def test_every_refusal_is_the_same(demonstration: Demonstration) -> None:
    """Unknown, expired, revoked, locked and a wrong PIN are one sentence; the school's log tells them apart."""
    expired, revoked, locked = (made_link(demonstration, days=days) for days in (1, 5, 5))
    tools = demonstration.installation.linking
    for _ in range(MAX_WRONG_PINS):
        refused(demonstration, token_of(locked), other_pin(locked))
    tools.register.revoke_link(SCHOOL, revoked.link.id, at=0)
    demonstration.clock.forward(days=1)
    sentences = set()
    for token, pin in [(token_of(one), one.pin) for one in (expired, revoked, locked)] + [
        ("A" * 22, "123456")
    ]:
        with pytest.raises(ServiceError) as refusal:
            open_link(tools, token, pin)
        sentences.add((refusal.value.code, refusal.value.text))
    assert len(sentences) == 1
    assert results(demonstration, expired) == [OpenResult.EXPIRED]
    assert results(demonstration, revoked) == [OpenResult.REVOKED]
    assert results(demonstration, locked)[-2:] == [OpenResult.WRONG_PIN, OpenResult.LOCKED]


def test_wrong_pins_lock_it_for_good(demonstration: Demonstration) -> None:
    """The allowance is for the link's whole life: a right PIN in between gives back none that was wrong."""
    made = made_link(demonstration)
    tools, token = demonstration.installation.linking, token_of(made)
    for number in range(MAX_WRONG_PINS):
        assert refused(demonstration, token, other_pin(made)) == "link-refused"
        if number < MAX_WRONG_PINS - 1:
            open_link(tools, token, made.pin)
    assert refused(demonstration, token, made.pin) == "link-refused"
    link = tools.register.link(SCHOOL, made.link.id)
    assert link.state(tools.at()) is LinkState.LOCKED


def test_guesses_at_once_gain_no_tries(demonstration: Demonstration) -> None:
    """Twenty-four guesses from as many threads: exactly the allowance of them is ever compared with the PIN."""
    made = made_link(demonstration)
    tools = demonstration.installation.linking
    barrier = threading.Barrier(24)

    def guess() -> None:
        barrier.wait()
        with pytest.raises(ServiceError):
            open_link(tools, token_of(made), other_pin(made))

    threads = [threading.Thread(target=guess) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results(demonstration, made).count(OpenResult.WRONG_PIN) == MAX_WRONG_PINS


def test_a_try_that_is_cut_short_is_used_up(demonstration: Demonstration) -> None:
    """A process killed while it looks at a PIN has spent the try: nothing is won by stopping it."""
    made = made_link(demonstration)
    register = demonstration.installation.register
    for _ in range(MAX_WRONG_PINS):
        assert register.take_try(token_of(made), at=made.link.made_at) is not None
    assert register.take_try(token_of(made), at=made.link.made_at) is None


def test_neither_token_nor_pin_is_kept(demonstration: Demonstration) -> None:
    """No file of the data folder holds the token, and a stolen PIN digest cannot be tried without it."""
    made = made_link(demonstration)
    token = token_of(made)
    open_link(demonstration.installation.linking, token, made.pin)
    files = [path for path in demonstration.data.rglob("*") if path.is_file()]
    assert [path for path in files if token.encode() in path.read_bytes()] == []
    kept = digest_pin(made.pin, token, b"salt")
    assert is_pin(made.pin, token, kept)
    assert not is_pin(made.pin, "A" * 22, kept)


def test_knocking_on_does_not_fill_the_disk(demonstration: Demonstration) -> None:
    """Of attempts at a link that opens nothing a bounded number is kept."""
    made = made_link(demonstration)
    register = demonstration.installation.register
    register.revoke_link(SCHOOL, made.link.id, at=0)
    for _ in range(MAX_REFUSALS + 20):
        register.take_try(token_of(made), at=made.link.made_at)
    assert results(demonstration, made) == [OpenResult.REVOKED] * MAX_REFUSALS


@pytest.mark.parametrize(("days", "code"), [(0, "link-days-invalid"), (366, "link-days-invalid")])
def test_a_link_ends(demonstration: Demonstration, days: int, code: str) -> None:
    """No link is open for ever, and none is made that opens nothing."""
    with pytest.raises(ServiceError) as refusal:
        made_link(demonstration, days=days)
    assert refusal.value.code == code


def test_no_link_without_an_address(demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody said where families reach the service, none is made up from a request."""
    monkeypatch.setenv("HOCBA_FAMILY_URL", "")
    with pytest.raises(ServiceError) as refusal:
        made_link(demonstration)
    assert refusal.value.code == "family-address-missing"


def test_erasing_takes_links_and_opens_away(demonstration: Demonstration) -> None:
    """On the family's wish its links go with all that is known of how they were opened; others' links stay."""
    mine, others = made_link(demonstration, 0), made_link(demonstration, 1)
    installation = demonstration.installation
    open_link(installation.linking, token_of(mine), mine.pin)
    code = demonstration.issuances()[0].student_code
    assert installation.erase(SCHOOL, code, dry_run=True).erased.links == 1
    assert installation.erase(SCHOOL, code, dry_run=False).erased.links == 1
    assert installation.register.links(SCHOOL) == (others.link,)
    assert refused(demonstration, token_of(mine), mine.pin) == "link-refused"


def test_commands_make_list_revoke_and_read(demonstration: Demonstration) -> None:
    """`hocba link` from the address to the last open; JSON lists never hold address or PIN."""
    serial, data = demonstration.issuances()[0].serial, str(demonstration.data)

    def link(*arguments: str) -> dict[str, Any]:
        done = run("hocba", "link", *arguments, "--data", data, "--json", check=True)
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    made = link("make", "--serial", serial, "--purpose", "transfer", "--days", "7")
    demonstration.clock.catch_up()
    open_link(demonstration.installation.linking, made["address"].rpartition("/")[2], made["pin"])
    (listed,) = link("list", "--serial", serial)["links"]
    assert (listed["id"], listed["purpose"], listed["state"]) == (made["id"], "transfer", "open")
    assert {"address", "pin"}.isdisjoint(listed)
    assert [one["result"] for one in link("opens", made["id"])["opens"]] == ["opened"]
    assert link("revoke", made["id"])["state"] == "revoked"
    unknown = run("hocba", "link", "revoke", "0" * 32, "--data", data)
    assert (unknown.returncode, "[link-unknown]" in unknown.stderr) == (1, True)


def test_api_makes_lists_revokes_and_reads(demonstration: Demonstration) -> None:
    """The same by the school's token; who made a link stands with it."""
    installation = demonstration.installation
    token = (demonstration.data / TOKEN_FILE).read_text().strip()
    with create_app(installation).test_client() as client:

        def ask(method: str, path: str, status: int = 200, **more: Any) -> Any:
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": token_hex(8)}
            answer = client.open(f"/api/v1/links{path}", method=method, headers=headers, **more)
            assert answer.status_code == status
            return answer.get_json()

        body = {"serial": demonstration.issuances()[0].serial, "purpose": "application"}
        made = ask("POST", "", 201, json=body)
        open_link(installation.linking, made["address"].rpartition("/")[2], made["pin"])
        (listed,) = ask("GET", "")["links"]
        known = installation.register.token_of(token)
        assert known is not None
        assert (listed["id"], listed["made_by"]) == (made["id"], known.id)
        assert [one["result"] for one in ask("GET", f"/{listed['id']}/opens")["opens"]] == ["opened"]
        assert ask("POST", f"/{listed['id']}/revoke")["state"] == "revoked"
        ask("POST", "", 422, json=body | {"purpose": "fun"})


def test_only_what_was_given_out_is_shared(demonstration: Demonstration) -> None:
    """A serial of nobody is refused, whoever asks."""
    with pytest.raises(ServiceError) as refusal:
        document_of_serial(
            demonstration.installation.register, "OTHER-01", demonstration.issuances()[0].serial
        )
    assert refusal.value.code == "transcript-unknown"
    assert (
        make_link(
            demonstration.installation.linking,
            demonstration.issuances()[0],
            LinkPurpose.FAMILY,
            made_by=None,
        ).link.school_code
        == SCHOOL
    )
