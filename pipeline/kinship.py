"""Which events are one, and which must never be: merges by machine or officer, and officers' splits."""


class Kinship:
    """`resolve` follows merges; `are_apart` knows splits, also of what was merged later."""

    def __init__(self) -> None:
        self._alias: dict[str, str] = {}
        self._apart: set[tuple[str, str]] = set()

    def resolve(self, event: str) -> str:
        """The event that `event` is now part of."""
        while event in self._alias:
            event = self._alias[event]
        return event

    def knows(self, event: str) -> bool:
        """True when `event` was merged into another."""
        return event in self._alias

    def join(self, kept: str, gone: str) -> None:
        """`gone` is part of `kept` from now on."""
        self._alias[gone] = kept
        if self._apart:
            self._apart = {pair(self.resolve(one), self.resolve(other)) for one, other in self._apart}

    def part(self, one: str, other: str) -> None:
        """The two must never be joined by the machine."""
        self._apart.add(pair(self.resolve(one), self.resolve(other)))

    def reconcile(self, one: str, other: str) -> None:
        """An officer takes a split back."""
        self._apart.discard(pair(self.resolve(one), self.resolve(other)))

    def are_apart(self, one: str, other: str) -> bool:
        """True when an officer split them."""
        return bool(self._apart) and pair(one, other) in self._apart

    def forget(self, live: set[str]) -> None:
        """Drop merges into events that are gone."""
        self._alias = {gone: kept for gone, kept in self._alias.items() if self.resolve(kept) in live}
        self._apart = {(one, other) for one, other in self._apart if one in live and other in live}


def pair(one: str, other: str) -> tuple[str, str]:
    """The two in a fixed order."""
    return (one, other) if one < other else (other, one)
