"""Tables of hosts that connect by themselves: invitations, the connections made by them, and signed requests seen."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Integer, LargeBinary, String, Table

from .tables import metadata

invitations = Table(
    "invitations", metadata,
    Column("id", String(32), primary_key=True),
    Column("code_hash", String(64), nullable=False, unique=True),  # keyed: says nothing about the code
    Column("name", String(255), nullable=False),
    Column("addresses", LargeBinary, nullable=False),
    Column("allow_private", LargeBinary, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("left", Integer, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
)  # fmt: skip

connections = Table(
    "connections", metadata,
    Column("installation_id", String(32), ForeignKey("installations.id"), primary_key=True),
    Column("invitation_id", String(32), nullable=False),  # whose row may be gone
    Column("addresses", LargeBinary, nullable=False),
    Column("host", LargeBinary, nullable=False),
    Column("connected_at", Float, nullable=False),
    Column("erased_at", Float),  # NULL = whoever was here may still be
    Column("left_at", Float),  # NULL = it is here
)  # fmt: skip

signed_requests = Table(
    "signed_requests", metadata,
    Column("installation_id", String(32), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("at", Float, nullable=False, index=True),
)  # fmt: skip
