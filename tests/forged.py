"""A token that somebody changed."""


def forge(token: str) -> str:
    """`token` with another character near its end; the last one may hold bits that nobody reads."""
    return f"{token[:-4]}{'A' if token[-4] != 'A' else 'B'}{token[-3:]}"
