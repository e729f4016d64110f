"""What the door does: is a text about the school, what is masked, what reads as a person; beside plain patterns."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

TESTS = Path(__file__).parent.parent
sys.path.insert(0, str(TESTS))

from mask_plants import ordinary_numbers, ordinary_sentences, planted_identities, planted_names  # noqa: E402
from test_match_labelled import labelled, schools  # noqa: E402
from test_person import SCHOOL, ordinary_queries, planted_queries  # noqa: E402

from pipeline.mask import Masker  # noqa: E402
from pipeline.match import Matcher  # noqa: E402
from pipeline.person import person_check  # noqa: E402
from pipeline.school import School  # noqa: E402

Masks = Callable[[str, bool], str]
PHONE = re.compile(r"1[3-9]\d{9}|\d{17}[\dXx]|[\w.]+@[\w.]+\.\w+|@\S+")


def match_figures(language: str) -> dict[str, float]:
    """Precision and recall of the matcher on the texts of a language."""

    def make(school: School) -> Callable[[str], bool]:
        matcher = Matcher(school)
        return lambda text: matcher.match(None, text, "s", "social").is_ours

    return measure_matching(make, language)


def match_plain(language: str) -> dict[str, float]:
    """The same of "one of the names occurs"."""
    return measure_matching(lambda school: lambda text: any(name in text for name in school.names), language)


def measure_matching(make: Callable[[School], Callable[[str], bool]], language: str) -> dict[str, float]:
    """Precision and recall over the labelled texts of a language."""
    judges = {key: make(school) for key, school in schools().items()}
    told = [(ours, judges[key](text)) for key, ours, text in labelled(language)]
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
