"""`tocsin run` with a clock that a file sets: the rig lets the service's clock jump without touching the machine's."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import tocsin.clock


def shifted_clock(file: Path) -> tocsin.clock.Clock:
    """The wall clock plus the seconds that stand in `file`."""

    def show() -> datetime:
        text = file.read_text(encoding="ascii").strip() if file.exists() else ""
        return datetime.now(UTC) + timedelta(seconds=float(text or 0))

    return show


if __name__ == "__main__":
    config = sys.argv[1]
    tocsin.clock.wall_clock = shifted_clock(Path(config).with_name("shift.txt"))
    from tocsin.cli import main  # the commands take the clock when they are imported

    sys.argv = ["tocsin", "run", "--config", config]
    main()
