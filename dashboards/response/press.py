"""Sets one page with Typst: a program of its own (`python -m dashboards.response.press`), because a document's fonts take
eighty megabytes that a running service would keep.

Standard input: JSON {page, form, fonts_folder}. Standard output: the PDF or PNG. Exit status 3: a sentence on standard error.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
REFUSED = 3
SIZES = (12.0, 11.0, 10.0, 9.0, 8.0, 7.0)
# Song faces first, as papers have them; any face with Chinese is better than none.
CHINESE = (
    "Noto Serif CJK SC", "Source Han Serif SC", "Source Han Serif CN", "SimSun", "FangSong", "STSong", "Songti SC",
    "AR PL UMing CN", "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei", "PingFang SC",
    "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "LXGW WenKai", "Droid Sans Fallback",
)  # fmt: skip
NO_FONT = "no Chinese font was found: install fonts-noto-cjk or put a font file into fonts of the data folder"
TOO_LONG = "the report does not fit on one page; shorten a section"


def press_page(page: Mapping[str, Any], form: str, folder: Path | None, system: bool = True) -> bytes | str:
    """The page in the largest type that fits, or why not. Without `system` only fonts of `folder` count."""
    import typst

    paths: list[Path] = [folder] if folder is not None and folder.is_dir() else []
    fonts = typst.Fonts(include_system_fonts=system, font_paths=paths)
    known = set(fonts.families())
    families = [*own_families(fonts, folder), *(name for name in CHINESE if name in known)]
    if not families:
        return NO_FONT
    data = json.dumps({**page, "fonts": families}, ensure_ascii=False)
    source = (HERE / "report.typ").read_bytes()
    for size in SIZES:
        inputs = {"data": data, "size": str(size)}
        made: Any = typst.Compiler(source, font_paths=fonts, sys_inputs=inputs).compile(format="png", ppi=144)
        if isinstance(made, bytes):  # a list would be several pages
            if form == "png":
                return made
            return bytes(typst.Compiler(source, font_paths=fonts, sys_inputs=inputs).compile(format="pdf"))  # type: ignore[arg-type]
    return TOO_LONG


def own_families(fonts: Any, folder: Path | None) -> list[str]:
    """Families from files that the school put into its own folder; those of the system are known by name above."""
    if folder is None:
        return []
    inside = f"{folder.resolve()}/"
    return sorted({font.family for font in fonts.fonts() if str(Path(font.path or "").resolve()).startswith(inside)})


def main() -> int:
    """Read the page, write the paper."""
    asked = json.load(sys.stdin)
    folder = Path(asked["fonts_folder"]) if asked["fonts_folder"] else None
    made = press_page(asked["page"], asked["form"], folder)
    if isinstance(made, str):
        sys.stderr.write(made)
        return REFUSED
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
