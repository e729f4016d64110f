"""Proof of watch and the digest: what was watched is claimed, what was not is said, once a period."""

from datetime import timedelta

from bell import Bell, FakeChannel, Killed, local, staffed
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from alerts.digest import Due
from alerts.policy import DigestSettings, Policy
from alerts.watch import HOLE, Stretch, find_gaps, note_watch, read_proof
from pipeline.store.engine import reading, writing
from pipeline.store.schema import alerts, leases, sources
from pipeline.store.schema_telling import watch

DAILY = Policy(digest=DigestSettings(daily="08:00", quiet=True))


def with_policy(bell: Bell, policy: Policy) -> Bell:
    """The office with other settings of telling; the sender starts anew."""
    bell.policy = policy
    bell.restart()
    return bell


def add_source(bell: Bell, name: str, **more: object) -> None:
    """A source as the collector keeps it."""
    row = {"id": name, "next_due": bell.now, "interval_s": 600, "health": "healthy", "said": "", **more}
    with writing(bell.engine) as conn:
        conn.execute(insert(sources).values(row))


def digests(bell: Bell) -> list[str]:
    """Headlines of the digests that arrived."""
    return [text for text in bell.chat.headlines if "报】" in text]


def test_gaps_are_what_no_stretch_covers() -> None:
    """Two stretches with an hour and a half between them have one gap; a restart of ten minutes is none."""
    found = find_gaps(
        [Stretch(local("00:00"), local("02:10")), Stretch(local("03:40"), local("05:00")),
         Stretch(local("05:10"), local("08:00"))], local("00:00"), local("08:00"),
    )  # fmt: skip
    assert found == [Stretch(local("02:10"), local("03:40"))]


def test_nothing_watched_is_one_gap() -> None:
    """A period without any stretch was not watched at all."""
    assert find_gaps([], local("00:00"), local("08:00")) == [Stretch(local("00:00"), local("08:00"))]


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(1, 200)), max_size=8))
def test_every_minute_is_watched_or_in_a_gap(spans: list[tuple[int, int]]) -> None:
    """No minute of a period is both claimed and denied, and no long hole is left out."""
    begin, minute = local("00:00"), timedelta(minutes=1)
    stretches = [Stretch(begin + minute * a, begin + minute * (a + n)) for a, n in sorted(spans)]
    gaps = find_gaps(stretches, begin, begin + minute * 600)
    for one in gaps:
        assert one.ends - one.begins > HOLE
        assert not any(max(one.begins, s.begins) < min(one.ends, s.ends) for s in stretches)
    free = 0
    for at in range(600):
        moment = begin + minute * at
        covered = any(s.begins <= moment < s.ends for s in stretches)
        free = 0 if covered else free + 1
        if free > HOLE / minute + 1:
            assert any(one.begins <= moment < one.ends for one in gaps)


def test_a_dead_collector_is_not_watching(tmp_path) -> None:
    """The sender alone proves nothing: while no source was read for long, the stretch is not lengthened."""
    bell = staffed(tmp_path)
    add_source(bell, "city", last_run=local("00:00"))
    with writing(bell.engine) as conn:
        assert note_watch(conn, local("00:10"))
        assert not note_watch(conn, local("02:00"))
        conn.execute(update(sources).values(last_run=local("02:05")))
        assert note_watch(conn, local("02:06"))
        assert [(gap.begins, gap.ends) for gap in read_proof(conn, local("00:00"), local("02:06")).gaps] == [
            (local("00:10"), local("02:06"))
        ]


def test_a_dead_worker_is_not_watching(tmp_path) -> None:
    """Items that nobody works off are not watched either."""
    bell = staffed(tmp_path)
    with writing(bell.engine) as conn:
        conn.execute(insert(leases).values(name="worker", holder="w", fence=1, until=local("01:00")))
        assert note_watch(conn, local("00:59"))
        assert not note_watch(conn, local("01:30"))


def test_a_clock_that_is_set_back_claims_nothing_twice(tmp_path) -> None:
    """After a jump back the stretch stands as it was; a jump forward leaves a gap."""
    bell = staffed(tmp_path)
    with writing(bell.engine) as conn:
        for clock in ("10:00", "10:05", "10:02", "18:00", "18:01"):
            note_watch(conn, local(clock))
        rows = conn.execute(select(watch.c.begins, watch.c.ends).order_by(watch.c.n)).all()
    assert [(row.begins, row.ends) for row in rows] == [
        (local("10:00"), local("10:05")),
        (local("18:00"), local("18:01")),
    ]


def test_a_quiet_day_says_that_all_was_watched(tmp_path) -> None:
    """0 matters, all sources healthy, no break, and what can never be seen."""
    bell = with_policy(staffed(tmp_path), DAILY)
    add_source(bell, "city", last_ok=local("00:00"))
    bell.run("08:30")
    text = next(text for text in bell.chat.texts if "日报" in text)
    assert "0 件；1 个来源中 1 个正常" in text
    assert "一直在看" in text
    assert "看不到的" in text
    assert "看不到：" not in text


def test_many_blind_sources_are_counted_not_listed(tmp_path) -> None:
    """Of five blind sources three are named and two are counted."""
    bell = with_policy(staffed(tmp_path), DAILY)
    for number in range(5):
        add_source(bell, f"s{number}", health="failing", last_ok=local("-1 09:10"))
    bell.run("08:30")
    text = next(text for text in bell.chat.texts if "日报" in text)
    assert "5 个来源中 0 个正常" in text
    assert "s2 自 09-04 09:10 起、另 2 项" in text


def test_one_digest_a_day_through_kills_and_restarts(tmp_path) -> None:
    """Killed after sending, started again twice: one message, looked up and not repeated."""
    bell = with_policy(staffed(tmp_path), DAILY)
    bell.run("07:50")
    bell.chat.plan("die after")
    try:
        bell.run("08:30")
    except Killed:
        bell.now += timedelta(minutes=1)
        bell.start()
    bell.run("09:00")
    bell.restart()
    bell.run("12:00")
    assert len(digests(bell)) == 1


def test_a_digest_that_was_missed_comes_late_and_covers_the_time(tmp_path) -> None:
    """Down from 07:00 on the first day to 10:00 on the third: one digest, which begins where the last one ended."""
    bell = with_policy(staffed(tmp_path), DAILY)
    bell.run("08:30")
    bell.now = local("+2 10:00")
    bell.run("+2 10:10")
    assert len(digests(bell)) == 2
    assert "09-05 08:00–08:00" in digests(bell)[1]
    assert "没有在看的时段" in bell.chat.texts[-1]


def test_leaders_read_it_when_that_is_wanted(tmp_path) -> None:
    """The weekly digest goes to the leader's own mail too, the daily one does not."""
    digest = DigestSettings(daily="08:00", weekly_at="08:00", weekday=6, quiet=True, weekly_leaders=True)
    bell = staffed(tmp_path)
    mail = bell.channel("mail", FakeChannel(), kind="email", target="")
    with writing(bell.engine) as conn:
        conn.exec_driver_sql("""update officers set addresses = '{"mail": "chen@c.example"}' where id = 'chen'""")
    with_policy(bell, Policy(digest=digest))
    bell.run("08:30")
    assert [one.message.headline[:4] for one in mail.taken] == ["【周报】"]
    assert sorted(text[:4] for text in digests(bell)) == ["【周报】", "【日报】"]


def test_the_hour_is_the_wall_clocks_on_the_night_of_the_change(tmp_path) -> None:
    """A school in a zone with summer time gets one digest at eight, on the day of 23 and of 25 hours."""
    bell = staffed(tmp_path)
    bell.zone = "Europe/Berlin"
    with_policy(bell, DAILY)
    for day in ("2026-03-29", "2026-10-25"):
        bell.now = local("00:00").fromisoformat(f"{day}T05:00:00+00:00")
        before = len(digests(bell))
        for _ in range(12):
            bell.sender.tick(bell.now)
            bell.now += timedelta(minutes=30)
        assert len(digests(bell)) == before + 1


def test_what_is_forgotten_later_is_not_in_a_stored_digest(tmp_path) -> None:
    """A digest keeps ids and counts, no title and no word of a story."""
    bell = with_policy(staffed(tmp_path), DAILY)
    bell.run("06:00")
    bell.alert("07:00")
    bell.run("08:30")
    with reading(bell.engine) as conn:
        row = conn.execute(select(alerts.c.reason).where(alerts.c.kind == "digest")).one()
    assert "二食堂" not in str(row.reason)
    assert row.reason["matters"] == ["e1"]
    assert any("二食堂" in text for text in bell.chat.texts if "日报" in text)


def test_the_id_of_a_digest_is_its_day() -> None:
    """Two processes make the same digest, two days make two."""
    day = local("00:00").date()
    one, two = (Due("daily", day, local("00:00"), local(clock)) for clock in ("08:00", "09:00"))
    assert one.id == two.id != Due("daily", day + timedelta(days=1), one.begins, one.ends).id


def test_nothing_is_claimed_of_the_time_before_the_first_start(tmp_path) -> None:
    """Started at 10:00 with a digest at eight: none today; the first one begins at 10:00."""
    bell = with_policy(staffed(tmp_path), DAILY)
    bell.now = local("10:00")
    bell.run("11:00")
    assert digests(bell) == []
    bell.run("+1 08:30", step=timedelta(minutes=5))
    assert digests(bell) == ["【日报】09-05 10:00–08:00：0 件"]
