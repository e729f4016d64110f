"""Where a query stands in a text: offsets, never markup, so that a page can escape first and mark after."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pipeline.store.fulltext import split_words


class Span(NamedTuple):
    """Characters `start` to `end` (exclusive) of the text beside it."""

    start: int
    end: int


class Snippet(NamedTuple):
    """A piece of a text, and the spans in that piece."""

    text: str
    spans: tuple[Span, ...]


def find_spans(text: str, phrases: Iterable[Sequence[str]]) -> tuple[Span, ...]:
    """Where the phrases (lists of lower-case words) stand in `text`: in order, not overlapping."""
    words = split_words(text)
    plain = [word.text for word in words]
    found = []
    for phrase in phrases:
        length = len(phrase)
        found += [
            Span(words[at].start, words[at + length - 1].end)
            for at in range(len(words) - length + 1)
            if length and plain[at] == phrase[0] and plain[at : at + length] == list(phrase)
        ]
    return _merge_spans(sorted(found))


def _merge_spans(spans: Sequence[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for span in spans:
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


def cut_snippet(text: str, spans: Sequence[Span], width: int) -> Snippet:
    """At most `width` characters of `text` around the first span, with an ellipsis where it was cut."""
    first = spans[0].start if spans else 0
    start = max(0, min(first - width // 4, len(text) - width))
    piece = text[start : start + width]
    before, after = "…" if start else "", "…" if start + width < len(text) else ""
    shift = len(before) - start
    inside = [Span(max(one.start, start) + shift, min(one.end, start + width) + shift) for one in spans]
    kept = tuple(one for one in inside if one.start < one.end)
    return Snippet(f"{before}{piece}{after}", kept)
