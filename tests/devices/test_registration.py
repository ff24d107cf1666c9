from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from rockdove.devices.registration import (
    BadTokenError,
    DisabledAppError,
    Profile,
    Registered,
    Registration,
    TokenTakenError,
    UnknownAppError,
    WrongPlatformError,
)
from rockdove.domain.token import is_token
from rockdove.engines.jwt import claims_of, device_of_name, verify_device_jwt
from rockdove.engines.keys import new_user
from rockdove.storage.database import Database
from tests.rows import ACCESS_KEY, a_device, an_app

APP = 1500000001
ANDROID = Profile(platform="android", brand="HUAWEI")
TOKEN = "T" * 36
ACCOUNT = new_user()  # any key pair signs


@pytest.fixture
async def registration(database: Database) -> Registration:
    async with database.transaction() as connection:
        await an_app(connection, APP)
    return Registration(database, ACCOUNT, 24)


async def register(registration: Registration, profile: Profile = ANDROID, **given: Any) -> Registered:
    return await registration.register(APP, ACCESS_KEY, profile, **given)


async def device_row(database: Database, device_id: int) -> Any:
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT *, changed_xid::text AS changed FROM devices WHERE access_id = %s AND device_id = %s",
            (APP, device_id),
        )
        return await cursor.fetchone()


async def test_a_new_device(registration: Registration, database: Database) -> None:
    registered = await register(registration)
    assert is_token(registered.token)
    assert registered.secret
    assert 24 * 0.79 < (registered.expires_at - time.time()) / 3600 < 24 * 1.21
    row = await device_row(database, registered.device_id)
    assert (row.brand, row.client_id, row.token) == ("HUAWEI", registered.client_id, registered.token)
    assert registered.secret.encode() not in row.secret_hash


async def test_the_credential_opens_the_devices_own_subjects_only(
    registration: Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered = await register(registration)
    claims = claims_of(registered.jwt)
    own = f"{APP}.{registered.device_id}"
    assert claims["nats"]["pub"]["allow"] == [f"r.{own}", f"s.{own}"]
    assert claims["nats"]["sub"]["allow"] == [f"d.{own}"]
    assert claims["exp"] == registered.expires_at


async def test_again_with_the_secret_is_the_same_device_and_the_secret_is_not_shown(
    registration: Registration, database: Database
) -> None:
    first = await register(registration)
    second = await register(
        registration, Profile(platform="android", brand="Xiaomi"), token=first.token, secret=first.secret
    )
    assert (second.token, second.device_id, second.client_id) == (first.token, first.device_id, first.client_id)
    assert second.secret is None
    assert (await device_row(database, first.device_id)).brand == "Xiaomi"


@pytest.mark.parametrize("secret", [None, "", "wrong", "é€"])
async def test_a_known_token_without_its_secret_is_refused_and_nothing_changes(
    registration: Registration, database: Database, secret: str | None
) -> None:
    first = await register(registration)
    before = await device_row(database, first.device_id)
    with pytest.raises(TokenTakenError):
        await register(registration, Profile(platform="android", brand="evil"), token=first.token, secret=secret)
    assert await device_row(database, first.device_id) == before


async def test_an_imported_token_can_be_claimed_once(registration: Registration, database: Database) -> None:
    async with database.transaction() as connection:
        device_id = await a_device(connection, APP, token=TOKEN)
    claimed = await register(registration, token=TOKEN)
    assert claimed.device_id == device_id
    assert claimed.secret
    with pytest.raises(TokenTakenError):
        await register(registration, token=TOKEN)
    assert (await register(registration, token=TOKEN, secret=claimed.secret)).device_id == device_id


async def test_a_token_nobody_has_yet_is_taken_as_it_is(registration: Registration) -> None:
    assert (await register(registration, token=TOKEN)).token == TOKEN


async def test_of_many_at_once_one_gets_the_token(registration: Registration, database: Database) -> None:
    answers = await asyncio.gather(*(register(registration, token=TOKEN) for _ in range(6)), return_exceptions=True)
    winners = [answer for answer in answers if isinstance(answer, Registered)]
    assert len(winners) == 1
    assert all(isinstance(answer, Registered | TokenTakenError) for answer in answers)


async def test_retries_use_no_numbers_up(registration: Registration) -> None:
    first = await register(registration, token=TOKEN)
    for _ in range(5):
        with pytest.raises(TokenTakenError):
            await register(registration, token=TOKEN)
        await register(registration, token=TOKEN, secret=first.secret)
    assert (await register(registration)).device_id == first.device_id + 1


async def test_saying_the_same_again_is_no_change_for_the_index(registration: Registration, database: Database) -> None:
    first = await register(registration)
    async with database.connection() as connection:
        await connection.execute("UPDATE devices SET last_seen_day = last_seen_day - 1")
    before = await device_row(database, first.device_id)
    await register(registration, token=first.token, secret=first.secret)
    after = await device_row(database, first.device_id)
    assert after.changed == before.changed
    assert after.last_seen_day > before.last_seen_day


async def test_unregistering_and_coming_back(registration: Registration, database: Database) -> None:
    first = await register(registration)
    assert await registration.standing(APP, first.device_id)
    await registration.unregister(APP, first.device_id)
    await registration.unregister(APP, first.device_id)
    assert await registration.standing(APP, first.device_id) is None
    await register(registration, token=first.token, secret=first.secret)
    assert (await device_row(database, first.device_id)).unregistered_at is None
    assert await registration.standing(APP, first.device_id)


async def test_refusals(registration: Registration, database: Database) -> None:
    with pytest.raises(UnknownAppError):
        await registration.register(APP, "wrong", ANDROID)
    with pytest.raises(UnknownAppError):
        await registration.register(APP + 1, ACCESS_KEY, ANDROID)
    with pytest.raises(WrongPlatformError):
        await register(registration, Profile(platform="ios"))
    with pytest.raises(BadTokenError):
        await register(registration, token="short")
    async with database.connection() as connection:
        await connection.execute("UPDATE apps SET disabled_at = now()")
    with pytest.raises(DisabledAppError):
        await register(registration)


async def test_the_http_api_believes_only_what_we_signed(registration: Registration) -> None:
    registered = await register(registration)
    assert device_of_name(verify_device_jwt(ACCOUNT, registered.jwt)) == (APP, registered.device_id)
