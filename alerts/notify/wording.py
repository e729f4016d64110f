"""A message as marked-up lines for chat robots: crawled words stay words, and what does not fit is counted.

Robots measure a text in bytes of UTF-8 and cut or refuse silently, so we fit it ourselves: between lines, never inside
a character or a link, and the last line says how many lines are on the page.
"""

import json
import re
from collections.abc import Sequence

from alerts.model import Action, Message
from alerts.notify.base import Delivery
from alerts.plain import plain

LINK = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'()*+,;=%\-]+")
# Chat services know no escape that all of them honour, so a sign of markup becomes its full-width twin: it reads the
# same and does nothing. `@` and `<` address people, the others make links, images, headings, code and colours.
TWINS = str.maketrans("<>[]()*_`~#@|!\\&", "＜＞［］（）＊＿｀～＃＠｜！＼＆")
# The same signs inside a link are written as RFC 3986 allows, so that the link still works.
CODED = {sign: f"%{ord(sign):02X}" for sign in "()*_~@!'"}
ELLIPSIS = "…"
LEAST_PIECE = 30  # bytes; a shorter beginning of a line says nothing


def tame(text: str) -> str:
    """`text` on one line that no chat service takes for markup, a mention or a disguised link."""
    parts, end, kept = [], 0, plain(text)
    for found in LINK.finditer(kept):
        parts += [_blunt(kept[end : found.start()]), "".join(CODED.get(sign, sign) for sign in found[0])]
        end = found.end()
    return "".join([*parts, _blunt(kept[end:])])


def _blunt(text: str) -> str:
    """Without signs of markup; a line must not begin like a list or a rule either."""
    return re.sub(r"^[-+=]+", lambda found: "－" * len(found[0]), text.translate(TWINS))


def weigh(text: str) -> int:
    """Bytes of `text` inside a JSON string in UTF-8: never less than its own bytes."""
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


def fit_lines(lines: Sequence[str], limit: int, link: str) -> list[str]:
    """The lines that fit into `limit` bytes with their line ends; when some do not, a last line says how many and
    where they are. A line that is begun and not finished ends with an ellipsis and counts among them."""
    if weigh("\n".join(lines)) <= limit:
        return list(lines)
    room, kept = limit - weigh(f"\n{tell_rest(len(lines), link)}"), []
    for line in lines:
        if weigh(f"{line}\n") > room:
            break
        kept.append(line)
        room -= weigh(f"{line}\n")
    left = len(lines) - len(kept)
    piece = clip_line(lines[len(kept)], room)
    return [*kept, *([piece] if piece else []), tell_rest(left, link)]


def tell_rest(count: int, link: str) -> str:
    """The line that stands for `count` others."""
    said = f"{ELLIPSIS} 另有 {count} 行未显示 / {count} more lines not shown"
    return f"{said}: {link}" if link else said


def clip_line(line: str, room: int) -> str:
    """The beginning of `line` in `room` bytes with an ellipsis, "" when that would say nothing. A link is kept whole
    or left out."""
    room -= weigh(f"{ELLIPSIS}\n")
    if room < LEAST_PIECE:
        return ""
    end, used = 0, 0
    for char in line:
        used += weigh(char)
        if used > room:
            break
        end += 1
    for found in LINK.finditer(line):
        if found.start() < end < found.end():
            end = found.start()
    kept = line[:end].rstrip()
    return f"{kept}{ELLIPSIS}" if kept else ""


def list_links(message: Message) -> tuple[Action, ...]:
    """The buttons; for a message without buttons that has a page, one that opens it."""
    if message.actions or not message.link:
        return message.actions
    return (Action("open", "打开 / open", message.link),)


def whom_to_ring(delivery: Delivery) -> str:
    """The address to mention; "" for a line that says who has taken the event, which wakes nobody."""
    return "" if delivery.message.kind == "update" else delivery.address


def write_links(actions: Sequence[Action]) -> str:
    """Buttons as Markdown links. Labels and addresses are our own."""
    return " · ".join(f"[{tame(one.label)}]({one.link})" for one in actions)


def find_colour(severity: str, colours: dict[str, str]) -> str:
    """The colour a service has for a level; that of `notice` for one it does not know."""
    return colours.get(severity, colours["notice"])
