"""Tone and topics of a document. `default_tagger` is the way in; everything else is its parts."""

from pipeline.tag.default import default_tagger
from pipeline.tag.keyword import KeywordTagger

__all__ = ["KeywordTagger", "default_tagger"]
