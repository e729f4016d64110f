"""A text-classification pipeline as `transformers` makes it, without torch: it looks for single characters."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BAD, GOOD = "难差坏涨停投诉骗", "好赞谢棒奖喜"


@dataclass
class FakePipeline:
    """Answers with every label and its score, best first, and remembers what it was asked."""

    names: Sequence[str] = ("消极", "中性", "积极")
    nested: bool = False
    asked: list[str] = field(default_factory=list)

    @classmethod
    def make(cls, folder: Path, longest: int, threads: int) -> "FakePipeline":
        """In place of the real one."""
        assert folder.is_dir()
        assert longest > 0
        assert threads > 0
        return cls()

    def __call__(self, text: str) -> Any:
        """`top_k=None`: all labels, in the order of their scores."""
        self.asked.append(text)
        bad, good = sum(c in BAD for c in text), sum(c in GOOD for c in text)
        heavy = 0 if bad > good else len(self.names) - 1 if good > bad else len(self.names) // 2
        rest = 0.2 / (len(self.names) - 1)
        scores = [{"label": name, "score": 0.8 if n == heavy else rest} for n, name in enumerate(self.names)]
        scores.sort(key=lambda one: -one["score"])
        return [scores] if self.nested else scores
