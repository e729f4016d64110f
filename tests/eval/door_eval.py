"""What the door does: is a text about the school, what is masked, what reads as a person; beside plain patterns."""

import re
import sys
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

TESTS = Path(__file__).parent.parent
sys.path.insert(0, str(TESTS))

from mask_plants import ordinary_numbers, ordinary_sentences, planted_identities, planted_names  # noqa: E402
from test_match_labelled import SCHOOLS  # noqa: E402
from test_person import SCHOOL, ordinary_queries, planted_queries  # noqa: E402

from pipeline.mask import Masker  # noqa: E402
from pipeline.match import Matcher  # noqa: E402
from pipeline.person import person_check  # noqa: E402
from pipeline.school import School  # noqa: E402

DATA = TESTS / "data" / "match"
SCHOOLS_BY_LANGUAGE = SCHOOLS
Masks = Callable[[str, bool], str]
PHONE = re.compile(r"1[3-9]\d{9}|\d{17}[\dXx]|[\w.]+@[\w.]+\.\w+|@\S+")


def read_schools() -> dict[str, School]:
    """The made-up schools of the labelled texts."""
    raw = tomllib.loads((DATA / "schools.toml").read_text("utf8"))
    return {key: msgspec.convert(value, School) for key, value in raw.items()}


def read_labelled(school: str) -> list[tuple[bool, str]]:
    """(about the school, text)."""
    lines = (DATA / f"{school}.txt").read_text("utf8").splitlines()
    return [(line[0] == "+", line[2:]) for line in lines if line[:2] in ("+ ", "- ")]


def match_figures(keys: Sequence[str]) -> dict[str, float]:
    """Precision and recall of the matcher on the texts of these schools."""

    def make(school: School) -> Callable[[str], bool]:
        matcher = Matcher(school)
        return lambda text: matcher.match(None, text, "s", "social").is_ours

    return measure_matching(make, keys)


def match_plain(keys: Sequence[str]) -> dict[str, float]:
    """The same of "one of the names occurs"."""
    return measure_matching(lambda school: lambda text: any(name in text for name in names_of(school)), keys)


def names_of(school: School) -> list[str]:
    """All names and short names of a school."""
    names = [school.name, school.english, *school.aliases, *(one.name for one in school.ambiguous)]
    return [name for name in names if name]


def measure_matching(make: Callable[[School], Callable[[str], bool]], keys: Sequence[str]) -> dict[str, float]:
    """Precision and recall over the labelled texts of the schools `keys`."""
    told: list[tuple[bool, bool]] = []
    schools = read_schools()
    for key in keys:
        is_ours = make(schools[key])
        told += [(ours, is_ours(text)) for ours, text in read_labelled(key)]
    hits = sum(ours and said for ours, said in told)
    return {
        "precision": hits / max(1, sum(said for _, said in told)),
        "recall": hits / max(1, sum(ours for ours, _ in told)),
    }


def mask_figures() -> dict[str, float]:
    """What planted secrets are left, what names are masked, what ordinary text is damaged."""
    masker = Masker(["海川学院", "海川", "海川日报"])
    queries, office = planted_queries(), ordinary_queries()
    figures = measure_masking(lambda text, private: masker.mask(text, private=private))
    figures["persons_refused"] = sum(not person_check(one, SCHOOL).ok for one in queries) / len(queries)
    figures["office_refused"] = sum(not person_check(one, SCHOOL).ok for one in office) / len(office)
    return figures


def mask_plain() -> dict[str, float]:
    """The same of a pattern for mobile and identity numbers, e-mail and handles."""
    return measure_masking(lambda text, private: PHONE.sub("*", text))


def measure_masking(mask: Masks) -> dict[str, float]:
    """Shares over planted and ordinary sentences."""
    secrets, names = list(planted_identities(31, 600)), list(planted_names(32, 600))
    sentences, numbers = ordinary_sentences(33, 1000), ordinary_numbers()
    return {
        "identities_left": sum(secret in mask(text, False) for text, secret in secrets) / len(secrets),
        "names_masked": sum(name not in mask(text, True) for text, name in names) / len(names),
        "sentences_damaged": sum(mask(text, True) != text for text in sentences) / len(sentences),
        "numbers_damaged": sum(mask(text, True) != text for text in numbers) / len(numbers),
    }
