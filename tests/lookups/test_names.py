"""Look-alike names: what is caught, what stays silent, and how often either goes wrong."""

import csv
import time

import pytest
from osv_exports import SHARED

from whence.lookups.name_tables import MalwareRegistry, PopularNames
from whence.lookups.names import Lookalikes
from whence.lookups.slips import Slip, two_edits_apart

RANKS = PopularNames.embedded().ranks
LOOKALIKES = Lookalikes(RANKS)


@pytest.mark.parametrize(
    ("name", "target", "slip"),
    [
        ("nmupy", "numpy", Slip.TRANSPOSED),
        ("reqeusts", "requests", Slip.TRANSPOSED),
        ("numppy", "numpy", Slip.DOUBLED),
        ("urlib3", "urllib3", Slip.DOUBLED),
        ("djago", "django", Slip.MISSING),
        ("colourama", "colorama", Slip.EXTRA),
        ("tensorflpw", "tensorflow", Slip.NEIGHBOUR_KEY),
        ("pandes", "pandas", Slip.VOWEL),
        ("pydantec", "pydantic", Slip.VOWEL),
        ("ensorflow", "tensorflow", Slip.CLIPPED),
        ("requestz", "requests", Slip.EDGE),
        ("beautifulsoup5", "beautifulsoup4", Slip.DIGIT),
        ("scikitlearn", "scikit-learn", Slip.SEPARATOR),
        ("learn-scikit", "scikit-learn", Slip.SWAPPED_WORDS),
        ("python-requests", "requests", Slip.AFFIX),
        ("openai-official", "openai", Slip.AFFIX),
        ("numpy-pandas", "pandas", Slip.COMBINED),
        ("nurnpy", "numpy", Slip.LOOKALIKE),
        ("jeIlyfish", "jellyfish", Slip.LOOKALIKE),
        ("pandаs", "pandas", Slip.LOOKALIKE),
        ("matplolplib", "matplotlib", Slip.GARBLED),
        ("colaramma", "colorama", Slip.GARBLED),
        ("new-requests", "requests", Slip.AFFIX),
    ],
)
def test_a_slip_from_a_popular_name_is_seen(name: str, target: str, slip: Slip) -> None:
    found = LOOKALIKES.near(name)
    assert found is not None
    assert (found.target, found.slip) == (target, slip)


@pytest.mark.parametrize(
    ("name", "distribution"),
    [
        ("cv2", "opencv-python"),
        ("yaml", "pyyaml"),
        ("skimage", "scikit-image"),
        ("pytorh", "torch"),
        ("pytroch", "torch"),
        ("sklearns", "scikit-learn"),
        ("opencv-pyhton", "opencv-python"),
    ],
)
def test_import_and_brand_names_are_protected_too(name: str, distribution: str) -> None:
    found = LOOKALIKES.near(name)
    assert found is not None
    assert found.distribution == distribution


@pytest.mark.parametrize(
    "name",
    [
        *("torchvision", "pytorch-lightning", "tensorflow-hub", "scikit-image", "dgl", "jaxlib"),
        *("acme-ml", "fraud-features", "my-company-data", "numpy", "PyYAML", "Scikit_Learn", "ab"),
        *("pytest-scorer", "pytest-click2"),
        *("customer-churn", "django-acme-billing", "types-acme", "pytest-acme", "", "-", "x" * 500),
    ],
)
def test_established_and_unrelated_names_stay_silent(name: str) -> None:
    assert LOOKALIKES.near(name) is None


def test_another_letter_in_a_short_name_is_another_project() -> None:
    assert Lookalikes({"black": 0, "numpy": 1}).near("slack") is None
    assert Lookalikes({"typer": 110}).near("vyper") is None


@pytest.mark.parametrize("name", ["gloadgraph", "goadgraph", "loadgraph2"])
def test_a_letter_in_front_or_a_number_behind_makes_a_name_of_its_own(name: str) -> None:
    assert Lookalikes({"loadgraph": 0}).near(name) is None


@pytest.mark.parametrize(
    "name", ["kloadgraph", "koadgraph", "lloadgraph", "loadgraph2x", "loadgraphh"]
)
def test_a_neighbouring_key_in_front_is_a_slip_all_the_same(name: str) -> None:
    assert Lookalikes({"loadgraph": 0, "loadgraph2": 1}).near(name) is not None


def test_a_name_two_slips_away_with_a_number_of_its_own_is_another() -> None:
    judge = Lookalikes({"loadgraphtool": 0})
    assert judge.near("loadgrphtoll") is not None
    assert judge.near("load2grphtool") is None


def test_protection_grows_with_the_popularity_of_the_target() -> None:
    filler = {f"filler{n}": n for n in range(900)}
    assert Lookalikes({**filler, "loadgraph": 50}).near("loadgreph") is not None
    assert Lookalikes({**filler, "loadgraph": 899}).near("loadgreph") is None


def test_two_edits_counts_a_transposition_as_one() -> None:
    assert two_edits_apart("beautifulsuop4x", "beautifulsoup4")
    assert not two_edits_apart("beautifulsuop4", "beautifulsoup4")
    assert not two_edits_apart("completely-else", "beautifulsoup4")


def test_a_hostile_list_of_names_is_judged_in_reasonable_time() -> None:
    start = time.perf_counter()
    for n in range(300):
        LOOKALIKES.near(f"{'a-b-c-d-e-f-g-h-' * 3}{n}")
    assert time.perf_counter() - start < 3


def long_tail() -> list[str]:
    """Names of ranks 8,000 to 15,000: real packages that few people know."""
    return [name for name, rank in RANKS.items() if rank >= 8000]


def test_false_alarms_on_legitimate_long_tail_names_are_at_most_one_in_two_hundred() -> None:
    known = {name: rank for name, rank in RANKS.items() if rank < 8000}
    judge = Lookalikes(known)
    tail = long_tail()
    alarms = [name for name in tail if judge.near(name) is not None]
    assert len(tail) >= 7000
    assert len(alarms) / len(tail) <= 0.005


def test_known_one_slip_campaigns_are_recalled() -> None:
    registry = MalwareRegistry.embedded()
    targets = [name for name, rank in RANKS.items() if rank < 1000 and len(name) >= 6]
    squats = [
        name
        for name in registry._releases
        if name not in RANKS and any(one_edit_apart(name, target) for target in targets)
    ]
    seen = [name for name in squats if LOOKALIKES.near(name) is not None]
    assert len(squats) > 800
    assert len(seen) / len(squats) >= 0.95


def one_edit_apart(name: str, target: str) -> bool:
    """At most one insertion, deletion, substitution or transposition; written out plainly."""
    if abs(len(name) - len(target)) > 1:
        return False
    start = 0
    while start < min(len(name), len(target)) and name[start] == target[start]:
        start += 1
    left, right = name[start:], target[start:]
    return (
        left[1:] == right
        or left == right[1:]
        or left[1:] == right[1:]
        or (left[:2] == right[:2][::-1] and left[2:] == right[2:])
    )


if SHARED.is_dir():

    def test_the_embedded_lists_hold_what_their_sources_do() -> None:
        with (SHARED / "popular-packages.csv").open(encoding="utf-8", newline="") as stream:
            names = [row[0] for row in list(csv.reader(stream))[1:]]
        assert [RANKS[name] for name in names[:5]] == [0, 1, 2, 3, 4]
        assert len(RANKS) == len(names)
