"""What a crawl does next, decided without I/O: which pages of a list to read, what to give out, how a job ended.

Listed -> Plan(items to give now, pages to read, lists to read)
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from crawlers.base import CrawlDone, CrawlJob, Fetched, FetchFailed
from crawlers.lists import Lead, Listed
from pipeline.model import RawItem

MAX_PAGES = 120
MAX_FIRST_PAGES = 600  # the first look: what it leaves is not on a list page that is read again
MAX_LISTS = 20
REREAD = 3
REREAD_IN_ALL = 6  # an index names several maps, and any of them may hold the newest pages
MAX_REFUSED = 3
_REFUSED_STATUS = (403, 429)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a list leads to. `items` need no page of their own."""

    items: tuple[RawItem, ...] = ()
    pages: tuple[Lead, ...] = ()
    lists: tuple[str, ...] = ()


@dataclass(slots=True)
class JobRun:
    """One job on its way. `open` counts requests without an answer, `closed` stops the rest of them."""

    job: CrawlJob
    open: int = 0
    pages: int = 0
    failed: int = 0
    given: int = 0
    found: int = 0
    lists: int = 1
    planned: int = 0
    left: int = 0
    refused: int = 0
    reread: int = 0
    closed: bool = False
    ended: bool = False
    fault: FetchFailed | None = None
    asked: set[str] = field(default_factory=set)

    def plan(self, listed: Listed) -> Plan:
        """What to do with a list that was read: new pages, a few newest again (edits), the next list while it pays."""
        first = self.found == 0 or self.job.spec.via == "sitemap"
        self.found += len(listed.leads)
        leads = [lead for lead in listed.leads if lead.item.id not in self.asked]
        self.asked.update(lead.item.id for lead in leads)
        items = tuple(lead.item for lead in leads if lead.page is None)
        pages = tuple(self._choose_pages([lead for lead in leads if lead.page is not None], first))
        self.planned += len(pages)
        news = any(lead.item.id not in self.job.known for lead in leads)
        return Plan(items, pages, self._choose_lists(listed, news))

    def rescue(self, lead: Lead, failed: FetchFailed) -> RawItem | None:
        """The item as its list tells it, where its page will not be had: forbidden, gone, for members, or a file.

        A page that may work next time is left for then; one that was read before must not become poorer.
        """
        lasting = failed.grade != "temporary" and failed.code not in ("unsafe_address", "noindex")
        return lead.item if lasting and lead.item.id not in self.job.known and lead.item.title else None

    def note_failure(self, failed: FetchFailed, of_list: bool) -> None:
        """Count a page that could not be read; what became of a list matters more than what became of a page."""
        self.failed += 1
        if self.fault is None or of_list:
            self.fault = failed

    def note_page(self) -> None:
        """Count a page that was read."""
        self.pages += 1

    def note_answer(self, fetched: Fetched | FetchFailed) -> None:
        """Three refusals in a row close the job, before the next request goes out."""
        self.refused = self.refused + 1 if fetched.status in _REFUSED_STATUS else 0
        self.closed = self.closed or self.refused >= MAX_REFUSED

    def conclude(self, ran_out: bool = False) -> CrawlDone:
        """How the job ended."""
        fault = self.fault
        end = CrawlDone(
            source_id=self.job.spec.id,
            ok=True,
            sentence=f"{self.pages} pages were read, {self.failed} could not be.",
            pages=self.pages,
            failed=self.failed,
            retry_after=fault.retry_after if fault else None,
            found=self.found,
            left=self.left,
        )
        if fault and not self.given and (not self.found or self.failed >= self.planned > 0):
            return replace(end, ok=False, sentence=fault.sentence, grade=fault.grade)
        if ran_out:
            sentence = f"The crawl was cut short after {self.pages} pages."
            return replace(end, ok=self.given > 0, sentence=sentence, grade="temporary", left=max(1, self.left))
        return end

    def _choose_pages(self, leads: list[Lead], first: bool) -> Iterator[Lead]:
        left = (MAX_PAGES if self.job.known else MAX_FIRST_PAGES) - self.planned
        again = min(REREAD, REREAD_IN_ALL - self.reread) if first else 0
        for place, lead in enumerate(leads):
            unknown = lead.item.id not in self.job.known
            if left > 0 and (unknown or place < again):
                left -= 1
                self.reread += not unknown
                yield lead
            elif unknown:
                self.left += 1

    def _choose_lists(self, listed: Listed, news: bool) -> tuple[str, ...]:
        """Child sitemaps of an index (no entries of its own), or the next page while this one held something new."""
        limit = self.job.spec.pages if listed.leads else MAX_LISTS
        wanted = [url for url in listed.more if url not in self.asked] if news or not listed.leads else []
        chosen = tuple(wanted[: max(0, limit - self.lists)])
        self.lists += len(chosen)
        self.asked.update(chosen)
        return chosen
