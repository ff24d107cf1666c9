"""What devices send. Unknown members are ignored, so that newer apps can talk to older servers."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta
from starlette.requests import Request

from rockdove.api.device.errors import BadRequestError, TooLargeError
from rockdove.channels.push_subscription import SubscriptionError, read_subscription
from rockdove.devices.registration import Profile
from rockdove.domain.account import MAX_ACCOUNT_TYPE
from rockdove.domain.device import VENDOR_CHANNELS

BODY_BYTES = 256 * 1024
MAX_TEXT = 200
MAX_VENDOR_TOKEN = 4096
"""A subscription of Web Push, the longest there is, has about 1200: its address at most 1000 with UnifiedPush."""
ACCOUNTS_AT_ONCE = 32
TAGS_AT_ONCE = 500
ATTRIBUTES_AT_ONCE = 100

AccessId = Annotated[int, Meta(ge=1, le=2**32 - 1)]
Text = Annotated[str, Meta(max_length=MAX_TEXT, pattern=r"^[^\x00]*\Z")]
VendorToken = Annotated[str, Meta(max_length=MAX_VENDOR_TOKEN, pattern=r"^[^\x00]*\Z")]
AccountType = Annotated[int, Meta(ge=0, le=MAX_ACCOUNT_TYPE)]
Wanted = TypeVar("Wanted")


class RegisterRequest(msgspec.Struct, kw_only=True):
    access_id: AccessId
    access_key: Text
    platform: Literal["android", "ios"]
    token: Annotated[str, Meta(max_length=64)] | None = None
    device_secret: Text | None = None
    package_name: Text = ""
    app_version: Text = ""
    sdk_version: Text = ""
    os_version: Text = ""
    brand: Text = ""
    model: Text = ""
    language: Text = ""
    country: Text = ""
    province: Text = ""
    city: Text = ""
    environment: Literal["product", "dev"] = "product"
    channel: Text = ""
    channel_token: VendorToken = ""
    notifications: bool = True

    def profile(self) -> Profile:
        """Raises BadRequestError for a vendor channel that does not exist, and for a token that can be none of its."""
        if self.channel and self.channel not in VENDOR_CHANNELS:
            raise BadRequestError(f"there is no vendor channel {self.channel!r}", "channel")
        if self.channel == "webpush":
            try:
                read_subscription(self.channel_token).public_key()
            except SubscriptionError as error:
                raise BadRequestError(str(error), "channel_token") from None
        return Profile(**{name: getattr(self, name) for name in Profile.__dataclass_fields__})


class BoundAccount(msgspec.Struct):
    account: Text
    account_type: AccountType = 0


class AccountsRequest(msgspec.Struct, kw_only=True):
    """`upsert` and `delete` name `accounts`; `delete` may name `account_types` instead; `clear` names nothing."""

    operation: Literal["upsert", "delete", "clear"]
    accounts: Annotated[list[BoundAccount], Meta(max_length=ACCOUNTS_AT_ONCE)] = []
    account_types: Annotated[list[AccountType], Meta(max_length=ACCOUNTS_AT_ONCE)] = []


class TagsRequest(msgspec.Struct, kw_only=True):
    """`clear` names nothing; `set` leaves no others."""

    operation: Literal["add", "delete", "set", "clear"]
    tags: Annotated[list[Text], Meta(max_length=TAGS_AT_ONCE)] = []


class AttributesRequest(msgspec.Struct, kw_only=True):
    """`upsert` gives `attributes`, `delete` the `names` of some, `clear` nothing."""

    operation: Literal["upsert", "delete", "clear"]
    attributes: Annotated[dict[Text, Text], Meta(max_length=ATTRIBUTES_AT_ONCE)] = {}
    names: Annotated[list[Text], Meta(max_length=ATTRIBUTES_AT_ONCE)] = []


async def body_of(request: Request) -> bytes:
    """The body, bounded. Raises TooLargeError."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            raise TooLargeError(f"a request has at most {BODY_BYTES} bytes")
    return bytes(body)


async def read(request: Request, wanted: type[Wanted]) -> Wanted:
    """The body as `wanted`. Raises BadRequestError naming the member."""
    try:
        return msgspec.json.decode(await body_of(request), type=wanted)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `")
        field = path.removesuffix("`").removeprefix("$").removeprefix(".") or _missing(reason)
        raise BadRequestError(reason, field) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequestError(f"the body is not JSON: {error}") from None


def _missing(reason: str) -> str:
    """msgspec names a missing member in its text only: Object missing required field `platform`."""
    return reason.split("`")[1] if reason.startswith("Object missing required field") else ""
