"""`/apps/{access_id}/phone`: a page of the console becomes a device of the application.

An app registers with the Access Key that is built into it. A page has none, and need not be told it: the member's
session stands in its place. From then on the page is a device like any other.
"""

# No postponed annotations here: FastAPI reads them at definition.

import time
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from rockdove.api.console.callers import Context, Operator
from rockdove.api.console.faults import RESPONSES
from rockdove.devices.registration import Profile
from rockdove.members import audit
from rockdove.members.audit import Action

router = APIRouter(prefix="/apps/{access_id}", tags=["phone"], responses=RESPONSES)

Text = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]


class PhoneWanted(BaseModel):
    """What the page says about itself; platform and package are the application's."""

    model_config = ConfigDict(extra="forbid")

    token: Text = Field("", description="with device_secret: to be the same device again")
    device_secret: Text = ""
    app_version: Text = ""
    sdk_version: Text = ""
    os_version: Text = ""
    brand: Text = ""
    model: Text = ""
    language: Text = ""
    notifications: bool = Field(True, description="false: as if its user had turned notifications off")


class Channel(BaseModel):
    mqtt: str
    ws: str
    nats: str


class PhoneAnswer(BaseModel):
    """The answer of /device/v1/register, see docs/device-protocol.md."""

    token: str
    device_id: int
    device_secret: str = Field("", description="only at the first registration")
    client_id: str
    jwt: str
    expires_at: int = Field(description="Unix seconds")
    now: int = Field(description="Unix seconds by the server's clock")
    channel: Channel


@router.post("/phone")
async def register_phone(context: Context, access: Operator, wanted: PhoneWanted) -> PhoneAnswer:
    """Register the page as a device, or again; 403 with the code `token_taken`: begin as a new one."""
    application = access.application
    profile = Profile(
        platform=application.platform,
        package_name=application.main_package,
        **wanted.model_dump(exclude={"token", "device_secret"}),
    )
    registered = await context.registration.register(
        access.access_id, application.access_key, profile, wanted.token or None, wanted.device_secret or None
    )
    if registered.secret:
        async with context.database.connection() as connection:
            await audit.record(
                connection,
                access.actor,
                Action.CREATE_VIRTUAL_PHONE,
                access_id=access.access_id,
                object=registered.token,
            )
    values = registered._asdict()
    secret = values.pop("secret") or ""
    return PhoneAnswer(
        **values, device_secret=secret, now=int(time.time()), channel=Channel(**context.device_addresses)
    )
