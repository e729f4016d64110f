"""Where a surprise happened, without what it was about: a traceback or message could quote the text of an item."""

import traceback
from pathlib import Path


def place_of(fault: BaseException) -> str:
    """`ValueError at feed.py:88`, the innermost frame of `fault`."""
    frames = traceback.extract_tb(fault.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(fault).__name__}{where}"
