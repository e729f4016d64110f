"""Nothing that leads to a person is stored or sent: it is replaced here, before anything is written.

Everywhere: phones, identity, student, bank and messenger numbers, plates, e-mail, @handles. In private voices also
bare personal names, nicknames beside role words, dorm rooms, class + name, and links.
The marks (〔电话〕, 〔姓名〕 …) are the same in both languages.
"""

import re
from collections.abc import Iterator, Sequence

from pipeline.digits import MESSENGER, Span, number_spans
from pipeline.links import person_free
from pipeline.nicknames import person_spans
from pipeline.normal import normalise

MAIL, HANDLE, LINK = "〔邮箱〕", "〔账号〕", "〔链接〕"

_AT = re.compile("[@＠]")
_MAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}[ \t]?[@＠][ \t]?[A-Za-z0-9\uff21-\uff5a-]{1,63}(?:[.．][A-Za-z0-9-]{1,63}){1,5}",
    re.ASCII,
)
_MAIL_WORDS = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}[ \t]?(?:[(\[#（＃]at[)\]#）＃]|\bat\b|艾特)[ \t]?"
    r"(?:[A-Za-z0-9-]{1,63}[ \t]?(?:\.|\(dot\)|\[dot\]|\bdot\b|点|。)[ \t]?){1,4}(?:com|cn|edu|net|org)\b",
    re.ASCII | re.IGNORECASE,
)
_AT_WORD = re.compile(r"[(\[#（＃]at[)\]#）＃]|艾特| at ", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![A-Za-z0-9])[@＠]([\w\u00b7•.\-]{1,30})(?:@[\w.-]{3,60})?")
# Some software writes a space after the sign. Only in private voices: elsewhere it may say "at".
_SPACED_HANDLE = re.compile(r"(?<![A-Za-z0-9])[@＠][ \t]([^\W\d][\w\u00b7.\-]{1,19})(?![\w\u00b7])")
_EVERYBODY = frozenset(["所有人", "全体成员", "all", "everyone", "here", "channel"])
_MESSENGERS = "微信|威信|薇信|wechat|weixin|vx|wx|v信|抖音|快手|小红书|telegram|tg|飞机|line|skype|qq|扣扣|企鹅"
_WECHAT = re.compile(
    rf"(?:(?:{_MESSENGERS})[ ]?(?:号码|号|id|账号|帐号)?[ ]?(?:[:：是为=]|\bis\b)?|(?<![a-z])v[:：])"
    r"[ ]{0,2}([A-Za-z][A-Za-z0-9_\-]{5,19})(?![A-Za-z0-9_])",
    re.IGNORECASE,
)
_WECHAT_HINT = re.compile(rf"{_MESSENGERS}|v[:：]", re.IGNORECASE)
_NICKNAME = re.compile(r"(?:网名|昵称|用户名|微博名)[:：][ ]?(\S{1,16}?)(?=[\s，。！,;；]|$)")
_LATIN_ID = re.compile(r"(?<![A-Za-z0-9_\-./=])[A-Za-z][A-Za-z0-9_\-]{5}")
_WXID = re.compile(r"wxid_[a-z0-9]{6,30}", re.IGNORECASE)
_URL = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]{1,2000}", re.IGNORECASE)
_REDDIT = re.compile(r"(?<![\w/])/?u/([A-Za-z0-9_-]{3,20})(?![\w-])")


class Masker:
    """Replaces what leads to a person. `keep` are configured school and outlet names: handles with one stay."""

    def __init__(self, keep: Sequence[str] = ()) -> None:
        self._keep = tuple(key for key in (normalise(name).strip() for name in keep) if len(key) > 1)

    def mask(self, text: str, private: bool) -> str:
        """`text` with every identity replaced; with names, rooms and links too when the voice is private."""
        if "://" in text:
            text = _URL.sub(LINK if private else _free_link, text)
        spans = [*number_spans(text), *self._account_spans(text)]
        if private:
            spans += [*person_spans(text, self._keep), *self._handle_spans(text, _SPACED_HANDLE)]
        return replace_spans(text, spans) if spans else text

    def _account_spans(self, text: str) -> Iterator[Span]:
        """E-mail, handles and messenger ids; each family only when the text holds what makes it possible."""
        if _AT.search(text):
            yield from (Span(found.start(), found.end(), MAIL) for found in _MAIL.finditer(text))
            yield from self._handle_spans(text, _HANDLE)
        if _AT_WORD.search(text):
            yield from (Span(found.start(), found.end(), MAIL) for found in _MAIL_WORDS.finditer(text))
        if _LATIN_ID.search(text) and _WECHAT_HINT.search(text):
            yield from _messenger_spans(text)
        if "名" in text or "昵" in text:
            yield from (Span(found.start(1), found.end(1), HANDLE) for found in _NICKNAME.finditer(text))
        if "u/" in text:
            yield from self._handle_spans(text, _REDDIT)

    def _handle_spans(self, text: str, pattern: re.Pattern[str]) -> Iterator[Span]:
        for found in pattern.finditer(text):
            if not self._stays(found.group(1)):
                yield Span(found.start(), found.end(), HANDLE)

    def _stays(self, handle: str) -> bool:
        """A handle of the school or an outlet, or a call to everybody."""
        key = normalise(handle)
        return key in _EVERYBODY or any(name in key for name in self._keep)


def _free_link(found: re.Match[str]) -> str:
    """A link in a public article, without persons."""
    return person_free(found.group(0)) or LINK


def _messenger_spans(text: str) -> Iterator[Span]:
    """Ids named beside a messenger; a plain English word without a digit needs a mark that says it is an id."""
    for found in _WXID.finditer(text):
        yield Span(found.start(), found.end(), MESSENGER)
    for found in _WECHAT.finditer(text):
        name = found.group(1)
        marked = text[found.start() : found.start(1)].rstrip()[-1] in ":：号是为="
        if marked or any(not character.isalpha() for character in name):
            yield Span(found.start(1), found.end(1), MESSENGER)


def replace_spans(text: str, spans: Sequence[Span]) -> str:
    """`text` with spans replaced; where two overlap, the one that begins first and is longer."""
    parts: list[str] = []
    done = 0
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if span.start < done:
            continue
        parts += (text[done : span.start], span.label)
        done = span.end
    parts.append(text[done:])
    return "".join(parts)
