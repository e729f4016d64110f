"""`[duty]` in TOML: how the office's own sheet of the roster is headed."""

import msgspec


class DutySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`headings` renames columns of the roster's XLSX: our name of a column to the office's."""

    headings: dict[str, str] = {}
