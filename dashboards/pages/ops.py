"""For machines: is the process up, and its numbers in Prometheus form."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from starlette.responses import JSONResponse, Response

from alerts.buttons.offer import keeps_line
from alerts.buttons.standing import read_standings
from dashboards.call import Call
from dashboards.queries.events import count_open
from dashboards.queries.watch import (
    Watch,
    holders,
    message_states,
    oldest_waiting,
    source_rows,
    watch_health,
    worker_until,
)
from pipeline.store.elastic.standing import Standing, read_standing

STANDS_STILL = timedelta(minutes=5)
PASSING = "elastic"  # leases that are held for moments only
STATES = ("queued", "sending", "sent", "dead")


def show_health(call: Call) -> Response:
    """200 while the store answers and the worker works, else 503; says nothing about the school to strangers.

    The worker renews its lease in the store every minute, so a store that cannot be written shows here too.
    """
    until = worker_until(call.conn)
    stands = until is not None and call.now - until >= STANDS_STILL
    state: dict[str, object] = {"service": "tocsin", "ok": not stands, "version": call.context.version}
    if call.context.mirrored:
        standing = read_standing(call.conn)
        state["elastic"] = "stalled" if standing.said else "behind" if standing.behind else "up to date"
        if standing.parked:
            state["elastic_refused"] = standing.parked
    lines = read_standings(call.conn, [one.id for one in call.context.loaded.channels if keeps_line(one)])
    if lines:
        state["buttons"] = "connected" if all(one.stands(call.now) for one in lines) else "not connected"
    return JSONResponse({**state, "said": "the worker stands still"} if stands else state, 503 if stands else 200)


def show_metrics(call: Call) -> Response:
    """Gauges read from the store at this moment."""
    registry = CollectorRegistry()
    registry.register(Gauges(list(read_gauges(call))))
    return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")


class Gauges:
    """A collector over gauges that were already read."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> list[Metric]:
        """The gauges."""
        return self._metrics


def read_gauges(call: Call) -> Iterator[Metric]:
    """Sources, queue, lag, messages, events, and who holds which lease."""
    conn, now = call.conn, call.now
    rows = source_rows(conn, call.context.loaded.sources, now)
    watch = watch_health(conn, rows)
    yield from watch_gauges(watch, now)
    yield gauge("tocsin_open_events", "Events that are open.", count_open(conn, now))
    yield gauge("tocsin_oldest_message_seconds", "How long the oldest unsent message has been due.",
                seconds_since(oldest_waiting(conn), now))  # fmt: skip
    yield labelled(
        "tocsin_notifications", "Messages by state.", "state", {**dict.fromkeys(STATES, 0), **message_states(conn)}
    )
    if call.context.mirrored:
        yield from mirror_gauges(read_standing(conn), now)
    held = {name: int(alive) for name, alive in holders(conn, now).items() if not name.startswith(PASSING)}
    yield labelled("tocsin_lease_held", "1 while somebody holds the role.", "role", held)


def watch_gauges(watch: Watch, now: datetime) -> Iterator[Metric]:
    """Numbers of the watch."""
    yield gauge("tocsin_sources", "Configured sources.", watch.total)
    yield gauge("tocsin_sources_healthy", "Sources that can be read.", watch.healthy)
    yield gauge("tocsin_sources_blind", "Sources that cannot be read now.", len(watch.blind))
    yield gauge("tocsin_queue_items", "Items waiting for the worker.", watch.queue)
    yield gauge(
        "tocsin_last_read_seconds", "Age of the last reading of any source.", seconds_since(watch.last_run, now)
    )
    yield gauge("tocsin_last_item_seconds", "Age of the newest item.", seconds_since(watch.last_item, now))


def mirror_gauges(standing: Standing, now: datetime) -> Iterator[Metric]:
    """How far Elasticsearch is."""
    yield gauge("tocsin_elastic_lag_changes", "Changes that have not arrived in Elasticsearch yet.", standing.behind)
    stalled = 0.0 if standing.since is None else seconds_since(standing.since, now)
    yield gauge("tocsin_elastic_stalled_seconds", "How long nothing could be sent to Elasticsearch.", stalled)
    yield gauge("tocsin_elastic_parked", "Documents that Elasticsearch refused.", standing.parked)


def gauge(name: str, text: str, value: float) -> Metric:
    """A gauge without labels."""
    return GaugeMetricFamily(name, text, value=value)


def labelled(name: str, text: str, label: str, values: Mapping[str, int]) -> Metric:
    """A gauge with one label."""
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family


def seconds_since(moment: datetime | None, now: datetime) -> float:
    """Age in seconds, NaN for never."""
    return float("nan") if moment is None else max(0.0, (now - moment).total_seconds())
