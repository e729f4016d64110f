"""What officers type before it is stored: on one line, without identities, and asking for nothing that is refused."""

from collections.abc import Callable, Sequence

from alerts.asks import refuse_ask
from alerts.plain import plain
from alerts.taps import Refused
from pipeline.mask import Masker

Clean = Callable[[str, int], "str | Refused"]


def make_clean(names: Sequence[str]) -> Clean:
    """A cleaner of free text; `names` are the school's and the sources', which are no persons."""
    masker = Masker(names)

    def clean(text: str, limit: int) -> str | Refused:
        """`text` masked, in at most `limit` characters; Refused when it asks for what is refused."""
        refusal = refuse_ask(text)
        return Refused(refusal) if refusal else plain(masker.mask(text, private=True), limit)

    return clean
