"""The secrets with which we log in to a server beside us."""

from pipeline.secret import Secret
from tocsin.config import ConfigError


def reveal_login(table: str, password: Secret | None, api_key: Secret | None) -> tuple[str, str]:
    """Password and API key of a table of the configuration, "" for one that is not given.

    Raises ConfigError naming the table and the secret that is not set.
    """
    try:
        return password.reveal() if password else "", api_key.reveal() if api_key else ""
    except LookupError as error:
        raise ConfigError(f"[{table}]: {error.args[0]}") from None
