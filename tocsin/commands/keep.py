"""`tocsin forget`, `backup`, `restore`, `user`: keeping the house."""

from pathlib import Path

import click

from crawlers.identity import item_id
from dashboards.auth import ROLES, add_user, remove_user, set_password
from pipeline.links import person_free
from pipeline.store.audit import append_audit
from pipeline.store.backup import BackupError, make_backup, restore_backup
from pipeline.store.engine import writing
from pipeline.store.forget import TextTooShort, find_items, forget_items
from tocsin.commands.options import CONFIG
from tocsin.config import load_config
from tocsin.elastic import send_now
from tocsin.house import open_house
from tocsin.wiring import after_forgetting, build_masker


@click.command()
@CONFIG
@click.argument("url", required=False)
@click.option("--text", help="Words of the item instead of its address.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(config_path: Path, url: str | None, text: str | None, yes: bool) -> None:
    """Delete an item everywhere, by URL or by its words, and print a receipt."""
    if bool(url) == bool(text):
        raise click.UsageError("give either a URL or --text")
    house = open_house(load_config(config_path), migrate=False)
    item = item_id(url) if url else None
    masked = build_masker(house.config).mask(text, private=True) if text else None
    try:
        targets = find_items(house.engine, item=item, url=person_free(url) if url else None, text=masked)
    except TextTooShort as error:
        raise click.UsageError(str(error)) from None
    click.echo(f"{len(targets)} items found")
    for target in targets:
        click.echo(f"  {target.item}  {target.source}  {target.seen:%Y-%m-%d}")
    if targets and not yes:
        click.confirm("delete them everywhere?", abort=True)
    ids = {target.item for target in targets} | ({item} if item else set())
    marks = {target.fingerprint for target in targets}
    receipt = forget_items(house.engine, ids, marks, house.clock())
    with writing(house.engine) as connection:
        append_audit(connection, house.clock(), "operator", "forget", receipt.number)
    after_forgetting(house)
    said = send_now(house)
    click.echo(f"receipt {receipt.number}: {receipt.items} items deleted{'; ' + said if said else ''}")


@click.command()
@CONFIG
@click.option("--to", "target", type=click.Path(path_type=Path), help="The zip to write; default: the data folder.")
def backup(config_path: Path, target: Path | None) -> None:
    """Write a backup: the database without anything transient, and the configuration."""
    house = open_house(load_config(config_path), migrate=False)
    folder = house.loaded.folder / "backups"
    folder.mkdir(exist_ok=True)
    chosen = target or folder / f"tocsin-{house.clock():%Y%m%d-%H%M%S}.zip"
    make_backup(house.engine, house.loaded.text, chosen, house.clock())
    click.echo(chosen)


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--to", "folder", type=click.Path(path_type=Path), required=True, help="A fresh folder.")
@click.option("--tombstones", type=click.Path(exists=True, path_type=Path), help="tombstones.json of the lost house.")
def restore(source: Path, folder: Path, tombstones: Path | None) -> None:
    """Unpack a backup into a fresh folder and replay what was asked to be forgotten since."""
    if folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} is not empty")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        manifest, config = restore_backup(source, folder / "tocsin.db", tombstones)
    except BackupError as error:
        raise click.ClickException(str(error)) from None
    (folder / "tocsin.toml").write_text(config, encoding="utf-8")
    click.echo(f"restored what was backed up on {manifest.made} into {folder}; set [store] folder to it")


@click.group()
def user() -> None:
    """Accounts of the dashboard: add, password, remove."""


@user.command("add")
@CONFIG
@click.argument("name")
@click.option("--role", type=click.Choice(list(ROLES)), default="officer", show_default=True)
@click.password_option(help="At least ten characters; asked for when not given.")
def add(config_path: Path, name: str, role: str, password: str) -> None:
    """Add an account."""
    house = open_house(load_config(config_path))
    with writing(house.engine) as connection:
        refusal = add_user(connection, name, password, role, house.clock())  # type: ignore[arg-type]
    if refusal:
        raise click.UsageError(refusal)
    click.echo(f"{name} can log in as {role}")


@user.command("password")
@CONFIG
@click.argument("name")
@click.password_option()
def change(config_path: Path, name: str, password: str) -> None:
    """Give an account a new password."""
    house = open_house(load_config(config_path))
    with writing(house.engine) as connection:
        refusal = set_password(connection, name, password)
    if refusal:
        raise click.UsageError(refusal)


@user.command("remove")
@CONFIG
@click.argument("name")
def remove(config_path: Path, name: str) -> None:
    """Remove an account."""
    house = open_house(load_config(config_path))
    with writing(house.engine) as connection:
        if not remove_user(connection, name):
            raise click.UsageError(f"there is no account '{name}'")
