"""From probabilities to the values the pipeline stores, and what a person or an upstream said instead."""

import numpy as np
from numpy.typing import NDArray

from pipeline.model import TOPICS, Document, Label, Sentiment, Tags, TopicScore

Floats = NDArray[np.float32]
TONES: tuple[Label, Label, Label] = ("negative", "neutral", "positive")
UNKNOWN = Sentiment("unknown", 0.0, 0.0, 0.0)
NOTHING = (TopicScore("other", 0.0),)
DIGITS = 4
LOWEST = 0.15
MOST = 3


def name_tone(row: Floats) -> Sentiment:
    """The likeliest label; probabilities are rounded so that they still sum to 1."""
    negative, neutral = round(float(row[0]), DIGITS), round(float(row[1]), DIGITS)
    positive = round(1 - negative - neutral, DIGITS)
    return Sentiment(TONES[int(row.argmax())], negative, neutral, max(0.0, positive))


def name_topics(row: Floats) -> tuple[TopicScore, ...]:
    """The best topic and up to two more that reach 0.15, best first."""
    order = np.argsort(-row, kind="stable")[:MOST]
    kept = [n for at, n in enumerate(order) if at == 0 or row[n] >= LOWEST]
    return tuple(TopicScore(TOPICS[n], round(float(row[n]), DIGITS)) for n in kept)


def use_given(document: Document, tags: Tags) -> Tags:
    """Replace what an upstream or a person already said; a given label or topic has probability 1."""
    tone, topics = tags.sentiment, tags.topics
    if document.given_label is not None:
        tone = certain_tone(document.given_label)
    if document.given_topics:
        topics = tuple(TopicScore(topic, 1.0) for topic in document.given_topics)
    return Tags(tone, topics, tags.version)


def certain_tone(label: Label) -> Sentiment:
    """A label as given, with probability 1 (0 everywhere for `unknown`)."""
    one = [1.0 if name == label else 0.0 for name in TONES]
    return Sentiment(label, *one)


def is_settled(document: Document) -> bool:
    """Nothing left to find out: label and topics are both given."""
    return document.given_label is not None and bool(document.given_topics)
