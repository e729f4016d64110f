"""The first look: on an empty store every source is read once and the past is placed before the present.

Nothing is decided or told before that (what is old would look new), but the dashboard answers all the while.
"""

import threading
from collections.abc import Mapping

from rich.console import Console

from tocsin.house import House
from tocsin.progress import show_bar, sum_up
from tocsin.service import Part
from tocsin.wiring import build_collector, build_worker

AT_ONCE = frozenset({"serve"})
LOOK_S = 0.2


def first_look(house: House, stop: threading.Event) -> None:
    """On an empty store: read every source once, with a progress bar, and place the past before the present."""
    if house.store.source_rows() or not house.config.sources:
        return
    console = Console(stderr=True)
    with show_bar("first look at the sources", len(house.config.sources), console) as note:
        summaries = build_collector(house).collect_once(house.clock(), note, stop.is_set)
    console.print(sum_up(summaries, 0.0).replace(" in 0.0 s", ""), highlight=False)
    if not stop.is_set():
        worker = build_worker(house)
        worker.learn_history()
        worker.release()


def look_first(parts: Mapping[str, Part], look: Part) -> dict[str, Part]:
    """`parts`, of which `collect` begins with `look`, and the others wait for its end; the dashboard does not."""
    looked = threading.Event()

    def collect(stop: threading.Event) -> None:
        look(stop)
        if not stop.is_set():
            looked.set()
            parts["collect"](stop)

    def held(part: Part) -> Part:
        def run(stop: threading.Event) -> None:
            while not looked.wait(LOOK_S):
                if stop.is_set():
                    return
            part(stop)

        return run

    later = {name: part if name in AT_ONCE else held(part) for name, part in parts.items()}
    return {**later, "collect": collect}
