"""What a person sees while sources are read."""

import io
from datetime import UTC, datetime

from rich.console import Console

from crawlers.collector import SourceSummary
from tocsin.progress import final_table, show_bar, show_table, sum_up

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def summary(name: str, health: str = "healthy", ran: bool = True) -> SourceSummary:
    return SourceSummary(name, ran, health, f"what is said of {name}", 20, 2, NOW)  # type: ignore[arg-type]


def on_terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None)


def to_file() -> Console:
    return Console(file=io.StringIO(), width=100)


def written(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_without_a_terminal_there_is_a_line_for_each_source() -> None:
    """Logs and pipes get plain lines, whatever characters a name has, and no control sequences."""
    for shown in (show_table, lambda total, console: show_bar("first look", total, console)):
        console = to_file()
        with shown(2, console) as note:
            note(summary("paper"))
            note(summary("bbs[1]", "failing"))
        assert written(console) == "1/2 paper: healthy, 20 items, 2 new\n2/2 bbs[1]: failing, 20 items, 2 new\n"


def test_on_a_terminal_the_table_grows_as_sources_end() -> None:
    """The last ones are shown with their number, and the live table is taken away in the end."""
    console = on_terminal()
    with show_table(30, console) as note:
        for number in range(30):
            note(summary(f"source-{number}"))
    text = written(console)
    assert "30 of 30 sources read" in text
    assert "source-29" in text
    assert "\x1b[" in text


def test_on_a_terminal_the_first_look_is_a_bar() -> None:
    """The bar counts sources and names the last one."""
    console = on_terminal()
    with show_bar("first look", 2, console) as note:
        note(summary("paper"))
        note(summary("bbs"))
    assert "2/2" in written(console)
    assert "bbs" in written(console)


def test_the_final_table_begins_with_the_troubled_ones() -> None:
    """Who reads only the first line sees what is wrong."""
    console = to_file()
    console.print(final_table([summary("a"), summary("z", "failing"), summary("m", "silent")]))
    lines = [line for line in written(console).splitlines() if "what is said of" in line]
    assert [line.split()[1] for line in lines] == ["m", "z", "a"]


def test_the_summary_counts_what_was_read_and_what_is_wrong() -> None:
    """One line with sources, items, new ones and troubles."""
    told = sum_up([summary("a"), summary("b", "failing"), summary("c", ran=False)], 3.21)
    assert told == "2 sources read in 3.2 s, 1 not due: 40 items, 4 new; 1 failing."
    assert sum_up([summary("a")], 1.0) == "1 sources read in 1.0 s: 20 items, 2 new; none in trouble."
