"""vivo Push, for vivo and iQOO phones: a message is saved first, then pushed to 2 to 1000 registration ids; one device
is sent to in a single step, and only of those vivo reports what became of it.

vivo delivers operation messages (`vivo_ch_id` 0) in the day only, 07:00 to 23:00 in China, and drops what it is given
at night, counting it against the day's quota. So at night we ask for patience until the morning: a push that ends
before goes over our own channel instead. System messages (`vivo_ch_id` 1) go at any time.

Vendor documentation: dev.vivo.com.cn, "UPS server API" (document 362), return codes (368), limits (156, 695).
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from rockdove.channels import notice
from rockdove.channels.access import STOP_SECONDS, Access
from rockdove.channels.batch_vendor import SLOW_DOWN_SECONDS, by_token, everyone, notify_id, said
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
from rockdove.channels.provider import (
    Checked,
    Connections,
    CredentialFaultError,
    ForgedReceiptError,
    Provider,
    Receipt,
    ReceiptRequest,
)
from rockdove.channels.settings import Advanced, ChannelSettings, Count, Secret
from rockdove.channels.tokens import Token
from rockdove.channels.two_step_vendor import Told, TwoStepVendor
from rockdove.domain.china_day import CHINA, seconds_to_midnight

HOST = "https://api-push.vivo.com.cn"
TOKEN_LIFE = timedelta(hours=24)
SHORTEST_TTL, LONGEST_TTL = 60, 7 * 24 * 3600
LONGEST_RECEIPT_URL = 128
MOST_CUSTOM_MEMBERS, MOST_CUSTOM_CHARACTERS = 10, 1024
OUT_OF_HOURS_SECONDS = 300.0
"""Where vivo says that it is night and we think it is not."""

TOKEN_ENDED = {10000}
BAD_CREDENTIALS = {10045, 10094, 10200, 10201, 10202, 10203, 10204, 10205, 10206, 10207}
QUOTA_SPENT = {10070, 10252, 10254}
"""Whoever goes on asking after one of these has his quota lowered."""
SLOW_DOWN = {10072, 10102, 10250}
OUT_OF_HOURS = 10071
BAD_REG_ID = 10302

_STANDING_USERS = {3: "vivo has not seen the device for long", 4: "no test device of this app"}
"""What `status` of an invalid user leaves alive; the others say that nobody listens any more."""


class VivoSettings(ChannelSettings, frozen=True, kw_only=True):
    app_id: Annotated[str, Meta(title="AppID", description="vivo developer site, Push, your app.", pattern=r"^\d+$")]
    app_key: Annotated[str, Meta(title="AppKey", description="Same page.", min_length=1)]
    app_secret: Annotated[Secret, Meta(title="AppSecret", description="Same page.", min_length=1)]
    package_name: Annotated[
        str, Meta(title="Package name", description="Of the app; without it a tap can't open an activity by its class.")
    ] = ""
    daily_quota: Annotated[
        Count,
        Meta(
            title="Operation messages a day",
            description="Devices a day for messages of vivo_ch_id 0; 0: no limit. vivo allows twice the number of its "
            "devices with notifications on, thrice for news apps, at least 10,000.",
        ),
    ] = 0
    system_quota: Annotated[
        Count,
        Meta(title="System messages a day", description="The same for messages of vivo_ch_id 1; 0: no limit."),
    ] = 0
    operation_category: Annotated[
        str,
        Meta(
            title="Category of operation messages", description="vivo's class, such as MARKETING or NEWS. Empty: none."
        ),
    ] = ""
    system_category: Annotated[
        str, Meta(title="Category of system messages", description="Such as IM, ORDER or ACCOUNT. Empty: none.")
    ] = ""
    operation_from: Annotated[
        int,
        Advanced,
        Meta(title="Operation messages from", description="Hour of China; earlier ones wait.", ge=0, le=23),
    ] = 7
    operation_until: Annotated[
        int,
        Advanced,
        Meta(title="Operation messages until", description="Hour of China; later ones wait.", ge=1, le=24),
    ] = 23
    devices_per_second: Annotated[
        Count,
        Meta(title="Devices per second", description="3000 to 5000, by your number of users; 0: no limit."),
    ] = 3000
    title_characters: Annotated[Count, Advanced, Meta(title="Longest title")] = 40
    content_characters: Annotated[Count, Advanced, Meta(title="Longest content")] = 128


class Vivo(TwoStepVendor):
    def __init__(self, settings: VivoSettings, connections: Connections) -> None:
        if settings.operation_from >= settings.operation_until:
            raise CredentialFaultError("Operation messages until: must be later than Operation messages from")
        super().__init__(settings, _server(settings, connections))
        self._vivo = settings
        self._access = Access(connections.tokens, self._fetch, lambda answer: _code(answer) in TOKEN_ENDED)
        fits = len(connections.receipt_url) <= LONGEST_RECEIPT_URL
        self._receipt_url = connections.receipt_url if fits else ""
        self.limits = Limits(devices_per_request=1000, in_flight=8, devices_per_second=settings.devices_per_second)

    def quota(self, message: dict[str, Any]) -> Quota | None:
        operation = _is_operation(notice.read(message))
        devices = self._vivo.daily_quota if operation else self._vivo.system_quota
        return Quota("operation" if operation else "system", devices) if devices else None

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        if _is_operation(notice.read(batch.message)) and (night := self._seconds_of_night()):
            return everyone(batch, Retry(night))
        return await (self._single(batch) if len(batch.targets) == 1 else super().send(batch))

    async def tell(self, batch: Batch) -> Told:
        answer = await self._ask("saveListPayload", self._content(batch))
        if isinstance(answer, Retry):
            return answer
        task = said(answer).get("taskId")
        return str(task) if task and _code(answer) == 0 else self._refusal(answer)

    async def push(self, batch: Batch, handle: str) -> list[Outcome]:
        tokens = [target.token for target in batch.targets]
        return self._outcomes(batch, await self._ask("pushToList", {"regIds": tokens, "taskId": handle, "pushMode": 0}))

    async def _single(self, batch: Batch) -> list[Outcome]:
        content = self._content(batch) | {"regId": batch.targets[0].token}
        if self._receipt_url:
            content["extra"] = {"callback": self._receipt_url, "callback.param": str(batch.push_id)}
        answer = await self._ask("send", content)
        bad_id = isinstance(answer, Answer) and _code(answer) == BAD_REG_ID and not _invalid_users(answer)
        return [TokenGone()] if bad_id else self._outcomes(batch, answer)

    def _outcomes(self, batch: Batch, answer: Answer | Retry) -> list[Outcome]:
        """Devices that vivo names are judged by what it says of them, the others by the answer as a whole."""
        if isinstance(answer, Retry):
            return everyone(batch, answer)
        named = _invalid_users(answer)
        if _code(answer) == 0:
            return by_token(batch, named)
        rest = Retry(SLOW_DOWN_SECONDS) if named else self._refusal(answer)
        return [named.get(target.token, rest) for target in batch.targets]

    async def _ask(self, name: str, members: Mapping[str, Any]) -> Answer | Retry:
        body = {**members, "appId": int(self._vivo.app_id), "requestId": uuid.uuid4().hex}
        return await self._access.ask(partial(self._ask_with, f"/message/{name}", msgspec.json.encode(body)))

    async def _ask_with(self, path: str, body: bytes, token: str) -> Answer | Retry:
        return await self.request(path, body, ("Content-Type: application/json", f"authToken: {token}"))

    async def _fetch(self) -> Token:
        try:
            answer = await _authenticate(self._server, self._vivo)
        except HttpError as error:
            raise ChannelAwayError(str(error)) from error
        token = said(answer).get("authToken")
        if _code(answer) == 0 and token:
            return Token(str(token), datetime.now(UTC) + TOKEN_LIFE)
        if _code(answer) in BAD_CREDENTIALS | TOKEN_ENDED:
            raise ChannelStoppedError(_words(answer), STOP_SECONDS)
        raise ChannelAwayError(_words(answer))

    def _seconds_of_night(self) -> float:
        """Until operation messages are taken; 0: they are."""
        return seconds_of_night(datetime.now(CHINA), self._vivo.operation_from, self._vivo.operation_until)

    def _content(self, batch: Batch) -> dict[str, Any]:
        message = notice.read(batch.message)
        seconds = (batch.expires_at - datetime.now(UTC)).total_seconds()
        operation = _is_operation(message)
        members = {
            "title": message.title,
            "content": message.content,
            "notifyType": 1 + message.android.ring + 2 * message.android.vibrate,
            "timeToLive": int(min(max(seconds, SHORTEST_TTL), LONGEST_TTL)),
            "classification": 0 if operation else 1,
            "category": self._vivo.operation_category if operation else self._vivo.system_category,
            "notifyId": notify_id(batch),
            "networkType": -1,
            "pushMode": 0,
            **_click(message.android.action, self._vivo.package_name),
            **({"foregroundShow": False} if message.android.show_type == 1 else {}),
            **({"addBadge": True} if message.android.badge_type == -2 else {}),
            "clientCustomMap": _custom(message.android.custom_content),
        }
        return {name: value for name, value in members.items() if value not in ("", {})}

    def _refusal(self, answer: Answer) -> Outcome:
        """What a request that was not taken means for everyone. Raises ChannelStoppedError."""
        code = _code(answer)
        if code in BAD_CREDENTIALS or answer.status in {401, 403}:
            raise ChannelStoppedError(_words(answer), STOP_SECONDS)
        if code in QUOTA_SPENT:
            raise ChannelStoppedError(_words(answer), seconds_to_midnight())
        if code == OUT_OF_HOURS:
            return Retry(self._seconds_of_night() or OUT_OF_HOURS_SECONDS)
        return Retry(SLOW_DOWN_SECONDS, everyone=True) if code in SLOW_DOWN else Rejected(_words(answer))


def seconds_of_night(now: datetime, day_from: int, day_until: int) -> float:
    """How long it is until the hour `day_from`; 0 from then to `day_until`. `now` with the time zone of the hours."""
    if day_from <= now.hour < day_until:
        return 0.0
    morning = now.replace(hour=day_from, minute=0, second=0, microsecond=0)
    return (morning - now).total_seconds() % 86400


def _server(settings: VivoSettings, connections: Connections) -> Server:
    return connections.sender.server(settings.server or HOST, proxy=settings.proxy)


async def _authenticate(server: Server, settings: VivoSettings) -> Answer:
    """Raises HttpError."""
    now = int(time.time() * 1000)
    signed = f"{settings.app_id}{settings.app_key}{now}{settings.app_secret}".encode()
    sign = hashlib.md5(signed, usedforsecurity=False).hexdigest()
    body = {"appId": int(settings.app_id), "appKey": settings.app_key, "timestamp": now, "sign": sign}
    return await server.post("/message/auth", msgspec.json.encode(body), ("Content-Type: application/json",))


def _is_operation(message: notice.Notice) -> bool:
    return message.android.vivo_ch_id != "1"


def _click(action: notice.Action, package_name: str) -> dict[str, Any]:
    if action.action_type == 2:
        return {"skipType": 2, "skipContent": action.browser.url}
    if uri := notice.page_uri(action, package_name):
        return {"skipType": 4, "skipContent": uri}
    return {"skipType": 1}


def _custom(custom_content: str) -> dict[str, str]:
    """As many members as vivo takes; the rest is left out, as refusing the message would help nobody."""
    taken: dict[str, str] = {}
    for name, value in notice.custom_members(custom_content).items():
        characters = sum(map(len, chain(taken, taken.values(), (name, value))))
        if len(taken) < MOST_CUSTOM_MEMBERS and characters <= MOST_CUSTOM_CHARACTERS:
            taken[name] = value
    return taken


def _code(answer: Answer) -> int:
    code = said(answer).get("result")
    return code if isinstance(code, int) else answer.status


def _words(answer: Answer) -> str:
    return f"vivo: {said(answer).get('desc') or f'HTTP {answer.status}'} ({_code(answer)})"


def _invalid_users(answer: Answer) -> dict[str, Outcome]:
    """Of a list `invalidUsers`, of one device `invalidUser`; each {"status", "userid"}."""
    members = said(answer)
    listed = members.get("invalidUsers")
    users = [members.get("invalidUser"), *(listed if isinstance(listed, list) else ())]
    return {str(user["userid"]): _standing(user) for user in users if isinstance(user, dict) and "userid" in user}


def _standing(user: Mapping[str, Any]) -> Outcome:
    status = user.get("status")
    reason = _STANDING_USERS.get(status) if isinstance(status, int) else ""
    return Rejected(f"vivo: {reason} ({user['status']})") if reason else TokenGone()


async def check(settings: VivoSettings, connections: Connections) -> Checked:
    """Asks for an access token."""
    answer = await _authenticate(_server(settings, connections), settings)
    if _code(answer) == 0:
        return Checked(accepted=True, says="vivo takes AppID, AppKey and AppSecret.")
    if _code(answer) in BAD_CREDENTIALS | TOKEN_ENDED:
        return Checked(accepted=False, says=f"{_words(answer)}: copy AppID, AppKey and AppSecret again.")
    raise NoAnswerError(_words(answer))


def receipts(settings: VivoSettings, request: ReceiptRequest) -> list[Receipt]:
    """{task id: {"param", "targets": "a,b"}}, for messages that went to a single device.

    vivo signs nothing: the secret part of the address we gave it is what proves that it is vivo.
    """
    try:
        reports = msgspec.json.decode(request.body, type=dict[str, dict[str, Any]])
        return [receipt for report in reports.values() for receipt in _receipts(report)]
    except (msgspec.DecodeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise ForgedReceiptError(f"not a receipt of vivo's: {error}") from error


def _receipts(report: dict[str, Any]) -> list[Receipt]:
    now, event = datetime.now(UTC), _EVENTS.get(str(report.get("ackType", "0")))
    tokens = [token.strip() for token in str(report["targets"]).split(",")]
    return [Receipt(int(report["param"]), token, event, now) for token in tokens if event and token]


_EVENTS: dict[str, Literal["arrived", "clicked"]] = {"0": "arrived", "1": "clicked"}
"""By `ackType`, which older versions leave out."""


PROVIDER = Provider(
    name="vivo",
    title="vivo Push",
    platforms=("android",),
    settings=VivoSettings,
    open=Vivo,
    check=check,
    credentials=("app_id", "app_key", "app_secret", "server"),
    receipts=receipts,
)
