"""`tocsin kibana export | install`: the boards, as files or sent to a running Kibana."""

from pathlib import Path

import click

from dashboards.kibana.files import ImportFile, fill_files
from dashboards.kibana.install import Kibana, KibanaError, install_files
from tocsin.commands.options import CONFIG
from tocsin.config import Config, ConfigError, load_config
from tocsin.login import reveal_login


@click.group()
def kibana() -> None:
    """Kibana boards over the projection: export, install."""


@kibana.command()
@CONFIG
@click.option("--to", "folder", type=click.Path(path_type=Path), required=True, help="Where to write the files.")
def export(config_path: Path, folder: Path) -> None:
    """Write the import files, with links to our pages (Kibana: Stack Management, Saved Objects, Import)."""
    if folder.exists() and not folder.is_dir():
        raise click.UsageError(f"{folder} is not a folder")
    config = load_config(config_path).config
    files = boards_for(config)
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        (folder / file.name).write_text(file.text, encoding="utf-8")
    click.echo(f"{len(files)} files in {folder}; import {files[0].name} first")


@kibana.command()
@CONFIG
def install(config_path: Path) -> None:
    """Send the boards to Kibana, over what was installed before."""
    config = load_config(config_path).config
    where = read_kibana(config)
    try:
        taken = install_files(where, boards_for(config))
    except KibanaError as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(1) from None
    click.echo(f"{taken} objects are in Kibana at {where.url}")


def boards_for(config: Config) -> list[ImportFile]:
    """The files with our address and aliases."""
    server = config.server
    address = server.public_url or f"http://127.0.0.1:{server.port}"
    if not server.public_url:
        click.echo(
            f"[server] public_url is empty: links of the boards lead to {address}, on this machine only", err=True
        )
    return fill_files(address, config.elastic.prefix)


def read_kibana(config: Config) -> Kibana:
    """Where it is and how we log in. Raises ConfigError when nothing is configured or a secret is not set."""
    given = config.kibana
    if not given.url:
        raise ConfigError("there is no Kibana in the configuration: write url under [kibana]")
    password, key = reveal_login("kibana", given.password, given.api_key)
    return Kibana(given.url, given.space, given.user, password, key, given.ca, given.timeout)
