"""A real IMAP server (Dovecot) on loopback with TLS, one mailbox, and a certificate that only the test trusts."""

import datetime as dt
import os
import pwd
import shutil
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from service_kit import answers, free_port, need, running, wait_for

USER, PASSWORD = "press", "clippings-1"
CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/dovecot.log
ssl = yes
ssl_cert = <{base}/cert.pem
ssl_key = <{base}/key.pem
disable_plaintext_auth = no
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
mail_location = maildir:{base}/mail/%u
first_valid_uid = 1
first_valid_gid = 1
mail_uid = {uid}
mail_gid = {gid}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""


@dataclass(frozen=True)
class Box:
    """The server: its TLS port, its STARTTLS port, and where its mails lie."""

    port: int
    plain: int
    base: Path

    def deliver(self, raw: bytes, name: str, folder: str = "") -> None:
        """Put a mail into the mailbox as a delivery agent does: whole, by one rename."""
        place = self.base / "mail" / USER / folder
        for part in ("tmp", "new", "cur"):
            (place / part).mkdir(parents=True, exist_ok=True)
        (place / "tmp" / name).write_bytes(raw)
        give(self.base / "mail")
        os.rename(place / "tmp" / name, place / "new" / name)

    def flags(self) -> list[str]:
        """The names of all mails with their marks (`:2,S` is a read one)."""
        return sorted(
            path.name for path in (self.base / "mail" / USER).glob("*/*") if path.parent.name in ("new", "cur")
        )

    def renumber(self) -> None:
        """Lose the list of numbers: the server then gives a new UIDVALIDITY."""
        for path in (self.base / "mail" / USER).glob("dovecot*"):
            path.unlink()


def owner() -> int:
    """Who owns the mails: the server serves nothing that is root's."""
    return os.getuid() or pwd.getpwnam("nobody").pw_uid


def give(folder: Path) -> None:
    """Make the mails the server's, where root runs the test."""
    if os.getuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner(), owner())


@contextmanager
def dovecot() -> Iterator[Box]:
    """The server for the time of a block, in a folder that its own users can reach."""
    program = need("dovecot", "read a mailbox")
    base = Path(tempfile.mkdtemp(prefix="dovecot-"))
    try:
        with _served(program, base) as box:
            yield box
    finally:
        shutil.rmtree(base, ignore_errors=True)


@contextmanager
def _served(program: str, base: Path) -> Iterator[Box]:
    write_certificate(base)
    box = Box(free_port(), free_port(), base)
    for name in ("run", "state"):
        (base / name).mkdir()
    (base / "mail" / USER).mkdir(parents=True)
    config = base / "dovecot.conf"
    user = pwd.getpwuid(os.getuid()).pw_name
    root = os.getuid() == 0
    config.write_text(CONFIG.format(
        base=base, port=box.port, plain=box.plain, uid=owner(), gid=owner(), password=PASSWORD,
        internal="dovecot" if root else user, login="dovenull" if root else user, group="dovecot" if root else user,
    ))  # fmt: skip
    give(base / "mail")
    os.chmod(base, 0o755)  # its login process runs under a name of its own
    with running([program, "-F", "-c", str(config)], base / "out.log"):
        wait_for("Dovecot listens", lambda: answers(box.port), 30)
        yield box


def write_certificate(base: Path) -> None:
    """A certificate for 127.0.0.1, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=1))
    made = made.not_valid_after(now + dt.timedelta(days=2))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    cert = made.sign(key, hashes.SHA256())
    (base / "cert.pem").write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    (base / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    assert ssl.create_default_context(cafile=str(base / "cert.pem"))
