"""The device API: registration, accounts, and over HTTP what a device can't or won't do over the own channel."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import nkeys
from pyroaring import BitMap
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rockdove.api.device import errors
from rockdove.api.device.errors import BadRequestError, ForbiddenError, UnauthorizedError, UnavailableError
from rockdove.api.device.requests import AccountsRequest, AttributesRequest, RegisterRequest, TagsRequest, body_of, read
from rockdove.config import Limits
from rockdove.devices import accounts, attributes, tags
from rockdove.devices.attributes import BadAttributeError
from rockdove.devices.registration import Registered, Registration, RegistrationError, Standing
from rockdove.domain import tag
from rockdove.domain.account import Account, fault_of
from rockdove.domain.device_message import recall_message
from rockdove.engines.errors import CredentialError
from rockdove.engines.jwt import device_of_name, verify_device_jwt
from rockdove.gateway.messages import Messages
from rockdove.gateway.owed import OwedMessages
from rockdove.receipts.fold import Fold
from rockdove.receipts.report import BadReportError
from rockdove.stats.active_days import ActiveDays
from rockdove.storage.database import Database, Unavailable

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceContext:
    """What the endpoints work with, put together once a process."""

    database: Database
    account: nkeys.KeyPair
    """Signs the devices' credentials."""
    registration: Registration
    addresses: Mapping[str, str]
    """`mqtt`, `ws`, `nats`: where devices connect."""
    owed: OwedMessages
    fold: Fold
    kick: Callable[[int, int], Awaitable[object]]
    """Closes the connections of (access id, device id)."""
    limits: Limits
    active: ActiveDays


@dataclass(frozen=True, slots=True)
class Caller:
    """The device that calls, as its credential proves."""

    access_id: int
    device_id: int
    standing: Standing


class DeviceRoutes:
    """The endpoints, each a method."""

    def __init__(self, context: DeviceContext) -> None:
        self._context = context
        self._messages = Messages()
        self._registering = 0

    def routes(self) -> list[Route]:
        endpoints: dict[str, Endpoint] = {
            "register": self.register,
            "unregister": self.unregister,
            "accounts": self.accounts,
            "tags": self.tags,
            "attributes": self.attributes,
            "receipts": self.receipts,
            "messages": self.messages,
        }
        return [
            Route(f"/device/v1/{name}", _answered(endpoint), methods=["POST"]) for name, endpoint in endpoints.items()
        ]

    async def register(self, request: Request) -> Response:
        body = await read(request, RegisterRequest)
        if self._registering >= self._context.limits.registrations_at_once:  # nobody waits in a queue that grows
            raise UnavailableError("too many registrations at once, try again")
        self._registering += 1
        try:
            registered = await self._context.registration.register(
                body.access_id, body.access_key, body.profile(), body.token or None, body.device_secret
            )
        except RegistrationError as error:
            raise errors.of_registration(error) from None
        finally:
            self._registering -= 1
        self._context.active.see(body.access_id, registered.device_id)
        return _json(self._registered(registered))

    async def unregister(self, request: Request) -> Response:
        caller = await self._caller(request)
        await self._context.registration.unregister(caller.access_id, caller.device_id)
        await self._context.kick(caller.access_id, caller.device_id)
        return _json({})

    async def accounts(self, request: Request) -> Response:
        caller = await self._caller(request)
        body = await read(request, AccountsRequest)
        if not caller.standing.device_binding:
            raise ForbiddenError("devices of this application do not bind accounts themselves", code="binding_disabled")
        wanted = [Account(bound.account, bound.account_type) for bound in body.accounts]
        async with self._context.database.transaction() as connection:
            match body.operation:
                case "upsert":
                    _check(wanted)
                    await accounts.bind(connection, caller.access_id, caller.device_id, wanted)
                case "delete":
                    await accounts.unbind(connection, caller.access_id, caller.device_id, wanted)
                    await accounts.clear(connection, caller.access_id, [caller.device_id], body.account_types)
                case "clear":
                    await accounts.clear(connection, caller.access_id, [caller.device_id])
        return _json({})

    async def tags(self, request: Request) -> Response:
        caller = await self._caller(request)
        body = await read(request, TagsRequest)
        limits = self._context.limits
        _check_tags(body.tags, limits.tag_bytes)
        changes = {"add": tags.add, "delete": tags.remove, "set": tags.replace, "clear": tags.replace}
        change = changes[body.operation](body.tags if body.operation != "clear" else ())
        async with self._context.database.transaction() as connection:
            try:
                full = await tags.change(
                    connection,
                    caller.access_id,
                    {caller.device_id: change},
                    tags.Limits(limits.tags_per_app, limits.tags_per_device),
                )
            except tags.TooManyNamesError as error:
                raise BadRequestError(str(error), "tags") from None
        if full:
            raise BadRequestError(f"a device has at most {limits.tags_per_device} tags", "tags")
        return _json({})

    async def attributes(self, request: Request) -> Response:
        """Names the application has not made are skipped, and told."""
        caller = await self._caller(request)
        body = await read(request, AttributesRequest)
        device = (caller.access_id, caller.device_id)
        async with self._context.database.transaction() as connection:
            known = await attributes.names(connection, caller.access_id)
            values = {name: value for name, value in body.attributes.items() if name in known}
            try:
                match body.operation:
                    case "upsert":
                        for value in values.values():
                            attributes.check_size(value, self._context.limits.attribute_bytes)
                        await attributes.upsert(connection, *device, values, self._context.limits.attributes_per_device)
                    case "delete":
                        await attributes.delete(connection, *device, body.names)
                    case "clear":
                        await attributes.clear(connection, *device)
            except BadAttributeError as error:
                raise BadRequestError(str(error), "attributes") from None
        return _json({"unknown": [name for name in (*body.attributes, *body.names) if name not in known]})

    async def receipts(self, request: Request) -> Response:
        caller = await self._caller(request)
        body = await body_of(request)
        try:
            await self._context.fold.add(caller.access_id, caller.device_id, body)
        except BadReportError as error:
            raise BadRequestError(str(error)) from None
        except TimeoutError:
            raise UnavailableError("the receipts could not be recorded yet, report them again") from None
        return _json({})

    async def messages(self, request: Request) -> Response:
        """What the device is to take back, then what it is still owed, in the order of sending: for one that can't
        keep a connection."""
        caller = await self._caller(request)
        device = {caller.access_id: BitMap([caller.device_id])}
        async with self._context.database.connection() as connection:
            mailboxes = await self._context.owed.find(connection, device)
            recalls = (await self._context.owed.recalled(connection, device)).get(caller.access_id, {})
            letters = await self._messages.of(connection, mailboxes)
        told = [recall_message(push_id) for push_id in recalls.get(caller.device_id, [])]
        owed = mailboxes[caller.access_id].get(caller.device_id, [])
        sent = [letters.of(caller.access_id, caller.device_id, message.push_id) for message in owed]
        return _json({"messages": [msgspec.Raw(message) for message in (*told, *sent)]})

    async def _caller(self, request: Request) -> Caller:
        """Raises UnauthorizedError unless the credential is ours, valid, and its device registered."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer":
            raise UnauthorizedError("give the jwt of the registration: Authorization: Bearer <jwt>")
        try:
            device = device_of_name(verify_device_jwt(self._context.account, token.strip()))
        except CredentialError as error:
            raise UnauthorizedError(str(error)) from None
        standing = await self._context.registration.standing(*device) if device else None
        if device is None or standing is None:
            raise UnauthorizedError("the device is not registered: register again")
        self._context.active.see(*device)
        return Caller(*device, standing)

    def _registered(self, registered: Registered) -> dict[str, Any]:
        secret = {"device_secret": registered.secret} if registered.secret else {}
        return {
            "token": registered.token,
            "device_id": registered.device_id,
            **secret,
            "client_id": registered.client_id,
            "jwt": registered.jwt,
            "expires_at": registered.expires_at,
            "now": int(time.time()),
            "channel": self._context.addresses,
        }


def _check(wanted: list[Account]) -> None:
    """Raises BadRequestError naming the account that can't be one."""
    for position, account in enumerate(wanted):
        if fault := fault_of(account.text):
            raise BadRequestError(fault, f"accounts[{position}].account")


def _check_tags(wanted: list[str], most_bytes: int) -> None:
    """Raises BadRequestError naming the tag that can't be one."""
    for position, text in enumerate(wanted):
        if fault := tag.fault_of(text, most_bytes):
            raise BadRequestError(fault, f"tags[{position}]")


def _answered(endpoint: Endpoint) -> Endpoint:
    """Whatever goes wrong becomes an answer in the device API's own form."""

    async def call(request: Request) -> Response:
        try:
            return await endpoint(request)
        except errors.DeviceApiError as error:
            return errors.answer(error)
        except Unavailable:
            return errors.answer(UnavailableError("the server can't do this now, try again"))

    return call


def _json(content: object) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")
