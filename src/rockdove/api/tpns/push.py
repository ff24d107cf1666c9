"""`POST /v3/push/app`: a push is taken, and its id given, in milliseconds; who gets it is resolved by a worker.

TPNS checks in one order and clients rely on the code that comes first, so the steps stand here in that order: what is
missing, what is wrong, environment, time, targets, repetition, rate. The steps that write or lock something and the
insertion itself share a transaction: a push that is refused late has left nothing behind, not even a used turn of the
rate. A push to a few devices that depends on nothing but those shares one with the pushes of other callers instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from rockdove.api.tpns import push_request, rates, schedule
from rockdove.api.tpns.answers import Answer
from rockdove.api.tpns.endpoint import Call
from rockdove.api.tpns.errors import (
    CertificateExpiredError,
    IllegalPushTimeError,
    NoTargetError,
    PushRepeatError,
    TokenNotValidError,
)
from rockdove.api.tpns.fields import fold
from rockdove.api.tpns.idempotency import Key, checked
from rockdove.devices import attributes
from rockdove.devices.accounts import Tokens, Wanted
from rockdove.domain import personalisation
from rockdove.domain.controls import Controls
from rockdove.domain.push import PushRequest
from rockdove.domain.token import is_token
from rockdove.pushes import admission, packages, plans, requests
from rockdove.storage.database import Connection

MAX_PACKAGE_ID = 2**31 - 1
MAX_PUSH_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class _Checked:
    """A request whose targets exist. `codes`: one per target asked for, in that order; None for bulk audiences."""

    request: PushRequest
    codes: list[int] | None = None
    dropped: list[str] | None = None
    """Tokens left out, when the caller asked to ignore them."""


async def push_app(call: Call) -> Answer:
    """Take one push, or one for each occurrence of a loop."""
    key = _key(call)
    if key:
        await key.check(call.context.database)
    controls, limits = call.application.controls, call.limits
    zone = ZoneInfo(call.application.timezone)
    now = datetime.now(UTC)
    request = push_request.read(call.fields, call.application.access_id, call.application.platform, limits)
    schedule.check_audience(call.fields, request.audience_type, limits)
    occurrences, loop = schedule.read_loop(call.fields, zone, now, limits)
    await _check_references(call, request)
    environment = push_request.read_environment(call.fields, call.application.platform)
    await _check_certificate(call, replace(request, environment=environment))
    times: Sequence[datetime | None] = occurrences or [schedule.read_send_time(call.fields, zone, now, limits)]
    request = replace(
        request,
        environment=environment,
        group_id=request.group_id or f"tpns_{now.astimezone(zone):%Y%m%d}",
        source=call.source,
        options=request.options | schedule.asked(times, loop),
    )
    _check_hours(controls, now.astimezone(zone))
    checked = await _check_targets(call, request)
    if admission.is_unconditional(request, controls) and not key and not call.also:
        push_ids = await call.context.intake.ask(requests.Order(checked.request, times))
        return Answer(_members(checked, push_ids, bool(loop)))
    async with call.context.database.transaction() as connection:
        if key:
            await key.claim(connection)
        await _check_package(connection, request, times)
        await _check_exclusions(connection, call, request, times)
        repeat_key = await _refuse_repeat(connection, request, controls, limits.repeat_window_seconds)
        await rates.take_push(connection, request.access_id, request.audience_type, limits.bulk_pushes_per_second)
        push_ids = await requests.accept_at(connection, checked.request, times, repeat_key)
        if call.also:
            await call.also(connection, push_ids)
        members = _members(checked, push_ids, bool(loop))
        if key:
            await key.keep(connection, members)
    return Answer(members)


async def _check_certificate(call: Call, request: PushRequest) -> None:
    """An application of iOS without APNs is served by the own channel, which needs no certificate; where APNs is set up
    it has to be usable. Raises CertificateExpiredError."""
    if call.application.platform != "ios" or "apns" in request.disabled_channels:
        return
    if fault := await call.context.channel_fault(request.access_id, "apns"):
        raise CertificateExpiredError(f"{request.environment.upper()}: {fault}")


def _key(call: Call) -> Key | None:
    """`seq` numbers calls, so a repetition may have another one. Raises InvalidParameterError."""
    if call.idempotency_key is None:
        return None
    request = {name: value for name, value in call.fields.members.items() if fold(name) != "seq"}
    hours = call.context.settings.limits.idempotency_hours
    return Key(call.application.access_id, "push", checked(call.idempotency_key), (request,), hours)


async def _refuse_repeat(
    connection: Connection, request: PushRequest, controls: Controls, window_seconds: int
) -> bytes | None:
    try:
        return await admission.refuse_repeat(connection, request, controls, window_seconds)
    except admission.RepeatedError as error:
        raise PushRepeatError(str(error)) from None


def _members(checked: _Checked, push_ids: list[int], is_loop: bool) -> dict[str, Any]:
    """Ids are decimal strings: they may have more digits than a JSON number keeps."""
    members: dict[str, Any] = {
        "push_id": [str(push_id) for push_id in push_ids] if is_loop else str(push_ids[0]),
        "environment": checked.request.environment,
        "result": "{}" if checked.codes is None else msgspec.json.encode(checked.codes).decode(),
    }
    if checked.dropped is not None:
        members["invalid_targe_list"] = checked.dropped
    return members


def _check_hours(controls: Controls, now: datetime) -> None:
    try:
        admission.check_hours(controls, now)
    except admission.OutsideHoursError as error:
        raise IllegalPushTimeError(str(error)) from None


async def _check_references(call: Call, request: PushRequest) -> None:
    """The plan, the earlier push and the attributes it names."""
    named = personalisation.names_in(request.message) if personalisation.is_personal(request.message) else frozenset()
    if not request.collapse_id and not request.plan_id and not named:
        return
    async with call.context.database.connection() as connection:
        if not await plans.knows(connection, request.access_id, request.plan_id):
            raise call.fields.invalid("plan_id", f"{request.plan_id!r} is not a known plan")
        if request.collapse_id and not await requests.knows_collapse_id(
            connection, request.access_id, request.collapse_id
        ):
            raise call.fields.invalid("collapse_id", f"{request.collapse_id} was not given out to this application")
        if unknown := sorted(named and named - await attributes.names(connection, request.access_id)):
            raise call.fields.invalid("message", f"names {unknown[0]!r}, which is no attribute of this application")


async def _check_targets(call: Call, request: PushRequest) -> _Checked:
    if request.tokens:
        return await _check_tokens(call, request)
    if request.accounts:
        return await _check_accounts(call, request)
    return _Checked(request)


async def _check_exclusions(
    connection: Connection, call: Call, request: PushRequest, times: Sequence[datetime | None]
) -> None:
    """Ours, not TPNS's: accounts of another package, and whom an earlier push has reached, are left out."""
    package_id, push_id = request.exclude_package_id, request.exclude_push_id
    if package_id and not (
        package_id <= MAX_PACKAGE_ID and await packages.use(connection, request.access_id, package_id, times[-1])
    ):
        raise call.fields.invalid("exclude_upload_id", f"{package_id} does not exist (any more)")
    if push_id and not (push_id <= MAX_PUSH_ID and await requests.knows(connection, request.access_id, push_id)):
        raise call.fields.invalid("exclude_push_id", f"{push_id} is no push of this application")


async def _check_tokens(call: Call, request: PushRequest) -> _Checked:
    """A token that is malformed or not registered fails the call, or is dropped when the caller wants that."""
    wellformed = [token for token in request.tokens if is_token(token)]
    known = await call.context.registered.ask(Tokens(request.access_id, set(wellformed)))
    invalid = [token for token in request.tokens if token not in known]
    ignores = push_request.ignores_invalid_tokens(call.fields)
    if invalid and not ignores:
        more = f" and {len(invalid) - 1} more" if len(invalid) > 1 else ""
        raise TokenNotValidError(f"{invalid[0]!r}{more}")
    if not known:
        raise NoTargetError("no token is left")
    codes = [0 if token in known else TokenNotValidError.code for token in request.tokens]
    tokens = tuple(token for token in dict.fromkeys(request.tokens) if token in known)
    return _Checked(replace(request, tokens=tokens), codes, invalid if ignores else None)


async def _check_accounts(call: Call, request: PushRequest) -> _Checked:
    wanted = tuple(dict.fromkeys(request.accounts))
    reachable = await call.context.reachable.ask(
        Wanted(request.access_id, request.account_type, wanted, request.environment, request.multi_package)
    )
    if not reachable:
        raise NoTargetError(f"no account has an available device under account_type {request.account_type}")
    codes = [0 if account in reachable else NoTargetError.code for account in request.accounts]
    return _Checked(replace(request, accounts=wanted), codes)


async def _check_package(connection: Connection, request: PushRequest, times: Sequence[datetime | None]) -> None:
    package_id = request.package_id
    if package_id is None:
        return
    usable = 0 < package_id <= MAX_PACKAGE_ID
    if not usable or not await packages.use(connection, request.access_id, package_id, times[-1]):
        raise NoTargetError(f"upload_id {package_id} does not exist (any more)")
