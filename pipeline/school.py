"""The school as the configuration describes it: `[school]` in TOML, validated and frozen."""

import msgspec


class Ambiguous(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A short name that counts only beside one of its context words."""

    name: str
    context: list[str] = []


class School(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who we listen for. Only `name` is required.

    `own_sources` (ids, or `*`) are sources about the school, whose items are mentions without a name.
    """

    name: str
    english: str = ""
    timezone: str = "Asia/Shanghai"
    aliases: list[str] = []
    ambiguous: list[Ambiguous] = []
    other_schools: list[str] = []
    campuses: list[str] = []
    own_sources: list[str] = []

    @property
    def names(self) -> list[str]:
        """All that the school is called by, as configured: name, English name, aliases, ambiguous short names."""
        return [
            name for name in (self.name, self.english, *self.aliases, *(one.name for one in self.ambiguous)) if name
        ]

    def owns(self, source: str) -> bool:
        """True when every item of `source` is about the school."""
        return "*" in self.own_sources or source in self.own_sources
