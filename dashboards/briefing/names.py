"""What the dashboard knows of the school and its sources, in the form the briefing wants it."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from crawlers.coverage import Coverage
from dashboards.briefing.figures import Progress, freeze
from dashboards.briefing.period import Period
from dashboards.briefing.settings import BriefingSettings
from dashboards.briefing.values import BriefData
from pipeline.mask import Masker
from pipeline.school import School
from pipeline.store.engine import reading


def mask_words(school: School, text: str) -> str:
    """What an officer typed, without numbers and handles that lead to a person."""
    return Masker([*school.names, *school.campuses]).mask(" ".join(text.split()), private=False)


def freezing(
    engine: Engine, period: Period, school: School, settings: BriefingSettings, coverage: Coverage,
    labels: dict[str, str], now: datetime,
) -> Callable[[Progress], BriefData]:  # fmt: skip
    """How the data of a period is read, once somebody tells where progress goes."""
    unseen = [gap.id for gap in coverage.unseen]

    def read(progress: Progress) -> BriefData:
        with reading(engine) as connection:
            return freeze(
                connection, period, school.name, school.names, now, peers=settings.peers, labels=labels,
                progress=progress, unseen=unseen,
            )  # fmt: skip

    return read
