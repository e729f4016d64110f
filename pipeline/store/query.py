"""What an officer types into the search field: words, "phrases", AND, OR, NOT (or -), parentheses.

    食堂 老鼠          both            食堂 OR 饭堂       one of them
    食堂 NOT 招标      without         "二食堂 三楼"      exactly this
    (食堂 OR 饭堂) -招标

It is parsed here and never reaches the database as a query language. Words side by side mean AND; the operators
are written in capitals. A word of several Han characters is a phrase of its characters.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.store.fulltext import space_han, split_words

LONGEST = 500
DEEPEST = 20
_TOKEN = re.compile(
    r"""\s*(?: (?P<open>[(（]) | (?P<close>[)）]) | ["“”](?P<quoted>[^"“”]*)["“”]
             | (?P<minus>-)(?=[^\s)）]) | (?P<stray>["“”]) | (?P<word>[^\s()（）"“”]+) )""",
    re.VERBOSE,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class QueryError(ValueError):
    """The query cannot be understood; the message is one sentence for the person who typed it."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand side by side. `text` is what was typed."""

    text: str

    @property
    def words(self) -> tuple[str, ...]:
        """The words as the index has them."""
        return tuple(word.text for word in split_words(self.text))


@dataclass(frozen=True, slots=True)
class Not:
    """Everything that `part` does not find."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class Both:
    """What all parts find."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """What any part finds."""

    parts: tuple["Node", ...]


Node = Phrase | Not | Both | Either


@dataclass(frozen=True, slots=True)
class Match:
    """A query in the language of FTS5. With `without` it stands for the texts that `expression` does not find."""

    expression: str
    without: bool = False


def parse_query(text: str) -> Node | None:
    """The query as a tree, None when nothing was asked for. Raises QueryError."""
    if len(text) > LONGEST:
        raise QueryError(f"The query is longer than {LONGEST} characters.")
    clean = _CONTROL.sub(" ", text)
    if not clean.strip():
        return None
    found = _Parser(list(_TOKEN.finditer(clean.strip()))).parse()
    if found is None:
        raise QueryError("There is no word in the query.")
    return found


class _Parser:
    """Recursive descent over the tokens. A part without any word (only punctuation) counts as not written."""

    def __init__(self, tokens: Sequence[re.Match[str]]) -> None:
        self._tokens, self._at, self._depth = tokens, 0, 0

    def parse(self) -> Node | None:
        found = self._either()
        if self._at < len(self._tokens):
            raise QueryError("A closing parenthesis has no opening one.")
        return found

    def _next(self, *operators: str) -> bool:
        """Step over the next token if it is one of `operators`."""
        if self._peek() not in operators:
            return False
        self._at += 1
        return True

    def _peek(self) -> str | None:
        """The kind of the next token: an operator, `open`, `close`, `minus`, `text`; None at the end."""
        if self._at >= len(self._tokens):
            return None
        token = self._tokens[self._at]
        if token["stray"]:
            raise QueryError("A quotation mark is not closed.")
        if token["word"] in ("AND", "OR", "NOT"):
            return token["word"]
        return token.lastgroup if token.lastgroup in ("open", "close", "minus") else "text"

    def _either(self) -> Node | None:
        parts = [self._both()]
        while self._next("OR"):
            parts.append(self._both())
        return _join(Either, parts)

    def _both(self) -> Node | None:
        parts = [self._one("At the beginning")]
        while self._peek() not in (None, "OR", "close"):
            after = "After AND" if self._next("AND") else "Here"
            parts.append(self._one(after))
        return _join(Both, parts)

    def _one(self, where: str) -> Node | None:
        if self._next("NOT", "minus"):
            part = self._nested(lambda: self._one("After NOT"))
            return None if part is None else Not(part)
        if self._next("open"):
            return self._group()
        if self._peek() != "text":
            raise QueryError(f"{where} a word is missing.")
        token = self._tokens[self._at]
        self._at += 1
        phrase = Phrase(token["word"] or token["quoted"] or "")
        return phrase if phrase.words else None

    def _group(self) -> Node | None:
        found = self._nested(self._either)
        if not self._next("close"):
            raise QueryError("An opening parenthesis has no closing one.")
        return found

    def _nested(self, inner: Callable[[], Node | None]) -> Node | None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise QueryError(f"The query is nested more than {DEEPEST} deep.")
        found = inner()
        self._depth -= 1
        return found


def _join(kind: type[Both] | type[Either], parts: Sequence[Node | None]) -> Node | None:
    written = tuple(part for part in parts if part is not None)
    return kind(written) if len(written) > 1 else next(iter(written), None)


def to_match(node: Node) -> Match:
    """The tree as one FTS5 expression. FTS5 knows NOT only between two operands, so a bare NOT is carried outwards:
    `a OR NOT b` becomes "not (b NOT a)"."""
    match node:
        case Phrase(text):
            return Match('"' + space_han(text).replace('"', '""') + '"')
        case Not(part):
            inner = to_match(part)
            return Match(inner.expression, not inner.without)
        case Both(parts):
            return _combine([to_match(part) for part in parts])
        case Either(parts):  # not (not a and not b)
            inner = _combine([_flip(to_match(part)) for part in parts])
            return _flip(inner)


def _flip(match: Match) -> Match:
    return Match(match.expression, not match.without)


def _combine(parts: Sequence[Match]) -> Match:
    """All of `parts` at once."""
    wanted = [part.expression for part in parts if not part.without]
    unwanted = " OR ".join(f"({part.expression})" for part in parts if part.without)
    if not wanted:
        return Match(unwanted, without=True)
    both = " AND ".join(f"({expression})" for expression in wanted)
    return Match(f"({both}) NOT ({unwanted})" if unwanted else both)


def wanted_phrases(node: Node | None) -> Iterator[Phrase]:
    """The phrases that make a text fit (those under NOT do not)."""
    match node:
        case Phrase():
            yield node
        case Both(parts) | Either(parts):
            for part in parts:
                yield from wanted_phrases(part)
