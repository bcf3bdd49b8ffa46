"""What a chain of time stamps in a record's folder proves, and when it proves nothing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from schemas.record.checkpoint import Checkpoint
from schemas.record.tiles import stamped_path, token_path
from schemas.record.trust_root import TimeStamps
from tests.support.certificates import Party, party
from tests.support.record import SampleLog, sample_log
from tests.support.record_server import put
from tests.support.time_stamps import TSA_ROOT, Chain, ended, stamper, time_stamps
from verify.time_stamp import TimeStamp
from verify.token_chain import Sought, TokenReader

START = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
TRUST = time_stamps()
INDEX = 4
"""The entry that is asked about: under the checkpoints of five entries and more."""


def _year(number: float) -> dt.datetime:
    return START + dt.timedelta(days=365.25 * number)


def _tsa(first: float) -> Party:
    """Return an authority whose certificate is valid for six years."""
    return stamper(f"tsa of year {first}", not_before=_year(first), not_after=_year(first + 6))


def _log(size: int) -> SampleLog:
    return sample_log([bytes([n]) for n in range(size)])


def _chain(*stamps: tuple[float, float]) -> Chain:
    """Return a chain of tokens: the year of each, and the year in which its authority's certificate begins."""
    chain = Chain()
    for number, (year, tsa) in enumerate(stamps):
        chain.add(_log(5 + number).note(), _year(year), _tsa(tsa))
    return chain


def _is_ours(checkpoint: Checkpoint) -> bool:
    return checkpoint.root == _log(checkpoint.size).frontier.root()


def _proof(
    chain: Chain,
    folder: Path,
    *,
    now: float,
    before: float = 3,
    index: int = INDEX,
    trust: TimeStamps = TRUST,
) -> TimeStamp | None:
    put(folder, chain.files)
    return TokenReader(folder).proof(Sought(index, _year(before), _is_ours), trust, _year(now))


RENEWED = ((0, -1), (4, 3), (8, 7), (12, 11))


@pytest.mark.parametrize("now", [0, 4.9, 8, 16.9])
def test_renewed_in_time(now: float, tmp_path: Path) -> None:
    """The first token proves the entry as long as each was renewed while its authority's certificate was valid."""
    found = _proof(_chain(*RENEWED), tmp_path, now=now)
    assert found is not None
    assert (found.time, found.authority) == (_year(0), "tsa of year -1")


def test_nothing_renews_the_newest(tmp_path: Path) -> None:
    """Where the newest authority has ended as well, nothing is proven any more."""
    assert _proof(_chain(*RENEWED), tmp_path, now=17.1) is None


def test_gap(tmp_path: Path) -> None:
    """A token renewed after its authority's certificate ended proves nothing; the newer ones prove what they cover."""
    chain = _chain((0, -1), (6, 5), (10, 9))
    assert _proof(chain, tmp_path, now=12) is None
    later = _proof(chain, tmp_path, now=12, before=6)
    assert later is not None
    assert later.time == _year(6)


def test_too_late(tmp_path: Path) -> None:
    """A token made after the time that is to be reached proves nothing."""
    assert _proof(_chain(*RENEWED), tmp_path, now=13, before=-0.1) is None


def test_checkpoint_does_not_cover_the_entry(tmp_path: Path) -> None:
    """The first token covers five entries; one more is proven by the second, or not in time."""
    chain = _chain(*RENEWED)
    assert _proof(chain, tmp_path, now=13, index=5) is None
    later = _proof(chain, tmp_path, now=13, index=5, before=4)
    assert later is not None
    assert later.time == _year(4)


def test_checkpoint_of_another_log(tmp_path: Path) -> None:
    """A token over a checkpoint that is not of the log at hand proves nothing of it."""
    chain = Chain()
    chain.add(sample_log([b"another", *[bytes([n]) for n in range(9)]]).note(), _year(0), _tsa(-1))
    assert _proof(chain, tmp_path, now=1) is None


def test_stranger_among_the_authorities(tmp_path: Path) -> None:
    """A token by somebody unknown proves nothing, and does not break the chain: links go by digest."""
    chain = Chain()
    stranger = stamper("nobody's tsa", party("nobody"))
    for number, (year, by) in enumerate([(0, _tsa(-1)), (1, stranger), (4, _tsa(3))]):
        chain.add(_log(5 + number).note(), _year(year), by)
    found = _proof(chain, tmp_path, now=8)
    assert found is not None
    assert found.time == _year(0)
    assert _proof(chain, tmp_path, now=8, index=5) is None


def test_forged_renewal(tmp_path: Path) -> None:
    """A token that names a good authority and is not signed by it renews nothing, though a sound one follows."""
    chain = _chain((0, -1))
    chain.add(_log(6).note(), _year(4), _tsa(3), signature=bytes(70))
    chain.add(_log(7).note(), _year(8), _tsa(7))
    assert _proof(chain, tmp_path, now=9) is None


def test_ended_certificate_is_a_gap(tmp_path: Path) -> None:
    """A certificate that was revoked before its token was renewed makes a gap; revoked later, it does not."""
    chain = _chain(*RENEWED)
    early = time_stamps(ended=[ended(_tsa(3), spelled(7.9))])
    assert _proof(chain, tmp_path, now=13, trust=early) is None
    late = time_stamps(ended=[ended(_tsa(3), spelled(8.1))])
    assert _proof(chain, tmp_path, now=13, trust=late) is not None


def test_ended_root_is_a_gap_for_all(tmp_path: Path) -> None:
    """An anchor that ends takes with it whatever was not renewed before."""
    assert (
        _proof(_chain(*RENEWED), tmp_path, now=13, trust=time_stamps(ended=[ended(TSA_ROOT, spelled(12.5))]))
        is None
    )


def spelled(year: float) -> str:
    """Return a year as a trust root spells it."""
    return f"{_year(year):%Y-%m-%dT%H:%M:%SZ}"


def test_broken_link(tmp_path: Path) -> None:
    """A token that names another one before it does not renew what is here; each part proves for itself."""
    chain = _chain((0, -1))
    chain.add(_log(6).note(), _year(4), _tsa(3), before=b"another token")
    assert _proof(chain, tmp_path, now=4.5) is not None
    assert _proof(chain, tmp_path, now=6) is None


@pytest.mark.parametrize("path", [token_path(2), stamped_path(2)])
@pytest.mark.parametrize("damage", [b"", b"x" * 100_000])
def test_damaged_file(path: str, damage: bytes, tmp_path: Path) -> None:
    """A damaged file breaks the chain where it lies, and mended it is read anew."""
    chain = _chain(*RENEWED)
    put(tmp_path, chain.files)
    reader, sought = TokenReader(tmp_path), Sought(INDEX, _year(3), _is_ours)
    (tmp_path / path).write_bytes(damage)
    assert reader.proof(sought, TRUST, _year(6)) is None
    unfinished = tmp_path / "unfinished"
    unfinished.write_bytes(chain.files[path])
    unfinished.rename(tmp_path / path)
    assert reader.proof(sought, TRUST, _year(6)) is not None


def test_files_of_another_number(tmp_path: Path) -> None:
    """A token under another number is not what that number says."""
    chain = _chain((0, -1), (4, 3))
    chain.files |= {token_path(1): chain.files[token_path(2)], stamped_path(1): chain.files[stamped_path(2)]}
    assert _proof(chain, tmp_path, now=5, before=9) is not None
    assert _proof(chain, tmp_path, now=5) is None


def test_no_tokens(tmp_path: Path) -> None:
    """A record without time stamps proves nothing by them."""
    assert _proof(Chain(), tmp_path, now=1) is None


def test_new_token_is_seen(tmp_path: Path) -> None:
    """A reader that goes on finds the token that came since."""
    chain = _chain((0, -1))
    put(tmp_path, chain.files)
    reader, sought = TokenReader(tmp_path), Sought(5, _year(3), _is_ours)
    assert reader.proof(sought, TRUST, _year(2)) is None
    chain.add(_log(6).note(), _year(1), _tsa(0))
    put(tmp_path, chain.files)
    assert reader.proof(sought, TRUST, _year(2)) is not None


def test_future_token(tmp_path: Path) -> None:
    """A token of a time to come proves nothing yet."""
    assert _proof(_chain((2, 1)), tmp_path, now=1) is None
