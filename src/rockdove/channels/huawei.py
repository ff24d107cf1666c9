"""Huawei Push Kit for Android phones (HMS, HarmonyOS up to 4): 1000 tokens a request, OAuth access tokens.

Vendor documentation: developer.huawei.com, HMSCore-References "https-send-api"; receipts "msg-receipt-guide".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from msgspec import Meta

from rockdove.channels import client_credentials, notice, push_kit
from rockdove.channels.access import Access
from rockdove.channels.batch_vendor import BatchVendor, everyone, notify_id
from rockdove.channels.channel import Batch, ChannelStoppedError, Limits, Outcome, Quota, Retry
from rockdove.channels.http import Answer, Server
from rockdove.channels.provider import Checked, Connections, Provider, Receipt, ReceiptRequest
from rockdove.channels.settings import Address, Advanced, ChannelSettings, Count, Secret
from rockdove.channels.tokens import Token

MOST_BADGE = 99


class HuaweiSettings(ChannelSettings, frozen=True, kw_only=True):
    client_id: Annotated[
        str,
        Meta(
            title="Client ID",
            description="AppGallery Connect, Project settings, General information, App information, OAuth 2.0 client "
            "ID; the same as the App ID. With a project ID: the project's.",
            min_length=1,
        ),
    ]
    client_secret: Annotated[
        Secret, Meta(title="Client secret", description="Beside the client ID (older: App secret).", min_length=1)
    ]
    project_id: Annotated[
        str,
        Meta(
            title="Project ID",
            description="Only with the client ID and secret of the project: messages then go to all its apps' tokens.",
        ),
    ] = ""
    package_name: Annotated[
        str, Meta(title="Package name", description="Of the app; needed to open an activity by its class.")
    ] = ""
    badge_class: Annotated[
        str,
        Meta(title="Badge class", description="The app's start activity, com.example.MainActivity. Empty: no badges."),
    ] = ""
    category: Annotated[
        str,
        Meta(
            title="Category",
            description="Of messages that name none, such as SUBSCRIPTION, once Huawei allows it. Empty: Huawei "
            "decides.",
        ),
    ] = ""
    daily_quota: Annotated[
        Count,
        Meta(
            title="Marketing messages a day",
            description="Devices a day; 0: no limit. Huawei shows a device 2 a day of an app (5 of a news app).",
        ),
    ] = 0
    big_text: Annotated[
        bool, Meta(title="Long texts in full", description="Notifications can be opened to show all of their text.")
    ] = False
    test_messages: Annotated[
        bool,
        Meta(title="Test messages", description="All messages count as tests: 500 a day, whatever their class."),
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
        Meta(title="Devices per second", description="By monthly users, 6000 at least; 0: no limit."),
    ] = push_kit.DEVICES_PER_SECOND
    title_characters: Annotated[Count, Advanced, Meta(title="Longest title")] = 40
    content_characters: Annotated[Count, Advanced, Meta(title="Longest content")] = 1024
    token_server: Annotated[
        Address,
        Advanced,
        Meta(title="Token server", description="https://host[:port] in place of Huawei's, for access tokens."),
    ] = ""


class Huawei(BatchVendor):
    def __init__(self, settings: HuaweiSettings, connections: Connections) -> None:
        super().__init__(settings, _server(settings, connections))
        fetch = partial(_fetch, settings, connections)
        self._access = Access(connections.tokens, fetch, push_kit.token_ended, push_kit.words)
        self._huawei, self._path = settings, _path(settings)
        self.limits = Limits(
            devices_per_request=push_kit.DEVICES_PER_REQUEST,
            in_flight=8,
            devices_per_second=settings.devices_per_second,
        )

    def quota(self, message: dict[str, Any]) -> Quota | None:
        """A category other than marketing, or a strong reminder, makes a service message, which is not limited."""
        android = notice.read(message).android
        category = android.hw_category or self._huawei.category
        service = category != push_kit.MARKETING if category else android.hw_importance == 2
        return Quota("marketing", self._huawei.daily_quota) if self._huawei.daily_quota and not service else None

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        body = msgspec.json.encode({"validate_only": False, "message": self._message(batch)})
        answer = await self._access.ask(partial(self._ask, body))
        return everyone(batch, answer) if isinstance(answer, Retry) else push_kit.outcomes(batch, answer)

    async def _ask(self, body: bytes, token: str) -> Answer | Retry:
        return await self.request(self._path, body, push_kit.headers(token))

    def _message(self, batch: Batch) -> dict[str, Any]:
        message = notice.read(batch.message)
        seconds = (batch.expires_at - datetime.now(UTC)).total_seconds()
        data = notice.custom_members(message.android.custom_content) if message.android.custom_content else {}
        android = {
            "ttl": f"{int(min(max(seconds, 1), push_kit.LONGEST_TTL))}s",
            "bi_tag": str(batch.push_id),
            "category": message.android.hw_category or self._huawei.category,
            "receipt_id": self._huawei.receipt_id,
            "urgency": "HIGH" if message.android.hw_biz_type == 1 else "",
            "target_user_type": 1 if self._huawei.test_messages else "",
            "data": msgspec.json.encode(data).decode() if data else "",
            "notification": self._notification(batch, message),
        }
        return {"android": _given(android), "token": [target.token for target in batch.targets]}

    def _notification(self, batch: Batch, message: notice.Notice) -> dict[str, Any]:
        android, big = message.android, self._huawei.big_text
        members = {
            "title": message.title,
            "body": message.content,
            "click_action": push_kit.click_action(android.action, self._huawei.package_name),
            "notify_id": notify_id(batch),
            "channel_id": android.hw_ch_id,
            "importance": {1: "LOW", 2: "NORMAL"}.get(android.hw_importance, ""),
            "image": message.xg_media_resources if message.xg_media_resources.startswith("https://") else "",
            "color": f"#{android.icon_color:06X}" if 0 < android.icon_color <= 0xFFFFFF else "",
            "group": message.thread_id,
            "notify_summary": message.thread_sumtext,
            "badge": _badge(android.badge_type, self._huawei.badge_class),
            **({"style": 1, "big_title": message.title, "big_body": message.content} if big else {}),
            **({"sound": f"/raw/{android.ring_raw}", "default_sound": False} if android.ring_raw else {}),
            **({} if android.vibrate else {"use_default_vibrate": False}),
            **({} if android.lights else {"use_default_light": False}),
            **({"foreground_show": False} if android.show_type == 1 else {}),
        }
        return _given(members)


def _given(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in ("", {})}


def _badge(badge_type: int, badge_class: str) -> dict[str, Any]:
    if not badge_class or badge_type == -1:
        return {}
    return {"class": badge_class, **({"add_num": 1} if badge_type == -2 else {"set_num": min(badge_type, MOST_BADGE)})}


def _server(settings: HuaweiSettings, connections: Connections) -> Server:
    return connections.sender.server(settings.server or push_kit.HOST, proxy=settings.proxy)


def _path(settings: HuaweiSettings) -> str:
    place = f"/v2/{quote(settings.project_id)}" if settings.project_id else f"/v1/{quote(settings.client_id)}"
    return f"{place}/messages:send"


async def _fetch(settings: HuaweiSettings, connections: Connections) -> Token:
    server = connections.sender.server(settings.token_server or push_kit.TOKEN_HOST, proxy=settings.proxy)
    return await client_credentials.fetch(
        server, push_kit.TOKEN_PATH, settings.client_id, settings.client_secret, "Huawei"
    )


async def check(settings: HuaweiSettings, connections: Connections) -> Checked:
    """Asks for an access token, then whether Huawei would take a message to a token that is none."""
    try:
        token = await _fetch(settings, connections)
    except ChannelStoppedError as error:
        return Checked(accepted=False, says=f"{error}: copy both from AppGallery Connect again.")
    notification = {"title": "test", "body": "test", "click_action": {"type": 3}}
    message = {"android": {"notification": notification}, "token": [push_kit.NO_TOKEN]}
    body = msgspec.json.encode({"validate_only": True, "message": message})
    answer = await _server(settings, connections).post(_path(settings), body, push_kit.headers(token.text))
    return push_kit.checked(answer)


def receipts(settings: HuaweiSettings, request: ReceiptRequest) -> list[Receipt]:
    return push_kit.receipts(request, settings.callback_user, settings.callback_key)


PROVIDER = Provider(
    name="hw",
    title="Huawei Push Kit",
    platforms=("android",),
    settings=HuaweiSettings,
    open=Huawei,
    check=check,
    credentials=("client_id", "client_secret", "token_server"),
    receipts=receipts,
)
