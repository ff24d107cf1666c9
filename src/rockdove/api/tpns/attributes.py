"""`POST /v3/device/set_custom_attribute`: attributes of the user of a device. They are named in the application's
settings first; other names are skipped, and returned.
"""

from __future__ import annotations

from rockdove.api.tpns.answers import Answer
from rockdove.api.tpns.endpoint import Call
from rockdove.api.tpns.errors import InvalidParameterError, InvalidTokenError, TokenNotValidError
from rockdove.api.tpns.fields import as_text
from rockdove.devices import accounts, attributes
from rockdove.devices.attributes import BadAttributeError
from rockdove.domain.token import is_token
from rockdove.storage.database import Connection

ADD, UPDATE, DELETE, DELETE_ALL, QUERY = 1, 2, 3, 4, 5
SUCCESS = "success"


async def set_custom_attribute(call: Call) -> Answer:
    """Add and update do the same: what is given holds, what is not named stays."""
    call.fields.require("cmd")
    call.fields.require("token")
    command = call.fields.integer("cmd", 0, ADD, QUERY)
    wanted = _wanted(call) if command <= DELETE else {}
    access_id = call.application.access_id
    async with call.context.database.transaction() as connection:
        device_id = await _device(connection, access_id, call.fields.text("token"))
        if command == QUERY:
            found = await attributes.of_device(connection, access_id, device_id)
            return Answer({"attributeInfo": {"attributeMap": found}}, text=SUCCESS)
        if command == DELETE_ALL:
            await attributes.clear(connection, access_id, device_id)
            return Answer(text=SUCCESS)
        known = await attributes.names(connection, access_id)
        values = {name: value for name, value in wanted.items() if name in known}
        if command == DELETE:
            await attributes.delete(connection, access_id, device_id, list(values))
        else:
            await _upsert(connection, call, device_id, values)
    skipped = [name for name in wanted if name not in known]
    return Answer({"invalidAttribute": skipped} if skipped else {}, text=SUCCESS)


def _wanted(call: Call) -> dict[str, str]:
    """As given: names are not folded here. Values that are no text matter to nobody who deletes."""
    call.fields.require("attributeInfo")
    info = call.fields.object("attributeInfo")
    given = info and info.object("attributeMap")
    if info is None or given is None:
        call.fields.require("attributeInfo.attributeMap")
        return {}
    texts = {name: as_text(value) for name, value in given.members.items()}
    for name, text in texts.items():
        if text is None:
            raise given.invalid(name, "must be a string")
    return {name: text or "" for name, text in texts.items()}


async def _device(connection: Connection, access_id: int, token: str) -> int:
    if not is_token(token):
        raise TokenNotValidError(f"{token!r}")
    devices = await accounts.registered(connection, access_id, [token])
    if token not in devices:
        raise InvalidTokenError(f"{token!r}")
    return devices[token]


async def _upsert(connection: Connection, call: Call, device_id: int, values: dict[str, str]) -> None:
    limits = call.context.settings.limits
    try:
        for value in values.values():
            attributes.check_size(value, limits.attribute_bytes)
        await attributes.upsert(connection, call.application.access_id, device_id, values, limits.attributes_per_device)
    except BadAttributeError as error:
        raise InvalidParameterError(str(error)) from None
