"""Removing the bytes of what was deleted. A DELETE alone leaves them: in segments of the full-text index, in free
pages, in the write-ahead log and in the copy that was made before a migration."""

from contextlib import closing

import structlog
from sqlalchemy import Engine

from pipeline.store.engine import BUSY_S, database_path, telling_outages, writing
from pipeline.store.fulltext import optimize_index

PATIENCE_MS = 1000
log = structlog.get_logger()


def scrub(engine: Engine) -> bool:
    """Rewrite the index and the file. False when a reader kept the write-ahead log from being emptied: ask again.

    Takes as long as copying the file, and writers wait meanwhile. On a server this is the server's business (VACUUM).
    Raises StoreUnavailable.
    """
    with writing(engine) as connection:
        optimize_index(connection)
    path = database_path(engine.url)
    if engine.dialect.name != "sqlite":
        return True
    done = _rewrite_file(engine)
    if path is not None:
        for copy in path.parent.glob(f"{path.name}.before-*"):
            copy.unlink()
    log.info("store_scrubbed", complete=done)
    return done


def _rewrite_file(engine: Engine) -> bool:
    with telling_outages(), closing(engine.raw_connection()) as raw, closing(raw.cursor()) as cursor:
        cursor.execute("PRAGMA temp_store = FILE")  # in memory it would need as much of it as the file is long
        try:
            cursor.execute("VACUUM")  # not possible inside a transaction
        finally:
            cursor.execute("PRAGMA temp_store = MEMORY")
    return empty_log(engine)


def empty_log(engine: Engine) -> bool:
    """Write the write-ahead log back and cut it to nothing, which is enough for tokens and links: secure_delete has
    overwritten them in the file, only the log still has the pages as they were. False when a reader was in the way.
    """
    if engine.dialect.name != "sqlite":
        return True
    with telling_outages(), closing(engine.raw_connection()) as raw, closing(raw.cursor()) as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")  # writers wait as long as this waits for readers
        try:
            answer = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_S * 1000}")
        return answer is None or answer[0] == 0
