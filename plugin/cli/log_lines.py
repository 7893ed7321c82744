"""How log lines look: time, level, where from, the constant message, then its data as ``name=value``."""

from __future__ import annotations

import logging

LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class LogLines(logging.Formatter):
    """Adds what a call gave as ``extra`` to the message, before a traceback."""

    def __init__(self) -> None:
        super().__init__(LINE)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (the name that logging calls)
        data = [f"{name}={value!r}" for name, value in vars(record).items() if name not in _USUAL]
        return " ".join([super().formatMessage(record), *data])


def log_to_stderr(level: str) -> None:
    """Log from this level on; libraries only from warnings on."""
    handler = logging.StreamHandler()
    handler.setFormatter(LogLines())
    logging.basicConfig(level=level.upper(), handlers=[handler])
    for talkative in ("kafka", "rq", "urllib3", "alembic"):
        logging.getLogger(talkative).setLevel(max(logging.WARNING, logging.getLogger().level))
