"""`[briefing]` in TOML, validated and frozen."""

import msgspec

from pipeline.secret import Secret


class BriefingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How briefings are made.

    `peers` are schools to be compared with (their counts come from a spreadsheet). `drafter_url` is an
    OpenAI-compatible address (…/v1/chat/completions) of a model that may draft the summary; without it none does.
    `drafter_local` says that the model runs in the school: only such a one is shown counts of private voices' sources
    and their short quotations.
    """

    peers: list[str] = []
    template: str = ""
    drafter_url: str = ""
    drafter_model: str = ""
    drafter_key: Secret | None = None
    drafter_local: bool = False
