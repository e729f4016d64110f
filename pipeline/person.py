"""What reads as a person is not searched for, watched or subscribed to.

`person_check` guards search, saved searches, topics, aliases, special watches, the API and import labels: a person,
a handle or a number finds news and official items only. `check_rule_phrase` guards rules and watchwords, where such
a phrase is refused, and so are religion, ethnicity, political opinion and hunting for evasions.
`check_source` refuses feeds that are one person's.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from pipeline.data import load_sections, load_words
from pipeline.digits import number_spans
from pipeline.links import host_of, is_profile
from pipeline.names import find_names, name_book
from pipeline.nicknames import is_english_name, person_spans
from pipeline.normal import normalise, simplify
from pipeline.school import School

Kind = Literal["ok", "person", "handle", "number", "category"]


@dataclass(frozen=True, slots=True)
class PersonCheck:
    """What a phrase reads as, and one English sentence for people (no sentence when it is ok)."""

    kind: Kind
    reason: str = ""

    @property
    def ok(self) -> bool:
        """True when the phrase may be used freely."""
        return self.kind == "ok"


OK = PersonCheck("ok")
_PUBLIC_ONLY = "only news and official items are searched for it."

_HANDLE = re.compile(
    r"[@＠][\w\u4e00-\u9fff]|(?<![\w/])/?u/[\w-]{3,}|wxid_|"
    r"\b(?:author|from|user|username|uid|userid|by|poster)\s?[:=：]|"
    r"(?:微信|微信号|qq|扣扣|抖音|抖音号|小红书号|微博|昵称|网名|账号|id|用户名?|作者|楼主|发帖人|博主)\s?[:：=]\s?\S",
    re.IGNORECASE,
)
_BARE_HANDLE = re.compile(
    r"(?=[^\s]*[_\d])(?=[^\s]*[a-z])[a-z][a-z0-9]*(?:_[a-z0-9]+)+|[a-z]{3,}\d{4,}|(?:用户|momo|user)[_\-]?\d{5,}",
    re.IGNORECASE,
)
_PROFILE = re.compile(r"https?://", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"(?<!\d)\d{6,}(?!\d)")
_DATE = re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?")
_SPLIT = re.compile(r"[\s,，、;；|+&()（）\"“”'‘’]+")
_ENGLISH_WORD = re.compile(r"[A-Za-z][A-Za-z'’\-]+")


def person_check(query: str, school: School) -> PersonCheck:
    """Whether `query` reads as a person, a handle or a number. A part of the school's own name never does."""
    text = query.strip()
    own = _own_names(school)
    if _reads_as_handle(text, own):
        return PersonCheck("handle", f"This reads as an account; {_PUBLIC_ONLY}")
    if any(True for _ in number_spans(text)) or _number(text):
        return PersonCheck("number", f"This reads as somebody's number; {_PUBLIC_ONLY}")
    name = next(_names_in(text, own), "")
    return PersonCheck("person", f'"{name}" reads as a person; {_PUBLIC_ONLY}') if name else OK


def _reads_as_handle(text: str, own: list[str]) -> bool:
    """An @handle, an account named as such, something spelled like one, or the address of a person's page."""
    if _HANDLE.search(text) and not any(name in normalise(text) for name in own):
        return True
    if _PROFILE.search(text):
        return is_profile(text)
    tokens = [text, *_SPLIT.split(text)]
    return any(_BARE_HANDLE.fullmatch(token) and normalise(token) not in own for token in tokens if token)


def check_rule_phrase(phrase: str, school: School) -> PersonCheck:
    """Whether `phrase` may stand in a rule, a watchword or a topic."""
    check = person_check(phrase, school)
    if not check.ok:
        return check
    key = normalise(phrase)
    for word in load_words("special_categories.txt"):
        if word in key and not _harmless(key, word):
            return PersonCheck(
                "category", f'"{word}" is about religion, ethnicity or political opinion; rules may not be.'
            )
    if _hunts_evasions(phrase):
        return PersonCheck("category", "This hunts for hidden spellings; rules name matters in plain words.")
    return OK


def _own_names(school: School) -> list[str]:
    names = (school.name, school.english, *school.aliases, *school.campuses, *(item.name for item in school.ambiguous))
    return [normalise(name).strip() for name in names if name.strip()]


def _number(text: str) -> bool:
    """A number of six digits or more that is not a date."""
    return any(not _DATE.fullmatch(found.group()) for found in _LONG_NUMBER.finditer(normalise(text)))


def _names_in(text: str, own: list[str]) -> Iterator[str]:
    """Parts of a query that read as a person."""
    plain = simplify(text)
    for part in dict.fromkeys([plain, *_SPLIT.split(plain)]):
        key = normalise(part).strip()
        if not key or any(key in name for name in own):
            continue
        yield from _names_of(part, own)


def _names_of(part: str, own: list[str]) -> Iterator[str]:
    spans = [(span.start, span.end) for span in person_spans(part)]
    # A short query alone is a name more often than the same characters in a sentence.
    spans += find_names(part, floor=-1.0) if len(part) <= 4 else []
    for start, end in spans:
        name = part[start:end]
        # One character is a surname before a role word: 李老师.
        if end - start == 1 or not (_is_own(name, own) or name in name_book().words):
            yield name if end - start > 1 else part
    words = _ENGLISH_WORD.findall(part)
    if 2 <= len(words) <= 3 and " ".join(words) == part and _english_person(words):
        yield part


def _is_own(name: str, own: list[str]) -> bool:
    """A part of the school's own names."""
    key = normalise(name)
    return any(key in own_name for own_name in own)


def _english_person(words: list[str]) -> bool:
    """A common given name and one or two more words."""
    titled = " ".join(word.capitalize() for word in words)
    if any(True for _ in person_spans(titled)):
        return True
    return is_english_name(words[0], words[1])


def _harmless(key: str, word: str) -> bool:
    """Everyday compounds of a special word: a halal canteen is a canteen."""
    return any(word in compound and compound in key for compound in load_words("special_harmless.txt"))


_INNER_MARK = re.compile(
    "[\u4e00-\u9fff][*＊_/\\\\|.。·•~^+\\-][\u4e00-\u9fff](?:[*＊_/\\\\|.。·•~^+\\-][\u4e00-\u9fff])*"
)
_PINYIN_INSIDE = re.compile("(?<![A-Za-z])(?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])(?:[aeiouv]{1,3}(?:ng|n)?)(?![A-Za-z])")


def _hunts_evasions(phrase: str) -> bool:
    """Homophones, half-spelled words, marks between characters, invisible characters, images of text."""
    if any(word in phrase for word in load_words("evasion_words.txt")):
        return True
    for token in phrase.split():
        if _INNER_MARK.fullmatch(token):
            return True
        han = [character for character in token if "\u4e00" <= character <= "\u9fff"]
        found = _PINYIN_INSIDE.search(token) if han else None
        if found and len(found.group()) > 1 and found.group().lower() not in load_words("english_words.txt"):
            return True
    return False


_NAME_IT = "name its organisation in the configuration if it is not a person's."
_FEEDS = load_sections("person_feeds.txt")
_PERSON_FEED = re.compile(rf"/(?:{'|'.join(_FEEDS['routes'])})/[^/]+", re.IGNORECASE)
_PERSON_PATH = re.compile(
    r"/(?:@[\w.-]+(?:@[\w.-]+)?(?:\.rss|\.atom|\.json|/feed|/rss)?|feed/@[\w.-]+|"
    r"(?:u|user|users|member|members|people|profile|profiles|author|authors|channel)/[^/]+"
    r"(?:/(?:feed|rss|posts|topics|activity|submitted|overview|comments|outbox|videos|answers|articles)[\w./]*|"
    r"\.rss|\.atom|\.json)?/?|space-(?:uid|username)-[^/]+\.html)$",
    re.IGNORECASE,
)
_PERSON_QUERY = re.compile(rf"[?&](?:{'|'.join(_FEEDS['parameters'])})=[^&]+", re.IGNORECASE)


def check_source(url: str, organisation: str = "") -> PersonCheck:
    """Whether a source is one person's page or feed; an organisation's account is fine when it is named."""
    if organisation.strip():
        return OK
    path = unquote(re.sub(r"^[a-z]+://[^/?#]*", "", url.strip(), flags=re.IGNORECASE))
    bare = re.split(r"[?#]", path, maxsplit=1)[0]
    if is_profile(url) or _PERSON_FEED.search(bare) or _PERSON_PATH.search(bare) or _PERSON_QUERY.search(path):
        host = host_of(url) or "this site"
        return PersonCheck("person", f"This looks like one account on {host}; {_NAME_IT}")
    return OK


_ASKED = frozenset(
    {
        "q",
        "query",
        "keyword",
        "keywords",
        "kw",
        "wd",
        "word",
        "words",
        "search",
        "searchword",
        "search_query",
        "s",
        "key",
    }
    | {"text", "tag", "hashtag", "topic", "term"}
)
_ASKED_PATH = re.compile(r"/(?:keyword|keywords|search|tag|tags|topic|topics|hashtag|query)/([^/?#]+)", re.IGNORECASE)
_ENDING = re.compile(r"\.(?:rss|atom|xml|json)$", re.IGNORECASE)


def check_asked_words(url: str, school: School) -> PersonCheck:
    """Whether an address searches for somebody (a tag, a keyword route, a search's feed), or for a special category:
    what a rule may not say, no source may ask a site for."""
    for words in _asked_words(url):
        check = check_rule_phrase(words, school)
        if not check.ok:
            return check
    return OK


def _asked_words(url: str) -> Iterator[str]:
    """The words that an address asks its site for."""
    parts = urlsplit(url)
    pairs = [pair.partition("=") for pair in parts.query.split("&")]
    asked = [value for name, _, value in pairs if name.lower() in _ASKED]
    asked += [_ENDING.sub("", found) for found in _ASKED_PATH.findall(parts.path)]
    for value in asked:
        words = unquote_to_bytes(value.replace("+", " "))
        for encoding in ("utf-8", "gb18030"):
            try:
                yield words.decode(encoding).strip("# ")
            except UnicodeDecodeError:
                continue
            break
