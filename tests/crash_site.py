"""The site of the crash rig: a feed that gains items while the service is killed, every sixth about a matter of its own.

Every matter has a building, a mishap and words that no other item has, so that no two of them are one matter: each has to
be told. The items bear the time of their publishing: none counts as old because the first reading came late. How
many are published depends on the number of kills and never on the speed of the machine; the feed shows all of them.
"""

import random
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bench.corpus import Writer

MISHAPS = (
    "中毒", "火灾", "坍塌", "泄漏", "坠物", "侧翻", "触电", "溺水", "踩踏", "爆炸", "停电", "塌陷", "斗殴", "漏水", "停水", "蜂群",
)  # fmt: skip
MATTERS = 400
PER_KILL, GAP_S, FIRST, EVERY = 4, 0.3, 2, 6  # FIRST of EVERY items tells of a matter
RARE = range(0x5000, 0x9000)  # characters in which the words of the matters are written


def name_matter(number: int) -> str:
    """The watchword of a matter: `C41号楼触电`; another building for each of 400."""
    letter, house = divmod(number, 50)
    return f"{'ABCDEFGH'[letter]}{house + 11}号楼{MISHAPS[number % len(MISHAPS)]}"


WORDS = tuple(name_matter(number) for number in range(MATTERS))


def write_matter(number: int) -> str:
    """The item that tells of a matter: its watchword and forty characters that hardly any other item has."""
    chance = random.Random(1000 + number)
    return f"{name_matter(number)}：{''.join(chr(chance.choice(RARE)) for _ in range(40))}"


@dataclass
class Publisher:
    """Serves the feed. `publish_more` lets it publish PER_KILL further items, one every GAP_S seconds."""

    texts: list[str] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)
    shown: set[int] = field(default_factory=set)
    settled: int = 0
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.writer, self.lock = Writer(11), threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def publish_more(self) -> None:
        """What was allowed before is out now."""
        self.settled, self.began = self.settled + (PER_KILL if self.texts else 0), time.monotonic()
        self.write()

    def publish_all(self) -> None:
        """Nothing further is held back."""
        self.began = float("-inf")

    def write(self) -> None:
        """Items up to the number that may be out by now."""
        waited = time.monotonic() - self.began
        count = self.settled + min(PER_KILL, int(min(waited, 3600.0) / GAP_S) + 1)
        with self.lock:
            while len(self.texts) < count:
                turn, rest = divmod(len(self.texts), EVERY)
                self.texts.append(write_matter(turn) if rest == FIRST and turn < MATTERS else self.writer.text(60))
                self.times.append(datetime.now(UTC))

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def feed(self) -> bytes:
        self.write()
        count = len(self.texts)
        items = "".join(self.item(number) for number in reversed(range(count)))
        self.shown.update(range(count))
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{items}</channel></rss>'.encode()

    def item(self, number: int) -> str:
        link, when = self.link(number), format_datetime(self.times[number])
        head = f"<title>{self.texts[number]}</title><link>{link}</link><guid>{link}</guid>"
        return f"<item>{head}<pubDate>{when}</pubDate></item>"

    def link(self, number: int) -> str:
        return f"http://127.0.0.1:{self.port}/{number}"


def _handler(publisher: Publisher) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            body = publisher.feed() if self.path == "/feed.xml" else b"User-agent: *\nAllow: /\n"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
