"""Options that several commands share."""

from pathlib import Path

import click

CONFIG = click.option(
    "--config", "config_path", type=click.Path(path_type=Path), default=Path("tocsin.toml"), show_default=True,
    help="The TOML file.",
)  # fmt: skip
