"""OPPO PUSH, for OPPO, realme and OnePlus phones: a message is saved first, then broadcast to 1000 registration ids;
one device is sent to in a single step.

Vendor documentation: open.oppomobile.com, "OPPO PUSH server API": authentication (info 11234), return codes (11233),
notification fields (11236), broadcast, receipts.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import msgspec
from msgspec import Meta

from rockdove.channels import notice
from rockdove.channels.access import STOP_SECONDS, Access
from rockdove.channels.batch_vendor import SLOW_DOWN_SECONDS, by_token, everyone, form, notify_id, said
from rockdove.channels.channel import (
    Batch,
    ChannelAwayError,
    ChannelStoppedError,
    Limits,
    Outcome,
    Quota,
    Rejected,
    Retry,
    TokenGone,
)
from rockdove.channels.http import Answer, HttpError, NoAnswerError, Server
from rockdove.channels.provider import Checked, Connections, ForgedReceiptError, Provider, Receipt, ReceiptRequest
from rockdove.channels.settings import Advanced, ChannelSettings, Count, Secret, choices
from rockdove.channels.tokens import Token
from rockdove.channels.two_step_vendor import Told, TwoStepVendor
from rockdove.domain.china_day import seconds_to_midnight

HOSTS = {"china": "https://api.push.oppomobile.com", "global": "https://api-intl.push.oppomobile.com"}
TOKEN_LIFE = timedelta(hours=24)
LONGEST_TTL = 10 * 24 * 3600
LONGEST_RECEIPT_URL = 200

TOKEN_ENDED = {11, 29}
BAD_CREDENTIALS = {14, 15, 16, 17, 18, 19, 26, 27, 28, 30}
QUOTA_SPENT = {33}
SLOW_DOWN = {-2, -1, 13, 55}
BAD_REGISTRATION_ID = 10000
FIRST_DEVICE_CODE = 10000
"""From here on a code is about devices; below, about the request."""


class OppoSettings(ChannelSettings, frozen=True, kw_only=True):
    app_key: Annotated[
        str, Meta(title="AppKey", description="OPPO push site, Configuration, Application: AppKey.", min_length=1)
    ]
    master_secret: Annotated[
        Secret,
        Meta(title="MasterSecret", description="Same page; only the main developer account sees it.", min_length=1),
    ]
    region: Annotated[
        Literal["china", "global"],
        choices({"china": "Mainland China", "global": "Elsewhere"}),
        Meta(title="Region", description="Where the devices are."),
    ] = "china"
    daily_quota: Annotated[
        Count,
        Meta(
            title="Public messages a day",
            description="Devices a day on public channels; 0: no limit. OPPO allows twice the number of your users, "
            "100,000 below 50,000 users.",
        ),
    ] = 0
    public_channels: Annotated[
        str,
        Meta(
            title="Public channels",
            description="Ids of your channels that OPPO counts as public, with commas. A message on any other channel "
            "is a private one, which is not limited; one without a channel is public.",
        ),
    ] = ""
    private_category: Annotated[
        str, Meta(title="Category of private messages", description="OPPO's class, such as IM or ORDER. Empty: none.")
    ] = ""
    private_notify_level: Annotated[
        Count,
        Meta(
            title="Reminder level of private messages",
            description="1 notification bar, 2 also lock screen, banner and sound, 16 strong reminder; only together "
            "with a category. 0: OPPO's default.",
        ),
    ] = 0
    public_category: Annotated[
        str, Meta(title="Category of public messages", description="Such as MARKETING or NEWS. Empty: none.")
    ] = ""
    devices_per_second: Annotated[
        Count,
        Meta(title="Devices per second", description="5000 to 30,000, by your number of users; 0: no limit."),
    ] = 5000
    title_characters: Annotated[Count, Advanced, Meta(title="Longest title")] = 50
    content_characters: Annotated[Count, Advanced, Meta(title="Longest content")] = 200


class Oppo(TwoStepVendor):
    def __init__(self, settings: OppoSettings, connections: Connections) -> None:
        super().__init__(settings, _server(settings, connections))
        self._access = Access(connections.tokens, self._fetch, lambda answer: _code(answer) in TOKEN_ENDED)
        self._public = {name.strip() for name in settings.public_channels.split(",")}
        self._oppo = settings
        fits = len(connections.receipt_url) <= LONGEST_RECEIPT_URL
        self._receipt_url = connections.receipt_url if fits else ""
        self.limits = Limits(devices_per_request=1000, in_flight=8, devices_per_second=settings.devices_per_second)

    def quota(self, message: dict[str, Any]) -> Quota | None:
        public = self._is_public(notice.read(message))
        return Quota("public", self._oppo.daily_quota) if self._oppo.daily_quota and public else None

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        return await (self._unicast(batch) if len(batch.targets) == 1 else super().send(batch))

    async def tell(self, batch: Batch) -> Told:
        answer = await self._ask("save_message_content", self._content(batch))
        if isinstance(answer, Retry):
            return answer
        handle = _data(answer).get("message_id")
        return str(handle) if handle and _code(answer) == 0 else _refusal(answer)

    async def push(self, batch: Batch, handle: str) -> list[Outcome]:
        targets = ";".join(target.token for target in batch.targets)
        return self._outcomes(batch, await self._ask("broadcast", {"message_id": handle, **_to(targets)}))

    async def _unicast(self, batch: Batch) -> list[Outcome]:
        message = {**_to(batch.targets[0].token), "notification": self._content(batch)}
        return self._outcomes(batch, await self._ask("unicast", {"message": msgspec.json.encode(message).decode()}))

    def _outcomes(self, batch: Batch, answer: Answer | Retry) -> list[Outcome]:
        if isinstance(answer, Retry):
            return everyone(batch, answer)
        if _code(answer) == BAD_REGISTRATION_ID:
            return everyone(batch, TokenGone())
        if _code(answer):
            return everyone(batch, _refusal(answer))
        return by_token(batch, _refused_devices(_data(answer)))

    async def _ask(self, name: str, members: Mapping[str, Any]) -> Answer | Retry:
        texts = {key: "true" if value is True else str(value) for key, value in members.items()}
        return await self._access.ask(partial(self._ask_with, f"/server/v1/message/notification/{name}", texts))

    async def _ask_with(self, path: str, texts: Mapping[str, str], token: str) -> Answer | Retry:
        return await self.request(path, form({**texts, "auth_token": token}), ())

    async def _fetch(self) -> Token:
        try:
            answer = await _authenticate(self._server, self._oppo)
        except HttpError as error:
            raise ChannelAwayError(str(error)) from error
        token = _data(answer).get("auth_token")
        if _code(answer) == 0 and token:
            return Token(str(token), _ends(_data(answer).get("create_time")))
        if _code(answer) in BAD_CREDENTIALS:
            raise ChannelStoppedError(_words(answer), STOP_SECONDS)
        raise ChannelAwayError(_words(answer))

    def _is_public(self, message: notice.Notice) -> bool:
        channel = message.android.oppo_ch_id
        return not channel or channel in self._public

    def _content(self, batch: Batch) -> dict[str, Any]:
        message = notice.read(batch.message)
        seconds = (batch.expires_at - datetime.now(UTC)).total_seconds()
        extra = notice.custom_members(message.android.custom_content)
        members = {
            "title": message.title,
            "content": message.content,
            "style": 1,
            "channel_id": message.android.oppo_ch_id,
            "notify_id": notify_id(batch),
            "off_line": True,
            "off_line_ttl": int(min(max(seconds, 1), LONGEST_TTL)),
            "action_parameters": msgspec.json.encode(extra).decode() if extra else "",
            **_click(message.android.action),
            **_badge(message.android.badge_type),
            **self._class(message),
        }
        if self._receipt_url:
            members |= {"call_back_url": self._receipt_url, "call_back_parameter": str(batch.push_id)}
        return {name: value for name, value in members.items() if value != ""}

    def _class(self, message: notice.Notice) -> dict[str, Any]:
        if self._is_public(message):
            return {"category": self._oppo.public_category}
        level = self._oppo.private_notify_level if self._oppo.private_category else 0
        return {"category": self._oppo.private_category, **({"notify_level": level} if level else {})}


def _server(settings: OppoSettings, connections: Connections) -> Server:
    return connections.sender.server(settings.server or HOSTS[settings.region], proxy=settings.proxy)


async def _authenticate(server: Server, settings: OppoSettings) -> Answer:
    """Raises HttpError."""
    now = str(int(time.time() * 1000))
    sign = hashlib.sha256(f"{settings.app_key}{now}{settings.master_secret}".encode()).hexdigest()
    body = urlencode({"app_key": settings.app_key, "timestamp": now, "sign": sign}).encode()
    return await server.post("/server/v1/auth", body)


def _ends(created_ms: Any) -> datetime:
    """A token that OPPO gave before is given again until it ends."""
    now = datetime.now(UTC)
    created = datetime.fromtimestamp(created_ms / 1000, UTC) if isinstance(created_ms, int) else now
    return min(created, now) + TOKEN_LIFE


def _to(tokens: str) -> dict[str, Any]:
    return {"target_type": 2, "target_value": tokens}


def _click(action: notice.Action) -> dict[str, Any]:
    if action.action_type == 2:
        return {"click_action_type": 2, "click_action_url": action.browser.url}
    if action.action_type == 3:
        return {"click_action_type": 5, "click_action_url": action.intent}
    if action.activity:
        return {"click_action_type": 4, "click_action_activity": action.activity}
    return {"click_action_type": 0}


def _badge(badge_type: int) -> dict[str, Any]:
    if badge_type == -2:
        return {"badge_operation_type": 1, "badge_message_count": 1}
    return {"badge_operation_type": 0, "badge_message_count": badge_type} if badge_type >= 0 else {}


def _code(answer: Answer) -> int:
    code = said(answer).get("code")
    return code if isinstance(code, int) else answer.status


def _data(answer: Answer) -> dict[str, Any]:
    data = said(answer).get("data")
    return data if isinstance(data, dict) else {}


def _words(answer: Answer) -> str:
    return f"OPPO: {said(answer).get('message') or f'HTTP {answer.status}'} ({_code(answer)})"


def _refusal(answer: Answer) -> Outcome:
    """What a request that was not taken means for everyone. Raises ChannelStoppedError."""
    code = _code(answer)
    if code in BAD_CREDENTIALS or answer.status in {401, 403}:
        raise ChannelStoppedError(_words(answer), STOP_SECONDS)
    if code in QUOTA_SPENT:
        raise ChannelStoppedError(_words(answer), seconds_to_midnight())
    return Retry(SLOW_DOWN_SECONDS, everyone=True) if code in SLOW_DOWN else Rejected(_words(answer))


def _refused_devices(data: Mapping[str, Any]) -> dict[str, Outcome]:
    """Beside the ids of message and task, the answer has a list of registration ids by error code."""
    found: dict[str, Outcome] = {}
    for code, tokens in data.items():
        if code.isdigit() and int(code) >= FIRST_DEVICE_CODE:
            gone = int(code) == BAD_REGISTRATION_ID
            named = tokens if isinstance(tokens, list) else str(tokens).split(";")
            found |= dict.fromkeys(map(str, named), TokenGone() if gone else Rejected(f"OPPO refuses it ({code})"))
    return found


async def check(settings: OppoSettings, connections: Connections) -> Checked:
    """Asks for an access token."""
    answer = await _authenticate(_server(settings, connections), settings)
    if _code(answer) == 0:
        return Checked(accepted=True, says="OPPO takes AppKey and MasterSecret.")
    if _code(answer) in BAD_CREDENTIALS:
        return Checked(
            accepted=False, says=f"{_words(answer)}: copy AppKey and MasterSecret again (not the AppSecret)."
        )
    raise NoAnswerError(_words(answer))


_EVENTS: dict[str, tuple[Literal["arrived", "gone", "failed"], str]] = {
    "push_arrive": ("arrived", ""),
    "regid_invalid": ("gone", ""),
    "user_daily_limit": ("failed", "OPPO shows this device no more messages of this app today"),
}


def receipts(settings: OppoSettings, request: ReceiptRequest) -> list[Receipt]:
    """A list of {"registrationIds": "a,b", "param", "eventType", "eventTime", …}.

    OPPO signs nothing: the secret part of the address we gave it is what proves that it is OPPO.
    """
    try:
        reports = msgspec.json.decode(request.body, type=list[dict[str, Any]])
        return [receipt for report in reports for receipt in _receipts(report)]
    except (msgspec.DecodeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise ForgedReceiptError(f"not a receipt of OPPO's: {error}") from error


def _receipts(report: dict[str, Any]) -> list[Receipt]:
    if report["eventType"] not in _EVENTS:
        return []
    event, reason = _EVENTS[report["eventType"]]
    at = _moment(str(report.get("eventTime", "")))
    tokens = [token.strip() for token in str(report["registrationIds"]).split(",")]
    return [Receipt(int(report["param"]), token, event, at, reason) for token in tokens if token]


def _moment(event_time: str) -> datetime:
    """Milliseconds, as all of OPPO's times; read as seconds where it can't be those."""
    if not event_time.isdigit():
        return datetime.now(UTC)
    return datetime.fromtimestamp(int(event_time) / (1000 if len(event_time) > 11 else 1), UTC)


PROVIDER = Provider(
    name="oppo",
    title="OPPO PUSH",
    platforms=("android",),
    settings=OppoSettings,
    open=Oppo,
    check=check,
    credentials=("app_key", "master_secret", "region", "server"),
    receipts=receipts,
)
