"""The `tocsin` command. Each command lives in a file of its own and is imported only when it is asked for.

Exit status: 0 done, 1 it ran and something it watches is wrong, 2 unusable arguments or configuration
(one sentence on standard error).
"""

import importlib
import sys

import click

from pipeline.store.engine import StoreUnavailable
from pipeline.store.migrate import SchemaTooNew
from tocsin import __version__
from tocsin.config import ConfigError

COMMANDS: dict[str, str] = {
    "init": "tocsin.commands.init:init",
    "check": "tocsin.commands.check:check",
    "run": "tocsin.commands.run:run",
    "crawl": "tocsin.commands.run:crawl",
    "work": "tocsin.commands.run:work",
    "alert": "tocsin.commands.run:alert",
    "serve": "tocsin.commands.run:serve",
    "drill": "tocsin.commands.drill:drill",
    "demo": "tocsin.commands.demo:demo",
    "roster": "tocsin.commands.roster:roster",
    "tag": "tocsin.commands.simulate:tag",
    "replay": "tocsin.commands.simulate:replay",
    "backtest": "tocsin.commands.backtest:backtest",
    "why": "tocsin.commands.ask:why",
    "train": "tocsin.commands.learn:train",
    "retag": "tocsin.commands.learn:retag",
    "merge": "tocsin.commands.regroup:merge",
    "split": "tocsin.commands.regroup:split",
    "brief": "tocsin.commands.brief:brief",
    "counts": "tocsin.commands.counts:counts",
    "import": "tocsin.commands.items:import_items",
    "export": "tocsin.commands.items:export_items",
    "forget": "tocsin.commands.keep:forget",
    "elastic": "tocsin.commands.elastic:elastic",
    "kibana": "tocsin.commands.kibana:kibana",
    "backup": "tocsin.commands.keep:backup",
    "restore": "tocsin.commands.keep:restore",
    "user": "tocsin.commands.keep:user",
    "doctor": "tocsin.commands.ask:doctor",
}


class Lazy(click.Group):
    """A group whose commands are imported when they are used, so that `tocsin --help` answers at once."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """In the order of the table above."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """The command called `name`, or None."""
        place = COMMANDS.get(name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.command(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tocsin")
def tocsin() -> None:
    """Tocsin tells a school's communications office, first and once, that something about the school has come up."""


def main() -> None:
    """Entry point: what can go wrong becomes one sentence on standard error and the exit status of this file's head."""
    try:
        status = tocsin(standalone_mode=False)
    except (ConfigError, SchemaTooNew) as error:
        status = complain(str(error), 2)
    except StoreUnavailable as error:
        status = complain(str(error), 1)
    except OSError as error:
        status = complain(f"{error.filename}: {error.strerror}" if error.filename else str(error), 1)
    except click.exceptions.Exit as leaving:
        status = leaving.exit_code
    except click.Abort:
        status = 130
    except click.ClickException as error:
        error.show()
        status = 2
    sys.exit(status if isinstance(status, int) else 0)


def complain(sentence: str, status: int) -> int:
    """Say it on standard error; returns the status."""
    click.echo(sentence, err=True)
    return status


if __name__ == "__main__":
    main()
