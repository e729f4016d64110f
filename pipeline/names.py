"""Finding bare Chinese personal names without a model: surnames, given-name characters and a word list.

Where a surname is followed by characters of given names, the few characters around it are read in the cheapest
way: as words, as single characters, or as a name. A name is believed when that reading is the cheapest, and it is
cheaper beside a role word (同学, 老师), behind 叫 or 找, and alone between punctuation marks. Costs are negative
natural logarithms of shares of running text; grades of characters are ours.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from pipeline.data import load_lines, load_sections, load_words

_SURNAME_COST = {"a": 3.5, "b": 5.3, "c": 7.6, "d": 10.5}
_PAIR_SURNAME_COST = 7.0
# Strong, everyday and occasional characters of given names, and any other.
_GIVEN_COST = (5.3, 6.4, 7.6, 12.0)
_ONE_GIVEN, _TWO_GIVEN, _RARE_SHORT = 1.7, 0.2, 2.0
# One token in four hundred of a forum is a full name.
_NAME_COST = 5.0
# 建国, 小明: a word of its own that is far more often a given name when a surname stands before it.
_GIVEN_WORD_COST = 7.5
_UNKNOWN_COST = 14.0
_EXTRA_WORD_COST = 10.0
_REACH = 4
# 郭家湾, 罗宋汤: with such an end it is a place or a dish.
_ENDINGS, _ENDING_COST = frozenset("湾村庄镇岭坪塘坝沟桥店铺营屯寨堡洲岛汤粑肉面饭菜粥饼糕粉街路县区"), 5.0
# The most that the surroundings can say for a name, in nats.
_MOST_CONTEXT = 7.0

_WORDS = load_sections("persons.txt")
ROLES = "|".join(_WORDS["roles"])
_BEFORE = "|".join([*_WORDS["roles"], *_WORDS["before_name"]])
_ROLE_BEHIND = re.compile(f"(?:这位|那位|的)?(?:{ROLES})")
_ROLE_BEFORE = re.compile(f"(?:{_BEFORE})[:：是叫的]?[ ]?$")
_ROLE_FIRST = frozenset([word[0] for word in ROLES.split("|")] + ["这", "那", "的"])
_ROLE_LAST = frozenset([word[-1] for word in _BEFORE.split("|")] + list(":：是叫的 "))
_SPEAKING_BEHIND = re.compile("|".join(_WORDS["speaking_behind"]))
_SPEAKING_BEFORE = re.compile("(?:被|把|给|跟|和|与|对|向|让|由|替|帮|问|叫|骂|约|见|陪|等|找|及|是|的|、)$")
# A place goes on after the "name": 栗江镇, 楚雅路, 裕丰国际.
_GIVEN_WORDS = frozenset(_WORDS["given_words"])
_PLACES = "|".join(_WORDS["place_behind"])
_PLACE_BEHIND = re.compile(rf"\d+(?:栋|号|幢|楼|舍)|{_PLACES}")
_PLACE_FIRST = frozenset([word[0] for word in _PLACES.split("|")] + list("0123456789"))


@dataclass(frozen=True, slots=True)
class _Book:
    """What is known of words and names."""

    words: dict[str, float]
    surnames: dict[str, float]
    pairs: frozenset[str]
    given: dict[str, float]
    candidate: re.Pattern[str]


@cache
def name_book() -> _Book:
    """The word list and the name characters, read once (about 95,000 words)."""
    words = _read_words()
    surnames, pairs = _read_surnames()
    given: dict[str, float] = {}
    for cost, listed in zip(_GIVEN_COST, load_lines("given.txt"), strict=False):
        for character in listed:
            given.setdefault(character, cost)
    heads = "".join(character for character, cost in surnames.items() if cost < _SURNAME_COST["d"])
    firsts = "".join(dict.fromkeys([*heads, *(pair[0] for pair in pairs)]))
    seconds = "".join(dict.fromkeys([*given, *(pair[1] for pair in pairs)]))
    # One set of characters and one look ahead; an alternation of the double surnames is four times slower.
    pattern = f"[{firsts}](?=[{seconds}])"
    return _Book(words, surnames, pairs, given, re.compile(pattern))


def surnames_up_to(grade: str) -> set[str]:
    """Single surnames of the given grade (`a`, `b`, `c`) and commoner ones."""
    limit = _SURNAME_COST[grade]
    return {character for character, cost in _read_surnames()[0].items() if cost <= limit}


def _read_words() -> dict[str, float]:
    words: dict[str, float] = {}
    for line in load_lines("words.txt"):
        cost, *listed = line.split(" ")
        words.update(dict.fromkeys(listed, float(cost)))
    for person in _WORDS["not_words"]:
        words.pop(person, None)
    for word in load_words("words_campus.txt"):
        words[word] = min(_EXTRA_WORD_COST, words.get(word, _EXTRA_WORD_COST))
    return words


def _read_surnames() -> tuple[dict[str, float], frozenset[str]]:
    surnames: dict[str, float] = {}
    pairs: frozenset[str] = frozenset()
    for line in load_lines("surnames.txt"):
        grade, _, listed = line.partition(" ")
        if grade == "e":
            pairs = frozenset(listed.split())
            continue
        for character in listed:
            surnames.setdefault(character, _SURNAME_COST[grade])
    return surnames, pairs


# Stands for a configured name while names are looked for: neither a word nor the edge of a sentence.
HIDDEN = "\ue000"


def find_names(text: str, floor: float = 0.0) -> Iterator[tuple[int, int]]:
    """Start and end of each bare personal name. A higher `floor` (in nats) finds fewer and surer ones."""
    book = name_book()
    done = 0
    for found in book.candidate.finditer(text):
        start = found.start()
        if start < done:
            continue
        end, gain = _name_at(book, text, start, floor)
        if not end:
            continue
        # 和侯霞芳: a rarer surname directly before a common one may have swallowed it.
        if end - start > 2 and text[start + 1] in book.surnames:
            later, more = _name_at(book, text, start + 1, floor)
            start, end = (start + 1, later) if later and more > gain else (start, end)
        done = end
        yield start, end


def _name_at(book: _Book, text: str, start: int, floor: float) -> tuple[int, float]:
    """End of the name that begins at `start` and how much cheaper it is than plain words; (0, 0) when it is not."""
    surname = 2 if text[start : start + 2] in book.pairs else 1
    if surname == 1 and (text[start] not in book.surnames or text[start + 1 : start + 2] not in book.given):
        return 0, 0.0
    readings = []
    for end, cost in _readings(book, text, start, surname):
        # Most candidates are refused by the plain cost of their own characters, before anything around is read.
        room = _simple_cost(book, text, start, end) - floor - cost
        if room > -_MOST_CONTEXT:
            context = _context(text, start, end)
            if room > -context:
                readings.append((end, cost - context))
    return _best_reading(book, text, start, surname, readings, floor) if readings else (0, 0.0)


def _best_reading(
    book: _Book, text: str, start: int, surname: int, readings: list[tuple[int, float]], floor: float
) -> tuple[int, float]:
    """Compare each reading, with the words around it, with the plain one."""
    left, right = _window(text, start, surname)
    plain = _cheapest(book, text, left, right)
    best, gain = 0, floor
    for end, cost in readings:
        total = plain[start - left] + cost + _cheapest(book, text, end, right)[-1]
        if plain[-1] - total > gain:
            best, gain = end, plain[-1] - total
    return best, gain


def _window(text: str, start: int, surname: int) -> tuple[int, int]:
    """The Chinese characters around a candidate that are read with it."""
    left = start
    while left > 0 and start - left < _REACH and "\u4e00" <= text[left - 1] <= "\u9fff":
        left -= 1
    right = start
    limit = min(len(text), start + surname + 2 + _REACH)
    while right < limit and "\u4e00" <= text[right] <= "\u9fff":
        right += 1
    return left, right


def _simple_cost(book: _Book, text: str, start: int, end: int) -> float:
    """An upper bound of the plain reading of just these characters; most candidates are refused by it alone."""
    words = book.words
    whole = words.get(text[start:end], 99.0)
    first, last = words.get(text[start], _UNKNOWN_COST), words.get(text[end - 1], _UNKNOWN_COST)
    if end - start == 2:
        return min(whole, first + last)
    middle = words.get(text[start + 1], _UNKNOWN_COST)
    pairs = min(words.get(text[start : start + 2], 99.0) + last, first + words.get(text[end - 2 : end], 99.0))
    return min(whole, first + middle + last, pairs) if end - start == 3 else 99.0


def _readings(book: _Book, text: str, start: int, surname: int) -> Iterator[tuple[int, float]]:
    """Possible ends of a name and their costs before context."""
    first = start + surname
    one, two = text[first : first + 1], text[first + 1 : first + 2]
    if not "\u4e00" <= one <= "\u9fff":
        return
    head = _PAIR_SURNAME_COST if surname == 2 else book.surnames[text[start]]
    # A rare surname before one character is far more often two characters of something else.
    rare = _RARE_SHORT if head >= _SURNAME_COST["c"] and surname == 1 else 0.0
    cost = _NAME_COST + head + book.given.get(one, _GIVEN_COST[3])
    yield first + 1, cost + _ONE_GIVEN + rare
    if "\u4e00" <= two <= "\u9fff":
        ending = _ENDING_COST if two in _ENDINGS else 0.0
        both = book.given.get(one, _GIVEN_COST[3]) + book.given.get(two, _GIVEN_COST[3])
        if one + two in _GIVEN_WORDS:
            both = min(both, _GIVEN_WORD_COST)
        yield first + 2, _NAME_COST + head + both + _TWO_GIVEN + ending


def _context(text: str, start: int, end: int) -> float:
    """How much the surroundings speak for a name, in nats."""
    return _context_behind(text[end : end + 6]) + _context_before(text[max(0, start - 6) : start])


def _context_behind(behind: str) -> float:
    if not behind:
        return 1.2
    first = behind[0]
    if first in _ROLE_FIRST and _ROLE_BEHIND.match(behind):
        return 4.0
    if first in _PLACE_FIRST and _PLACE_BEHIND.match(behind):
        return -5.0
    if not "\u4e00" <= first <= "\u9fff":
        return 1.2 if first != HIDDEN else 0.0
    return 0.8 if _SPEAKING_BEHIND.match(behind) else 0.0


def _context_before(before: str) -> float:
    if not before:
        return 1.2
    last = before[-1]
    if last in _ROLE_LAST and _ROLE_BEFORE.search(before):
        return 3.0
    if not "\u4e00" <= last <= "\u9fff":
        return 1.2 if last != HIDDEN else 0.0
    return 0.8 if _SPEAKING_BEFORE.search(before) else 0.0


def _cheapest(book: _Book, text: str, left: int, right: int) -> list[float]:
    """Cost of the cheapest plain reading of text[left:k], for each k from left to right."""
    words = book.words
    costs = [0.0]
    for end in range(left + 1, right + 1):
        best = costs[-1] + words.get(text[end - 1], _UNKNOWN_COST)
        for size in (2, 3, 4):
            start = end - size
            if start < left:
                break
            cost = words.get(text[start:end])
            if cost is not None and costs[start - left] + cost < best:
                best = costs[start - left] + cost
        costs.append(best)
    return costs
