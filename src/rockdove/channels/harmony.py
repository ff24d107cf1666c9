"""Huawei Push Kit for HarmonyOS 5 and later: 1000 tokens a request, with a signed statement instead of an access token.

Vendor documentation: developer.huawei.com, harmonyos-references "push-scenariozed-api-request-param", harmonyos-guides
"push-jwt-token" and "push-msg-receipt".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

import jwt
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from msgspec import Meta

from rockdove.channels import notice, push_kit
from rockdove.channels.access import Access
from rockdove.channels.batch_vendor import BatchVendor, everyone, notify_id
from rockdove.channels.channel import Batch, Limits, Outcome, Quota, Retry
from rockdove.channels.http import Answer, Server
from rockdove.channels.provider import (
    Checked,
    Connections,
    CredentialFaultError,
    Provider,
    Receipt,
    ReceiptRequest,
)
from rockdove.channels.settings import ChannelSettings, Count, Secret, SecretFile
from rockdove.channels.tokens import Token

AUDIENCE = f"{push_kit.TOKEN_HOST}{push_kit.TOKEN_PATH}"
TOKEN_LIFE = timedelta(hours=1)
TEST_DEVICES_PER_REQUEST = 10
ALERT = "push-type: 0"
MOST_BADGE = 99


class HarmonySettings(ChannelSettings, frozen=True, kw_only=True):
    service_account_key: Annotated[
        SecretFile,
        Meta(
            title="Service account key",
            description="The JSON file from HUAWEI Developers, API Console, Credentials, Service account key.",
            min_length=1,
        ),
    ]
    project_id: Annotated[
        str, Meta(title="Project ID", description="Of the app, where it is not the one in the key file.")
    ] = ""
    category: Annotated[
        str,
        Meta(
            title="Category",
            description="Of messages that name none. All but MARKETING have to be allowed by Huawei first.",
            min_length=1,
        ),
    ] = push_kit.MARKETING
    daily_quota: Annotated[
        Count,
        Meta(
            title="Marketing messages a day",
            description="Devices a day; 0: no limit. Huawei shows a device 2 a day of an app (5 of a news app).",
        ),
    ] = 0
    test_messages: Annotated[
        bool,
        Meta(title="Test messages", description="All messages count as tests: 1000 a day, 10 devices a request."),
    ] = False
    receipt_id: Annotated[
        str, Meta(title="Receipt ID", description="Of the receipt entered on Huawei's site; empty: the app's default.")
    ] = ""
    callback_user: Annotated[
        str, Meta(title="Callback user name", description="As entered with the receipt on Huawei's site.")
    ] = ""
    callback_key: Annotated[
        Secret,
        Meta(title="Callback key", description="As entered there. Receipts that are not signed with it are refused."),
    ] = ""
    devices_per_second: Annotated[
        Count,
        Meta(
            title="Devices per second",
            description="As AppGallery Connect shows it under Push Kit, App QPS; 0: no limit.",
        ),
    ] = push_kit.DEVICES_PER_SECOND


class _KeyFile(msgspec.Struct, frozen=True):
    project_id: str
    key_id: str
    private_key: str
    sub_account: str


class _Account:
    """A service account, from its key file. Raises CredentialFaultError."""

    def __init__(self, settings: HarmonySettings) -> None:
        try:
            self._file = msgspec.json.decode(settings.service_account_key, type=_KeyFile)
        except msgspec.MsgspecError as error:
            raise CredentialFaultError(f"Service account key: it is not the JSON file from Huawei: {error}") from None
        try:
            key = load_pem_private_key(self._file.private_key.encode(), None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise CredentialFaultError("Service account key: its private_key is no key") from None
        if not isinstance(key, RSAPrivateKey):
            raise CredentialFaultError("Service account key: its private_key is no RSA key")
        self._key = key
        self.path = f"/v3/{quote(settings.project_id or self._file.project_id)}/messages:send"

    async def token(self) -> Token:
        """Made here: Huawei knows the public half of the key."""
        now = datetime.now(UTC)
        claims = {"iss": self._file.sub_account, "aud": AUDIENCE, "iat": now, "exp": now + TOKEN_LIFE}
        text = jwt.encode(claims, self._key, algorithm="PS256", headers={"kid": self._file.key_id})
        return Token(text, now + TOKEN_LIFE)


class Harmony(BatchVendor):
    def __init__(self, settings: HarmonySettings, connections: Connections) -> None:
        super().__init__(settings, _server(settings, connections))
        account = _Account(settings)
        self._access = Access(connections.tokens, account.token, push_kit.token_ended, push_kit.words)
        self._harmony, self._path = settings, account.path
        most = TEST_DEVICES_PER_REQUEST if settings.test_messages else push_kit.DEVICES_PER_REQUEST
        self.limits = Limits(devices_per_request=most, in_flight=8, devices_per_second=settings.devices_per_second)

    def quota(self, message: dict[str, Any]) -> Quota | None:
        marketing = self._category(notice.read(message)) == push_kit.MARKETING
        return Quota("marketing", self._harmony.daily_quota) if self._harmony.daily_quota and marketing else None

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        answer = await self._access.ask(partial(self._ask, msgspec.json.encode(self._message(batch))))
        return everyone(batch, answer) if isinstance(answer, Retry) else push_kit.outcomes(batch, answer)

    async def _ask(self, body: bytes, token: str) -> Answer | Retry:
        return await self.request(self._path, body, (*push_kit.headers(token), ALERT))

    def _category(self, message: notice.Notice) -> str:
        return message.android.hw_category or self._harmony.category

    def _message(self, batch: Batch) -> dict[str, Any]:
        message = notice.read(batch.message)
        seconds = (batch.expires_at - datetime.now(UTC)).total_seconds()
        options = {
            "ttl": int(min(max(seconds, 1), push_kit.LONGEST_TTL)),
            "biTag": str(batch.push_id),
            **({"receiptId": self._harmony.receipt_id} if self._harmony.receipt_id else {}),
            **({"testMessage": True} if self._harmony.test_messages else {}),
        }
        return {
            "payload": {"notification": self._notification(batch, message)},
            "target": {"token": [target.token for target in batch.targets]},
            "pushOptions": options,
        }

    def _notification(self, batch: Batch, message: notice.Notice) -> dict[str, Any]:
        android, picture, category = message.android, message.xg_media_resources, self._category(message)
        custom_sound = android.ring_raw and category != push_kit.MARKETING
        return {
            "category": category,
            "title": message.title,
            "body": message.content,
            "clickAction": _click(android),
            "notifyId": notify_id(batch),
            **({"image": picture} if picture.startswith("https://") else {}),
            **({"sound": android.ring_raw} if custom_sound else {}),
            **({"foregroundShow": False} if android.show_type == 1 else {}),
            **_badge(android.badge_type),
        }


def _click(android: notice.Android) -> dict[str, Any]:
    """HarmonyOS opens the app or a page of it, no browser: an address goes to the app as `url`."""
    action, data = android.action, notice.custom_members(android.custom_content) if android.custom_content else {}
    if action.action_type == 2 and action.browser.url:
        data = {"url": action.browser.url, **data}
    page: dict[str, Any] = {"actionType": 0}
    if action.action_type != 2 and action.intent:
        page = {"actionType": 1, "uri": action.intent}
    elif action.action_type != 2 and action.activity:
        page = {"actionType": 1, "action": action.activity}
    return {**page, **({"data": data} if data else {})}


def _badge(badge_type: int) -> dict[str, Any]:
    if badge_type == -1:
        return {}
    return {"badge": {"addNum": 1} if badge_type == -2 else {"setNum": min(badge_type, MOST_BADGE)}}


def _server(settings: HarmonySettings, connections: Connections) -> Server:
    return connections.sender.server(settings.server or push_kit.HOST, proxy=settings.proxy)


async def check(settings: HarmonySettings, connections: Connections) -> Checked:
    """Asks whether Huawei would take a test message to a token that is none."""
    account = _Account(settings)
    notification = {"category": settings.category, "title": "test", "body": "test", "clickAction": {"actionType": 0}}
    message = {
        "payload": {"notification": notification},
        "target": {"token": [push_kit.NO_TOKEN]},
        "pushOptions": {"testMessage": True},
    }
    token = await account.token()
    server, headers = _server(settings, connections), (*push_kit.headers(token.text), ALERT)
    return push_kit.checked(await server.post(account.path, msgspec.json.encode(message), headers))


def receipts(settings: HarmonySettings, request: ReceiptRequest) -> list[Receipt]:
    return push_kit.receipts(request, settings.callback_user, settings.callback_key)


PROVIDER = Provider(
    name="harmony",
    title="Huawei Push Kit for HarmonyOS",
    platforms=("android",),
    settings=HarmonySettings,
    open=Harmony,
    check=check,
    credentials=("service_account_key",),
    receipts=receipts,
)
