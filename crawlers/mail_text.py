"""What of a mail may come in: its subject, its day, and the words that its writer wrote for this purpose.

    bytes -> (bounded) MIME -> own decoder -> without quotations, signature and contact lines -> Entry

From, Reply-To, To, Message-ID, Received, every other header, attachments and forwarded mails inside are never read.
A press clipping (news and official sources) gives one entry for each linked headline; every other mail is one entry
without an address. Pure: never raises for any bytes.
"""

import email
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message

from crawlers.base import ParseFailed
from crawlers.clippings import clip_html, clip_text
from crawlers.dates import parse_date, zone_named
from crawlers.decode import decode
from crawlers.entries import Entry
from crawlers.markup import title_text
from crawlers.settings import SourceSpec
from crawlers.tree import parse_tree, select, text_of
from pipeline.model import PRIVATE_KINDS

MAX_PARTS = 60
MAX_BODY = 20_000
_RE_REPLY = re.compile(r"^\s*(?:(?:re|fw|fwd|回复|答复|转发|轉發)\s*[:：]\s*)+", re.IGNORECASE)
_RE_THREAD = re.compile(
    r"^\s*(?:-{2,}\s*(?:原始邮件|原始郵件|转发的邮件|转发邮件信息|original message|forwarded message)|_{10,}\s*$|"
    r"(?:on\s.{4,120}|在\s?.{4,120})(?:wrote|写道|寫道)\s*[:：]\s*$|.{0,60}(?:写道|寫道)[:：]\s*$|"
    r"(?:发件人|寄件者|from)\s*[:：].{0,200}$)",
    re.IGNORECASE,
)
_RE_SIGNED = re.compile(
    r"^\s*(?:--\s*|—{2,}|(?:发自|發自|来自)我的.{1,30}|sent from my .{1,40}|get outlook for .{1,20}|"
    r"(?:此致|敬礼|谨上|敬上|祝好|顺祝.{0,8}|(?:best|kind|warm)?\s*regards|best wishes|sincerely(?: yours)?|yours .{2,12}|cheers)"
    r"\s*[!！,，.。]?)\s*$",
    re.IGNORECASE,
)
_RE_CONTACT = re.compile(
    r"^\s*(?:姓\s*名|联系人|投诉人|反映人|举报人|来信人|学\s*号|工\s*号|班\s*级|电\s*话|手\s*机|联系电话|联系方式|邮\s*箱|微\s*信|"
    r"qq|地\s*址|宿\s*舍\s*号?|身份证号?|name|phone|tel|mobile|e-?mail|student (?:id|no)|address)\s*[:：]",
    re.IGNORECASE,
)
_QUOTED = (
    "blockquote, .gmail_quote, .gmail_signature, .moz-cite-prefix, .moz-signature, .mail_signature, .signature, "
    "[class*='signature'], #divRplyFwdMsg, #divRplyFwdMsg ~ *, #appendonsend ~ *, includetail, #isReplyContent, "
    "[name='messageReplySection'], [name='messageSignatureSection'], .ntes_mail_signature, style, script"
)


@dataclass(frozen=True, slots=True)
class Mail:
    """What is taken of a mail; everything else has been left behind."""

    subject: str
    sent: datetime | None
    html: str
    text: str


def read_mail(raw: bytes, seen: datetime, zone_name: str = "") -> Mail | ParseFailed:
    """The words of a mail (its first bytes are enough), or why there are none."""
    lowered = raw.lower()
    if lowered.count(b"multipart/") + lowered.count(b"message/rfc822") > MAX_PARTS:
        return ParseFailed("The mail has too many parts inside each other.")
    try:
        message = email.message_from_bytes(raw)
        bodies = _bodies(message)
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError, AssertionError):
        return ParseFailed("The mail is broken beyond reading.")
    subject = _RE_REPLY.sub("", title_text(_header(message, "subject")) or "").strip()
    sent = parse_date(_header(message, "date"), seen, zone_named(zone_name))
    return Mail(subject[:300], sent, bodies.get("text/html", ""), bodies.get("text/plain", ""))


def entries_of(spec: SourceSpec, raw: bytes, seen: datetime) -> list[Entry] | ParseFailed:
    """The entries of one mail for a source."""
    mail = read_mail(raw, seen, spec.timezone)
    if isinstance(mail, ParseFailed):
        return mail
    if spec.kind in PRIVATE_KINDS:
        text = own_words(mail)
        if not mail.subject and not text:
            return ParseFailed("The mail holds no words.")
        return [Entry(title=mail.subject or None, text=text, published=mail.sent, name=_name_of(mail, text))]
    clips = clip_html(mail.html) or clip_text(_without_thread(mail.text))
    if not clips:
        return ParseFailed("The mail has no linked headline.")
    return [Entry(link=one.link, title=one.title, text=one.excerpt or None, published=mail.sent) for one in clips]


def own_words(mail: Mail) -> str:
    """The text without quotations, signature, and lines that say who writes."""
    text = mail.text or _visible(mail.html)
    return _without_thread(text)[:MAX_BODY].strip()


def _without_thread(text: str) -> str:
    kept: list[str] = []
    for line in text.splitlines():
        if _RE_THREAD.match(line) or _RE_SIGNED.match(line):
            break
        if not line.lstrip().startswith((">", "＞", "|")) and not _RE_CONTACT.match(line):
            kept.append(line.rstrip())
    return "\n".join(kept)


def _visible(html: str) -> str:
    tree = parse_tree(html) if html.strip() else ParseFailed("")
    if isinstance(tree, ParseFailed):
        return ""
    for node in select(tree, _QUOTED):
        if node.getparent() is not None:
            node.drop_tree()
    return text_of(tree)


def _bodies(message: Message) -> dict[str, str]:
    """The first plain and the first HTML body. Attachments and mails inside the mail are passed over."""
    found: dict[str, str] = {}
    waiting = [message]
    while waiting:
        part = waiting.pop(0)
        kind = part.get_content_type()
        if part.get_content_disposition() == "attachment" or part.get_filename() or kind.startswith("message/"):
            continue
        if part.is_multipart():
            inside = part.get_payload()
            waiting[:0] = [one for one in inside if isinstance(one, Message)] if isinstance(inside, list) else []
        elif kind in ("text/plain", "text/html") and kind not in found:
            found[kind] = _decoded(part)
    return found


def _decoded(part: Message) -> str:
    body = part.get_payload(decode=True)
    charset = str(part.get_param("charset") or "").encode("ascii", "ignore").decode()
    kind = f"text/plain; charset={charset}" if charset else "text/plain"
    return decode(body if isinstance(body, bytes) else b"", kind).text.replace("\x00", "")


def _header(message: Message, name: str) -> str:
    """A header as text, whatever it was written in. Broken or raw bytes go through the one decoder."""
    # As it was sent: `get` would already have thrown raw bytes away.
    raw = next((str(value) for key, value in message.raw_items() if key.lower() == name), "")
    if any("\udc80" <= char <= "\udcff" for char in raw):
        return decode(raw.encode("utf-8", "surrogateescape"), "text/plain").text
    try:
        pieces = decode_header(raw[:4000])
    except (HeaderParseError, ValueError, LookupError):
        return raw[:1000]
    return "".join(_piece(piece, charset) for piece, charset in pieces)


def _piece(piece: str | bytes, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece
    plain = charset in (None, "unknown-8bit")
    return decode(piece, "text/plain" if plain else f"text/plain; charset={charset}").text


def _name_of(mail: Mail, text: str) -> str:
    """A name for a mail that has no address: what it says and when, so that the same mail has it again."""
    said = f"{mail.sent}\n{mail.subject}\n{text}"
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()
