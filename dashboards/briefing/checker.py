"""Which numbers and quotations of a text the frozen data does not hold.

Numbers in digits, in Chinese numerals and in English words, dates, times, and words that are numbers in disguise
(过半, doubled). A number that is a part of a date in the data does not pass as a count.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

DATE = re.compile(r"(?<!\d)(\d{4})[-年./](\d{1,2})[-月./](\d{1,2})日?(?!\d)")
MONTH_DAY = re.compile(r"(?<![\d.])(\d{1,2})(?:月(\d{1,2})日|-(\d{2})(?![\d%]))")
TIME = re.compile(r"(?<!\d)(\d{1,2})[:：时](\d{2})分?(?!\d)")
NUMBER = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?|(?<=[^\x00-\x7f])\d+(?:,\d{3})*(?:\.\d+)?")
HAN_NUMBER = re.compile(
    r"[零〇一二两三四五六七八九十百千万]{2,}|[一二两三四五六七八九十](?=[条起次家件个名人倍成项篇例分天日月小%％])"
)
SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
ENGLISH = {word: number for number, word in enumerate(SMALL)} | {
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100,
    "thousand": 1000, "million": 1_000_000, "dozen": 12, "dozens": 12, "hundreds": 100, "thousands": 1000,
}  # fmt: skip
ENGLISH_NUMBER = re.compile(r"\b(" + "|".join(ENGLISH) + r")\b", re.IGNORECASE)
DISGUISED = re.compile(
    r"过半|半数|大半|近半|翻番|翻倍|翻了|成倍|分之|数十|数百|数千|几十|几百|上百|上千|\b(?:doubled?|tripled?|twice|half|halved|threefold)\b",
    re.IGNORECASE,
)
QUOTED = re.compile(
    r"“([^”]+)”|「([^」]+)」|『([^』]+)』|\"([^\"]+)\"|‘([^’]{2,})’|《([^》]+)》|〈([^〉]+)〉|＂([^＂]+)＂"
)
HAN_DIGITS = {letter: number for number, letter in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
HAN_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
FULL_WIDTH = str.maketrans("０１２３４５６７８９．，％", "0123456789.,%")


@dataclass(frozen=True, slots=True)
class Held:
    """What the data holds: numbers, dates (month-day and whole), times, and its text for quotations."""

    numbers: frozenset[str]
    dates: frozenset[str]
    times: frozenset[str]
    text: str = field(repr=False)


def hold(texts: Iterable[str]) -> Held:
    """What a set of texts of the data set holds."""
    whole = "\n".join(texts)
    rest, dates, times = _split(whole)
    return Held(frozenset(_numbers(rest)), frozenset(dates), frozenset(times), _plain(whole))


def find_unsupported(text: str, held: Held) -> tuple[str, ...]:
    """Numbers, dates, times and quotations of `text` that `held` does not have, in the order of kinds."""
    rest, dates, times = _split(text)
    found = [date for date in dates if date not in held.dates]
    found += [time for time in times if time not in held.times]
    found += [number for number in _numbers(rest) if number not in held.numbers]
    found += [word for word in DISGUISED.findall(rest) if _plain(word) not in held.text]
    found += [quote for quote in quotes_in(text) if _plain(quote) not in held.text]
    return tuple(dict.fromkeys(found))


def quotes_in(text: str) -> list[str]:
    """What stands between quotation marks."""
    return ["".join(groups) for groups in QUOTED.findall(text)]


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", text).lower()


def _split(text: str) -> tuple[str, list[str], list[str]]:
    """The text without dates and times; dates as 2026-11-24 and 11-24, times as 08:05."""
    text = text.translate(FULL_WIDTH)
    dates: list[str] = []
    times: list[str] = []

    def whole(found: re.Match[str]) -> str:
        day = f"{int(found[2]):02}-{int(found[3]):02}"
        dates.extend((f"{found[1]}-{day}", day))
        return " "

    def part(found: re.Match[str]) -> str:
        dates.append(f"{int(found[1]):02}-{int(found[2] or found[3]):02}")
        return " "

    def clock(found: re.Match[str]) -> str:
        times.append(f"{int(found[1]):02}:{found[2]}")
        return " "

    rest = TIME.sub(clock, MONTH_DAY.sub(part, DATE.sub(whole, text)))
    return rest, dates, times


def _numbers(text: str) -> Iterator[str]:
    for found in NUMBER.findall(text):
        yield _canonical(found)
    for found in HAN_NUMBER.findall(text):
        yield str(read_han(found))
    for found in ENGLISH_NUMBER.findall(text):
        yield str(ENGLISH[found.lower()])


def _canonical(number: str) -> str:
    plain = number.replace(",", "")
    return plain.rstrip("0").rstrip(".") if "." in plain else str(int(plain))


def read_han(text: str) -> int:
    """A number in Chinese numerals; digits alone are read one by one (二〇二六)."""
    if not set(text) & set(HAN_UNITS):
        return int("".join(str(HAN_DIGITS[letter]) for letter in text))
    total = part = digit = 0
    for letter in text:
        if letter in HAN_DIGITS:
            digit = HAN_DIGITS[letter]
        elif letter == "万":
            total, part, digit = (total + part + digit) * 10_000, 0, 0
        else:
            part, digit = part + (digit or 1) * HAN_UNITS[letter], 0
    return total + part + digit
