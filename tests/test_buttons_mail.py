"""Answers by mail: a code in an officer's own words acts as the button does; everything else in a mailbox does not."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from bell import Bell, staffed
from buttons_kit import CANTEEN, desk_of, rows
from dovecot_rig import PASSWORD, USER, Box, dovecot
from fake_smtp import FakeSmtp
from service_kit import wait_for

from alerts.buttons.codes import Codes, find_codes, mail_scope
from alerts.buttons.mail_desk import Batch, MailDesk, find_wait
from alerts.buttons.mail_reply import read_reply
from alerts.notify.base import Failed
from alerts.notify.mail import Email
from alerts.settings import ChannelSpec, Secret
from pipeline.store.engine import reading
from pipeline.store.schema import acks, audit, silences
from pipeline.store.schema_telling import presses
from tocsin.buttons import read_box, words_of

LI = "li@college.example"


@pytest.fixture(scope="module")
def server() -> Iterator[Box]:
    with dovecot() as box:
        yield box


@pytest.fixture
def box(server: Box, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    """An empty mailbox on a real server."""
    monkeypatch.setenv("SSL_CERT_FILE", str(server.base / "cert.pem"))
    monkeypatch.setenv("BOX_PASSWORD", PASSWORD)
    yield server
    for path in (server.base / "mail" / USER).glob("*/*"):
        path.unlink() if path.is_file() else None


@pytest.fixture
def smtp() -> Iterator[FakeSmtp]:
    with FakeSmtp() as made:
        yield made


class Mailed:
    """An office whose officers are told by mail, and the desk that reads their replies."""

    def __init__(self, folder: Path, smtp: FakeSmtp, place: Box | None = None) -> None:
        self.bell, self.smtp, self.place = staffed(folder), smtp, place
        for name in ("li2", "wang2"):
            self.bell.officer(name, "officer", mail=f"{name.removesuffix('2')}@college.example")
        self.bell.shift("li2", "00:00", "+5 08:00")
        self.bell.policy = CANTEEN
        port = place.port if place else 993
        spec = ChannelSpec(
            "mail", "email", host="127.0.0.1", port=smtp.port, tls="none", sender="bell@college.example",
            to=["office@college.example"], user=USER, password=Secret(env="BOX_PASSWORD"),
            mailbox=f"imaps://127.0.0.1:{port}/INBOX",
        )  # fmt: skip
        self.bell.specs["mail"], self.bell.fakes["mail"] = spec, Email(spec)  # type: ignore[assignment]
        self.bell.restart()
        self.pile: list[bytes] = []
        self.desk = self.open(self.bell, spec)

    def open(self, bell: Bell, spec: ChannelSpec) -> MailDesk:
        read: Callable[[str, Any], Batch | Failed] = read_box(spec) if self.place else self.read_pile
        return MailDesk(spec, desk_of(bell), Email(spec), read, words_of)

    def read_pile(self, position: str, now: Any) -> Batch:
        """The mails that a test laid down."""
        return Batch(self.pile[int(position or 0) :], str(len(self.pile)))

    def ring(self) -> EmailMessage:
        """An alert goes out; the mail to the officer on duty."""
        self.bell.alert("10:00")
        self.bell.run("10:02")
        return self.mail_to(LI)[0]

    def mail_to(self, address: str) -> list[EmailMessage]:
        return [one for one, to in zip(self.smtp.mails, self.smtp.receivers, strict=True) if to == [address]]

    def poll(self, seconds: int = 30) -> str:
        self.bell.now += timedelta(seconds=seconds)
        return self.desk.poll(self.bell.now)

    def answers(self) -> list[EmailMessage]:
        """What was answered to the officer after the alert."""
        return [one for one in self.mail_to(LI) if "Your answer" in one["Subject"]]

    def code(self, act: str, officer: str = "li2", tap: str = "") -> str:
        return Codes(b"secret").make(1, act, mail_scope("mail", officer), tap)


@pytest.fixture
def office(tmp_path: Path, smtp: FakeSmtp, monkeypatch: pytest.MonkeyPatch) -> Mailed:
    monkeypatch.setenv("BOX_PASSWORD", PASSWORD)
    made = Mailed(tmp_path, smtp)
    made.ring()
    return made


def reply(text: str, sender: str = f"Li <{LI}>", name: str = "1", **headers: str) -> bytes:
    """A mail as a person's program writes it."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "bell@college.example", "Re: A-0001"
    mail["Message-ID"] = f"<r{name}@college.example>"
    for key, value in headers.items():
        mail[key.replace("_", "-")] = value
    mail.set_content(text)
    return bytes(mail)


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part
    return str(part.get_content())


# ------------------------------------------------------------------ the mail


def test_the_mail_carries_a_code_for_each_act(office: Mailed) -> None:
    """One line an act, a link that writes the reply, and a sentence how; the codes are this officer's own."""
    (mail,) = office.mail_to(LI)
    text = text_of(mail)
    assert "请回复本邮件，正文只写下列代码之一" in text
    assert [one.split("-")[1] for one in find_codes(text)] == ["take", "false", "mute", "case"]
    assert f"接手: {office.code('taken')}" in text
    html = str(mail.get_body(("html",)).get_content())  # type: ignore[union-attr]
    assert f'href="mailto:bell@college.example?subject=Re%3A%20A-0001&amp;body={office.code("taken")}"' in html
    assert "https://tocsin.example/a/" in text  # handing over stays on the page


def test_a_mail_that_is_nobodys_own_has_no_codes(
    tmp_path: Path, smtp: FakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent to the office's common address, because the officer on duty has no mail: links only."""
    monkeypatch.setenv("BOX_PASSWORD", PASSWORD)
    bell = Bell(tmp_path)
    office = Mailed.__new__(Mailed)
    office.smtp, office.place, office.pile = smtp, None, []
    spec = ChannelSpec(
        "mail", "email", host="127.0.0.1", port=smtp.port, tls="none", sender="bell@college.example",
        to=["office@college.example"], user=USER, password=Secret(env="BOX_PASSWORD"), mailbox="imaps://127.0.0.1/INBOX",
    )  # fmt: skip
    bell.specs, bell.fakes = {"mail": spec}, {"mail": Email(spec)}  # type: ignore[dict-item]
    bell.restart()
    bell.alert("10:00")
    bell.run("10:02")
    assert not find_codes(text_of(smtp.mails[0]))


# ------------------------------------------------------------------ a real mailbox


def test_a_reply_takes_it_and_a_reply_takes_it_back(tmp_path: Path, smtp: FakeSmtp, box: Box) -> None:
    """By a real IMAP server: the reply acts once, is answered with what it stops and the code to undo; that works too;
    nothing is changed in the mailbox, and no mail is read twice."""
    office = Mailed(tmp_path, smtp, box)
    alert = office.ring()
    quoted = "\n".join(f"> {line}" for line in text_of(alert).splitlines())
    box.deliver(reply(f"{office.code('taken')}\n\n在 2026年9月5日 写道：\n{quoted}"), "1")
    assert office.poll() == ""
    assert [(one["what"], one["who"]) for one in rows(office.bell, acks)] == [("taken", "li2")]
    assert [one["detail"] for one in rows(office.bell, audit)] == ["by mail"]
    (answer,) = office.answers()
    said = text_of(answer)
    assert "Taken at 10:02 by the duty officer" in said
    assert "Stops reminders and calls" in said
    assert answer["In-Reply-To"] == "<r1@college.example>"
    assert answer["Auto-Submitted"] == "auto-generated"
    office.desk = office.open(office.bell, office.bell.specs["mail"])  # another process
    assert office.poll() == ""
    assert len(office.answers()) == 1
    (undo,) = find_codes(said)
    box.deliver(reply(undo, name="2"), "2")
    assert office.poll() == ""
    assert [one["undone"] is None for one in rows(office.bell, acks)] == [False]
    assert "Undone" in text_of(office.answers()[1])
    assert not any("S" in name.partition(":2,")[2] for name in box.flags())
    box.renumber()  # the server forgets its numbers: everything is read again, nothing is done again
    assert office.poll() == ""
    assert len(rows(office.bell, acks)) == 1
    assert len(office.answers()) == 2


def test_a_mailbox_that_cannot_be_read_is_a_sentence(
    tmp_path: Path, smtp: FakeSmtp, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong password: said without it; when it is right again the reply acts."""
    office = Mailed(tmp_path, smtp, box)
    office.ring()
    box.deliver(reply(office.code("taken")), "1")
    monkeypatch.setenv("BOX_PASSWORD", "CANARY123")
    assert office.poll() == "The mailbox does not accept the login."
    monkeypatch.setenv("BOX_PASSWORD", PASSWORD)
    wait_for("the server takes us back", lambda: office.poll() == "")  # it hangs up for a while after a wrong password
    assert len(rows(office.bell, acks)) == 1


# ------------------------------------------------------------------ what does not act


@pytest.mark.parametrize(("why", "mail"), [
    ("somebody who is not on the roster has the code", lambda o: reply(o.code("taken"), "x@elsewhere.example")),
    ("another officer sends an officer's code", lambda o: reply(o.code("taken"), "wang@college.example")),
    ("an absence note", lambda o: reply(o.code("taken"), Auto_Submitted="auto-replied")),
    ("an absence note of an old server", lambda o: reply(o.code("taken"), Precedence="auto_reply")),
    ("a mailing list", lambda o: reply(o.code("taken"), List_Id="<all.college.example>")),
    ("our own message, returned", lambda o: reply(o.code("taken"), X_Tocsin_Key="k")),
    ("a bounce", lambda o: reply(o.code("taken"), Return_Path="<>")),
    ("a bounce by name", lambda o: reply(o.code("taken"), "MAILER-DAEMON@college.example")),
    ("two senders", lambda o: reply(o.code("taken"), f"{LI}, wang@college.example")),
    ("a code that is only quoted", lambda o: reply(f"收到，谢谢\n> {o.code('taken')}")),
    ("a code under the line of a quotation", lambda o: reply(f"收到\n\n-----原始邮件-----\n{o.code('taken')}")),
    ("a code in a signature", lambda o: reply(f"收到\n-- \n{o.code('taken')}")),
    ("a made-up code", lambda o: reply("A1-take-AAAAAAAAAAAAAAAA")),
    ("a code of a chat", lambda o: reply(Codes(b"secret").make(1, "taken", "chat"))),
    ("two codes", lambda o: reply(f"{o.code('taken')}\n{o.code('false_alarm')}")),
    ("no code", lambda o: reply("我来处理")),
    ("no mail at all", lambda o: b"\xff\x00\n\n" + o.code("taken").encode()),
    ("nothing", lambda o: b""),
])  # fmt: skip
def test_what_is_no_reply_of_an_officer_does_nothing(office: Mailed, why: str, mail: Callable[[Mailed], bytes]) -> None:
    """Absences, bounces, strangers, quotations: no act, and no mail to anybody who is not on the roster."""
    office.desk.poll(office.bell.now)  # the first look is over
    office.pile.append(mail(office))
    assert office.poll() == ""
    assert not rows(office.bell, acks) + rows(office.bell, presses), why
    known = {LI, "wang@college.example", "office@college.example"}
    assert {one for to in office.smtp.receivers for one in to} <= known


def test_an_officer_with_a_wrong_code_is_told_so(office: Mailed) -> None:
    """Two codes, a made-up one, an old one: one sentence each, in the answer."""
    office.desk.poll(office.bell.now)
    office.pile += [
        reply(f"{office.code('taken')} {office.code('silence')}", name="1"),
        reply("A1-take-" + "A" * 16, name="2"),
    ]
    office.poll()
    said = [text_of(one) for one in office.answers()]
    assert "exactly one code" in said[0]
    assert "not one of ours" in said[1]
    office.bell.now += timedelta(hours=71)
    office.pile.append(reply(office.code("silence"), name="3"))
    office.poll()
    assert len(rows(office.bell, silences)) == 1
    office.bell.now += timedelta(hours=1)
    assert office.desk.desk.take.__self__  # the desk is asked directly: the mailbox rests now
    with reading(office.bell.engine) as conn:
        assert find_wait(conn, "mail", office.bell.now) is None


def test_the_same_mail_again_is_not_answered_twice(office: Mailed) -> None:
    """Delivered twice, read twice: one act, one answer."""
    office.pile += [reply(office.code("taken"))] * 2
    office.poll()
    assert (len(rows(office.bell, acks)), len(office.answers())) == (1, 1)


def test_an_answer_that_cannot_be_sent_changes_nothing(office: Mailed) -> None:
    """The mail server refuses the answer: the act holds."""
    office.smtp.refuse_data(451)
    office.pile.append(reply(office.code("taken")))
    assert office.poll() == ""
    assert len(rows(office.bell, acks)) == 1


def test_the_mailbox_is_read_only_while_somebody_may_answer(office: Mailed) -> None:
    """Not taken: always; taken: every five minutes, after the ten minutes of the undo; after three days: never."""

    def wait() -> timedelta | None:
        with reading(office.bell.engine) as conn:
            return find_wait(conn, "mail", office.bell.now)

    assert wait() == timedelta(0)
    office.bell.act("taken", "li2")
    assert wait() == timedelta(0)
    office.bell.now += timedelta(minutes=11)
    assert wait() == timedelta(minutes=5)
    office.bell.now += timedelta(hours=4)
    assert wait() == timedelta(0)  # the hold has ended
    office.bell.close_event()
    assert wait() == timedelta(minutes=5)
    office.bell.now += timedelta(hours=72)
    assert wait() is None


def test_a_taken_alert_leaves_the_mailbox_alone_for_five_minutes(office: Mailed) -> None:
    """The reader is not called in between."""
    office.bell.act("taken", "li2")
    office.bell.now += timedelta(minutes=11)
    reads: list[str] = []
    office.desk.read = lambda position, now: reads.append(position) or Batch((), "1")  # type: ignore[func-returns-value]
    for _ in range(12):
        office.poll()
    assert len(reads) == 2


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n\n",
        b"From: a@b\nFrom: c@d\n\nx",
        b"From: \xff\xfe\n\nx",
        b"Subject: x\n\n",
        b"From: =?x?q?y?= <a@b>\n\n",
    ],
)
def test_any_bytes_are_read(raw: bytes) -> None:
    """No mail breaks the reader."""
    found = read_reply(raw, words_of(raw))
    assert found is None or found.sender == "a@b"
