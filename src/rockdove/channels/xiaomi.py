"""Xiaomi (小米推送): 1000 regIds a request, an App Secret instead of access tokens.

Vendor documentation: dev.mi.com, server API and fields (pId 1559), error codes (pId 1560), server SDK and receipts
(pId 1558), channels (pId 2086).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs

import msgspec
from msgspec import Meta

from rockdove.channels import notice
from rockdove.channels.batch_vendor import (
    SLOW_DOWN_SECONDS,
    BatchVendor,
    by_token,
    everyone,
    form,
    notify_id,
    said,
    short_id,
)
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
from rockdove.channels.http import NoAnswerError
from rockdove.channels.provider import Checked, Connections, ForgedReceiptError, Provider, Receipt, ReceiptRequest
from rockdove.channels.settings import Advanced, ChannelSettings, Count, Secret, choices
from rockdove.domain.china_day import seconds_to_midnight
from rockdove.observe import log

HOSTS = {
    "china": "https://api.xmpush.xiaomi.com",
    "global": "https://api.xmpush.global.xiaomi.com",
    "europe": "https://fr-api.xmpush.global.xiaomi.com",
    "russia": "https://ru-api.xmpush.global.xiaomi.com",
    "india": "https://idmb-api.xmpush.global.xiaomi.com",
    "singapore": "https://sgp-api.xmpush.global.xiaomi.com",
}
LONGEST_TTL = 14 * 24 * 3600
LONGEST_JOB_KEY = 12

BAD_CREDENTIALS = {10031, 10036, 21301, 21302, 21303, 22000, 22006, 22007, 22022}
"""Also an application that is on Xiaomi's black list, and a package name that is not its own."""
QUOTA_SPENT = {10034, 200001}
UNKNOWN = -1
"""Xiaomi's word for faults it knows nothing of; and ours for an answer without a code."""
NOT_SENT = 20301
NO_TARGETS = "no valid targets"
"""How Xiaomi words it, of all that `NOT_SENT` may mean, that the apps are uninstalled, or those of another secret."""
SLOW_DOWN = {1, 10001, 10002, 10003, 10022, 10023, 10024, 10027, 10037, 20607, 26003, 65029}
"""Too many requests, or something of Xiaomi's own is broken."""

RECEIPTS_REFUSED = {65036, 65037, 65038}
"""The address for receipts, or what goes along with it, is too long or not allowed."""

ARRIVED, CLICKED, GONE, SWITCHED_OFF, OVER_QUOTA = 1, 2, 16, 32, 128
"""What Xiaomi reports; the sum of those wanted is told with the message."""


class XiaomiSettings(ChannelSettings, frozen=True, kw_only=True):
    app_secret: Annotated[Secret, Meta(title="App Secret", description="Mi developer site, your app, Push: AppSecret.")]
    package_name: Annotated[
        str, Meta(title="Package name", description="As registered with Xiaomi; several with commas. Empty: any.")
    ] = ""
    region: Annotated[
        Literal["china", "global", "europe", "russia", "india", "singapore"],
        choices(
            {
                "china": "Mainland China",
                "global": "Worldwide (found by itself)",
                "europe": "Europe",
                "russia": "Russia",
                "india": "India",
                "singapore": "Singapore",
            }
        ),
        Meta(title="Region", description="Xiaomi's data centre for the devices; global finds it by itself."),
    ] = "china"
    daily_quota: Annotated[
        Count,
        Meta(
            title="Public messages a day",
            description="Devices a day on public channels; 0: no limit. Xiaomi allows twice the number of its "
            "devices with notifications on, thrice for news apps, at least 20,000.",
        ),
    ] = 0
    public_channels: Annotated[
        str,
        Meta(
            title="Public channels",
            description="Ids of your channels that Xiaomi counts as public, with commas. A message on any other "
            "channel is a private one, which is not limited; one without a channel is public.",
        ),
    ] = ""
    devices_per_second: Annotated[
        Count,
        Meta(title="Devices per second", description="500 to 3000 requests a second of 1000 devices; 0: no limit."),
    ] = 500_000
    title_characters: Annotated[Count, Advanced, Meta(title="Longest title")] = 50
    content_characters: Annotated[Count, Advanced, Meta(title="Longest content")] = 128


class Xiaomi(BatchVendor):
    def __init__(self, settings: XiaomiSettings, connections: Connections) -> None:
        origin = settings.server or HOSTS[settings.region]
        super().__init__(settings, connections.sender.server(origin, proxy=settings.proxy))
        self._headers = (f"Authorization: key={settings.app_secret}",)
        self._package, self._daily = settings.package_name, settings.daily_quota
        self._public = {name.strip() for name in settings.public_channels.split(",")}
        self._receipt_url = connections.receipt_url
        self.limits = Limits(devices_per_request=1000, in_flight=8, devices_per_second=settings.devices_per_second)

    def quota(self, message: dict[str, Any]) -> Quota | None:
        channel = notice.read(message).android.xm_ch_id
        return Quota("public", self._daily) if self._daily and (not channel or channel in self._public) else None

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        answer = await self.ask(batch, "/v3/message/regid", self._body(batch), self._headers)
        if isinstance(answer, list):
            return answer
        if _code(said(answer)) in RECEIPTS_REFUSED and self._receipt_url:
            log.warning(
                "Xiaomi does not take the address for receipts: sent without it", says=said(answer).get("reason")
            )
            self._receipt_url = ""
            return await self.send(batch)
        return _outcomes(batch, said(answer), answer.status)

    def _body(self, batch: Batch) -> bytes:
        message = notice.read(batch.message)
        seconds = (batch.expires_at - datetime.now(UTC)).total_seconds()
        members = {
            "registration_id": ",".join(target.token for target in batch.targets),
            "title": message.title,
            "description": message.content,
            "payload": message.android.custom_content,
            "restricted_package_name": self._package,
            "pass_through": "0",
            "notify_type": str(message.android.ring | message.android.vibrate << 1 | message.android.lights << 2),
            "notify_id": str(notify_id(batch)),
            "time_to_live": str(int(1000 * min(max(seconds, 1), LONGEST_TTL))),
            **{f"extra.{name}": value for name, value in self._extra(batch, message).items()},
        }
        return form({name: value for name, value in members.items() if value})

    def _extra(self, batch: Batch, message: notice.Notice) -> dict[str, str]:
        wanted = str(ARRIVED | CLICKED | GONE | SWITCHED_OFF | OVER_QUOTA)
        callback = {"callback": self._receipt_url, "callback.param": str(batch.push_id), "callback.type": wanted}
        return {
            "channel_id": message.android.xm_ch_id,
            "jobkey": short_id(batch.push_id, LONGEST_JOB_KEY),  # a phone shows the first message of a job only
            "notify_foreground": "0" if message.android.show_type == 1 else "1",
            "sound_uri": _sound(message.android.ring_raw, self._package),
            **_click(message.android.action, self._package),
            **(callback if self._receipt_url else {}),
        }


def _sound(name: str, package_name: str) -> str:
    known = name and package_name and "," not in package_name
    return f"android.resource://{package_name}/raw/{name}" if known else ""


def _click(action: notice.Action, package_name: str) -> dict[str, str]:
    if action.action_type == 2:
        return {"notify_effect": "3", "web_uri": action.browser.url}
    if uri := notice.page_uri(action, package_name):
        return {"notify_effect": "2", "intent_uri": uri}
    return {"notify_effect": "1"}


def _code(answer: dict[str, Any]) -> int:
    code = answer.get("code")
    return code if isinstance(code, int) else UNKNOWN


def _outcomes(batch: Batch, answer: dict[str, Any], status: int) -> list[Outcome]:
    code, data = _code(answer), answer.get("data")
    if code == 0:
        bad = str(data.get("bad_regids", "")) if isinstance(data, dict) else ""
        return by_token(batch, dict.fromkeys(filter(None, map(str.strip, bad.split(","))), TokenGone()))
    says = f"Xiaomi: {answer.get('reason') or answer.get('description') or f'HTTP {status}'} ({code})"
    if status in {401, 403} or code in BAD_CREDENTIALS:
        raise ChannelStoppedError(says, 60)
    if code in QUOTA_SPENT:
        raise ChannelStoppedError(says, seconds_to_midnight())
    if code == NOT_SENT and NO_TARGETS in str(answer.get("reason")).lower() and len(batch.targets) == 1:
        return [TokenGone()]
    if code in SLOW_DOWN:
        return everyone(batch, Retry(SLOW_DOWN_SECONDS, everyone=True))
    return everyone(batch, Rejected(says))


async def check(settings: XiaomiSettings, connections: Connections) -> Checked:
    """Asks for the state of a message that does not exist: a wrong secret is refused before it is looked up."""
    server = connections.sender.server(settings.server or HOSTS[settings.region], proxy=settings.proxy)
    answer = await server.get("/v1/trace/message/status?msg_id=0", (f"Authorization: key={settings.app_secret}",))
    code = _code(said(answer))
    if answer.status in {401, 403} or code in BAD_CREDENTIALS:
        return Checked(
            accepted=False, says=f"Xiaomi refuses the App Secret ({code}): copy it from the app's page again."
        )
    if code == UNKNOWN or code in SLOW_DOWN:  # somebody in between, or Xiaomi has other things to do
        raise NoAnswerError(f"{server.origin}: no answer of Xiaomi's, but HTTP {answer.status}, {code}")
    return Checked(accepted=True, says="Xiaomi takes the App Secret.")


def receipts(settings: XiaomiSettings, request: ReceiptRequest) -> list[Receipt]:
    """A form with one member `data`: {message id: {"param", "type", "targets", "timestamp"}}.

    Xiaomi signs nothing: the secret part of the address we gave it is what proves that it is Xiaomi.
    """
    try:
        return [receipt for each in _reports(request.body) for receipt in _receipts(each)]
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise ForgedReceiptError(f"not a receipt of Xiaomi's: {error}") from error


def _reports(body: bytes) -> list[dict[str, Any]]:
    return list(msgspec.json.decode(parse_qs(body.decode())["data"][0], type=dict[str, dict[str, Any]]).values())


_EVENTS: dict[int, tuple[Literal["arrived", "clicked", "gone", "failed"], str]] = {
    ARRIVED: ("arrived", ""),
    CLICKED: ("clicked", ""),
    GONE: ("gone", ""),
    SWITCHED_OFF: ("failed", "the app has switched Xiaomi's push off"),
    OVER_QUOTA: ("failed", "over the number of messages Xiaomi allows the app or the device today"),
}


def _receipts(report: dict[str, Any]) -> list[Receipt]:
    if int(report["type"]) not in _EVENTS:
        return []
    event, reason = _EVENTS[int(report["type"])]
    at = datetime.fromtimestamp(int(report["timestamp"]) / 1000, UTC)
    tokens = str(report["targets"]).split(",")
    return [Receipt(int(report["param"]), token, event, at, reason) for token in tokens]


PROVIDER = Provider(
    name="xm",
    title="Xiaomi",
    platforms=("android",),
    settings=XiaomiSettings,
    open=Xiaomi,
    check=check,
    receipts=receipts,
)
