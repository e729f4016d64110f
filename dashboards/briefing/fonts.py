"""Which installed fonts set Chinese. The machine's own are used; a font package from PyPI counts, too.

Debian and Ubuntu: `fonts-noto-cjk`. Without administrator rights: `pip install noto-cjk-sans-otc`.
"""

import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typst

SERIF = (
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "Source Han Serif CN",
    "Noto Serif SC",
    "SimSun",
    "Songti SC",
    "STSong",
)
SANS = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "Noto Sans SC", "SimHei", "Microsoft YaHei", "PingFang SC",
    "Heiti SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei",
)  # fmt: skip
SONG_OFFICIAL = ("FangSong_GB2312", "FangSong", "STFangsong")
TITLE_OFFICIAL = ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05")
LATIN = ("Libertinus Serif",)
PACKAGES = ("noto_cjk_sans_otc", "noto_cjk_serif_otc", "noto_cjk_sans_sc_regular", "noto_cjk_serif_sc_regular")
NO_FONT = (
    "no Chinese font was found, so no PDF was made: install fonts-noto-cjk (Debian, Ubuntu) "
    "or `pip install noto-cjk-sans-otc`, then run it again"
)


class FontMissing(Exception):  # noqa: N818 - says what is the matter
    """There is no font for Chinese; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Faces:
    """Font families by use, best first, and folders beside the system's in which to look."""

    body: tuple[str, ...]
    head: tuple[str, ...]
    title: tuple[str, ...]
    folders: tuple[str, ...]


def find_faces(layout: str, families: frozenset[str] | None = None) -> Faces:
    """The families there are for a layout; `families` replaces what is installed. Raises FontMissing."""
    folders = package_folders()
    there = installed(folders) if families is None else families
    serif, sans = (tuple(one for one in names if one in there) for names in (SERIF, SANS))
    if not serif and not sans:
        raise FontMissing(NO_FONT)
    song, title = (tuple(one for one in names if one in there) for names in (SONG_OFFICIAL, TITLE_OFFICIAL))
    body = (song if layout == "official" else ()) + LATIN + serif + sans
    return Faces(body, LATIN + sans + serif, (title if layout == "official" else ()) + LATIN + serif + sans, folders)


def installed(folders: tuple[str, ...]) -> frozenset[str]:
    """Every family that typst can see."""
    return frozenset(load_fonts(folders).families())


@cache
def load_fonts(folders: tuple[str, ...]) -> "typst.Fonts":
    """The system's fonts and those in `folders`, looked for once."""
    import typst  # heavy, and only for paper

    return typst.Fonts(include_system_fonts=True, font_paths=list(folders))


def package_folders() -> tuple[str, ...]:
    """The folders of font packages in this environment; none is imported."""
    found = [importlib.util.find_spec(name) for name in PACKAGES]
    return tuple(str(Path(one.origin).parent) for one in found if one is not None and one.origin)
