"""Rebuilds the model folder: `python training/build.py --data DIR --work DIR [--out DIR]`.

    wheel -> vocabulary -> tune on public sentiment -> adapt to campus texts -> ONNX int8
          -> TF-IDF heads -> topic heads -> blend and calibrate on held-out rows -> settings.json

DIR of `--data` holds the public sets named in docs/model-card.md. Tuned weights are kept in the work folder, so a
broken build goes on where it stopped. Takes about half an hour on two idle cores; nothing is downloaded.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from training.assemble import Build, adapt, assemble, prepare, tune_public


def main() -> int:
    """Run the stages in order and print what each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="keeps tuned weights between runs")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "pipeline" / "tag" / "model")
    parser.add_argument("--without-campus", action="store_true", help="keep the campus rows unseen, to measure on them")
    asked = parser.parse_args()
    began = time.monotonic()

    def log(text: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {text}", flush=True)

    asked.work.mkdir(parents=True, exist_ok=True)
    build = prepare(Build(asked.data, asked.work, asked.out, not asked.without_campus, log))
    assemble(build, adapt(build, tune_public(build)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
