"""Figures of the queue for Prometheus, read by one query when it asks.

Every server and worker with an address of metrics tells the same: they are figures of the database, to be compared by their
maximum and not added up.
"""

import logging
from collections.abc import Callable, Iterator

from peewee import InterfaceError, OperationalError
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from models.base import queue_figures
from models.base.database import Database
from models.base.queue_figures import Figures

log = logging.getLogger("remit.operators")


class QueueCollector(Collector):
    """Collects the figures through ``database()``, a connection of the owner of the tables, once there is one."""

    def __init__(self, database: Callable[[], Database | None]) -> None:
        self.database = database

    def describe(self) -> list[GaugeMetricFamily]:
        return []  # nothing is read when it is registered

    def collect(self) -> Iterator[GaugeMetricFamily]:
        figures = self._figures()
        yield GaugeMetricFamily(
            "remit_queue_up", "Whether the queue could be read.", value=figures is not None
        )
        if figures is None:
            return
        for name, text in (
            ("remit_queue_waiting", "Jobs that wait."),
            ("remit_queue_retried", "Jobs that wait after a failed attempt."),
            ("remit_queue_oldest_seconds", "For how long the oldest waiting job has been due."),
        ):
            family = GaugeMetricFamily(name, text, labels=["job", "priority"])
            for row in figures.waiting:
                value = {"waiting": row.jobs, "retried": row.retried}.get(
                    name.rpartition("_")[2], row.seconds
                )
                family.add_metric([row.task, str(row.priority)], value)
            yield family
        for name, text, label, values in (
            ("remit_queue_running", "Jobs that run.", "job", figures.running),
            ("remit_queue_dead_letters", "Jobs that were given up.", "job", figures.dead),
            ("remit_schedule_lag_seconds", "How late the next tick is.", "schedule", figures.lags),
        ):
            family = GaugeMetricFamily(name, text, labels=[label])
            for key, value in values.items():
                family.add_metric([key], value)
            yield family
        yield GaugeMetricFamily("remit_workers", "Workers that send heartbeats.", value=figures.workers)

    def _figures(self) -> Figures | None:
        database = self.database()
        if database is None:
            return None
        try:
            with database.connection_context():
                return queue_figures.read(database)
        except (OperationalError, InterfaceError) as error:
            log.warning("queue not readable", exc_info=error)
            return None
