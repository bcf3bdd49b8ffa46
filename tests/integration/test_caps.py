"""A school issues so many documents at a time and no more; what was begun is always finished."""

from __future__ import annotations

import dataclasses

import pytest

from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.installation import Installation
from service.sample import sample_class
from tests.support.commands import run
from tests.support.demonstration import SCHOOL, Demonstration


def capped(demonstration: Demonstration, *, per_batch: int, per_hour: int) -> Installation:
    """Return the installation with these caps, and a class of three that nobody has issued."""
    whole = demonstration.installation
    settings = whole.settings.model_copy(update={"max_batch": per_batch, "max_per_hour": per_hour})
    installation = dataclasses.replace(whole, settings=settings)
    workbook = sample_class(3, class_name="6B", first_student=101)
    assert installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
    return installation


def refusal(installation: Installation) -> ServiceError:
    """Return why the class is not issued; nothing of it is reserved."""
    with pytest.raises(ServiceError) as refused:
        installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert installation.register.issuances(SCHOOL, SCHOOL_YEAR, class_name="6B") == ()
    return refused.value


def test_a_request_for_too_many_is_refused(demonstration: Demonstration) -> None:
    """Three documents where two are the most: the sentence has both numbers, nothing is reserved."""
    found = refusal(capped(demonstration, per_batch=2, per_hour=100))
    assert found.code == "batch-too-large"
    assert "cấp 3 học bạ, mỗi lần tối đa 2" in found.text.vi


def test_too_many_within_an_hour_say_when_to_go_on(demonstration: Demonstration) -> None:
    """Three were issued just now: three more of at most five wait, until exactly when the sentence says."""
    installation = capped(demonstration, per_batch=5, per_hour=5)
    found = refusal(installation)
    assert found.code == "issuing-too-fast"
    assert "đã cấp 3 học bạ trong một giờ qua, tối đa 5; hãy cấp tiếp từ" in found.text.vi
    demonstration.clock.forward(hours=1, seconds=1)
    report = installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6B")
    assert len(report.released) == 3


def test_what_was_issued_is_asked_for_again_at_any_time(demonstration: Demonstration) -> None:
    """A repeated request has nothing new, so no cap holds it up."""
    installation = capped(demonstration, per_batch=1, per_hour=1)
    assert len(installation.issue(SCHOOL, SCHOOL_YEAR, class_name="6A").released) == 3


def test_what_a_key_signed_since_a_day(released: Demonstration) -> None:
    """Of the documents of a key only those of a day or later are listed."""
    statement = run("hocba", "issuer", "list", "--data", released.data).stdout
    identity = next(
        word for word in statement.split() if len(word) >= 16 and set(word) <= set("0123456789abcdef")
    )
    command = ("hocba", "record", "affected", "--key", identity, "--data", released.data)
    everything = run(*command).stdout
    assert not everything.startswith("0 ")
    assert run(*command, "--since", "2000-01-01").stdout == everything
    assert run(*command, "--since", "2100-01-01").stdout.startswith("0 ")
