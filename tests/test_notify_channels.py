"""What is particular to each channel: threads, headers, signatures, limits."""

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from fake_hook import FakeHook
from fake_slack import CHANNEL, TOKEN, FakeSlack
from fake_smtp import FakeSmtp
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from test_notify_contract import HOSTILE, MESSAGE, NOW, delivery

from alerts.notify.answers import read_refusal
from alerts.notify.base import Failed, Sent
from alerts.notify.mail import Email, write_mail
from alerts.notify.slack import SlackBot
from alerts.notify.slack_blocks import SECTION, TOTAL, split_lines, write_blocks
from alerts.notify.terminal import Terminal
from alerts.notify.webhook import Webhook
from alerts.settings import ChannelSpec, Secret


@pytest.fixture
def slack(monkeypatch):
    """A loopback Slack and a bot in it."""
    monkeypatch.setenv("T_TOKEN", TOKEN)
    with FakeSlack() as server:
        spec = ChannelSpec("chat", "slack", token=Secret(env="T_TOKEN"), target=CHANNEL, base_url=server.base_url)
        server.bot = SlackBot(spec, timeout=1)
        yield server


@pytest.fixture
def smtp():
    """A loopback mail server and a sender to it."""
    with FakeSmtp() as server:
        to = ["duty@college.example", "leader@college.example"]
        server.sender = Email(
            ChannelSpec(
                "mail", "email", host="127.0.0.1", port=server.port, tls="none", sender="bell@c.example", to=to
            ),
            timeout=2,
        )
        yield server


def hook_at(server: FakeHook, monkeypatch) -> Webhook:
    monkeypatch.setenv("T_URL", server.url)
    monkeypatch.setenv("T_KEY", "right")
    return Webhook(ChannelSpec("out", "webhook", url=Secret(env="T_URL"), key=Secret(env="T_KEY")), timeout=1)


def test_slack_mentions_the_officer_by_id(slack):
    """The person on call is addressed by id, so that a muted channel rings; what is no id rings nobody."""
    slack.bot.send(delivery(address="U0OFFICER"))
    slack.bot.send(delivery(address="U0> <!channel", key="k2"))
    assert "<@U0OFFICER>" in str(slack.posts[0]["blocks"])
    assert "!channel" not in str(slack.posts[1])


def test_slack_updates_stand_in_the_thread(slack):
    """A later alert goes under the first one and shows in the channel; a mere update stays in the thread."""
    first = slack.bot.send(delivery())
    slack.bot.send(delivery(replace(MESSAGE, thread=first.receipt), key="k2"))
    slack.bot.send(delivery(replace(MESSAGE, lines=(), actions=(), thread=first.receipt, kind="update"), key="k3"))
    assert [post.get("thread_ts") for post in slack.posts] == [None, slack.posts[0]["ts"], slack.posts[0]["ts"]]
    assert [post.get("reply_broadcast") for post in slack.posts] == [None, True, False]


def test_slack_never_posts_twice_by_itself(slack):
    """One call is one post: the library does not retry behind our back."""
    slack.swallow()
    slack.bot.send(delivery())
    assert slack.calls == ["chat.postMessage"]


def test_slack_text_for_the_lock_screen_is_the_headline(slack):
    """The notification begins with level, place and matter, and its markup is escaped."""
    slack.bot.send(delivery(replace(MESSAGE, headline="【橙】二食堂 <!channel> & co")))
    assert slack.posts[0]["text"] == "【橙】二食堂 &lt;!channel&gt; &amp; co"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=6000), max_size=12))
def test_slack_blocks_keep_the_limits(lines):
    """Whatever the lines, no section is over its limit and the whole stays under what Slack takes."""
    blocks = write_blocks(replace(MESSAGE, lines=tuple(lines)), "U0OFFICER")
    texts = [len(block["text"]["text"]) for block in blocks if "text" in block]
    assert max(texts) <= 3000
    assert sum(texts) <= 12_000
    assert len(blocks) <= 50


def test_lines_that_do_not_fit_are_counted():
    """Nothing is dropped without saying how much."""
    parts = split_lines(["x" * SECTION] * 12, SECTION, TOTAL)
    assert parts[-1] == "… +9"


def test_mail_headers_cannot_be_added_by_a_title():
    """A title with a line break makes one header, not two."""
    mail = write_mail(
        delivery(replace(MESSAGE, headline="a\r\nBcc: x@evil.example")), "bell@c.example", ["d@c.example"]
    )
    assert mail["Bcc"] is None
    assert mail["Subject"] == "a Bcc: x@evil.example"


def test_mail_has_the_same_id_at_every_attempt(smtp):
    """A repeat carries the Message-ID of the first, so that mailboxes show one."""
    smtp.swallow()
    assert smtp.sender.send(delivery()).unknown
    smtp.sender.send(replace(delivery(), now=NOW + timedelta(minutes=1)))
    assert [mail["Message-ID"] for mail in smtp.mails] == ["<k1@c.example>"] * 2


def test_mail_is_html_and_text_and_escapes(smtp):
    """Both forms are there, the buttons in both, and crawled words are no HTML."""
    smtp.sender.send(delivery(replace(MESSAGE, lines=(HOSTILE,))))
    mail = smtp.mails[0]
    text, page = mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()
    assert "https://tocsin.example/a/TOKEN?do=take" in text
    assert 'href="https://tocsin.example/a/TOKEN?do=take"' in page
    assert "<script>" not in page


def test_mail_to_an_officer_goes_to_that_officer(smtp):
    """An address of the roster replaces the configured list."""
    smtp.sender.send(delivery(address="night@college.example"))
    assert smtp.receivers == [["night@college.example"]]


def test_one_refused_receiver_is_said(smtp):
    """When one of two receivers does not exist the mail is sent, and the refusal is on record."""
    smtp.refuse_rcpt(550)
    answer = smtp.sender.send(delivery())
    assert isinstance(answer, Sent)
    assert "1 of 2" in answer.said


@pytest.mark.parametrize(("code", "permanent"), [(451, False), (554, True)])
def test_mail_refusals_by_their_code(smtp, code, permanent):
    """A 4xx may pass, a 5xx will not."""
    smtp.refuse_data(code)
    answer = smtp.sender.send(delivery())
    assert (answer.permanent, answer.unknown) == (permanent, False)


def test_webhook_is_signed_and_read_by_alertmanager_receivers(monkeypatch):
    """The receiver checks the signature; the body has Alertmanager's fields."""
    with FakeHook("right") as server:
        hook = hook_at(server, monkeypatch)
        assert isinstance(hook.send(delivery()), Sent)
        server.key = "wrong"
        assert hook.send(delivery()).permanent
        body = server.taken[0]
    assert (body["version"], body["status"], body["alerts"][0]["labels"]["severity"]) == ("4", "firing", "serious")
    assert body["tocsin"]["headline"] == MESSAGE.headline


def test_webhook_says_resolved_when_it_is_over(monkeypatch):
    """A closed event reads as resolved."""
    with FakeHook("right") as server:
        hook_at(server, monkeypatch).send(delivery(replace(MESSAGE, kind="closed")))
        assert server.taken[0]["status"] == "resolved"


@pytest.mark.parametrize(
    "body", ['{"errcode": 45009, "errmsg": "api freq out of limit"}', '{"code": 19021}', '{"ok": false}']
)
def test_a_refusal_with_status_200_is_a_refusal(monkeypatch, body):
    """Chat services answer 200 and say no in the body."""
    with FakeHook("right") as server:
        server.answer(200, body)
        answer = hook_at(server, monkeypatch).send(delivery())
    assert isinstance(answer, Failed)
    assert answer.said.startswith("refused")


def test_bodies_that_say_nothing_bad_are_fine():
    """Zero codes, other shapes and plain words are no refusal."""
    assert [read_refusal(body) for body in ({"errcode": 0}, {"code": 0}, [], "ok", None, {"ok": True})] == [""] * 6


def test_a_redirect_is_a_wrong_address(monkeypatch):
    """We do not follow a webhook elsewhere with a signed body."""
    with FakeHook("right") as server:
        server.answer(302, "", Location="http://127.0.0.1:9/")
        assert hook_at(server, monkeypatch).send(delivery()).permanent


def test_a_slow_webhook_is_unknown(monkeypatch):
    """An answer that does not come in time leaves us not knowing."""
    with FakeHook("right") as server:
        server.stall()
        answer = hook_at(server, monkeypatch).send(delivery())
        assert answer.unknown


def test_the_terminal_shows_markup_as_words():
    """Rich's own markup in crawled text is shown, not obeyed."""
    out = io.StringIO()
    Terminal(Console(file=out, width=200, no_color=True)).send(delivery(replace(MESSAGE, lines=("[bold red]x[/]",))))
    assert "[bold red]x[/]" in out.getvalue()
