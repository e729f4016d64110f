"""A situation report as one page, PDF or picture. The texts travel as data: nothing in them is markup."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import structlog

from alerts.taps import Refused
from dashboards.response.press import REFUSED

log = structlog.get_logger()
PATIENCE_S = 90
Form = Literal["pdf", "png"]
NOT_SET = "the page could not be set just now; Word and plain text work without"


def set_page(page: Mapping[str, Any], form: Form, fonts_folder: Path | None = None) -> bytes | Refused:
    """`page` ({head, number, title, under, foot, lang, sections: [{heading, lines}]}) on one page.

    The type gets smaller until it fits; what does not fit at 7 pt is refused. The setting is done by another process.
    """
    asked = {"page": page, "form": form, "fonts_folder": str(fonts_folder) if fonts_folder is not None else ""}
    command = [sys.executable, "-m", "dashboards.response.press"]
    try:
        done = subprocess.run(  # noqa: S603 - our own module, the texts go through standard input
            command, input=json.dumps(asked).encode(), capture_output=True, timeout=PATIENCE_S, check=False
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        log.warning("page_not_set", error=type(error).__name__)
        return Refused(NOT_SET)
    if done.returncode == REFUSED:
        return Refused(done.stderr.decode())
    if done.returncode != 0:
        log.warning("page_not_set", status=done.returncode)
        return Refused(NOT_SET)
    return done.stdout
