"""What an application's controls let in: no push outside its hours, none that says the same to the same people again.

Whatever takes pushes asks here before `requests.accept`; the rules themselves are `domain.controls`.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import msgspec

from rockdove.domain.controls import Controls
from rockdove.domain.push import AudienceType, PushRequest
from rockdove.pushes.requests import content_hash
from rockdove.storage.database import Connection, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "admission.sql")

_COMPARED = frozenset({
    AudienceType.ALL, AudienceType.TAG, AudienceType.ACCOUNT_LIST, AudienceType.PACKAGE_ACCOUNT,
    AudienceType.PACKAGE_TOKEN,
})  # fmt: skip
"""A push to one device or a few tokens may well say the same again, e.g. that a message has come."""


class OutsideHoursError(Exception):
    """The application takes no pushes at this time of day; the text says when it does."""


class RepeatedError(Exception):
    """The same content went to the same recipients a short while ago; the text says how short."""


def check_hours(controls: Controls, now: datetime) -> None:
    """When a push is created decides, not when it is due. `now` is in the application's time zone.

    Raises OutsideHoursError.
    """
    hours = controls.allowed_hours
    if hours and not hours.hold(now):
        raise OutsideHoursError(
            f"pushes are taken from {hours.start} to {hours.end} ({now.tzinfo}) only, and it is {now:%H:%M}"
        )


async def refuse_repeat(
    connection: Connection, request: PushRequest, controls: Controls, window_seconds: int
) -> bytes | None:
    """Refuse what was said to the same recipients less than `window_seconds` ago (0: nothing is refused): always where
    they are `all`, in other audiences of many if the application wants it.

    Gives what to hand to `accept`, in the same transaction: until that ends, twins of the request wait here. Then they
    find the push, or, where it was refused after all, nothing. Raises RepeatedError.
    """
    if not window_seconds or not _is_compared(request, controls):
        return None
    key = await _repeat_key(connection, request)
    await connection.execute(_sql.lock, {"lock": int.from_bytes(key[:8], signed=True)})
    twin = {"access_id": request.access_id, "repeat_key": key, "seconds": window_seconds}
    if (await fetch_one(connection, _sql.is_repeated, **twin)).repeated:
        raise RepeatedError(f"the same content to the same recipients within {window_seconds} seconds")
    return key


def is_unconditional(request: PushRequest, controls: Controls) -> bool:
    """A push to a few devices that depends on no other push and no package, and counts towards no rate?"""
    excludes = request.exclude_package_id or request.exclude_push_id
    return request.audience_type.is_small and not excludes and not _is_compared(request, controls)


def _is_compared(request: PushRequest, controls: Controls) -> bool:
    chosen = controls.deduplicate and request.audience_type in _COMPARED
    return chosen or request.audience_type is AudienceType.ALL


async def _repeat_key(connection: Connection, request: PushRequest) -> bytes:
    """Content and recipients. A package is what is in it: the same file uploaded again is the same recipients. Package
    names (`multi_package`) don't matter, for those of the main one would get it twice.
    """
    identity: list[Any] = [
        request.access_id,
        content_hash(request).hex(),
        request.audience_type,
        sorted(set(request.accounts)),
        request.tag_rules,
        await _content_of(connection, request.package_id),
        request.account_type,
        request.every_device,
        await _content_of(connection, request.exclude_package_id),
        request.exclude_push_id,
    ]
    return hashlib.sha256(msgspec.json.encode(identity, order="sorted")).digest()


async def _content_of(connection: Connection, package_id: int | None) -> str:
    row = package_id and await fetch_one(connection, _sql.package_content, package_id=package_id)
    return row.file_sha256.hex() if row else ""
