"""The RQ worker, set up so that a killed one is noticed soon and that starting a job costs little.

The container is built once, in the worker; each job runs in a forked child, which opens connections of its own.
"""

from __future__ import annotations

import gc
import importlib
import os
import pkgutil

from redis import Redis
from rq import Worker
from rq.serializers import JSONSerializer
from rq.worker.base import DequeueStrategy

from ..hooks.encoder_choice import DEFAULT, load_encoder
from . import engine, jobs, processes
from .storage.rq_queue import QUEUES

WORKER_TTL = 20
"""Seconds; a worker looks after others' abandoned jobs every ``WORKER_TTL - 15`` (RQ's own rule)."""
MAINTENANCE_INTERVAL = 5
JOB_MONITORING_INTERVAL = 2


LAZILY_IMPORTED = (
    "numpy", "scipy.optimize", "scipy.sparse.csgraph", "sklearn.cluster", "sklearn.decomposition",
    "sklearn.feature_extraction", "faiss",
    "threadpoolctl", "ortools.sat.python.cp_model", "kafka",
)  # fmt: skip
"""What jobs import when they come to need it: a job that finds it imported starts a second sooner."""


class JobWorker(Worker):
    """An RQ worker whose jobs end with it, and that comes back soon when the queue was away."""

    max_connection_wait_time = 2.0
    log_result_lifespan = False

    def setup_work_horse_signals(self) -> None:
        super().setup_work_horse_signals()  # type: ignore[no-untyped-call]
        processes.die_with_parent(self.pid or os.getppid())


def run_worker(redis: Redis, *, burst: bool = False) -> None:
    """Work until SIGTERM or SIGINT; the job in hand is finished. ``burst`` ends when the queues are empty.

    Queues take turns, so that a rush of deliveries cannot hold up what goes back to the host.
    """
    # Workers share the cores as processes: a linear algebra that also takes all of them for itself slows the others.
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    container = jobs.container()
    preload(container.settings.encoder)
    container.store.dispose()  # no database connection may be open when jobs are forked off
    gc.collect()
    gc.freeze()  # what lives now lives in every job: its pages are shared as long as no collection touches them
    worker = JobWorker(
        list(QUEUES),
        connection=redis,
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL,
        maintenance_interval=MAINTENANCE_INTERVAL,
        job_monitoring_interval=JOB_MONITORING_INTERVAL,
        log_job_description=False,  # it holds the arguments
    )
    worker.work(burst=burst, logging_level="WARNING", dequeue_strategy=DequeueStrategy.ROUND_ROBIN)


def preload(encoder: str = DEFAULT) -> None:
    """Import what jobs will need, as far as it is installed, and read the chosen encoder's model.

    Nothing is computed: threads do not survive a fork.
    """
    for name in LAZILY_IMPORTED:
        try:
            importlib.import_module(name)
        except ImportError:  # an extra that is not installed
            continue
    load_encoder(encoder)
    try:
        for module in pkgutil.iter_modules(engine.__path__, f"{engine.__name__}."):
            importlib.import_module(module.name)
    except ImportError:  # the same
        return
