"""A situation report as one page, PDF or picture, set by Typst. The texts travel as data: nothing in them is markup."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import structlog

from alerts.taps import Refused

log = structlog.get_logger()
HERE = Path(__file__).parent
SIZES = (12.0, 11.0, 10.0, 9.0, 8.0, 7.0)
# Song faces first, as papers have them; any face with Chinese is better than none.
CHINESE = (
    "Noto Serif CJK SC", "Source Han Serif SC", "Source Han Serif CN", "SimSun", "FangSong", "STSong", "Songti SC",
    "AR PL UMing CN", "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei", "PingFang SC",
    "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "LXGW WenKai", "Droid Sans Fallback",
)  # fmt: skip
NO_FONT = "no Chinese font was found: install fonts-noto-cjk or put a font file into fonts of the data folder"
Form = Literal["pdf", "png"]


def set_page(page: Mapping[str, Any], form: Form, fonts_folder: Path | None = None) -> bytes | Refused:
    """`page` ({head, number, title, under, foot, lang, sections: [{heading, lines}]}) on one page.

    The type gets smaller until it fits; what does not fit at 7 pt is refused.
    """
    import typst

    folders: list[Path] = [fonts_folder] if fonts_folder is not None and fonts_folder.is_dir() else []
    fonts = typst.Fonts(font_paths=folders)
    known = set(fonts.families())
    families = [*own_families(fonts, fonts_folder), *(name for name in CHINESE if name in known)]
    if not families:
        return Refused(NO_FONT)
    data = json.dumps({**page, "fonts": families}, ensure_ascii=False)
    source = (HERE / "report.typ").read_bytes()
    for size in SIZES:
        inputs = {"data": data, "size": str(size)}
        made = typst.Compiler(source, font_paths=fonts, sys_inputs=inputs).compile(format="png", ppi=144)
        if isinstance(made, bytes):
            if form == "png":
                return made
            pdf: Any = typst.Compiler(source, font_paths=fonts, sys_inputs=inputs).compile(format="pdf")
            return bytes(pdf)
    return Refused("the report does not fit on one page; shorten a section")


def own_families(fonts: Any, folder: Path | None) -> list[str]:
    """Families from files that the school put into its own folder; those of the system are known by name above."""
    if folder is None:
        return []
    inside = f"{folder.resolve()}/"
    return sorted({font.family for font in fonts.fonts() if str(Path(font.path or "").resolve()).startswith(inside)})
