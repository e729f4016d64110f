"""When the next report upward is due: the time that `[cases]` allows a matter of that level, in working time where it
says so."""

from dataclasses import dataclass, field
from datetime import datetime

from alerts.case_settings import CaseSettings
from alerts.workdays import WorkCalendar
from pipeline.model import Severity


@dataclass(frozen=True, slots=True)
class Deadlines:
    """`calendar` is needed for the levels of `[cases] working_time`; without one the clock runs by the wall."""

    settings: CaseSettings = field(default_factory=CaseSettings)
    calendar: WorkCalendar | None = None

    def after(self, severity: Severity, moment: datetime) -> datetime:
        """When the word that follows `moment` is due."""
        allowed = self.settings.allowed(severity)
        if self.calendar is not None and severity in self.settings.working_time:
            return self.calendar.add_working_time(moment, allowed)
        return moment + allowed
