"""Honor Push (荣耀推送): 1000 tokens a request, OAuth access tokens.

Vendor documentation: developer.honor.com/cn/docs/11002, reference "downlink-message". What is known of it only from
public clients, and of receipts from one of them, stands in settings.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import quote

import msgspec
from msgspec import Meta

from rockdove.channels import client_credentials, notice, push_kit
from rockdove.channels.access import STOP_SECONDS, Access
from rockdove.channels.batch_vendor import SLOW_DOWN_SECONDS, BatchVendor, by_token, everyone, notify_id, said
from rockdove.channels.channel import (
    Batch,
    ChannelStoppedError,
    Limits,
    Outcome,
    Quota,
    Rejected,
    Retry,
    TokenGone,
)
from rockdove.channels.http import Answer, NoAnswerError, Server
from rockdove.channels.provider import Checked, Connections, ForgedReceiptError, Provider, Receipt, ReceiptRequest
from rockdove.channels.settings import Address, Advanced, ChannelSettings, Count, Secret, choices
from rockdove.channels.tokens import Token

HOST = "https://push-api.cloud.honor.com"
TOKEN_HOST = "https://iam.developer.honor.com"
TOKEN_PATH = "/auth/token"
LONGEST_TTL = 15 * 24 * 3600
LONGEST_PUSH_ID = 19
MOST_BADGE = 99
NO_TOKEN = "none: a test of credentials"

TAKEN = {"200", "80000000", "80100000"}
TOKEN_ENDED = {"401", "403", "80200001", "80200003"}
NOT_ALLOWED = {"404", "80300002"}
SLOW_DOWN = {"429", "500", "502", "503", "81000001"}
NOBODY_TAKEN = "80300007"

Statuses = Annotated[str, Advanced, Meta(pattern=r"^\s*(\d+(\s*,\s*\d+)*)?\s*$")]


class HonorSettings(ChannelSettings, frozen=True, kw_only=True):
    app_id: Annotated[
        str, Meta(title="App ID", description="Honor developer site, Push, the app: APP ID.", pattern=r"^\d+$")
    ]
    client_id: Annotated[str, Meta(title="Client ID", description="Same page.", min_length=1)]
    client_secret: Annotated[
        Secret, Meta(title="Client secret", description="Same page; not the APP SECRET.", min_length=1)
    ]
    package_name: Annotated[
        str, Meta(title="Package name", description="Of the app; needed to open an activity by its class.")
    ] = ""
    badge_class: Annotated[
        str,
        Meta(title="Badge class", description="The app's start activity, com.example.MainActivity. Empty: no badges."),
    ] = ""
    importance: Annotated[
        Literal["none", "LOW", "NORMAL"],
        choices({"none": "Honor decides", "LOW": "Marketing (LOW)", "NORMAL": "Service and communication (NORMAL)"}),
        Meta(
            title="Importance",
            description="Of messages that name none. Service and communication only once Honor allows it.",
        ),
    ] = "none"
    daily_quota: Annotated[
        Count,
        Meta(
            title="Marketing messages a day",
            description="Devices a day; 0: no limit. Honor shows a device 2 a day of an app (5 of a news app).",
        ),
    ] = 0
    big_text: Annotated[
        bool, Meta(title="Long texts in full", description="Notifications can be opened to show all of their text.")
    ] = False
    test_messages: Annotated[
        bool,
        Meta(title="Test messages", description="All messages count as tests: 1000 a day, whatever their class."),
    ] = False
    devices_per_second: Annotated[
        Count, Meta(title="Devices per second", description="3000 unless Honor says otherwise; 0: no limit.")
    ] = 3000
    arrived_statuses: Annotated[
        Statuses, Meta(title="Statuses of arrival", description="In receipts, with commas: shown on the device.")
    ] = "0,40000002"
    gone_statuses: Annotated[
        Statuses,
        Meta(title="Statuses of absence", description="In receipts, with commas: app removed, token replaced."),
    ] = "2,5"
    token_server: Annotated[
        Address,
        Advanced,
        Meta(title="Token server", description="https://host[:port] in place of Honor's, for access tokens."),
    ] = ""


class Honor(BatchVendor):
    def __init__(self, settings: HonorSettings, connections: Connections) -> None:
        super().__init__(settings, _server(settings, connections))
        self._access = Access(connections.tokens, partial(_fetch, settings, connections), _token_ended, _words)
        self._honor, self._path = settings, _path(settings)
        self.limits = Limits(devices_per_request=1000, in_flight=8, devices_per_second=settings.devices_per_second)

    def quota(self, message: dict[str, Any]) -> Quota | None:
        """All but NORMAL counts as marketing: where nobody says, Honor may decide so."""
        marketing = self._importance(notice.read(message)) != "NORMAL"
        return Quota("marketing", self._honor.daily_quota) if self._honor.daily_quota and marketing else None

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        answer = await self._access.ask(partial(self._ask, msgspec.json.encode(self._message(batch))))
        return everyone(batch, answer) if isinstance(answer, Retry) else _outcomes(batch, answer)

    async def _ask(self, body: bytes, token: str) -> Answer | Retry:
        return await self.request(self._path, body, _headers(token))

    def _importance(self, message: notice.Notice) -> str:
        """Honor has no member of its own in our message: Huawei's, whose classes it took over, hold for it too."""
        android = message.android
        if android.hw_importance in {1, 2}:
            return "LOW" if android.hw_importance == 1 else "NORMAL"
        if android.hw_category:
            return "LOW" if android.hw_category == "MARKETING" else "NORMAL"
        return "" if self._honor.importance == "none" else self._honor.importance

    def _message(self, batch: Batch) -> dict[str, Any]:
        message = notice.read(batch.message)
        seconds = (batch.expires_at - datetime.now(UTC)).total_seconds()
        content = message.android.custom_content
        data = msgspec.json.encode(notice.custom_members(content)).decode() if content else ""
        android = {
            "ttl": f"{int(min(max(seconds, 1), LONGEST_TTL))}s",
            "biTag": str(batch.push_id),
            "notification": self._notification(batch, message),
            **({"data": data} if data else {}),
            **({"targetUserType": 1} if self._honor.test_messages else {}),
        }
        return {"android": android, "token": [target.token for target in batch.targets]}

    def _notification(self, batch: Batch, message: notice.Notice) -> dict[str, Any]:
        picture, big = message.xg_media_resources, self._honor.big_text
        members = {
            "title": message.title,
            "body": message.content,
            "clickAction": push_kit.click_action(message.android.action, self._honor.package_name),
            "notifyId": notify_id(batch),
            "importance": self._importance(message),
            "image": picture if picture.startswith("https://") else "",
            "group": message.thread_id,
            "badge": _badge(message.android.badge_type, self._honor.badge_class),
            **({"style": 1, "bigTitle": message.title, "bigBody": message.content} if big else {}),
        }
        return {name: value for name, value in members.items() if value not in ("", {})}


def _badge(badge_type: int, badge_class: str) -> dict[str, Any]:
    if not badge_class or badge_type == -1:
        return {}
    return {
        "badgeClass": badge_class,
        **({"addNum": 1} if badge_type == -2 else {"setNum": min(badge_type, MOST_BADGE)}),
    }


def _code(answer: Answer) -> str:
    """Honor's; where there is none, that of HTTP."""
    return str(said(answer).get("code") or answer.status)


def _token_ended(answer: Answer) -> bool:
    return answer.status in {401, 403} or _code(answer) in TOKEN_ENDED


def _words(answer: Answer) -> str:
    return f"Honor: {said(answer).get('message') or said(answer).get('msg') or 'no reason given'} ({_code(answer)})"


def _outcomes(batch: Batch, answer: Answer) -> list[Outcome]:
    """Tokens that have ended, and those that failed, are named in the answer. Raises ChannelStoppedError."""
    data = said(answer).get("data")
    lists = data if isinstance(data, dict) else {}
    named: dict[str, Outcome] = dict.fromkeys(
        push_kit.texts(lists.get("failTokens")), Rejected("Honor refuses the device")
    )
    named |= dict.fromkeys(push_kit.texts(lists.get("expireTokens")), TokenGone())
    if _code(answer) in TAKEN and (lists.get("sendResult", True) or named):
        return by_token(batch, named)
    rest = _refusal(batch, answer)
    return [named.get(target.token, rest) for target in batch.targets]


def _refusal(batch: Batch, answer: Answer) -> Outcome:
    code = _code(answer)
    if code in NOT_ALLOWED:
        raise ChannelStoppedError(_words(answer), STOP_SECONDS)
    if code in SLOW_DOWN:
        return Retry(SLOW_DOWN_SECONDS, everyone=True)
    # Of many at once it is rather another app's credentials: then a device is to stay.
    return TokenGone() if code == NOBODY_TAKEN and len(batch.targets) == 1 else Rejected(_words(answer))


def _server(settings: HonorSettings, connections: Connections) -> Server:
    return connections.sender.server(settings.server or HOST, proxy=settings.proxy)


def _path(settings: HonorSettings) -> str:
    return f"/api/v1/{quote(settings.app_id)}/sendMessage"


def _headers(token: str) -> tuple[str, ...]:
    now = f"timestamp: {int(time.time() * 1000)}"
    return ("Content-Type: application/json;charset=UTF-8", f"Authorization: Bearer {token}", now)


async def _fetch(settings: HonorSettings, connections: Connections) -> Token:
    server = connections.sender.server(settings.token_server or TOKEN_HOST, proxy=settings.proxy)
    return await client_credentials.fetch(server, TOKEN_PATH, settings.client_id, settings.client_secret, "Honor")


async def check(settings: HonorSettings, connections: Connections) -> Checked:
    """Asks for an access token, then whether Honor would take a test message to a token that is none."""
    try:
        token = await _fetch(settings, connections)
    except ChannelStoppedError as error:
        return Checked(accepted=False, says=f"{error}: copy both from Honor's site again (not the APP SECRET).")
    notification = {"title": "test", "body": "test", "clickAction": {"type": 3}}
    message = {"android": {"notification": notification, "targetUserType": 1}, "token": [NO_TOKEN]}
    server = _server(settings, connections)
    answer = await server.post(_path(settings), msgspec.json.encode(message), _headers(token.text))
    if _token_ended(answer) or _code(answer) in NOT_ALLOWED:
        return Checked(accepted=False, says=f"{_words(answer)}: is the App ID that of the Client ID?")
    if "code" not in said(answer) or _code(answer) in SLOW_DOWN:  # somebody in between, or too busy to say
        raise NoAnswerError(_words(answer))
    return Checked(accepted=True, says="Honor takes the credentials.")


def receipts(settings: HonorSettings, request: ReceiptRequest) -> list[Receipt]:
    """{"statuses": [{"token", "biTag", "status", "timestamp", …}]}.

    No signature of Honor's is known: the secret part of the address we gave it is what proves that it is Honor.
    """
    try:
        statuses = msgspec.json.decode(request.body, type=dict[str, Any])["statuses"]
        return [receipt for status in statuses for receipt in _receipts(settings, status)]
    except (msgspec.MsgspecError, AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise ForgedReceiptError(f"not a receipt of Honor's: {error}") from error


def _receipts(settings: HonorSettings, status: Mapping[str, Any]) -> Iterator[Receipt]:
    push_id = str(status.get("biTag") or "")
    if not push_id.isdecimal() or len(push_id) > LONGEST_PUSH_ID:  # not a message of ours
        return
    result, at = str(status["status"]), datetime.fromtimestamp(int(status["timestamp"]) / 1000, UTC)
    token = str(status["token"])
    if result in _listed(settings.arrived_statuses):
        yield Receipt(int(push_id), token, "arrived", at)
    elif result in _listed(settings.gone_statuses):
        yield Receipt(int(push_id), token, "gone", at)
    else:
        yield Receipt(int(push_id), token, "failed", at, f"Honor: not shown ({result})")


def _listed(statuses: str) -> set[str]:
    return {each.strip() for each in statuses.split(",")}


PROVIDER = Provider(
    name="honor",
    title="Honor Push",
    platforms=("android",),
    settings=HonorSettings,
    open=Honor,
    check=check,
    credentials=("client_id", "client_secret", "token_server"),
    receipts=receipts,
)
