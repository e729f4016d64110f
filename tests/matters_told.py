"""Fakes for copies and grouping: posts told in a line, at hours of a simulated week."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pipeline.dedupe import NearCopies
from pipeline.group import EventGrouper
from pipeline.model import Copy, Document, Label, Mention, Placement, Sentiment, SourceKind, Tags, TopicScore

BEGIN = datetime(2026, 10, 12, tzinfo=UTC)
OURS = Mention(True, ("江城科技学院",), "name")
NAMES = ("江城科技学院", "江科", "Jiangcheng Tech", "JCT")
TONES: dict[Label, tuple[float, float, float]] = {
    "negative": (1.0, 0.0, 0.0), "neutral": (0.0, 1.0, 0.0), "positive": (0.0, 0.0, 1.0), "unknown": (0.0, 0.0, 0.0),
}  # fmt: skip
CHATTER = (
    "江科的桂花开了好香", "求江科考研资料", "江科食堂的麻辣烫还行", "想问江科转专业难吗", "江科快递站几点下班", "今天江科天气不错",
    "出一辆江科校内自行车", "江科图书馆好安静", "江科有没有拼车回家的", "Any good coffee near JCT?", "江科早八起不来", "江科的猫真可爱",
    "求江科英语四级资料", "江科宿舍楼下的烧烤摊还在吗", "江科新生群有吗", "江科的空调太冷了",
)  # fmt: skip


def tones(label: Label, topic: str = "other") -> Tags:
    """Tags with this tone and this topic."""
    return Tags(Sentiment(label, *TONES[label]), (TopicScore(topic, 0.5),), "fake")


class Town:
    """Copies and groups that are told posts; remembers what became of each by its text's number."""

    def __init__(self, chatter: bool = True) -> None:
        self.copies, self.groups = NearCopies(), EventGrouper(NAMES)
        self.told: list[tuple[Document, Tags, Copy, Placement]] = []
        if chatter:
            for day in range(10):
                for at, text in enumerate(CHATTER):
                    self.tell(text, hour=-240.0 + 24 * day + at, label="neutral")

    def tell(
        self, text: str, hour: float = 0.0, label: Label = "negative", title: str | None = None,
        kind: SourceKind = "social", item: str | None = None, topic: str = "other",
    ) -> Placement:  # fmt: skip
        """A post at `hour` of the week; returns where it was put."""
        seen = BEGIN + timedelta(hours=hour)
        item = item or f"p{len(self.told)}"
        document = Document(
            item, "somewhere", kind, None, None, title, text, "zh", seen, seen, OURS, f"{len(self.told):016x}"
        )
        copy = self.copies.check(document)
        placement = self.groups.place(document, tones(label, topic), copy)
        self.told.append((document, tones(label, topic), copy, placement))
        return placement

    def tell_all(
        self, texts: Sequence[str], hour: float = 0.0, step: float = 0.5, label: Label = "negative"
    ) -> list[str]:
        """Posts one after the other; returns the events in which they are in the end."""
        placed = [self.tell(text, hour + at * step, label) for at, text in enumerate(texts)]
        return [self.groups.resolve(placement.event) for placement in placed]

    @property
    def last_copy(self) -> Copy:
        """What was decided of the last post."""
        return self.told[-1][2]
