"""The event page and what can be done there; the phone page behind a signed link."""

from datetime import timedelta
from pathlib import Path

import pytest
from dash_client import BASE, Reader, reader, visible
from dash_seed import DESK, NOW, SEAL
from forged import forge
from sqlalchemy import func, insert, select, update

from alerts.acks import Links
from pipeline.store.audit import verify_audit
from pipeline.store.engine import reading, writing
from pipeline.store.schema import acks, audit, cases, documents, events, private_links, silences

EVENT = "/events/e-canteen"


def last_act(client: Reader) -> tuple[str, str]:
    """Who did what last."""
    with reading(client.context.engine) as conn:
        row = conn.execute(select(acks.c.who, acks.c.what).order_by(acks.c.n.desc()).limit(1)).one()
    return row.who, row.what


def trail(client: Reader) -> list[tuple[str, str, str]]:
    """The audit trail, which must be whole."""
    with reading(client.context.engine) as conn:
        assert verify_audit(conn) is None
        return [
            tuple(row) for row in conn.execute(select(audit.c.who, audit.c.what, audit.c.target).order_by(audit.c.n))
        ]


def test_the_page_answers_the_five_questions(tmp_path: Path) -> None:
    """How many and how, which media, what, growing or fading, who knows and has it."""
    with reader(tmp_path) as client:
        text = visible(client.get(EVENT).text)
        for part in (
            "多少人在说", "7 条 · 6 人发声 · 2 家媒体", "负面 86%",
            "哪些媒体报道", "江州晚报", "最广：区域",
            "在说什么", "疑似食物中毒", "在升温还是降温", "平稳",
            "谁知道，谁在处理", "无人接手", "首家媒体：江州晚报",
        ):  # fmt: skip
            assert part in text, part


def test_taking_and_giving_back(tmp_path: Path) -> None:
    """A tap takes the event in the user's name; it leaves the list of what needs someone; both steps are audited."""
    with reader(tmp_path, "officer") as client:
        assert "2 件事需要处理" in client.get("/").text
        client.submit(EVENT, f"{EVENT}/act", act="take")
        assert last_act(client) == ("officer", "taken")
        assert "officer 在处理" in client.get(EVENT).text
        assert "1 件事需要处理" in client.get("/").text
        client.submit(EVENT, f"{EVENT}/act", act="release")
        assert "2 件事需要处理" in client.get("/").text
        assert trail(client)[-2:] == [("officer", "taken", "e-canteen"), ("officer", "released", "e-canteen")]


def test_handing_over_names_the_other(tmp_path: Path) -> None:
    """After handing over the other one has it; without a name nothing happens."""
    with reader(tmp_path, "officer") as client:
        assert "done=nobody" in client.submit(EVENT, f"{EVENT}/act", act="hand_over").headers["location"]  # type: ignore[attr-defined]
        client.submit(EVENT, f"{EVENT}/act", act="hand_over", to="值班二")
        assert last_act(client) == ("值班二", "handed_over")
        assert "值班二 在处理" in client.get(EVENT).text


def test_a_false_alarm_needs_nobody(tmp_path: Path) -> None:
    """An event called a false alarm leaves the list."""
    with reader(tmp_path, "officer") as client:
        client.submit("/events/e-scam", "/events/e-scam/act", act="false_alarm", note="演练")
        assert "1 件事需要处理" in client.get("/").text


def test_an_acknowledgement_runs_out(tmp_path: Path) -> None:
    """When the hold has ended the event needs someone again."""
    with reader(tmp_path, "officer") as client:
        client.submit(EVENT, f"{EVENT}/act", act="take")
        with writing(client.context.engine) as conn:
            conn.execute(update(acks).where(acks.c.event == "e-canteen").values(expires=NOW - timedelta(minutes=1)))
        assert "2 件事需要处理" in client.get("/").text


def test_silencing_is_stored_and_audited(tmp_path: Path) -> None:
    """A silence of two hours with its reason."""
    with reader(tmp_path, "officer") as client:
        client.submit(EVENT, f"{EVENT}/act", act="silence", note="已在处理")
        with reading(client.context.engine) as conn:
            row = conn.execute(select(silences)).one()
        assert (row.event, row.why, row.ends - row.begins) == ("e-canteen", "已在处理", timedelta(hours=2))
        assert trail(client)[-1][1] == "silence"


def test_a_case_gets_a_department_and_a_deadline(tmp_path: Path) -> None:
    """A case is stored with its deadline, shown and audited; without a department it is not made."""
    with reader(tmp_path, "officer") as client:
        client.submit(EVENT, f"{EVENT}/case", department="", hours="5")
        client.submit(EVENT, f"{EVENT}/case", department="后勤保障处", hours="7")
        client.submit(EVENT, f"{EVENT}/case", department="后勤保障处", hours="24")
        client.submit(EVENT, f"{EVENT}/case", department="校医院", hours="")
        with reading(client.context.engine) as conn:
            rows = conn.execute(select(cases).where(cases.c.event == "e-canteen")).all()
        due = {r.department: r.due - NOW for r in rows}
        assert due == {"后勤保障处": timedelta(hours=24), "校医院": timedelta(hours=5)}
        assert "后勤保障处" in client.get("/cases").text
        assert "逾期" in client.get("/cases").text
        assert [t[1] for t in trail(client)][-2:] == ["open_case", "open_case"]


def test_a_case_closes_with_a_fixed_outcome(tmp_path: Path) -> None:
    """Only the fixed outcomes close a case; "removed" is none of them."""
    with reader(tmp_path, "officer") as client:
        client.submit("/cases", "/cases/case1/close", outcome="removed")
        assert client.get("/cases.json").json()["cases"][0]["status"] == "open"
        client.submit("/cases", "/cases/case1/close", outcome="repaired", note="水泵已更换")
        assert client.get("/cases.json").json()["cases"][0]["outcome"] == "repaired"
        assert trail(client)[-1] == ("officer", "close_case", "case1")


def test_the_original_opens_by_audited_post_only(tmp_path: Path) -> None:
    """A private voice's link leaves us only in the answer to an officer's POST, without referrer, audited."""
    with reader(tmp_path, "officer") as client:
        answer = client.submit(EVENT, f"{EVENT}/original", document="e-canteen-0")
        assert answer.headers["refresh"] == "0; url=https://campus-forum.example/thread/e-canteen-0"  # type: ignore[attr-defined]
        assert answer.headers["referrer-policy"] == "no-referrer"  # type: ignore[attr-defined]
        assert trail(client)[-1] == ("officer", "open_original", "e-canteen-0")
        gone = client.submit(EVENT, f"{EVENT}/original", document="e-canteen-3")
        assert gone.status_code == 404  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil", "https://a.example/\r\nX: 1", "ftp://a"]
)
def test_only_web_links_are_opened(tmp_path: Path, url: str) -> None:
    """A sealed link that is no plain web address is not followed, and nothing gets into a header."""
    with reader(tmp_path, "officer") as client:
        with writing(client.context.engine) as conn:
            where = private_links.c.document == "e-canteen-0"
            conn.execute(update(private_links).where(where).values(sealed=SEAL.seal(url)))
        answer = client.submit(EVENT, f"{EVENT}/original", document="e-canteen-0")
        refresh = answer.headers.get("refresh", "")  # type: ignore[attr-defined]
        assert refresh == "" or refresh == "0; url=https://a.example/%0D%0AX:%201"
        assert "x" not in answer.headers  # type: ignore[attr-defined]


def test_expired_links_are_not_offered(tmp_path: Path) -> None:
    """The button disappears with the link."""
    with reader(tmp_path, "officer") as client:
        assert "打开原帖" in client.get(EVENT).text
        with writing(client.context.engine) as conn:
            conn.execute(update(private_links).values(expires=NOW - timedelta(seconds=1)))
        assert "打开原帖" not in client.get(EVENT).text


def test_private_voices_show_an_hour_and_no_link(tmp_path: Path) -> None:
    """On the page and in its twin a private voice has its hour only; its link appears nowhere."""
    with reader(tmp_path) as client:
        stories = client.get(f"{EVENT}.json").json()["stories"]
        private = [s for s in stories if s["private"]]
        assert len(private) == 5
        for story in private:
            assert story["url"] is None
            assert story["when"].endswith(":00:00Z")
        for path in (EVENT, f"{EVENT}.json", "/", "/now.json", "/search?q=食堂", "/search.json?q=食堂", "/a/" + link()):
            assert "/thread/" not in client.get(path).text, path


def test_few_voices_are_veiled(tmp_path: Path) -> None:
    """Under five voices the number is not told, neither on a page nor in a twin."""
    with reader(tmp_path) as client:
        assert client.get("/events/e-scam.json").json()["event"]["voices"] == "<5"
        assert client.get(f"{EVENT}.json").json()["event"]["voices"] == "6"
        assert "&lt;5 人发声" in client.get("/events/e-scam").text
        assert "voices_met" not in client.get("/events.json").text


def test_a_merged_event_leads_to_the_kept_one(tmp_path: Path) -> None:
    """An old address of a merged event still works."""
    with reader(tmp_path) as client:
        with writing(client.context.engine) as conn:
            conn.execute(update(events).where(events.c.id == "e-gate").values(merged_into="e-water"))
        assert client.get("/events/e-gate").headers["location"] == "/events/e-water"
        assert client.get("/events/none").status_code == 404


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def test_crawled_text_stays_text(tmp_path: Path) -> None:
    """Hostile titles, texts, addresses, places, case texts and notes come out as text on every page."""
    with reader(tmp_path) as client:
        with writing(client.context.engine) as conn:
            conn.execute(update(documents).values(title=HOSTILE, text=HOSTILE, url="javascript:alert(1)"))
            conn.execute(update(events).values(title=HOSTILE, place=HOSTILE, terms=[HOSTILE]))
            conn.execute(update(cases).values(department=HOSTILE, note=HOSTILE))
            conn.execute(insert(acks).values(event="e-canteen", at=NOW, who=HOSTILE, what="taken", note=HOSTILE))
        for path in ("/", "/wall", "/events", EVENT, "/search?kind=news", "/cases", "/topics", "/a/" + link(),
                     "/search?q=" + HOSTILE):  # fmt: skip
            text = client.get(path).text
            assert "<script>alert" not in text, path
            assert "<img src=x" not in text, path
            assert 'href="javascript' not in text, path


# ---------------------------------------------------------------- the phone


def link(who: str = "值班一", event: str = "e-canteen") -> str:
    """A good token."""
    return DESK.links.make(event, who, "a-e-canteen", NOW)


def test_the_link_shows_and_does_not_act(tmp_path: Path) -> None:
    """Opening the link, as a previewer does, changes nothing; the page tells what the message told."""
    with reader(tmp_path, None) as client:
        for _ in range(3):
            text = visible(client.get(f"/a/{link()}").text)
        for part in ("橙", "二食堂 疑似食物中毒", "无人接手", "首次发现", "为何提醒", "2 家媒体已报道"):
            assert part in text
        with reading(client.context.engine) as conn:
            assert conn.scalar(select(func.count()).select_from(acks)) == 1


def test_one_tap_takes_it(tmp_path: Path) -> None:
    """The button takes the event for the link's officer, without login, and it is audited."""
    with reader(tmp_path, None) as client:
        page = f"/a/{link()}"
        client.submit(page, page, act="take")
        assert last_act(client) == ("值班一", "taken")
        assert "值班一 在处理" in visible(client.get(page).text)
        assert trail(client)[-1] == ("值班一", "taken", "e-canteen")


def test_the_phone_hands_over_and_calls(tmp_path: Path) -> None:
    """From the phone the event can be handed to the roster, and the leader called."""
    with reader(tmp_path, None) as client:
        page = f"/a/{link()}"
        client.submit(page, page, act="hand_over", to="值班二")
        assert last_act(client) == ("值班二", "handed_over")
        assert 'href="tel:+86-10-5550-0103"' in client.get(page).text


@pytest.mark.parametrize("act", ["take", "hand_over", "false_alarm", "silence"])
def test_every_button_of_the_message_is_on_the_page(tmp_path: Path, act: str) -> None:
    """What the message offers, the page behind the link offers too, opened at the sheet that was asked for."""
    with reader(tmp_path, None) as client:
        text = client.get(f"/a/{link()}?do={act}").text
        assert f'value="{act}"' in text
        assert text.count('<details class="drop" open>') == (0 if act == "take" else 1)


def test_the_phone_calls_it_false_and_silences(tmp_path: Path) -> None:
    """A false alarm and two hours of silence are one tap each from the link, in the officer's name, audited."""
    with reader(tmp_path, None) as client:
        page = f"/a/{link()}"
        client.submit(page, page, act="false_alarm")
        assert last_act(client) == ("值班一", "false_alarm")
        client.submit(page, page, act="silence")
        with reading(client.context.engine) as conn:
            row = conn.execute(select(silences)).one()
        assert (row.event, row.who, row.ends - row.begins) == ("e-canteen", "值班一", timedelta(hours=2))
        assert [line[1] for line in trail(client)[-2:]] == ["false_alarm", "silence"]


@pytest.mark.parametrize("fault", ["forged", "cut", "expired", "other key"])
def test_bad_links_open_nothing(tmp_path: Path, fault: str) -> None:
    """A forged, cut or expired link shows nothing of the event and cannot act."""
    token = {
        "forged": forge(link()),
        "cut": link()[:10],
        "expired": DESK.links.make("e-canteen", "值班一", "a", NOW - timedelta(hours=73)),
        "other key": Links(b"another key").make("e-canteen", "值班一", "a", NOW),
    }[fault]
    with reader(tmp_path, None) as client:
        answer = client.get(f"/a/{token}")
        assert answer.status_code == 404
        assert "二食堂" not in answer.text
        data = {"csrf": client.token("/login"), "act": "take"}
        assert client.post(f"/a/{token}", data=data, headers={"origin": BASE}).status_code == 404


def test_the_link_opens_one_event_only(tmp_path: Path) -> None:
    """With the link nothing else opens: no list, no search, no original."""
    with reader(tmp_path, None) as client:
        client.get(f"/a/{link()}")
        for path in ("/", "/events", "/search?q=食堂", EVENT, f"{EVENT}.json"):
            assert client.get(path).status_code in {303, 401}
        assert "打开原帖" not in client.get(f"/a/{link()}").text
