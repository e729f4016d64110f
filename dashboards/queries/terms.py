"""Words that many use: only those that at least five voices or two outlets have used, and that read as no person."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, select

from pipeline.model import PRIVATE_KINDS
from pipeline.names import find_names, name_book
from pipeline.person import person_check
from pipeline.school import School
from pipeline.store.schema import documents, voice_tokens
from pipeline.store.shown import CARE
from pipeline.wording import LEAD, RUN, normalize, strip

READ, SHOWN = 300, 30
VOICES, OUTLETS = 5, 2
_EMPTY = (
    "一个 一下 一些 一样 一起 一直 一点 不是 不会 不能 不要 不用 不到 什么 怎么 怎样 为什么 哪里 谁的 "
    "这个 这样 这么 这些 那个 那么 那些 我们 你们 他们 她们 自己 大家 有人 有点 有的 有些 有没有 没有 "
    "没人 还有 还是 就是 可以 可能 能不能 是不是 要不要 会不会 现在 今天 昨天 今日 昨日 明天 已经 正在 "
    "开始 以后 以前 之后 之前 时候 因为 所以 但是 如果 而且 或者 以及 进行 开展 完成 出现 关于 其中 目前 "
    "感觉 觉得 知道 看到 真的 到底 终于 居然 竟然 只有 只能 应该 需要 希望 请问 求助 学院 学校 同学 "
)
EMPTY = frozenset(_EMPTY.split())  # they say nothing of what a matter is about
LONGEST = 4  # letters of a Chinese word that is looked for


@dataclass(frozen=True, slots=True)
class TermRow:
    """A word: stories with it now and in the time before, and a size from 1 to 5 for the cloud. `rising` when it is half
    as much again and at least two more."""

    term: str
    stories: int
    before: int
    size: int

    @property
    def rising(self) -> bool:
        """More than before, by half and by two."""
        return self.stories >= self.before + 2 and self.stories >= 1.5 * self.before


@dataclass(slots=True)
class Users:
    """Who has used a word: stories now and before, outlets, private sources, tokens of each day."""

    now: int = 0
    before: int = 0
    outlets: set[str] | None = None
    sources: set[str] | None = None
    tokens: defaultdict[str, set[str]] | None = None


def find_terms(conn: Connection, where: ColumnElement[bool], since: datetime, school: School) -> list[TermRow]:
    """The words of the newest 300 distinct stories that meet `where`, most used first; those seen from `since` on count
    as now. Nothing of what is about somebody's wellbeing is read."""
    d = documents.c
    columns = (d.id, d.source, d.source_kind, d.title, d.text, d.seen)
    mine = select(*columns).where(where, d.duplicate_of.is_(None), d.topic != CARE, d.text != "")
    rows = conn.execute(mine.order_by(d.n.desc()).limit(READ)).all()
    tokens = read_tokens(conn, [row.id for row in rows])
    own = [normalize(name) for name in (school.name, school.english, *school.aliases) if name]
    used: dict[str, Users] = {}
    for row in rows:
        for word in set(cut_words(f"{row.title or ''}\n{row.text[:LEAD]}", own)):
            note_use(
                used.setdefault(word, Users()), row.source, row.source_kind, row.seen >= since, tokens.get(row.id, ())
            )
    return rank_terms(used, school)


def read_tokens(conn: Connection, ids: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """(day, token) of each document; none for those whose key has gone."""
    v = voice_tokens.c
    found: dict[str, list[tuple[str, str]]] = {}
    for document, day, token in conn.execute(select(v.document, v.day, v.token).where(v.document.in_(ids))):
        found.setdefault(document, []).append((day, token))
    return found


def cut_words(text: str, own: Sequence[str]) -> Iterator[str]:
    """The known words of a text, the longest first at each place; not the school's own names."""
    plain = normalize(text)
    for name in own:
        plain = plain.replace(name, " ")
    words = name_book().words
    for run in RUN.findall(strip(plain)):
        if run[0] < "\u3400":
            if len(run) > 3 and run.isalpha():
                yield run
            continue
        yield from cut_run(run, words)


def cut_run(run: str, words: Container[str]) -> Iterator[str]:
    """The known words of one run of Chinese letters."""
    at = 0
    while at < len(run) - 1:
        word = next(
            (run[at : at + n] for n in range(LONGEST, 1, -1) if at + n <= len(run) and run[at : at + n] in words), ""
        )
        if word and word not in EMPTY:
            yield word
        at += len(word) or 1


def note_use(users: Users, source: str, kind: str, is_now: bool, tokens: Sequence[tuple[str, str]]) -> None:
    """One more story with the word."""
    users.now, users.before = users.now + is_now, users.before + (not is_now)
    if kind not in PRIVATE_KINDS:
        users.outlets = {*(users.outlets or ()), source}
        return
    users.sources = {*(users.sources or ()), source}
    users.tokens = users.tokens or defaultdict(set)
    for day, token in tokens:
        users.tokens[day].add(token)


def is_shared(users: Users) -> bool:
    """Used by five voices (of one day, or as many private sources) or by two outlets."""
    voices = max([len(one) for one in (users.tokens or {}).values()] + [len(users.sources or ())])
    return voices >= VOICES or len(users.outlets or ()) >= OUTLETS


def rank_terms(used: dict[str, Users], school: School) -> list[TermRow]:
    """Those that may be shown, most used first, sized by their rank."""
    shared = [(word, users) for word, users in used.items() if users.now + users.before > 1 and is_shared(users)]
    best = Counter({word: users.now + users.before for word, users in shared}).most_common(2 * SHOWN)
    fit = [word for word, _ in best if not any(find_names(word)) and person_check(word, school).ok][:SHOWN]
    return [TermRow(w, used[w].now, used[w].before, 5 - (5 * k) // max(1, len(fit))) for k, w in enumerate(fit)]


def event_terms(conn: Connection, event: str, now: datetime, school: School) -> list[TermRow]:
    """The words of an event; now is the last six hours."""
    return find_terms(conn, documents.c.event == event, now - timedelta(hours=6), school)


def period_terms(conn: Connection, topic: str, days: int, now: datetime, school: School) -> list[TermRow]:
    """The words of a period (of one topic when it is named), beside the period before."""
    where = documents.c.seen > now - timedelta(days=2 * days)
    if topic:
        where = where & (documents.c.topic == topic)
    return find_terms(conn, where, now - timedelta(days=days), school)
