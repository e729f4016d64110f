"""What every test gets: logs as they are without a service, whatever the test before set up."""

import faulthandler
import logging
from collections.abc import Iterator

import pytest
import structlog
from elastic_rig import Cluster, cluster

EXIT_SECONDS = 60


def pytest_unconfigure() -> None:
    """A thread that somebody left behind must not keep the finished run from ending: its stack is shown instead."""
    faulthandler.dump_traceback_later(EXIT_SECONDS, exit=True)


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    """Undo what commands under test do to the process's logging."""
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    yield
    structlog.reset_defaults()
    for made in logging.getLogger().handlers:
        if made not in handlers and isinstance(made, logging.FileHandler):
            made.close()
    logging.getLogger().handlers, logging.getLogger().level = handlers, level


@pytest.fixture(scope="session")
def elastic() -> Iterator["Cluster"]:
    """One node of the real Elasticsearch, started at the first test that asks for it."""
    with cluster() as running:
        yield running
