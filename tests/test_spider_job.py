"""What a crawl reads, gives out and tells at its end, decided without a network."""

from datetime import UTC, datetime, timedelta

import pytest

from crawlers.base import CrawlItem, CrawlJob, FetchFailed
from crawlers.entries import Entry, make_item
from crawlers.lists import Lead, Listed
from crawlers.settings import CrawlPolicy, SourceSpec
from crawlers.spider_job import MAX_FIRST_PAGES, MAX_PAGES, REREAD, JobRun
from crawlers.spider_wire import Batch, read_batch, read_event, write_batch, write_event

NOW = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
SITE = "https://bbs.qingshi.example"
GONE = FetchFailed("soft", "The server answers 404 (not found).", None, 404, "http_status")
CLOSED = FetchFailed("hard", "The site asks in its robots.txt not to read this.", code="robots")
BUSY = FetchFailed("temporary", "The server answers 429.", timedelta(minutes=10), 429, "http_status")
UNSAFE = FetchFailed("hard", "The address is not read.", code="unsafe_address")
HIDDEN = FetchFailed("soft", "The page asks not to be indexed.", code="noindex")


def make_spec(pages: int = 1) -> SourceSpec:
    """A forum."""
    return SourceSpec(id="bbs", url=f"{SITE}/", kind="forum", via="forum", pages=pages)


def lead(number: int, page: bool = True) -> Lead:
    """A row of a list."""
    url = f"{SITE}/t/{number}"
    item = make_item(make_spec(), Entry(title=f"第{number}帖", author="u-1"), url, NOW)
    return Lead(item, url if page else None)


def run_of(known: tuple[int, ...] = (), pages: int = 1) -> JobRun:
    """A job that has read these threads before."""
    return JobRun(CrawlJob(make_spec(pages), f"{SITE}/", frozenset(lead(n).item.id for n in known)))


def listed(*numbers: int, more: tuple[str, ...] = ()) -> Listed:
    """A list of threads."""
    return Listed(tuple(lead(n) for n in numbers), more)


def test_new_pages_are_read_and_known_ones_only_at_the_top() -> None:
    """All unknown pages are planned, of the known ones the newest three."""
    plan = run_of(known=(1, 2, 3, 4, 6)).plan(listed(1, 2, 3, 4, 5, 6, 7))
    assert [chosen.item.title for chosen in plan.pages] == ["第1帖", "第2帖", "第3帖", "第5帖", "第7帖"]
    assert REREAD == 3


def test_page_named_on_two_lists_is_read_once() -> None:
    """A thread that moved to the second page meanwhile is not read again."""
    run = run_of(pages=3)
    run.plan(listed(1, 2, more=(f"{SITE}/2",)))
    assert [chosen.item.title for chosen in run.plan(listed(2, 3)).pages] == ["第3帖"]


def test_number_of_pages_is_bounded() -> None:
    """However long a list is, one crawl reads a bounded number of pages; the first look may read more."""
    assert len(run_of().plan(listed(*range(900))).pages) == MAX_FIRST_PAGES
    assert len(run_of(known=(0, 1)).plan(listed(*range(900))).pages) == MAX_PAGES


def test_complete_entries_need_no_page() -> None:
    """An entry that says all is given out at once."""
    plan = run_of().plan(Listed((lead(1, page=False), lead(2))))
    assert ([item.title for item in plan.items], [chosen.item.title for chosen in plan.pages]) == (["第1帖"], ["第2帖"])


@pytest.mark.parametrize(
    ("pages", "known", "follows"),
    [(1, (), False), (2, (), True), (2, (1, 2), False), (2, (1,), True)],
)
def test_next_list_is_read_while_it_pays(pages: int, known: tuple[int, ...], follows: bool) -> None:
    """The next page is read up to the setting, and only after a page that held something new."""
    plan = run_of(known, pages).plan(listed(1, 2, more=(f"{SITE}/2",)))
    assert bool(plan.lists) is follows


def test_index_of_lists_is_followed_and_bounded() -> None:
    """Child sitemaps are read whatever the number of pages says, each once, and not without end."""
    run = run_of()
    children = tuple(f"{SITE}/{n}.xml" for n in range(100))
    first = run.plan(Listed((), children)).lists
    assert len(first) == 19
    assert run.plan(Listed((), first)).lists == ()


@pytest.mark.parametrize(
    ("failed", "known", "told"),
    [
        (CLOSED, (), True),
        (GONE, (), True),
        (BUSY, (), False),
        (UNSAFE, (), False),
        (HIDDEN, (), False),
        (GONE, (1,), False),
    ],
)
def test_headline_is_kept_where_the_page_will_not_be_had(
    failed: FetchFailed, known: tuple[int, ...], told: bool
) -> None:
    """A lasting failure leaves what the list said; a passing one, a hidden page and a known one leave nothing."""
    assert (run_of(known).rescue(lead(1), failed) is not None) is told


def test_three_refusals_in_a_row_close_the_job() -> None:
    """Two refusals and an answer do not close a job, three in a row do."""
    run = run_of()
    for failed in (BUSY, BUSY, GONE, BUSY, BUSY):
        run.note_answer(failed)
    assert not run.closed
    run.note_answer(BUSY)
    assert run.closed


def test_end_tells_why_nothing_was_had() -> None:
    """A list that could not be read ends the job with the server's reason, grade and waiting time."""
    run = run_of()
    run.note_failure(BUSY, of_list=True)
    end = run.conclude()
    assert (end.ok, end.sentence, end.grade, end.retry_after) == (
        False,
        BUSY.sentence,
        "temporary",
        timedelta(minutes=10),
    )


def test_quiet_list_is_no_failure() -> None:
    """A list on which everything is known is fine, and tells how much it held."""
    run = run_of(known=(1, 2))
    run.note_page()
    run.plan(listed(1, 2))
    end = run.conclude()
    assert (end.ok, end.found, end.pages) == (True, 2, 1)


def test_some_pages_lost_is_still_a_success() -> None:
    """A crawl that brought something is a success and counts what it could not read."""
    run = run_of()
    run.plan(listed(1, 2))
    run.given = 1
    run.note_failure(GONE, of_list=False)
    end = run.conclude()
    assert (end.ok, end.failed) == (True, 1)


def test_crawl_cut_short_says_so() -> None:
    """A crawl that ran out of time is a success only if it brought something."""
    run = run_of()
    assert run.conclude(ran_out=True).ok is False
    run.given = 1
    end = run.conclude(ran_out=True)
    assert (end.ok, end.sentence) == (True, "The crawl was cut short after 0 pages.")


def test_messages_survive_the_pipe() -> None:
    """What goes over the pipe comes out as it went in, one line each."""
    batch = Batch((CrawlJob(make_spec(), SITE, frozenset({"a"}), {SITE: "User-agent: *"}, 0.5),), CrawlPolicy(), NOW)
    assert read_batch(write_batch(batch)) == batch
    event = CrawlItem("bbs", lead(1).item)
    end = run_of().conclude()
    assert [read_event(write_event(each)) for each in (event, end)] == [event, end]
    assert write_event(event).count(b"\n") == 1


@pytest.mark.parametrize("line", [b"", b"{", b'{"item": 3}', b"\xff\n", b'{"item": {"source_id": 1}}'])
def test_broken_line_is_no_event(line: bytes) -> None:
    """A line that is not whole is told apart from an event."""
    assert read_event(line) is None
