"""Meizu (Flyme push): 1000 push ids a request, which is signed; there are no access tokens.

Vendor documentation: github.com/MEIZUPUSH/PushAPI.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs

import msgspec
from msgspec import Meta

from rockdove.channels import notice
from rockdove.channels.batch_vendor import SLOW_DOWN_SECONDS, BatchVendor, by_token, everyone, form, said, short_id
from rockdove.channels.channel import Batch, ChannelStoppedError, Limits, Outcome, Quota, Rejected, Retry, TokenGone
from rockdove.channels.http import Answer, NoAnswerError, Server
from rockdove.channels.provider import Checked, Connections, ForgedReceiptError, Provider, Receipt, ReceiptRequest
from rockdove.channels.settings import Advanced, ChannelSettings, Count, Secret
from rockdove.domain.china_day import today

HOST = "https://server-api-push.meizu.com"
PUSH = "/garcia/api/server/push/varnished/pushByPushId"
STATISTICS = "/garcia/api/server/push/statistics/dailyPushStatics"
LONGEST_TTL_HOURS = 72
LONGEST_RECEIPT_URL = 128
NOTIFY_KEY_CHARACTERS = 8
FOLDED_SECONDS = 60.0

TAKEN = "200"
BAD_CREDENTIALS = {"1006", "110000", "110001", "110009"}
SLOW_DOWN = {"1001", "1003", "110010"}

_BY_PUSH_ID: dict[str, Outcome] = {
    "110002": TokenGone(),  # unsubscribed, or notifications switched off
    "110003": TokenGone(),  # no push id of this application
    "201": Rejected("Meizu takes no messages of this application for the device (201)"),
    "501": Retry(SLOW_DOWN_SECONDS),
    "513": Retry(SLOW_DOWN_SECONDS),
    "519": Retry(SLOW_DOWN_SECONDS),
    "520": Retry(FOLDED_SECONDS),  # more than five to the device in a minute
}


class MeizuSettings(ChannelSettings, frozen=True, kw_only=True):
    app_id: Annotated[str, Meta(title="App ID", description="Flyme push site, your app.", pattern=r"^\d+$")]
    app_secret: Annotated[Secret, Meta(title="App Secret", description="Same page.", min_length=1)]
    receipts: Annotated[
        bool,
        Meta(
            title="Receipts",
            description="The address for receipts is registered at the push site. Meizu sends no message that names an "
            "unknown one.",
        ),
    ] = False
    receipt_token: Annotated[
        Secret,
        Meta(
            title="Receipt access token",
            description="Of the receipt address, as the push site shows it; receipts without it are refused. Empty: "
            "not looked at.",
        ),
    ] = ""
    daily_quota: Annotated[Count, Meta(title="Messages a day", description="Devices a day; 0: no limit.")] = 0
    devices_per_second: Annotated[Count, Meta(title="Devices per second", description="200 to 500; 0: no limit.")] = 200
    title_characters: Annotated[Count, Advanced, Meta(title="Longest title")] = 32
    content_characters: Annotated[Count, Advanced, Meta(title="Longest content")] = 100


class Meizu(BatchVendor):
    def __init__(self, settings: MeizuSettings, connections: Connections) -> None:
        super().__init__(settings, _server(settings, connections))
        self._meizu = settings
        wanted = settings.receipts and len(connections.receipt_url) <= LONGEST_RECEIPT_URL
        self._receipt_url = connections.receipt_url if wanted else ""
        self.limits = Limits(devices_per_request=1000, in_flight=4, devices_per_second=settings.devices_per_second)

    def quota(self, message: dict[str, Any]) -> Quota | None:
        return Quota("notice", self._meizu.daily_quota) if self._meizu.daily_quota else None

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        members = {
            "appId": self._meizu.app_id,
            "pushIds": ",".join(target.token for target in batch.targets),
            "messageJson": msgspec.json.encode(self._content(batch)).decode(),
        }
        answer = await self.ask(batch, PUSH, _signed(members, self._meizu.app_secret), ())
        return answer if isinstance(answer, list) else _outcomes(batch, answer)

    def _content(self, batch: Batch) -> dict[str, Any]:
        message = notice.read(batch.message)
        hours = (batch.expires_at - datetime.now(UTC)).total_seconds() / 3600
        content = {
            "noticeBarInfo": {"noticeBarType": 0, "title": message.title, "content": message.content},
            "clickTypeInfo": _click(message.android),
            "pushTimeInfo": {"offLine": 1, "validTime": int(min(max(hours, 1), LONGEST_TTL_HOURS))},
            "advanceInfo": {
                "clearNoticeBar": message.android.clearable,
                "notificationType": {
                    "vibrate": message.android.vibrate,
                    "lights": message.android.lights,
                    "sound": message.android.ring,
                },
                "notifyKey": short_id(batch.collapse_id or batch.push_id, NOTIFY_KEY_CHARACTERS),
            },
        }
        if self._receipt_url:
            callback = {"callback": self._receipt_url, "callback.param": str(batch.push_id), "callback.type": 3}
            content["extra"] = callback
        return content


def _server(settings: MeizuSettings, connections: Connections) -> Server:
    return connections.sender.server(settings.server or HOST, proxy=settings.proxy)


def _signed(members: Mapping[str, str], secret: str) -> bytes:
    """As a form, with `sign` over the values as they are before the form's encoding."""
    signed = "".join(f"{name}={members[name]}" for name in sorted(members)) + secret
    sign = hashlib.md5(signed.encode(), usedforsecurity=False).hexdigest()
    return form({**members, "sign": sign})


def _click(android: notice.Android) -> dict[str, Any]:
    extra = notice.custom_members(android.custom_content)
    parameters = {"parameters": extra} if extra else {}
    action = android.action
    if url := action.browser.url if action.action_type == 2 else action.intent:
        return {"clickType": 2, "url": url, **parameters}
    if action.activity:
        return {"clickType": 1, "activity": action.activity, **parameters}
    return {"clickType": 0, **parameters}


def _code(answer: Answer) -> str:
    return str(said(answer).get("code", answer.status))


def _words(answer: Answer) -> str:
    return f"Meizu: {said(answer).get('message') or f'HTTP {answer.status}'} ({_code(answer)})"


def _outcomes(batch: Batch, answer: Answer) -> list[Outcome]:
    code = _code(answer)
    if code == TAKEN and answer.status == 200:
        return by_token(batch, _refused_devices(said(answer).get("value")))
    if code in BAD_CREDENTIALS or answer.status in {401, 403}:
        raise ChannelStoppedError(_words(answer), 60)
    if code in SLOW_DOWN:
        return everyone(batch, Retry(SLOW_DOWN_SECONDS, everyone=True))
    return everyone(batch, Retry() if code == "500" else Rejected(_words(answer)))


def _refused_devices(value: Any) -> dict[str, Outcome]:
    """{code: [push id, …]} of those that were not taken; other things where there are none."""
    found: dict[str, Outcome] = {}
    for code, push_ids in value.items() if isinstance(value, dict) else ():
        if isinstance(push_ids, list):
            outcome = _BY_PUSH_ID.get(code, Rejected(f"Meizu refuses it ({code})"))
            found |= dict.fromkeys(map(str, push_ids), outcome)
    return found


async def check(settings: MeizuSettings, connections: Connections) -> Checked:
    """Asks for today's statistics."""
    day = f"{today():%Y%m%d}"
    query = _signed({"appId": settings.app_id, "startTime": day, "endTime": day}, settings.app_secret).decode()
    answer = await _server(settings, connections).get(f"{STATISTICS}?{query}")
    if _code(answer) == TAKEN and said(answer):
        return Checked(accepted=True, says="Meizu takes App ID and App Secret.")
    if _code(answer) in BAD_CREDENTIALS:
        return Checked(accepted=False, says=f"{_words(answer)}: copy App ID and App Secret again.")
    raise NoAnswerError(_words(answer))


_EVENTS: dict[int, Literal["arrived", "clicked"]] = {1: "arrived", 2: "clicked"}


def receipts(settings: MeizuSettings, request: ReceiptRequest) -> list[Receipt]:
    """A form: `access_token`, and `cb` {"message id-type": {"param", "type", "targets": [push id, …]}}."""
    try:
        form = parse_qs(request.body.decode())
        token = form.get("access_token", [""])[0]
        reports = msgspec.json.decode(form["cb"][0], type=dict[str, dict[str, Any]])
        found = [receipt for report in reports.values() for receipt in _receipts(report)]
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise ForgedReceiptError(f"not a receipt of Meizu's: {error}") from error
    if settings.receipt_token and not hmac.compare_digest(token.encode(), settings.receipt_token.encode()):
        raise ForgedReceiptError("the access token of the receipt is not the one of the settings")
    return found


def _receipts(report: dict[str, Any]) -> list[Receipt]:
    event, now = _EVENTS.get(int(report["type"])), datetime.now(UTC)
    return [Receipt(int(report["param"]), str(token), event, now) for token in report["targets"] if event]


PROVIDER = Provider(
    name="mz",
    title="Meizu",
    platforms=("android",),
    settings=MeizuSettings,
    open=Meizu,
    check=check,
    receipts=receipts,
)
