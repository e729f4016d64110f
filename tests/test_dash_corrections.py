"""What officers say against the machine: of an item, and of which items are one matter."""

from datetime import timedelta
from pathlib import Path

from dash_client import Reader, reader, visible
from dash_seed import NOW
from sqlalchemy import insert, select, update

from pipeline.store.audit import verify_audit
from pipeline.store.engine import reading, writing
from pipeline.store.regrouping import read_orders, settle_split, write_mark
from pipeline.store.schema import acks, audit, corrections, documents, events
from pipeline.store.schema_desk import regroupings

EVENT = "/events/e-canteen"


def item_of(client: Reader, event: str = "e-canteen", label: str = "negative") -> str:
    """An item of an event."""
    with reading(client.context.engine) as conn:
        mine = select(documents.c.id).where(documents.c.event == event, documents.c.label == label)
        return str(conn.scalar(mine.where(documents.c.duplicate_of.is_(None)).order_by(documents.c.n)))


def value_of(client: Reader, item: str, column: str) -> object:
    """What the store shows of an item."""
    with reading(client.context.engine) as conn:
        return conn.scalar(select(documents.c[column]).where(documents.c.id == item))


def test_a_wrong_tone_is_put_right_with_one_tap_and_back(tmp_path: Path) -> None:
    """The office's word is shown, the machine's stays beside it, and one tap gives the machine's back."""
    with reader(tmp_path, "officer") as client:
        item = item_of(client)
        told = client.submit(EVENT, "/corrections", document=item, field="label", value="neutral", next=EVENT)
        assert told.headers["location"] == f"{EVENT}?done=corrected"  # type: ignore[attr-defined]
        assert value_of(client, item, "label") == "neutral"
        page = visible(client.get(EVENT).text)
        assert "人工更正为中性，机器判为负面" in page
        assert "恢复原判" not in page  # an undo is better as long as there is one
        with writing(client.context.engine) as conn:
            conn.execute(update(corrections).values(at=NOW - timedelta(minutes=11)))
        assert "恢复原判" in visible(client.get(EVENT).text)
        client.submit(EVENT, "/corrections", document=item, field="label", value="negative", next=EVENT)
        assert value_of(client, item, "label") == "negative"
        with reading(client.context.engine) as conn:
            assert verify_audit(conn) is None
            rows = conn.execute(select(corrections.c.machine, corrections.c.office).order_by(corrections.c.n)).all()
        assert [tuple(row) for row in rows] == [("negative", "neutral"), ("negative", "negative")]


def test_what_is_not_ours_leaves_the_event_and_can_come_back(tmp_path: Path) -> None:
    """ "Not our school" takes the item out of event and counts; the event page still offers the way back."""
    with reader(tmp_path, "officer") as client:
        item = item_of(client)
        client.submit(EVENT, "/corrections", document=item, field="school", value="no", next=EVENT)
        assert value_of(client, item, "event") is None
        assert "人工更正为与本校无关" in visible(client.get(EVENT).text)
        client.submit(EVENT, "/corrections", document=item, field="school", value="yes", next=EVENT)
        assert value_of(client, item, "event") == "e-canteen"


def test_a_word_can_be_taken_back_for_ten_minutes(tmp_path: Path) -> None:
    """The page says in one line what the word does and until when it can be undone; undone, nothing is left of it."""
    with reader(tmp_path, "officer") as client:
        item = item_of(client)
        client.submit(EVENT, "/corrections", document=item, field="label", value="neutral", next=EVENT)
        page = visible(client.get(EVENT).text)
        assert "事件、图表和规则此后按“中性”计；更正本身不会通知任何人。" in page
        with reading(client.context.engine) as conn:
            number = str(conn.scalar(select(corrections.c.n).where(corrections.c.document == item)))
        told = client.submit(EVENT, "/corrections/undo", n=number, next=EVENT)
        assert told.headers["location"] == f"{EVENT}?done=undone"  # type: ignore[attr-defined]
        assert value_of(client, item, "label") == "negative"
        assert "人工更正" not in visible(client.get(EVENT).text)
        again = client.submit(EVENT, "/corrections/undo", n=number, next="//evil.example")
        assert again.headers["location"] == "/?done=word_late"  # type: ignore[attr-defined]
        assert client.submit(EVENT, "/corrections/undo", n="1x").status_code == 404  # type: ignore[attr-defined]
    with reader(tmp_path, "viewer") as client:
        assert client.submit(EVENT, "/corrections/undo", n=number).status_code == 403  # type: ignore[attr-defined]


def test_a_word_on_a_hit_can_be_taken_back_where_it_was_said(tmp_path: Path) -> None:
    """The search page offers the undo also when the item is no longer among its hits."""
    with reader(tmp_path, "officer") as client:
        path = "/search?q=%E9%A3%9F%E5%A0%82&topic=canteen"
        client.submit(path, "/corrections", document=item_of(client), field="school", value="no", next=path)
        page = client.get(path).text
        assert "该条已移出事件和全部统计" in page
        assert 'action="/corrections/undo"' in page


def test_search_results_are_corrected_in_place(tmp_path: Path) -> None:
    """A hit has the same taps, and the answer leads back to the same search."""
    with reader(tmp_path, "officer") as client:
        path = "/search?q=%E9%A3%9F%E5%A0%82&topic=canteen"
        assert "不是本校" in client.get(path).text
        told = client.submit(path, "/corrections", document=item_of(client), field="topic", value="dorms", next=path)
        assert told.headers["location"] == f"{path}&done=corrected"  # type: ignore[attr-defined]


def test_bad_words_change_nothing(tmp_path: Path) -> None:
    """Unknown fields, values and items are refused; a viewer may not speak; a foreign address is not followed."""
    with reader(tmp_path, "officer") as client:
        item = item_of(client)
        assert client.submit(EVENT, "/corrections", document=item, field="text", value="x").status_code == 404  # type: ignore[attr-defined]
        for one, value in ((item, "angry"), ("nothing", "neutral")):
            told = client.submit(EVENT, "/corrections", document=one, field="label", value=value, next="//evil.example")
            assert told.headers["location"] == "/?done=refused"  # type: ignore[attr-defined]
        assert value_of(client, item, "label") == "negative"
    with reader(tmp_path, "viewer") as client:
        assert "不是本校" not in client.get(EVENT).text
        assert client.submit(EVENT, "/corrections", document=item, field="label", value="neutral").status_code == 403  # type: ignore[attr-defined]


def test_a_merge_says_first_what_it_will_do(tmp_path: Path) -> None:
    """Likely events are offered, the next page says what moves, and only then the wish is on record and audited."""
    with reader(tmp_path, "officer") as client:
        with writing(client.context.engine) as conn:
            conn.execute(update(events).where(events.c.id == "e-scam").values(topic="health"))
        assert "e-scam" in client.get(f"{EVENT}/regroup").text
        page = visible(client.get(f"{EVENT}/merge?near=e-scam").text)
        assert "移入第一个事件" in page
        assert "合并本身不会通知任何人" in page
        told = client.submit(f"{EVENT}/merge?near=e-scam", f"{EVENT}/regroup", act="merge", other="e-scam")
        assert told.headers["location"].endswith("done=merge_asked")  # type: ignore[attr-defined]
        with reading(client.context.engine) as conn:
            order = read_orders(conn)[0]
            assert (order.event, order.gone) == ("e-canteen", "e-scam")
            assert conn.scalar(select(audit.c.what).order_by(audit.c.n.desc()).limit(1)) == "merge"
        assert "将在读取下一批内容之前完成" in visible(client.get(EVENT).text)
        again = client.submit(EVENT, f"{EVENT}/regroup", act="undo")
        assert again.headers["location"].endswith("done=undo_soon")  # type: ignore[attr-defined]


def test_a_split_counts_copies_and_can_be_undone_for_ten_minutes(tmp_path: Path) -> None:
    """The page says how many items leave with their copies; once it was followed, undo joins the two again."""
    with reader(tmp_path, "officer") as client:
        item = item_of(client)
        page = client.get(f"{EVENT}/split?item={item}")
        assert "将成为单独的事件" in visible(page.text)
        client.submit(f"{EVENT}/regroup", f"{EVENT}/regroup", act="split", items=item)
        with writing(client.context.engine) as conn:
            number = read_orders(conn)[0].n
            settle_split(conn, number, "e-scam")
            write_mark(conn, number)
        told = client.submit(EVENT, f"{EVENT}/regroup", act="undo")
        assert told.headers["location"].endswith("done=regroup_undone")  # type: ignore[attr-defined]
        with reading(client.context.engine) as conn:
            assert [(o.event, o.gone) for o in read_orders(conn)] == [("e-canteen", "e-scam")]
        assert client.submit(EVENT, f"{EVENT}/regroup", act="undo").headers["location"].endswith("undo_late")  # type: ignore[attr-defined]


def test_the_way_back_ends_after_ten_minutes(tmp_path: Path) -> None:
    """An old merge offers no undo, and what it moved is dropped with the next one."""
    with reader(tmp_path, "officer") as client:
        with writing(client.context.engine) as conn:
            old = {"n": 1, "event": "e-canteen", "gone": "e-x", "items": ["a"], "at": NOW - timedelta(minutes=20)}
            conn.execute(insert(regroupings).values(**old, who="officer"))
        assert "撤销" not in visible(client.get(EVENT).text)
        client.submit(EVENT, f"{EVENT}/regroup", act="merge", other="e-scam")
        with reading(client.context.engine) as conn:
            assert conn.scalars(select(regroupings.c.gone)).all() == ["e-scam"]


def test_wishes_that_make_no_sense_are_refused_in_words(tmp_path: Path) -> None:
    """An unknown event, the same event, no item, all items."""
    with reader(tmp_path, "officer") as client:
        with reading(client.context.engine) as conn:
            every = conn.scalars(select(documents.c.id).where(documents.c.event == "e-scam")).all()
        cases = {
            f"{EVENT}/merge?other=nothing": "没有这个事件", f"{EVENT}/merge?other={EVENT}": "已是同一事件",
            f"{EVENT}/split": "都不在此事件中",
            "/events/e-scam/split?" + "&".join(f"item={one}" for one in every): "全部内容",
        }  # fmt: skip
        for path, said in cases.items():
            answer = client.get(path)
            assert answer.status_code == 400
            assert said in answer.text, path


def test_precision_is_a_number_on_the_first_page_and_the_wall(tmp_path: Path) -> None:
    """One false alarm among the told events lowers it; a false alarm that was undone does not."""
    with reader(tmp_path, "officer") as client:
        before = client.get("/now.json").json()["precision"]
        assert before["wrong"] == 0
        assert before["told"] >= 2
        client.submit("/events/e-scam", "/events/e-scam/act", act="false_alarm")
        after = client.get("/now.json").json()["precision"]
        assert (after["told"], after["wrong"]) == (before["told"], 1)
        share = round(100 * (after["told"] - 1) / after["told"])
        for path in ("/", "/wall"):
            assert f"准确率 {share}%" in visible(client.get(path).text)
        with writing(client.context.engine) as conn:
            conn.execute(update(acks).where(acks.c.what == "false_alarm").values(undone=NOW))
        assert client.get("/now.json").json()["precision"]["wrong"] == 0
