"""The connections every process opens at its start: database, our NATS account, the system account."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import nats
import nkeys
from nats.aio.client import Client

from rockdove.config import Settings
from rockdove.engines.jwt import user_jwt
from rockdove.engines.keys import key_pair, new_user, public_key
from rockdove.engines.wire import Wire, signed_by
from rockdove.observe import log
from rockdove.storage.database import Database


def open_database(settings: Settings, process: str, answer_seconds: float | None = None) -> Database:
    return Database(settings.postgres.url, settings.postgres.pool_size, f"rockdove {process}", answer_seconds)


def account_keys(settings: Settings) -> nkeys.KeyPair:
    """The key pair of the account devices live in; signs their credentials."""
    return key_pair(settings.nats.account_seed)


def open_wire(settings: Settings, process: str) -> Wire:
    """The hot connection, as a user of our account that is made for this process and forgotten with it."""
    account, user = account_keys(settings), new_user()
    name = f"rockdove {process}"
    return Wire(settings.nats.url.split(","), signed_by(user, user_jwt(account, public_key(user), name)), name)


@asynccontextmanager
async def open_system(settings: Settings, process: str) -> AsyncIterator[Client]:
    """The system account: who connects, who goes, and the means to end a connection."""
    user = key_pair(settings.nats.system_user_seed)
    async with _open_client(settings, f"rockdove {process} system", settings.nats.system_user_jwt, user) as client:
        yield client


@asynccontextmanager
async def open_client(settings: Settings, name: str = "rockdove") -> AsyncIterator[Client]:
    """The client library's connection to the account devices live in, for what is not hot."""
    account, user = account_keys(settings), new_user()
    async with _open_client(settings, name, user_jwt(account, public_key(user), name), user) as client:
        yield client


@asynccontextmanager
async def _open_client(settings: Settings, name: str, jwt: str, user: nkeys.KeyPair) -> AsyncIterator[Client]:
    async def report(error: Exception) -> None:
        log.warning("connection to NATS", name=name, error=str(error) or type(error).__name__)

    client = await nats.connect(
        settings.nats.url.split(","),
        name=name,
        user_jwt_cb=jwt.encode,
        signature_cb=lambda nonce: base64.b64encode(user.sign(nonce.encode())),
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        error_cb=report,
    )
    try:
        yield client
    finally:
        await client.close()
