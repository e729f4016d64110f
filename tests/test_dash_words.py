"""Chinese first, English complete."""

import re
from pathlib import Path

import pytest
from dash_client import reader, visible
from dash_pages import PAGES
from dash_words import said_in_python, said_in_templates

from alerts.cases import OUTCOMES
from dashboards.auth import ROLES
from dashboards.i18n import Words, choose_language, load_words
from pipeline.model import REACHES, SOURCE_KINDS, TOPICS, Severity

HAN = re.compile("[\u4e00-\u9fff]")
FIELDS = re.compile(r"\{(\w*)\}")


def test_every_sentence_has_chinese() -> None:
    """No sentence in a template or a page is without its Chinese."""
    known = {text for context, text in load_words()["zh"].catalog if not context}
    said = said_in_templates() | said_in_python()
    assert len(said) > 200
    assert sorted(said - known) == []


def test_no_chinese_is_left_over() -> None:
    """Every Chinese entry is still said somewhere, so that the catalog does not rot."""
    known = {text for context, text in load_words()["zh"].catalog if not context}
    outside = said_by_others()
    assert sorted(known - said_in_templates() - said_in_python() - outside) == []


def said_by_others() -> set[str]:
    """Sentences that come from the store, the acks, the accounts or the web framework and are shown here."""
    query = Path("pipeline/store/query.py")
    files = [
        Path(__file__).parent.parent / f
        for f in (
            query,
            "pipeline/store/search.py",
            "alerts/acks.py",
            "dashboards/auth.py",
            "dashboards/wishes.py",
            "dashboards/accounts.py",
        )
    ]
    files += sorted((Path(__file__).parent.parent / "alerts" / "response").glob("*.py"))
    files += sorted((Path(__file__).parent.parent / "dashboards" / "response").glob("*.py"))
    files += [Path(__file__).parent.parent / "alerts" / name for name in ("asks.py", "taps.py", "special_watch.py")]
    files += sorted((Path(__file__).parent.parent / "alerts" / "duty").glob("*.py"))
    files += sorted((Path(__file__).parent.parent / "alerts").glob("case*.py"))
    files += [Path(__file__).parent.parent / "dashboards" / "pages" / name for name in ("roster.py", "cases.py")]
    text = "\n".join(f.read_text(encoding="utf-8") for f in files)
    text = re.sub(r"'\{[^{}\n]*\}'", "'{}'", text)  # a quoted part of a refusal
    text = text.replace("{LONGEST}", "500").replace("{DEEPEST}", "20").replace("{PASSWORD_LENGTH}", "10")
    found = set(re.findall(r'"([^"\n]{8,})"', text))
    words = {f"{where} a word is missing." for where in ("At the beginning", "After AND", "After NOT", "Here")}
    return found | words | {"Not Found", "Method Not Allowed", "The two passwords differ.", AND_500, "say why"}


AND_500 = "something went wrong here; it has been logged"


def test_placeholders_are_the_same() -> None:
    """A translation uses exactly the fields of its sentence."""
    for (context, text), chinese in load_words()["zh"].catalog.items():
        if not context:
            assert sorted(set(FIELDS.findall(text))) == sorted(set(FIELDS.findall(chinese))), text


def test_names_are_complete_in_both_languages() -> None:
    """Every fixed id that a page may show has a name in both languages."""
    asked = {
        "topic": TOPICS, "kind": SOURCE_KINDS, "reach": REACHES, "severity": tuple(Severity), "role": ROLES,
        "severity-short": tuple(Severity), "tone": ("negative", "neutral", "positive", "unknown"),
        "act": ("taken", "handed_over", "false_alarm", "released"), "trend": ("growing", "steady", "fading", "quiet"),
        "message": ("queued", "sending", "sent", "dead", "stopped"), "status": ("open", "closed"),
        "alert": ("first", "severity", "reach", "threshold", "reopened", "closed", "digest"),
        "alert-state": ("pending", "deferred", "silenced", "inhibited", "routed", "stale"),
        "outcome": OUTCOMES,
        "health": ("healthy", "blind", "silent", "refused", "new", "off"),
        "slip": ("notice", "order"), "slip-state": ("sent", "answered", "accepted", "returned"),
        "slip-way": ("link", "office"), "report": ("first", "update", "final"), "paper-role": (*ROLES, "leader"),
        "fact": ("unconfirmed", "confirmed", "denied"),
    }  # fmt: skip
    for words in load_words().values():
        missing = [(c, str(k)) for c, keys in asked.items() for k in keys if not words.knows(c, str(k))]
        assert missing == [], words.lang


def test_both_catalogs_name_the_same_ids() -> None:
    """What has a name in one language has it in the other."""
    zh, en = ({key for key in w.catalog if key[0]} for w in load_words().values())
    assert zh == en


@pytest.mark.parametrize("path", PAGES)
def test_english_pages_hold_no_chinese_of_ours(tmp_path: Path, path: str) -> None:
    """On an English page none of our Chinese sentences stands; what is Chinese there is data."""
    with reader(tmp_path) as client:
        client.cookies.set("tocsin-lang", "en", domain="127.0.0.1")
        page = visible(client.get(path).text)
        ours = {text for text in load_words()["zh"].catalog.values() if HAN.search(text) and len(text) > 3}
        assert [text for text in ours if text in page and "{" not in text] == []
        assert 'lang="en"' in client.get(path).text


def test_language_is_remembered(tmp_path: Path) -> None:
    """The language button sets a cookie and comes back to the same page."""
    with reader(tmp_path) as client:
        assert "现在" in client.get("/").text or "需要处理" in client.get("/").text
        answer = client.submit("/events", "/language", lang="en", next="/events")
        assert answer.headers["location"] == "/events"  # type: ignore[attr-defined]
        assert "Events" in client.get("/events").text


def test_browser_language_is_respected() -> None:
    """Without a cookie the first language of the browser that we speak is taken, else the school's."""
    assert choose_language(None, "fr-FR, en;q=0.8, zh;q=0.5") == "en"
    assert choose_language(None, "fr") == "zh"
    assert choose_language("zh", "en") == "zh"
    assert choose_language("xx", "") == "zh"


def test_unknown_names_show_themselves() -> None:
    """An office's own topic has no name in the catalog and is shown as it is."""
    assert Words("zh", {}).name("topic", "library") == "library"
