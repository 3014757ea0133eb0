"""Drawing whom to ask: the same from the same seed and list, in whatever order, and fair to every dossier."""

import subprocess
import sys
from fractions import Fraction
from hashlib import sha256
from math import ceil
from random import Random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from offices.dossiers import StratumKey
from offices.errors import DomainError
from offices.units import Tier
from surveys.sampling import SEED_BYTES, Quota, Sample, commitment, draw, mark, planned, rate_of

SEED = bytes(range(SEED_BYTES))
LAND, JUSTICE = StratumKey("vp", "land", "commune"), StratumKey("tp", "justice", "province")
STRATA = st.sampled_from([LAND, JUSTICE, StratumKey("vp", "land", "province"), StratumKey("tp", "land", "commune")])
LISTS = st.dictionaries(st.integers(1, 500).map("H-{}".format), STRATA, max_size=60)
QUOTAS = st.builds(Quota, rate=st.fractions(Fraction(1, 50), 1), minimum=st.integers(0, 9)) | st.builds(
    Quota, number=st.integers(1, 12), minimum=st.integers(0, 9)
)
SEEDS = st.binary(min_size=SEED_BYTES, max_size=SEED_BYTES)


def drawn(seed: bytes, listed: dict[str, StratumKey], quota: Quota, shuffle: int = 0) -> Sample:
    pairs = [(key, code) for code, key in listed.items()]
    Random(shuffle).shuffle(pairs)  # noqa: S311 - an order for a test
    return draw(seed, pairs, quota)


@given(SEEDS, LISTS, QUOTAS, st.integers())
def test_the_order_of_the_list_changes_no_byte(
    seed: bytes, listed: dict[str, StratumKey], quota: Quota, shuffle: int
) -> None:
    one, other = drawn(seed, listed, quota), drawn(seed, listed, quota, shuffle)
    assert one.text.encode() == other.text.encode()
    assert (one.digest, one.list_digest, one.sizes) == (other.digest, other.list_digest, other.sizes)
    assert one.digest == sha256(one.text.encode()).hexdigest()


@given(SEEDS, LISTS, QUOTAS)
def test_every_stratum_gets_its_quota_of_its_own_dossiers(
    seed: bytes, listed: dict[str, StratumKey], quota: Quota
) -> None:
    sample = drawn(seed, listed, quota)
    assert set(sample.drawn) == set(sample.sizes) == set(listed.values())
    for key, codes in sample.drawn.items():
        size = sum(each == key for each in listed.values())
        assert sample.sizes[key] == size
        assert len(codes) == len(set(codes)) == quota.of(size)
        assert all(listed[code] == key for code in codes)
        left = {mark(seed, code) for code, each in listed.items() if each == key and code not in codes}
        assert all(mark(seed, code) < other for code in codes for other in left)


@given(SEEDS, LISTS, LISTS, QUOTAS)
@example(
    seed=(0x2DB).to_bytes(32), listed=dict.fromkeys(("H-2", "H-3", "H-4"), LAND), more={"H-1": LAND},
    quota=Quota(rate=Fraction(2, 3)),
)  # fmt: skip
def test_a_longer_list_keeps_the_order_of_those_who_were_there(
    seed: bytes, listed: dict[str, StratumKey], more: dict[str, StratumKey], quota: Quota
) -> None:
    longer = drawn(seed, more | listed, quota)
    for key, codes in drawn(seed, listed, quota).drawn.items():
        again = [code for code in longer.drawn[key] if code in listed]
        both = min(len(codes), len(again))  # of a longer list more may be drawn, of those who were there as well
        assert list(codes)[:both] == again[:both]


@given(LISTS.filter(bool), st.data())
def test_a_list_that_differs_in_anything_has_another_digest(listed: dict[str, StratumKey], data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(sorted(listed)))
    elsewhere = data.draw(STRATA.filter(lambda each: each != listed[code]))
    before = drawn(SEED, listed, Quota(number=1)).list_digest
    assert drawn(SEED, listed | {code: elsewhere}, Quota(number=1)).list_digest != before
    without = {each: key for each, key in listed.items() if each != code}
    assert drawn(SEED, without, Quota(number=1)).list_digest != before


@given(st.integers(0, 10_000), st.fractions(Fraction(1, 1000), 1), st.integers(0, 50))
def test_a_rate_is_rounded_up_and_never_asks_more_than_there_are(size: int, rate: Fraction, minimum: int) -> None:
    number = Quota(rate=rate, minimum=minimum).of(size)
    assert number == min(size, max(ceil(rate * size), minimum))


@pytest.mark.parametrize(
    "given_values",
    [{}, {"rate": Fraction(1, 2), "number": 3}, {"rate": Fraction(0)}, {"rate": Fraction(3, 2)}, {"number": 0},
     {"number": 3, "minimum": -1}],
)  # fmt: skip
def test_a_quota_that_means_nothing_is_refused(given_values: dict[str, Any]) -> None:
    with pytest.raises(DomainError, match="quota_wrong"):
        Quota(**given_values)


def test_a_list_with_a_dossier_twice_or_another_kind_of_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        draw(SEED, [(LAND, "H-1"), (JUSTICE, "H-1")], Quota(number=1))
    with pytest.raises(ValueError, match="32 bytes"):
        draw(SEED[1:], [], Quota(number=1))


def test_the_sample_and_its_digests_are_what_anybody_computes_with_a_shell() -> None:
    sample = draw(SEED, [(LAND, "H-2"), (LAND, "H-1"), (JUSTICE, "H-3")], Quota(number=1))
    first = min(("H-1", "H-2"), key=lambda code: sha256(SEED + code.encode()).digest())
    assert sample.text == f"tp\tjustice\tprovince\t1\tH-3\nvp\tland\tcommune\t1\t{first}\n"
    listed = "tp\tjustice\tprovince\tH-3\nvp\tland\tcommune\tH-1\nvp\tland\tcommune\tH-2\n"
    assert sample.list_digest == sha256(listed.encode()).hexdigest()
    assert commitment(SEED) == sha256(SEED).hexdigest()


def test_every_process_draws_the_same() -> None:
    """Python mixes the hashes of texts anew in every process; nothing of that may show."""
    code = (
        "from surveys.sampling import *; from offices.dossiers import StratumKey as S;"
        "print(draw(bytes(range(32)), [(S(f'u{n % 7}', 'f', 'commune'), f'H-{n}') for n in range(300)],"
        "Quota(number=5)).digest)"
    )
    run = [sys.executable, "-c", code]
    digests = {subprocess.run(run, capture_output=True, text=True, check=True).stdout for _ in range(2)}
    assert digests == {draw(SEED, _three_hundred(), Quota(number=5)).digest + "\n"}


def _three_hundred() -> list[tuple[StratumKey, str]]:
    return [(StratumKey(f"u{number % 7}", "f", Tier.COMMUNE), f"H-{number}") for number in range(300)]


def test_every_dossier_is_drawn_as_often_as_any_other() -> None:
    """Over 2,000 seeds each of 40 dossiers is drawn 500 times in the middle; 6 standard deviations are 116."""
    chance = Random(2026)  # noqa: S311 - the same chance in every run
    times = dict.fromkeys((f"H-{number}" for number in range(40)), 0)
    for _seed in range(2000):
        for code in draw(chance.randbytes(SEED_BYTES), [(LAND, code) for code in times], Quota(number=10)).drawn[LAND]:
            times[code] += 1
    assert all(abs(count - 500) < 116 for count in times.values())


@given(LISTS, QUOTAS)
def test_what_is_planned_is_what_is_drawn(listed: dict[str, StratumKey], quota: Quota) -> None:
    told, made = planned([(key, code) for code, key in listed.items()], quota), drawn(SEED, listed, quota)
    assert told.list_digest == made.list_digest
    assert told.strata == {key: (size, len(made.drawn[key])) for key, size in made.sizes.items()}


@pytest.mark.parametrize("typed", ["", "x", "1e9", "-1", "1/3", "10 %%", "1.2.3", "²"])
def test_a_rate_is_a_number_of_percent(typed: str) -> None:
    assert [rate_of(each) for each in ("2,5 %", " 10", "100")] == [Fraction(1, 40), Fraction(1, 10), Fraction(1)]
    with pytest.raises(DomainError, match="quota_wrong"):
        rate_of(typed)
