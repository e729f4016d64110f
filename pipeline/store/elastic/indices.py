"""Templates, indices and aliases on the server: put, made, moved, dropped. All of it can be repeated."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline.store.elastic.connection import ElasticRefuses
from pipeline.store.elastic.names import MONTHLY, PARTS, VIEWS, Names, Part, month_end, month_in
from pipeline.store.elastic.templates import PLUGINS, Fields, components, settings, templates

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

CONTROL_FIELDS = {"store": {"type": "keyword"}, "generation": {"type": "integer"}, "position": {"type": "long"}}
CONTROL_ID = "projection"
MADE_AT_ONCE, LONGEST_MAKING_S = 8, 600.0
DROPPED_AT_ONCE = 40  # names stand in the address, which the server limits to 4 KB


class Indices:
    """The indices under one prefix. Remembers which are there; `forget` when that may have changed."""

    def __init__(self, client: "Elasticsearch", names: Names, analyzer: str = "standard", keep_days: int = 730) -> None:
        self.client, self.names, self.analyzer, self.keep_days = client, names, analyzer, keep_days
        self._there: set[str] | None = None
        self._coming: dict[str, Future[None]] = {}
        self._has_lifecycle: bool | None = None

    def forget(self) -> None:
        """Ask the server again what is there."""
        self._there = None

    # ---------------------------------------------------------------- templates

    def put_templates(self) -> None:
        """All component and index templates, in their present form."""
        from elasticsearch import BadRequestError

        try:
            for name, body in components(self.names, self.analyzer).items():
                self.client.cluster.put_component_template(
                    name=name, template=body["template"], version=body["version"], meta=body["_meta"]
                )
        except BadRequestError as error:
            plugin = PLUGINS.get(self.analyzer)
            if plugin is None or "analyzer" not in str(error.body):
                raise
            raise ElasticRefuses(
                f"the server has no analyzer for '{self.analyzer}': install {plugin} on each node, "
                'or write analyzer = "standard" under [elastic]'
            ) from None
        for name, body in templates(self.names).items():
            self.client.indices.put_index_template(
                name=name, index_patterns=body["index_patterns"], composed_of=body["composed_of"],
                priority=body["priority"], version=body["version"], meta=body["_meta"],
            )  # fmt: skip
        self._put_lifecycle()

    def has_templates(self) -> bool:
        """Whether the templates of this layout are there."""
        return all(
            self.client.indices.exists_index_template(name=self.names.template(part)).meta.status == 200
            for part in PARTS
        )

    # ---------------------------------------------------------------- indices

    def there(self) -> set[str]:
        """The names of all our indices, of every generation."""
        if self._there is None:
            pattern = f"{self.names.prefix}-*"
            found = self.client.options(ignore_status=404).indices.get(index=pattern, features="settings").body
            wanted = tuple(f"{self.names.template(part)}-g" for part in PARTS)
            self._there = {name for name in found if name.startswith(wanted)}
        return self._there

    def of(self, part: Part, generation: int) -> list[str]:
        """The indices of one part in one generation that are there, oldest first."""
        base = self.names.index(part, generation)
        return sorted(name for name in self.there() if name == base or name.startswith(f"{base}-"))

    def generations(self) -> set[int]:
        """Which generations have an index."""
        return {int(name.partition("-g")[2].partition("-")[0]) for name in map(self._tail, self.there())}

    def _tail(self, index: str) -> str:
        return index[len(self.names.prefix) :].partition("-v")[2]

    def ensure(self, part: Part, generation: int, month: str | None, *, live: bool) -> str:
        """The index for a document, made when it is not there; one that is `live` can be read at once."""
        name = self.names.index(part, generation, month)
        if name in self.there():
            return name
        coming = self._coming.pop(name, None)
        if coming is None:
            self._create(name, part, month, live)
        else:
            coming.result(LONGEST_MAKING_S)
        self.there().add(name)
        return name

    @contextmanager
    def making(self, generation: int, months: Iterable[str]) -> Iterator[None]:
        """While this is open, indices for items of these months are made side by side, and `ensure` waits for the one that
        it needs only: one after the other they take longer than the documents of a month."""
        wanted = {self.names.index("items", generation, month): month for month in months}
        with ThreadPoolExecutor(MADE_AT_ONCE, "elastic-index") as pool:
            for name, month in wanted.items():
                if name not in self.there():
                    self._coming[name] = pool.submit(self._create, name, "items", month, False)
            try:
                yield
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
                self._coming.clear()

    def _create(self, name: str, part: Part, month: str | None, live: bool) -> None:
        from elasticsearch import BadRequestError

        given: Fields = {**self._lifecycle_of(part, month), **({} if live else {"refresh_interval": "-1"})}
        try:
            self.client.indices.create(
                index=name, aliases=self._aliases(part) if live else {}, settings={"index": given} if given else None
            )
        except BadRequestError as error:
            if error.error != "resource_already_exists_exception":
                raise

    def ensure_all(self, generation: int, *, live: bool) -> None:
        """The indices that are not cut into months: readers find an empty one rather than none."""
        for part in PARTS:
            if part not in MONTHLY:
                self.ensure(part, generation, None, live=live)

    def _aliases(self, part: Part) -> dict[str, Any]:
        return {
            self.names.alias(view.name): ({"filter": view.only} if view.only else {})
            for view in VIEWS
            if view.part == part
        }

    def show(self, generation: int) -> None:
        """Let readers see one generation and no other, in one step; it is refreshed before, so that nothing is missing."""
        mine = [name for part in PARTS for name in self.of(part, generation)]
        if not mine:
            return
        self.client.indices.put_settings(
            index=mine, settings={"index.refresh_interval": settings()["refresh_interval"]}
        )
        self.client.indices.refresh(index=mine)
        self.client.indices.update_aliases(actions=[*self._removals(set(mine)), *self._additions(generation)])

    def _additions(self, generation: int) -> list[dict[str, Any]]:
        return [
            {"add": {"index": name, "alias": alias, **body}}
            for part in PARTS
            for name in self.of(part, generation)
            for alias, body in self._aliases(part).items()
        ]

    def _removals(self, mine: set[str]) -> list[dict[str, Any]]:
        aliases = [self.names.alias(view.name) for view in VIEWS]
        found = self.client.options(ignore_status=404).indices.get_alias(name=aliases).body
        return [
            {"remove": {"index": index, "alias": alias}}
            for index, body in found.items()
            if isinstance(body, dict) and index not in mine
            for alias in body.get("aliases", {})
            if alias in aliases
        ]

    def refresh(self, generation: int) -> None:
        """Make everything that was sent findable."""
        mine = [name for part in PARTS for name in self.of(part, generation)]
        if mine:
            self.client.indices.refresh(index=mine)

    def drop_other(self, generation: int) -> list[str]:
        """Remove the indices of all other generations."""
        mine = {name for part in PARTS for name in self.of(part, generation)}
        return self._drop(sorted(self.there() - mine))

    # ---------------------------------------------------------------- retention

    def is_kept(self, month: str | None, now: datetime) -> bool:
        """False for a month that is over since longer than items are kept."""
        return month is None or month_end(month) > now - timedelta(days=self.keep_days)

    def drop_old(self, generation: int, now: datetime) -> list[str]:
        """Remove whole months of items that are too old; returns their names."""
        return self._drop([name for name in self.of("items", generation) if not self.is_kept(month_in(name), now)])

    def expunge(self, generation: int) -> None:
        """Rewrite segments that still hold deleted items, so that their bytes go. The server keeps what was deleted in the
        last half minute for copies that may need it; the next night takes it."""
        mine = self.of("items", generation)
        if mine:
            self.client.options(request_timeout=600).indices.flush(index=mine)
            self.client.options(request_timeout=600).indices.forcemerge(index=mine, only_expunge_deletes=True)

    def _drop(self, which: list[str]) -> list[str]:
        for start in range(0, len(which), DROPPED_AT_ONCE):
            some = which[start : start + DROPPED_AT_ONCE]
            self.client.indices.delete(index=some, ignore_unavailable=True)
            self.there().difference_update(some)
        return which

    def has_lifecycle(self) -> bool:
        """Whether the server has index lifecycle management; where not, `drop_old` is called by the calendar."""
        if self._has_lifecycle is None:
            answer = self.client.options(ignore_status=(400, 404, 405)).ilm.get_status()
            self._has_lifecycle = "operation_mode" in answer.body
        return self._has_lifecycle

    def _put_lifecycle(self) -> None:
        if self.has_lifecycle():
            phases = {"delete": {"min_age": f"{self.keep_days}d", "actions": {"delete": {}}}}
            self.client.ilm.put_lifecycle(name=self.names.template("items"), policy={"phases": phases})

    def _lifecycle_of(self, part: Part, month: str | None) -> Fields:
        """Age counts from the end of the month, not from when the index was made: a rebuild makes all of them today."""
        if part != "items" or month is None or not self.has_lifecycle():
            return {}
        begin = int(month_end(month).timestamp() * 1000)
        return {"lifecycle.name": self.names.template("items"), "lifecycle.origination_date": begin}

    # ---------------------------------------------------------------- whose it is

    def read_control(self) -> dict[str, Any] | None:
        """From which store this was filled, and how far; None when it was not."""
        answer = self.client.options(ignore_status=404).get(index=self.names.control, id=CONTROL_ID).body
        return answer.get("_source") if answer.get("found") else None

    def write_control(self, store: str, generation: int, position: int) -> None:
        """Say whose it is and how far."""
        if self.client.indices.exists(index=self.names.control).meta.status != 200:
            fields = {"dynamic": "strict", "properties": CONTROL_FIELDS}
            setting = {"index": {"number_of_shards": 1, "auto_expand_replicas": "0-1"}}
            self.client.options(ignore_status=400).indices.create(
                index=self.names.control, mappings=fields, settings=setting
            )
        body = {"store": store, "generation": generation, "position": position}
        self.client.index(index=self.names.control, id=CONTROL_ID, document=body)
