"""What a person sees while sources are read: a live table on a terminal, plain lines elsewhere, and a summary."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from crawlers.collector import SourceSummary

SHOWN = 20
TROUBLE = ("failing", "silent", "refused")
COLOURS = {"healthy": "green", "failing": "red", "silent": "yellow", "refused": "yellow"}

Note = Callable[[SourceSummary], None]


@contextmanager
def show_bar(title: str, total: int, console: Console) -> Iterator[Note]:
    """A progress bar over `total` sources; without a terminal a line for each."""
    if not console.is_terminal:
        yield line_writer(total, console)
        return
    columns = (
        TextColumn(title),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[last]}"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(title, total=total, last="")
        yield lambda one: progress.update(task, advance=1, last=one.id)


@contextmanager
def show_table(total: int, console: Console) -> Iterator[Note]:
    """A table of the last sources that were read, redrawn as they end; without a terminal a line for each."""
    if not console.is_terminal:
        yield line_writer(total, console)
        return
    ended: list[SourceSummary] = []
    with Live(make_table(ended, total), console=console, transient=True, refresh_per_second=8) as live:

        def note(one: SourceSummary) -> None:
            ended.append(one)
            live.update(make_table(ended, total))

        yield note


def line_writer(total: int, console: Console) -> Note:
    """Writes `3/40 paper: healthy, 20 items, 2 new` for each source that has ended."""
    count = 0

    def note(one: SourceSummary) -> None:
        nonlocal count
        count += 1
        said = f"{count}/{total} {one.id}: {one.health}, {one.items} items, {one.new} new"
        console.print(said, highlight=False, soft_wrap=True, markup=False)

    return note


def make_table(ended: Sequence[SourceSummary], total: int) -> Table:
    """The last SHOWN sources that have ended."""
    table = Table(
        "source", "health", "items", "new", title=f"{len(ended)} of {total} sources read", title_justify="left"
    )
    for one in ended[-SHOWN:]:
        colour = COLOURS.get(one.health, "white")
        table.add_row(one.id, f"[{colour}]{one.health}[/]", str(one.items), str(one.new))
    return table


def final_table(summaries: Sequence[SourceSummary]) -> Table:
    """How every source stands, the troubled ones first."""
    table = Table("source", "health", "items", "new", "next", "what happened")
    for one in sorted(summaries, key=lambda one: (one.health not in TROUBLE, one.id)):
        when = one.next_due.astimezone().strftime("%m-%d %H:%M")
        table.add_row(one.id, one.health, str(one.items), str(one.new), when, one.said)
    return table


def sum_up(summaries: Sequence[SourceSummary], elapsed_s: float) -> str:
    """One line: how many were read, what they brought, how many are in trouble and how."""
    ran = [one for one in summaries if one.ran]
    health: Counter[str] = Counter(one.health for one in summaries)
    trouble = ", ".join(f"{health[name]} {name}" for name in TROUBLE if health[name]) or "none in trouble"
    items, new = sum(one.items for one in ran), sum(one.new for one in ran)
    later = f", {len(summaries) - len(ran)} not due" if len(ran) < len(summaries) else ""
    return f"{len(ran)} sources read in {elapsed_s:.1f} s{later}: {items} items, {new} new; {trouble}."
