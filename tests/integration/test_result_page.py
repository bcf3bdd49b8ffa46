"""The result page: what each of the twelve verdicts shows, in both languages, and what it keeps back."""

from __future__ import annotations

import gzip
import html
import io
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from schemas.verdict import CheckId, VerdictCode
from tests.support.demonstration import Demonstration
from tests.support.verdict_cases import FILES, UNKNOWN_SERIAL, VerdictCases
from verify.web.app import create_app
from verify.web.assets import Assets
from verify.web.next_steps import NEXT_STEPS
from verify.web.views import render_result
from verify.web.words import WORDS

LANGUAGES = ("vi", "en")


@pytest.fixture(scope="module")
def cases(_demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> VerdictCases:
    """Documents for every verdict."""
    return VerdictCases(_demonstration.copy(tmp_path_factory.mktemp("verdicts") / "data"))


@pytest.fixture
def client(cases: VerdictCases) -> Iterator[FlaskClient]:
    """The portal over them."""
    verifier = cases.demonstration.verifier()
    yield create_app(verifier).test_client()
    verifier.close()


def upload(client: FlaskClient, pdf: bytes, lang: str = "vi", name: str = "a.pdf") -> str:
    """Return the page of an uploaded file, without the answer in the other language that it brings along."""
    return both_languages(client, pdf, lang, name)[0]


def both_languages(client: FlaskClient, pdf: bytes, lang: str = "vi", name: str = "a.pdf") -> tuple[str, str]:
    """Return the page of an uploaded file, and the part of it in the other language."""
    page = html.unescape(client.post(f"/check?lang={lang}", data={"file": (io.BytesIO(pdf), name)}).text)
    page, begins, rest = page.partition('<div class="portal-other"')
    other, ends, rest = rest.partition('<p class="govuk-button-group')
    return page + ends + rest, begins + other


def words_of(page: str) -> str:
    """Return what a page says, without its markup."""
    return words_in(page[page.index("<main") : page.index("</main>")])


def words_in(part: str) -> str:
    """Return the words of a part of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", part))


@pytest.mark.parametrize("code", VerdictCode)
def test_headline_is_one_short_sentence(code: VerdictCode) -> None:
    """A headline has at most ten words, and every verdict has a next step of its own."""
    assert len(code.headline.vi.split()) <= 10
    assert len(code.headline.en.split()) <= 10
    assert len({NEXT_STEPS[each] for each in VerdictCode}) == len(VerdictCode)


@pytest.mark.parametrize("code", FILES)
def test_file_verdict_is_heading_title_and_status(cases: VerdictCases, code: VerdictCode) -> None:
    """The verdict is the page's one heading of the first level, its title and its status message, with an icon."""
    verifier = cases.demonstration.verifier(record=code is not VerdictCode.UNCONFIRMED)
    client = create_app(verifier).test_client()
    outage = code is VerdictCode.SERVICE_ERROR
    if outage:
        cases.demonstration.clock.forward(days=36500)
    for lang in LANGUAGES:
        page = upload(client, cases.files[code], lang)
        headline = getattr(code.headline, lang)
        assert re.findall(r"<h1[^>]*>(.*?)</h1>", page) == [headline]
        assert f"<title>{headline} – " in page
        assert 'role="status"' in page
        assert "<svg" in page
        if not outage:
            assert getattr(NEXT_STEPS[code][0], lang) in page
    if outage:
        cases.demonstration.clock.forward(days=-36500)
    verifier.close()


def test_only_valid_is_green(cases: VerdictCases, client: FlaskClient) -> None:
    """Of all verdicts on files only `valid` has the good tone."""
    good = [code for code in FILES[:6] if "portal-verdict--good" in upload(client, cases.files[code])]
    assert good == [VerdictCode.VALID]


def test_seven_checks_stand_in_their_order(cases: VerdictCases, client: FlaskClient) -> None:
    """The checks of a file are seven list items, a word and a sentence each."""
    page = upload(client, cases.files[VerdictCode.VALID])
    checks = page[page.index('<ol class="portal-checks">') : page.index("</ol>")]
    assert checks.count("<li>") == len(CheckId)
    assert re.sub(r"<[^>]*>|\s", "", checks).count("Đạt") == len(CheckId)


def test_law_is_shown_in_vietnamese_on_both_pages(cases: VerdictCases, client: FlaskClient) -> None:
    """The seven facts of TT 15/2025/TT-BKHCN stand under their Vietnamese names in either language."""
    names = (
        "issuer",
        "signer",
        "managing_unit",
        "signed_at",
        "integrity",
        "valid_at_signing",
        "certificate_valid",
    )
    for lang in LANGUAGES:
        page = words_of(upload(client, cases.files[VerdictCode.VALID], lang))
        assert [name for name in names if WORDS[name].vi not in page] == []


def test_altered_shows_nothing_else_of_the_file(cases: VerdictCases, client: FlaskClient) -> None:
    """Neither content nor certificates nor record of an altered file are shown, only its digest."""
    page = upload(client, cases.files[VerdictCode.ALTERED])
    shown = words_of(page)
    for part in ("content", "signatures", "record", "versions", "student"):
        assert WORDS[part].vi not in shown
    assert "Ban Mai" not in page


def test_unknown_issuer_is_quoted_as_a_claim(cases: VerdictCases, client: FlaskClient) -> None:
    """What such a file says stands under a heading that calls it a claim, and nowhere is it called a forgery."""
    shown = words_of(upload(client, cases.files[VerdictCode.UNTRUSTED_ISSUER]))
    assert WORDS["content_claimed"].vi in shown
    assert WORDS["signatures_claimed"].vi in shown
    assert WORDS["content"].vi + " " not in shown.replace(WORDS["content_claimed"].vi, "")


def test_revoked_says_who_when_and_why(cases: VerdictCases, client: FlaskClient) -> None:
    """School, day and class of a revocation are named."""
    shown = words_of(upload(client, cases.files[VerdictCode.REVOKED]))
    assert "Trường thu hồi Trường THCS Ban Mai (thử)" in shown
    assert re.search(r"Ngày thu hồi \d\d/\d\d/20\d\d Lý do thu hồi có sai sót", shown)


def test_superseded_shows_the_line_of_versions(cases: VerdictCases, client: FlaskClient) -> None:
    """The corrected document and its correction stand in their order, the one at hand marked."""
    page = upload(client, cases.files[VerdictCode.SUPERSEDED])
    line = words_of(
        "<main>" + page[page.index('<ol class="portal-versions">') : page.index("</ol>")] + "</main>"
    )
    assert re.search(
        r"Bản đầu tiên \(bản đang xem\).*đã được đính chính.*Bản đính chính .*không bị thu hồi", line
    )


def test_report_names_what_a_second_check_needs(cases: VerdictCases, client: FlaskClient) -> None:
    """The printed report has digest, serial, size and root of the record, and the times."""
    pdf = cases.files[VerdictCode.VALID]
    verdict = client.post("/api/v1/verify", data=pdf, content_type="application/pdf").get_json()
    page = upload(client, pdf)
    report = page[page.index('<section class="portal-report">') :]
    for fact in (
        verdict["source"]["sha256"],
        verdict["record"]["serial"],
        verdict["record"]["root"],
        f">{verdict['record']['tree_size']}<",
    ):
        assert fact in report


def test_serial_page_leads_to_itself_in_the_other_language(cases: VerdictCases, client: FlaskClient) -> None:
    """What can be asked for again is asked for in the other language, and is there once."""
    serial = cases.before[0].serial
    page = client.get(f"/V/{serial}").text
    assert f'href="/V/{serial}?lang=en"' in page
    assert 'id="other"' not in page
    assert f'href="/V/{serial}"' in client.get(f"/V/{serial}?lang=en").text


def test_small_letters_of_an_address_are_understood(cases: VerdictCases, client: FlaskClient) -> None:
    """An address that a person typed in small letters leads to the serial's page, in the language asked for."""
    serial = cases.before[0].serial
    answer = client.get(f"/v/{serial.lower()}?lang=en")
    assert (answer.status_code, answer.location) == (308, f"/V/{serial.lower()}?lang=en")
    assert client.get(answer.location).text.count("<h1") == 1
    assert VerdictCode.NOT_FOUND.headline.en not in client.get(answer.location).text


def test_name_of_a_file_is_shown_in_one_line(cases: VerdictCases, client: FlaskClient) -> None:
    """Signs that turn the writing round, and three thousand letters, do not reach the page."""
    page = upload(client, cases.files[VerdictCode.ALTERED], name=f"{'dài' * 1000}\u202efdp.exe")
    assert "\u202e" not in page
    assert "dài" * 200 not in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_upload_is_answered_in_both_languages(cases: VerdictCases, client: FlaskClient, lang: str) -> None:
    """An upload is not kept, so its answer brings along all that the page in the other language says."""
    pdf, (other,) = cases.files[VerdictCode.VALID], set(LANGUAGES) - {lang}
    page, brought = both_languages(client, pdf, lang)
    assert 'href="#other"' in page
    assert f'<div class="portal-other" id="other" lang="{other}">' in brought
    asked = upload(client, pdf, other)
    own = asked[asked.index('<div class="portal-own">') : asked.index('<p class="govuk-button-group')]
    assert words_in(own) in words_in(brought)


def test_wrong_serial_may_be_mended_at_once(client: FlaskClient) -> None:
    """What was typed wrongly stands in the field again, escaped; an unknown serial offers the field as well."""
    page = client.post("/serial", data={"serial": '7K3M"><b>'}).text
    assert 'value="7K3M&#34;&gt;&lt;b&gt;"' in page
    assert 'name="serial"' in client.get(f"/V/{UNKNOWN_SERIAL}").text


def test_serial_alone_promises_no_marks(cases: VerdictCases, client: FlaskClient) -> None:
    """A serial opens status, school and dates, and says how to see the marks."""
    shown = words_of(client.get(f"/V/{cases.before[0].serial}").text)
    assert "Chỉ riêng mã thì không biết điểm" in shown
    assert WORDS["student"].vi not in shown
    assert WORDS["not_the_holder"].vi in shown


def test_result_fits_its_budget(cases: VerdictCases, client: FlaskClient) -> None:
    """Page, style sheet and scripts of a result of five years weigh 30 KB compressed, and the verdict stands in 14."""
    verifier = cases.demonstration.verifier()
    verdict = verifier.file(cases.files[VerdictCode.VALID])
    verifier.close()
    assert verdict.document is not None
    document = verdict.document.model_copy(update={"years": verdict.document.years * 5})
    with client.application.test_request_context(method="POST"):
        page = render_result(verdict.model_copy(update={"document": document}))
    files = Assets().files
    named = set(re.findall(r'"/static/[0-9a-f]{16}/([a-z.]+\.(?:css|js))"', page))
    assert named == {"portal.css", "result.js"}
    weight = len(gzip.compress(page.encode())) + sum(len(gzip.compress(files[name].data)) for name in named)
    assert weight <= 30_000
    beginning = page[: page.index("</h1>")]
    assert len(gzip.compress(beginning.encode())) + len(gzip.compress(files["portal.css"].data)) <= 14_000
