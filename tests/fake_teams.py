"""A Teams workflow on loopback: 202 with an empty body, 28 KB, adaptive cards only, throttling as 429 or in words."""

from typing import Any

from fake_robot import FakeRobot


class FakeTeams(FakeRobot):
    """`old` makes it answer like an Office connector: status 200, and the trouble in words."""

    path, query = "/workflows/CANARY123/triggers/manual/paths/invoke", "?api-version=1&sig=CANARY123-sig"
    refusal, pace = 401, 429

    def __init__(self, old: bool = False) -> None:
        super().__init__()
        self.old = old

    def find_fault(self, raw: bytes, body: dict[str, Any], query: dict[str, str]) -> int | None:
        if query.get("sig") != "CANARY123-sig":
            return 401
        if len(raw) > 28 * 1024:
            return 413
        cards = [one for one in body.get("attachments", []) if one["contentType"].endswith("card.adaptive")]
        return None if body.get("type") == "message" and len(cards) == 1 and is_card(cards[0]["content"]) else 400

    def answer(self, fault: int | None) -> tuple[int, str]:
        if self.old:
            words = f"Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error {fault}"
            return 200, words if fault else "1"
        return (fault, '{"error":{"code":"x","message":"CANARY123-sig"}}') if fault else (202, "")


def is_card(card: dict[str, Any]) -> bool:
    """Blocks are ones of version 1.4, no text is empty, buttons lead somewhere, mentions stand in a text."""
    blocks, entities = card["body"], card["msteams"].get("entities", [])
    texts = [block["text"] for block in blocks if block["type"] == "TextBlock"]
    texts += [run["text"] for block in blocks if block["type"] == "RichTextBlock" for run in block["inlines"]]
    known = {block["type"] for block in blocks} <= {"TextBlock", "RichTextBlock"}
    linked = all(button["url"].startswith("http") for button in card["actions"])
    rung = all(any(entity["text"] in text for text in texts) for entity in entities)
    return card["version"] <= "1.4" and known and all(texts) and linked and rung
