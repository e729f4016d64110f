"""`terminal`: the message as it would read in a chat, for the demo and for trying out."""

from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text

from alerts.notify.base import Delivery, Failed, Sent
from alerts.plain import plain

COLOURS = {"info": "blue", "notice": "yellow", "serious": "dark_orange", "critical": "red"}


class Terminal:
    """Implements `Notifier`. Crawled words go through `Text`, which has no markup and cannot move the cursor."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console()

    def send(self, delivery: Delivery) -> Sent | Failed:
        """Print it."""
        message, colour = delivery.message, COLOURS.get(delivery.message.severity, "white")
        parts = [Text(plain(message.headline), style=f"bold {colour}"), *(Text(plain(line)) for line in message.lines)]
        if message.actions:
            parts.append(Text("  ".join(f"[ {action.label} ]" for action in message.actions), style="reverse"))
            parts.append(Text(message.link, style="dim"))
        try:
            self.console.print(Panel(Group(*parts), border_style=colour, expand=False))
        except OSError as error:
            return Failed(f"the terminal is gone ({type(error).__name__})")
        return Sent(delivery.key)

    def probe(self) -> Failed | None:
        """Always there."""
        return None
