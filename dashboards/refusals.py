"""Refusals of `alerts` in the reader's language. They are English sentences whose variable parts stand in quotes; the
catalog has them with `{}` in place of each part. One that is not in the catalog is shown as it is."""

import re

from dashboards.i18n import Words

_PART = re.compile(r"'([^']{0,120})'")


def say_refusal(words: Words, sentence: str) -> str:
    """`sentence` in this language."""
    parts, key = _PART.findall(sentence), _PART.sub("'{}'", sentence)
    found = words.catalog.get(("", sentence)) or words.catalog.get(("", key))
    if found is None or found.count("{}") not in (0, len(parts)):
        return sentence
    for part in parts:
        found = found.replace("{}", part, 1)
    return found
