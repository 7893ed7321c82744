"""How one process is set up: read once from the environment, then passed on. Every field says what it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .domain.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The service's own set-up (not the switches that organisers flip)."""

    home: Path
    """ENTREMISE_HOME: folder of the embedded database, queue and key. Default: ``.entremise`` in the working folder."""
    database_url: str = field(repr=False)
    """DATABASE_URL: SQLAlchemy address. Default: SQLite in ``home``."""
    redis_url: str | None = field(repr=False)
    """REDIS_URL: Redis or Valkey. Default: none, and the embedded Valkey is started."""
    kafka_bootstrap: tuple[str, ...]
    """KAFKA_BOOTSTRAP_SERVERS: comma-separated ``host:port``. Default: none, and no Kafka is consumed."""
    kafka_group: str
    """KAFKA_GROUP: consumer group. Default: ``entremise``."""
    kafka_options: Mapping[str, str] = field(repr=False)
    """KAFKA_SECURITY_PROTOCOL, KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD, KAFKA_SSL_CAFILE: how to log in at the broker."""
    secret_keys: tuple[str, ...] = field(repr=False)
    """ENTREMISE_SECRET_KEY: comma-separated keys, newest first; the first encrypts, all decrypt. Embedded: made once in ``home``."""
    host: str
    """ENTREMISE_HOST: address to listen on. Default 127.0.0.1."""
    port: int
    """ENTREMISE_PORT: port to listen on. Default 8321; 0 takes a free one."""
    encoder: str
    """ENTREMISE_ENCODER: what turns texts into vectors: ``default``, ``english``, ``multilingual``, ``static`` or ``lexical``."""
    public_url: str
    """ENTREMISE_PUBLIC_URL: how people and hosts reach this service; used in personal links."""
    workers: int
    """ENTREMISE_WORKERS: RQ workers that ``entremise work`` starts. Default 3: while one takes deliveries in, one computes and one writes back."""
    body_limit: int
    """ENTREMISE_BODY_LIMIT: largest delivery in bytes. Default 1 MiB."""
    backlog_limit: int
    """ENTREMISE_BACKLOG_LIMIT: deliveries waiting per installation beyond which the doors say "slow down"."""
    keep_raw_days: float
    """ENTREMISE_KEEP_RAW_DAYS: days that raw bytes of processed deliveries are kept. Default 30."""
    keep_dead_days: float
    """ENTREMISE_KEEP_DEAD_DAYS: days that dead letters are kept. Default 7."""
    keep_disconnected_days: float
    """ENTREMISE_KEEP_DISCONNECTED_DAYS: days that people are kept after their host has disconnected without having them erased. Default 90; 0 = for ever."""
    metrics_token: str | None = field(repr=False)
    """ENTREMISE_METRICS_TOKEN: lets others than loopback read ``/metrics``."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read every field; raises ``ConfigurationError`` that names the variable."""
        home = Path(environ.get("ENTREMISE_HOME", ".entremise")).absolute()
        port = _number(environ, "ENTREMISE_PORT", 8321)
        host = environ.get("ENTREMISE_HOST", "127.0.0.1")
        shown = f"[{host}]" if ":" in host else host
        return cls(
            home=home,
            database_url=_driver(environ.get("DATABASE_URL") or f"sqlite:///{home / 'entremise.db'}"),
            redis_url=environ.get("REDIS_URL") or None,
            kafka_bootstrap=_split(environ.get("KAFKA_BOOTSTRAP_SERVERS", "")),
            kafka_group=environ.get("KAFKA_GROUP", "entremise"),
            kafka_options={
                option: environ[name] for name, option in _KAFKA_OPTIONS.items() if environ.get(name)
            },
            secret_keys=_split(environ.get("ENTREMISE_SECRET_KEY", "")),
            host=host,
            port=port,
            public_url=environ.get("ENTREMISE_PUBLIC_URL", f"http://{shown}:{port}").rstrip("/"),
            encoder=environ.get("ENTREMISE_ENCODER", "").strip() or "default",
            workers=_number(environ, "ENTREMISE_WORKERS", 3, least=1),
            body_limit=_number(environ, "ENTREMISE_BODY_LIMIT", 1 << 20, least=1024),
            backlog_limit=_number(environ, "ENTREMISE_BACKLOG_LIMIT", 1_000_000, least=1),
            keep_raw_days=float(_number(environ, "ENTREMISE_KEEP_RAW_DAYS", 30)),
            keep_dead_days=float(_number(environ, "ENTREMISE_KEEP_DEAD_DAYS", 7)),
            keep_disconnected_days=float(_number(environ, "ENTREMISE_KEEP_DISCONNECTED_DAYS", 90)),
            metrics_token=environ.get("ENTREMISE_METRICS_TOKEN") or None,
        )


_KAFKA_OPTIONS = {
    "KAFKA_SECURITY_PROTOCOL": "security_protocol",
    "KAFKA_SASL_MECHANISM": "sasl_mechanism",
    "KAFKA_SASL_USERNAME": "sasl_plain_username",
    "KAFKA_SASL_PASSWORD": "sasl_plain_password",
    "KAFKA_SSL_CAFILE": "ssl_cafile",
}


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _driver(url: str) -> str:
    """Name the PostgreSQL driver that is installed with ``entremise[postgresql]``."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _number(environ: Mapping[str, str], name: str, default: int, *, least: int = 0) -> int:
    text = environ.get(name, "")
    if not text:
        return default
    if not text.isdigit() or int(text) < least:
        raise ConfigurationError(f"{name} must be a whole number of at least {least}, not {text!r}")
    return int(text)
