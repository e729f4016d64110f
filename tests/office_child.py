"""A process that works for the office until it is killed: slips, reports, signed posts, a roster, a configuration file."""

import io
import sys
from datetime import timedelta
from pathlib import Path

import openpyxl
from response_kit import NOW, PEN, ZONE, an_order
from ways_door import a_screen

from alerts.duty.files import Shelf, take_body
from alerts.duty.people import By
from alerts.free_text import make_clean
from alerts.response.slips import issue_slip
from crawlers.inbox import read_item
from crawlers.settings import SourceSpec
from pipeline.model import Screened
from pipeline.store.engine import open_engine, writing
from pipeline.store.store import SqlStore
from tocsin.sourcing import write_whole

ROSTERS = 3  # of one process: an office has no thousand officers
ROW = {"next_due": NOW, "interval_s": 0, "health": "healthy", "said": ""}


def main(file: str, begin: int) -> None:
    """One of each, again and again; what was finished is said on standard output."""
    engine = open_engine(f"sqlite:///{file}")
    store, screen, config = SqlStore(engine), a_screen(), Path(file).with_name("tocsin.toml")
    shelf = Shelf(ZONE, (), {}, make_clean([]), "清河理工学院")
    spec = SourceSpec(id="vendor", url="https://v.example", kind="news", via="inbox")
    for n in range(begin, begin + 10_000):
        with writing(engine) as conn:
            issue_slip(conn, an_order(words=f"请核实第{n}项。", due=NOW + timedelta(hours=5)), PEN, NOW, ZONE)
        print("slip", n, flush=True)
        item = {"url": f"https://v.example/{n}", "title": f"清石学院第{n}条", "text": f"清石学院的第{n}件事。"}
        screened = screen.screen(read_item(spec, item, NOW), NOW)
        assert isinstance(screened, Screened)
        store.push({"id": "vendor"} | ROW, f"{n:020}", [screened], NOW)
        print("post", n, flush=True)
        write_whole(config, f'[school]\nname = "澜川学院"\n# {n} {"x" * 20_000}\n')
        if n - begin >= ROSTERS:
            continue
        with writing(engine) as conn:
            stored, faults = take_body(conn, roster(n), "roster.xlsx", shelf, By("editor", NOW))
            assert (stored, faults) == (5, [])
        print("roster", n, flush=True)


def roster(n: int) -> bytes:
    """Five officers that belong together."""
    book = openpyxl.Workbook()
    book.active.title = "人员"
    book.active.append(["编号", "名称", "角色"])
    for place in range(5):
        book.active.append([f"o{n}-{place}", f"值班{n}号{place}", "值班员"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
