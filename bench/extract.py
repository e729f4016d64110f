"""The main text of pages: Tocsin, raw trafilatura (fast and standard) and readability-lxml, on the same bytes.

    python -m bench.extract [--each 6] [--benchmark DIR]

Chinese pages of bench/pages.py (15 shapes, the main text known), and with `--benchmark` the pages of a copy of
scrapinghub/article-extraction-benchmark. A text is its tokens in shingles of four: a Chinese character is a token, and so is
every other run of word characters (on the public pages every run, as there). For a page, precision and recall are those of
its shingles, counted with repetition; printed are the means over pages, F1 of the two means, and pages a CPU second.
"""

import argparse
import gzip
import json
import logging
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import lxml.html
import trafilatura
from readability import Document  # type: ignore[import-untyped]

from bench.pages import Sample, make_pages
from crawlers.base import ParseFailed
from crawlers.decode import decode
from crawlers.extract import main_text
from crawlers.tree import parse_tree, text_of

SHINGLE = 4
TOKEN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]|[^\W\u3400-\u4dbf\u4e00-\u9fff]+")
RUN = re.compile(r"\w+")


def ours(body: bytes) -> str:
    """As a crawl does it."""
    tree = parse_tree(decode(body, "text/html").text)
    return "" if isinstance(tree, ParseFailed) else main_text(tree)


def readable(body: bytes) -> str:
    """readability-lxml on decoded text (it cannot take bytes), its markup taken off."""
    return text_of(lxml.html.fromstring(Document(decode(body, "text/html").text).summary() or "<p/>"))


EXTRACTORS: dict[str, Callable[[bytes], str | None]] = {
    "Tocsin": ours,
    "trafilatura fast": lambda body: trafilatura.extract(body, fast=True, include_comments=False),
    "trafilatura standard": lambda body: trafilatura.extract(body, include_comments=False),
    "readability-lxml": readable,
}


@dataclass(frozen=True)
class Score:
    """Shares of shingles of one page; None where there is nothing to share."""

    precision: float | None
    recall: float | None


def shingles(text: str, token: re.Pattern[str]) -> Counter[tuple[str, ...]]:
    """How often each run of four tokens (or the whole of a shorter text) is there."""
    tokens = token.findall(text)
    runs = (tuple(tokens[place : place + SHINGLE]) for place in range(max(1, len(tokens) - SHINGLE + 1)))
    return Counter(run for run in runs if run)


def score(found: str, true: str, token: re.Pattern[str]) -> Score:
    """One page."""
    got, want = shingles(found, token), shingles(true, token)
    both = (got & want).total()
    return Score(both / got.total() if got else None, both / want.total() if want else None)


def total(scores: Iterable[Score]) -> tuple[float, float, float]:
    """F1 of the mean precision and the mean recall, and these two."""
    listed = list(scores)
    precision = mean([one.precision for one in listed if one.precision is not None] or [0.0])
    recall = mean([one.recall for one in listed if one.recall is not None] or [0.0])
    return (2 * precision * recall / (precision + recall) if precision + recall else 0.0), precision, recall


def run(
    name: str, extract: Callable[[bytes], str | None], samples: Sequence[Sample], token: re.Pattern[str]
) -> dict[str, float]:
    """Read all pages; F1 by shape."""
    began = time.process_time()
    found = [extract(sample.body) or "" for sample in samples]
    spent = time.process_time() - began
    by_shape: dict[str, list[Score]] = defaultdict(list)
    for sample, text in zip(samples, found, strict=True):
        by_shape[sample.shape].append(score(text, sample.text, token))
    f1, precision, recall = total(one for scores in by_shape.values() for one in scores)
    print(
        f"{name:21} F1 {f1:.3f}  precision {precision:.3f}  recall {recall:.3f}  {len(samples) / spent:6.1f} pages a CPU second"
    )
    return {shape: total(scores)[0] for shape, scores in by_shape.items()}


def compare(samples: Sequence[Sample], token: re.Pattern[str]) -> None:
    """All extractors on one set, and F1 of each on each shape."""
    for extract in EXTRACTORS.values():
        extract(samples[0].body)  # what is loaded at first use is not counted
    tables = {name: run(name, extract, samples, token) for name, extract in EXTRACTORS.items()}
    shapes = list(dict.fromkeys(sample.shape for sample in samples))
    if len(shapes) > 1:
        print(f"\n{'F1 by shape':26}" + "".join(f"{name:>22}" for name in tables))
        for shape in shapes:
            print(f"{shape:26}" + "".join(f"{table[shape]:22.3f}" for table in tables.values()))


def load_benchmark(folder: Path) -> list[Sample]:
    """The pages of the public benchmark that can be read here."""
    truth = json.loads((folder / "ground-truth.json").read_text("utf-8"))
    files = {name: folder / "html" / f"{name}.html.gz" for name in truth}
    return [
        Sample("public", gzip.decompress(file.read_bytes()), truth[name].get("articleBody", ""))
        for name, file in files.items() if file.exists()
    ]  # fmt: skip


def main() -> None:
    """Both sets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=6, help="pages of each Chinese shape")
    parser.add_argument("--benchmark", type=Path, help="a copy of scrapinghub/article-extraction-benchmark")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    samples = list(make_pages(arguments.each))
    print(f"{len(samples)} Chinese pages")
    compare(samples, TOKEN)
    if arguments.benchmark:
        public = load_benchmark(arguments.benchmark)
        print(f"\n{len(public)} pages of the public benchmark")
        compare(public, RUN)


if __name__ == "__main__":
    main()
