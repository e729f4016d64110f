"""How long things are kept: texts 180 days, headlines two years, tokens two days, counts for good."""

from datetime import UTC, date, datetime

from sqlalchemy import insert
from store_kit import a_document, a_store, an_event, at, bytes_on_disk, kept, rows_of, screened, source_row

from pipeline.model import VoiceToken
from pipeline.store.engine import writing
from pipeline.store.retain import purge, purge_short_lived
from pipeline.store.schema import attempts, sessions
from pipeline.store.scrub import scrub
from pipeline.store.search import Query, SqliteSearch


def test_after_180_days_a_private_voice_is_gone_and_an_article_is_its_headline(tmp_path):
    """The post leaves every file; of the article title and link stay and are still found by title."""
    store = a_store(tmp_path)
    post = a_document("p", "鲶鱼须子在汤里 Quetzalcoatl")
    news = a_document("n", "报道正文极长 Xylophonist", source_kind="news", title="食堂报道", source="paper")
    edited = a_document("n", "更正后的正文", source_kind="news", title="食堂报道", source="paper")
    fresh = a_document("f", "昨天的帖子", seen=at(days=179))
    store.save([kept(post), kept(news), kept(edited), kept(fresh)], [])
    before = sum(row["items"] for row in rows_of(store.engine, "hourly"))
    purged = purge(store.engine, at(days=181))
    assert (purged.private, purged.texts, purged.headlines) == (1, 1, 0)
    assert purged.any_text
    assert scrub(store.engine)
    data = bytes_on_disk(tmp_path)
    for gone in ("鲶鱼须子在汤里", "uetzalcoatl", "报道正文极长", "ylophonist", "更正后的正文"):
        assert gone.encode() not in data
    left = {row["title"]: (row["text"], row["url"]) for row in rows_of(store.engine, "documents")}
    assert left == {"食堂报道": ("", news.url), None: ("昨天的帖子", None)}
    index = SqliteSearch(store.engine)
    assert [hit.id for hit in index.search(Query("食堂报道")).hits] == [news.id]
    assert index.search(Query("更正")).hits == ()
    assert sum(row["items"] for row in rows_of(store.engine, "hourly")) == before == 3
    assert purge(store.engine, at(days=181)).any_text is False


def test_after_two_years_the_headline_goes_too_and_the_numbers_of_the_event_stay():
    """An event without items keeps its counts and is called by its topic only."""
    store = a_store()
    news = a_document("n", "正文", source_kind="news", title="食堂报道")
    store.enqueue(source_row(), [screened(news)], at())
    snapshot = an_event(title="食堂报道", terms=("报道",), items=7)
    store.save([kept(news, snapshot=snapshot)], [one.n for one in store.waiting(9)])
    purge(store.engine, at(days=181))
    assert rows_of(store.engine, "events")[0]["title"] == "食堂报道"
    purge(store.engine, at(days=731))
    (event,) = rows_of(store.engine, "events")
    assert (event["title"], event["terms"], event["items"]) == ("食堂相关反映", "[]", 7)
    for table in ("documents", "sightings"):
        assert rows_of(store.engine, table) == []
    assert len(rows_of(store.engine, "hourly")) == 1


def test_a_token_goes_with_its_key_48_hours_after_its_day_began():
    """One minute before it is there, at the minute it is not; the event keeps its count of voices."""
    store = a_store()
    day = date(2026, 9, 1)
    store.voice_key(day.isoformat(), b"secret")
    post = a_document("p")
    store.enqueue(source_row(), [screened(post, (VoiceToken(day, "aaaa"),))], at())
    purge_short_lived(store.engine, datetime(2026, 9, 2, 23, 59, tzinfo=UTC))
    assert len(rows_of(store.engine, "voice_tokens")) == len(rows_of(store.engine, "voice_keys")) == 1
    assert purge_short_lived(store.engine, datetime(2026, 9, 3, 0, 0, tzinfo=UTC)) == (0, 1)
    assert rows_of(store.engine, "voice_tokens") == rows_of(store.engine, "voice_keys") == []


def test_not_a_byte_is_left_of_a_token_whose_key_died(tmp_path):
    """Deleting overwrites and the log is emptied: token, key and link are in no file any more."""
    store = a_store(tmp_path)
    store.voice_key("2026-09-01", b"DAY-KEY-OF-TODAY")
    token = VoiceToken(date(2026, 9, 1), "f00dfeedf00dfeed")
    store.enqueue(source_row(), [screened(a_document("p"), (token,), b"SEALED-LINK")], at())
    assert b"f00dfeedf00dfeed" in bytes_on_disk(tmp_path)
    purge_short_lived(store.engine, at(days=15))
    data = bytes_on_disk(tmp_path)
    for gone in (b"f00dfeedf00dfeed", b"DAY-KEY-OF-TODAY", b"SEALED-LINK"):
        assert gone not in data


def test_links_sessions_and_failed_logins_expire():
    """Each goes at its own time, and not before."""
    store = a_store()
    store.enqueue(source_row(), [screened(a_document("p"), link=b"sealed")], at())
    with writing(store.engine) as connection:
        connection.execute(insert(sessions).values(id="s", user="u", expires=at(days=14)))
        connection.execute(insert(attempts).values(key="k", at=at(days=12)))
    purge_short_lived(store.engine, at(days=13) - (at(0.1) - at()))
    assert [len(rows_of(store.engine, name)) for name in ("private_links", "sessions", "attempts")] == [1, 1, 1]
    purge_short_lived(store.engine, at(days=14))
    assert [len(rows_of(store.engine, name)) for name in ("private_links", "sessions", "attempts")] == [0, 0, 0]


def test_more_old_items_than_one_step_takes_all_go():
    """Deleting is cut into transactions; the last one is reached."""
    store = a_store()
    store.save([kept(a_document(f"n{n}", f"第{n}条")) for n in range(1203)], [])
    assert purge(store.engine, at(days=181)).private == 1203
    assert rows_of(store.engine, "documents") == []
