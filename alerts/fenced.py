"""Writing as the one sender: nothing is written once another process has the lease."""

from sqlalchemy import Connection, Engine

from pipeline.store.engine import writing
from pipeline.store.lease import check_fence

LEASE = "sender"


class FencedWriting:
    """A writing transaction of the sender: nothing is written once another process has the lease."""

    def __init__(self, engine: Engine, fence: int) -> None:
        self.context, self.fence = writing(engine), fence

    def __enter__(self) -> Connection:
        conn = self.context.__enter__()
        try:
            check_fence(conn, LEASE, self.fence)
        except BaseException as error:
            self.context.__exit__(type(error), error, error.__traceback__)
            raise
        return conn

    def __exit__(self, *exc: object) -> None:
        self.context.__exit__(*exc)  # type: ignore[arg-type]
