"""`email`: HTML and text over SMTP, with a Message-ID that is the same at every attempt.

Most mailboxes show two messages of one Message-ID once, which is the best that mail can do against repeats.
"""

import html
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from email.utils import format_datetime

from alerts.model import Message
from alerts.notify.base import Delivery, Failed, Sent
from alerts.plain import plain
from alerts.settings import ChannelSpec

TIMEOUT_S = 15.0
COLOURS = {"info": "#2563eb", "notice": "#a16207", "serious": "#c2410c", "critical": "#b91c1c"}


class Email:
    """Implements `Notifier`. `address` of a delivery replaces the configured receivers."""

    def __init__(self, spec: ChannelSpec, timeout: float = TIMEOUT_S) -> None:
        self.spec, self.timeout = spec, timeout

    def send(self, delivery: Delivery) -> Sent | Failed:
        """One SMTP session a message; only what the server answered to the end of the data counts."""
        receivers = [delivery.address] if delivery.address else list(self.spec.to)
        try:
            mail = write_mail(delivery, self.spec.sender, receivers)
        except (ValueError, IndexError) as error:
            return Failed(f"an address cannot be used ({type(error).__name__})", permanent=True)
        session = self._open()
        if isinstance(session, Failed):
            return session
        with session:
            return _hand_over(session, mail, self.spec.sender, receivers)

    def probe(self) -> Failed | None:
        """Connect, encrypt, log in, say goodbye."""
        session = self._open()
        if isinstance(session, Failed):
            return session
        session.close()
        return None

    def _open(self) -> smtplib.SMTP | Failed:
        """A session that is logged in, or why not. Nothing has been handed over yet."""
        try:
            return self._connect()
        except LookupError as error:
            return Failed(str(error.args[0]), permanent=True)
        except smtplib.SMTPAuthenticationError as error:
            return Failed(f"the mail server refuses the login ({error.smtp_code})", permanent=error.smtp_code >= 500)
        except smtplib.SMTPResponseException as error:
            return Failed(f"the mail server answered {error.smtp_code}", permanent=error.smtp_code >= 500)
        except (smtplib.SMTPException, OSError) as error:
            return Failed(f"the mail server could not be reached ({type(error).__name__})")

    def _connect(self) -> smtplib.SMTP:
        spec, context = self.spec, ssl.create_default_context()
        password = spec.password.reveal() if spec.password else ""
        if spec.tls == "tls":
            session: smtplib.SMTP = smtplib.SMTP_SSL(spec.host, spec.port or 465, timeout=self.timeout, context=context)
        else:
            session = smtplib.SMTP(spec.host, spec.port or 587, timeout=self.timeout)
        try:
            if spec.tls == "starttls":
                session.starttls(context=context)
            if spec.user:
                session.login(spec.user, password)
        except BaseException:
            session.close()
            raise
        return session


def _hand_over(session: smtplib.SMTP, mail: EmailMessage, sender: str, receivers: list[str]) -> Sent | Failed:
    try:
        session.ehlo_or_helo_if_needed()
        code, _ = session.mail(sender)
        if code != 250:
            return Failed(f"the mail server refuses the sender ({code})", permanent=code >= 500)
        codes = [session.rcpt(receiver)[0] for receiver in receivers]
    except (smtplib.SMTPException, OSError) as error:
        return Failed(f"the mail server hung up ({type(error).__name__})")
    refused = [code for code in codes if code not in (250, 251)]
    if len(refused) == len(codes):
        return Failed(f"the mail server refuses every receiver ({refused[0]})", permanent=min(refused) >= 500)
    try:
        code, _ = session.data(mail.as_bytes(policy=POLICY))
    except smtplib.SMTPDataError as error:
        return Failed(f"the mail server answered {error.smtp_code}", permanent=error.smtp_code >= 500)
    except (smtplib.SMTPException, OSError) as error:
        return Failed(f"the mail server did not say whether it took it ({type(error).__name__})", unknown=True)
    if code != 250:
        return Failed(f"the mail server answered {code}", permanent=code >= 500)
    said = f"{len(refused)} of {len(codes)} receivers were refused ({refused[0]})" if refused else ""
    return Sent(str(mail["Message-ID"]), said)


def write_mail(delivery: Delivery, sender: str, receivers: list[str]) -> EmailMessage:
    """The mail. Headers are single lines of plain words, so that no title can add one. Raises ValueError for an
    address that is none."""
    mail, message = EmailMessage(policy=POLICY), delivery.message
    mail["Subject"] = plain(message.headline, 200)
    mail["From"] = Address(addr_spec=sender)
    mail["To"] = [Address(addr_spec=receiver) for receiver in receivers]
    mail["Date"] = format_datetime(delivery.now)
    mail["Message-ID"] = f"<{delivery.key}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Tocsin-Key"] = delivery.key
    if message.thread:
        mail["In-Reply-To"] = mail["References"] = message.thread
    mail.set_content(_write_text(message), cte="base64")
    mail.add_alternative(_write_html(message), subtype="html", cte="base64")
    return mail


def _write_text(message: Message) -> str:
    links = [f"{action.label}: {action.link}" for action in message.actions if not action.code]
    return "\n".join([message.text, "", *links, *_write_codes(message)]) + "\n"


def _write_html(message: Message) -> str:
    colour = COLOURS.get(message.severity, "#374151")
    head = f'<h2 style="color:{colour};margin:0 0 8px">{html.escape(plain(message.headline))}</h2>'
    lines = "".join(f"<p style='margin:2px 0'>{html.escape(plain(line))}</p>" for line in message.lines)
    style = (
        f"display:inline-block;padding:10px 14px;margin:8px 8px 0 0;background:{colour};color:#fff;border-radius:6px"
    )
    buttons = "".join(
        f'<a style="{style}" href="{html.escape(action.link, quote=True)}">{html.escape(action.label)}</a>'
        for action in message.actions
    )
    foot = "".join(f"<p style='margin:2px 0'>{html.escape(line)}</p>" for line in _write_codes(message))
    body = f"{head}{lines}<div>{buttons}</div>{foot}"
    return f'<!doctype html><html><body style="font-family:sans-serif">{body}</body></html>'


def _write_codes(message: Message) -> list[str]:
    """How to answer by mail, and the code of each act; nothing for a message without codes."""
    codes = [f"{action.label}: {action.code}" for action in message.actions if action.code]
    return [*([plain(message.hint)] if message.hint else []), *codes] if codes else []
