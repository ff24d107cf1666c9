"""Web Push: browsers, installed web apps, and UnifiedPush distributors on Android.

There is no vendor but a push service for each browser, named by the device's own subscription. A device may name any
address, so only push services that are known, or that the operator names, are connected to. Each message goes to one
device and is encrypted for it.

Standards: RFC 8030 (protocol), 8291 (encryption), 8292 (VAPID), W3C Push API; UnifiedPush, "Server" and "Web Push".
What services answer beyond them: Mozilla's autopush-rs, docs/src/errors.md; Apple, "Sending web push notifications in
web apps and browsers"; FCM from what its users report.
"""

from __future__ import annotations

import asyncio
import base64
import re
import time
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta

from rockdove.channels import notice
from rockdove.channels.batch_vendor import ACCEPTED, SLOW_DOWN_SECONDS, everyone, too_long
from rockdove.channels.channel import Batch, ChannelError, Limits, Outcome, Quota, Rejected, Retry, TokenGone
from rockdove.channels.device_vendor import Verdict, no_answer
from rockdove.channels.http import Answer, HttpError, Post, Server
from rockdove.channels.provider import Checked, Connections, Provider
from rockdove.channels.push_subscription import PushSubscription, SubscriptionError, read_subscription
from rockdove.channels.settings import Advanced, ChannelSettings, SecretFile, choices
from rockdove.channels.vapid import Vapid
from rockdove.channels.web_push_encryption import PLAINTEXT_BYTES, encrypt
from rockdove.observe import log

PUSH_SERVICES = (
    "fcm.googleapis.com",  # Chrome, Edge and Samsung Internet on Android, Opera, Brave
    "jmt17.google.com",  # Chromium that is not Google's
    "updates.push.services.mozilla.com",
    "*.push.services.mozilla.com",
    "*.notify.windows.com",  # Edge
    "*.push.apple.com",  # Safari, web apps on the Home Screen
)
BROWSERS_SERVICES = ("fcm.googleapis.com", "updates.push.services.mozilla.com", "web.push.apple.com")
"""Asked for whether they can be reached."""
LONGEST_TTL = 28 * 24 * 3600
"""FCM's; Apple and Mozilla keep messages for 30 days."""
AT_ONCE = 50
"""Messages that are encrypted in one go: it holds up the process for some 3 ms."""
OPEN_SERVICES = 64
TOLD_HOSTS = 20
NO_SUBSCRIPTION = Rejected("the device's token is no push subscription")
NOT_KNOWN = Rejected("the device's push service is not one we send to: if it is one, name it in the channel's settings")
"""Without the name, which anybody may choose: reasons are counted, and have to be few."""

_SERVICE = r"(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:[0-9]{1,5})?"
_OTHER_KEY = re.compile(rb"do(es)? not correspond|sender ID|public key mismatch|VapidPkHashMismatch", re.IGNORECASE)
"""How FCM (403), Mozilla (401) and Apple (400 or 403) say that the subscription belongs to another VAPID key."""


class WebPushSettings(ChannelSettings, frozen=True, kw_only=True):
    vapid_private_key: Annotated[
        SecretFile,
        Meta(
            title="VAPID private key",
            description="A P-256 key that you make yourself: base64url, as Web Push libraries print it, or PEM. "
            "Subscriptions belong to it for good: with another key every browser has to subscribe again.",
        ),
    ]
    subject: Annotated[
        str,
        Meta(
            pattern=r"^(mailto:[^\s@]+@[^\s@]+\.[^\s@.]+|https://[^\s/]+\.[^\s/.]+(/\S*)?)\Z",
            title="Contact",
            description="mailto:… or https://…: where push services reach you. Apple refuses made-up domains.",
        ),
    ]
    icon: Annotated[
        str,
        Meta(
            pattern=r"^(https://\S+)?\Z",
            title="Icon",
            description="Address of a picture shown beside messages that bring none. Empty: the browser's own.",
        ),
    ] = ""
    urgency: Annotated[
        Literal["high", "normal", "low", "very-low"],
        choices({"high": "High", "normal": "Normal", "low": "Low", "very-low": "Very low"}),
        Meta(title="Urgency", description="high wakes a phone that saves power; the others wait."),
    ] = "high"
    push_services: Annotated[
        str,
        Meta(
            pattern=rf"^({_SERVICE}( *, *{_SERVICE})*)?\Z",
            title="Further push services",
            description="host[:port] or *.domain, several with commas: UnifiedPush servers your users have. The "
            "browsers' own are known. Messages go nowhere else.",
        ),
    ] = ""
    server: Annotated[
        str,
        Advanced,
        Meta(
            pattern=r"^(https://[^\s/]+)?\Z",
            title="Only push service",
            description="https://host[:port]: the only one that is sent to, in place of all others.",
        ),
    ] = ""


class WebPush:
    def __init__(self, settings: WebPushSettings, connections: Connections) -> None:
        self._settings, self._sender = settings, connections.sender
        self._vapid = Vapid(settings.vapid_private_key, settings.subject)
        self._services: OrderedDict[str, PushService] = OrderedDict()
        self._told: set[str] = set()
        self.limits = Limits(devices_per_request=500, in_flight=4, devices_per_second=settings.devices_per_second)

    def refusal(self, message: dict[str, Any]) -> str:
        if refused := too_long(message, self._settings):
            return refused
        over = len(payload(message, 2**63, "a topic here", self._settings.icon)) - PLAINTEXT_BYTES
        return f"{over} bytes more than the {PLAINTEXT_BYTES} a message of Web Push has" if over > 0 else ""

    def quota(self, message: dict[str, Any]) -> Quota | None:
        return None

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        if batch.message_type != "notify":
            return everyone(batch, Rejected("a browser shows every message: no in-app messages over Web Push"))
        tag = _tag(batch)
        text = payload(batch.message, batch.push_id, tag, self._settings.icon)
        if len(text) > PLAINTEXT_BYTES:
            return everyone(batch, Rejected(self.refusal(batch.message)))
        letters, found = await self._letters(batch, text)
        sent = await asyncio.gather(
            *(service.send(of_it, self._headers(batch, tag)) for service, of_it in letters.items())
        )
        for outcomes in sent:
            found |= outcomes
        away = [each for each in found.values() if isinstance(each, ChannelError)]
        if away and len(away) == len(batch.targets) and any(map(self._is_browsers, letters)):
            raise away[0]
        ordered = (found[place] for place in range(len(batch.targets)))
        return [Retry() if isinstance(each, ChannelError) else each for each in ordered]

    async def _letters(self, batch: Batch, text: bytes) -> tuple[dict[PushService, list[Letter]], dict[int, Verdict]]:
        """What goes to each push service, and the places of those that nothing is sent to."""
        letters: defaultdict[PushService, list[Letter]] = defaultdict(list)
        refused: dict[int, Verdict] = {}
        for place, target in enumerate(batch.targets):
            if place % AT_ONCE == 0:
                await asyncio.sleep(0)
            try:
                subscription = read_subscription(target.token)
                service = self._service(subscription)
                if service is None:
                    refused[place] = NOT_KNOWN
                elif service not in letters and len(letters) >= OPEN_SERVICES:
                    refused[place] = Retry()
                else:
                    letters[service].append(Letter(place, subscription.path, encrypt(text, subscription)))
            except SubscriptionError:
                refused[place] = NO_SUBSCRIPTION
        return letters, refused

    def _headers(self, batch: Batch, tag: str) -> tuple[str, ...]:
        seconds = (batch.expires_at - datetime.now(UTC)).total_seconds()
        return (
            f"TTL: {int(min(max(seconds, 1), LONGEST_TTL))}",
            f"Urgency: {self._settings.urgency}",
            f"Topic: {tag}",
            "Content-Encoding: aes128gcm",
            "Content-Type: application/octet-stream",
        )

    def _service(self, subscription: PushSubscription) -> PushService | None:
        """None: it is not one that is sent to."""
        origin = subscription.origin
        if origin not in self._services:
            name = name_of(subscription.host, self._settings)
            if not name:
                self._tell(subscription.host)
                return None
            if len(self._services) >= OPEN_SERVICES:
                self._services.popitem(last=False)
            server = self._sender.server(origin, http2=True, proxy=self._settings.proxy)
            self._services[origin] = PushService(name, server, self._vapid)
        self._services.move_to_end(origin)
        return self._services[origin]

    def _is_browsers(self, service: PushService) -> bool:
        """Not somebody's UnifiedPush server, which may never come back: its devices are asked about less and less."""
        return service.name in PUSH_SERVICES or bool(self._settings.server)

    def _tell(self, host: str) -> None:
        if host not in self._told and len(self._told) < TOLD_HOSTS:
            self._told.add(host)
            log.warning("devices name a push service that is not known: nothing is sent there", host=host)


class Letter(NamedTuple):
    """One device's message."""

    place: int
    """In the batch."""
    path: str
    body: bytes


class PushService:
    """One push service, as one application speaks to it.

    It is never paused for what it answered to one message: devices give the addresses, and one that names something
    else on a known host could stop all the others'.
    """

    def __init__(self, name: str, server: Server, vapid: Vapid) -> None:
        self.name, self._server, self._vapid = name, server, vapid
        self._authorization, self._renew_at = "", 0

    async def send(self, letters: Sequence[Letter], headers: tuple[str, ...]) -> dict[int, Verdict]:
        if (now := time.time()) >= self._renew_at:
            self._authorization, self._renew_at = self._vapid.authorization(self._server.origin, now)
        signed = (*headers, f"Authorization: {self._authorization}")
        answers = await self._server.post_all([Post(letter.path, letter.body, signed) for letter in letters])
        return {
            letter.place: no_answer(answer) if isinstance(answer, HttpError) else outcome_of(self.name, answer)
            for letter, answer in zip(letters, answers, strict=True)
        }


def name_of(host: str, settings: WebPushSettings) -> str:
    """The known push service, as it is named here, that this host (with its port where it is not 443) is; or empty."""
    if settings.server:
        return host if host == settings.server.removeprefix("https://").removesuffix(":443").lower() else ""
    further = [each.strip().removesuffix(":443").lower() for each in settings.push_services.split(",")]
    for name in (*PUSH_SERVICES, *filter(None, further)):
        if host == name or (name.startswith("*.") and host.endswith(name[1:])):
            return name
    return ""


def payload(message: dict[str, Any], push_id: int, tag: str, icon: str) -> bytes:
    """What the app's service worker gets, as JSON. Members have the names of the Notification API where it has them."""
    said = notice.read(message)
    alert = said.ios.aps.alert if isinstance(said.ios.aps.alert, dict) else {"body": said.ios.aps.alert}
    action = said.android.action
    badge = max(said.android.badge_type, said.ios.aps.badge_type)
    members = {
        "push_id": str(push_id),
        "title": said.title or str(alert.get("title", "")),
        "body": said.content or str(alert.get("body", "")),
        "icon": said.android.icon_res if said.android.icon_res.startswith("https://") else icon,
        "image": said.xg_media_resources,
        "tag": tag,
        "silent": said.ios.aps.sound == "" or (said.android.ring == 0 and said.android.vibrate == 0),
        "url": action.browser.url if action.action_type == 2 else "",
        "activity": action.activity if action.action_type == 1 else "",
        "intent": action.intent if action.action_type == 3 else "",
        "thread_id": said.thread_id,
        "badge_count": badge if badge >= 0 else "",
        "custom_content": said.android.custom_content or said.ios.custom_content,
    }
    return msgspec.json.encode({name: value for name, value in members.items() if value != "" and value is not False})


def _tag(batch: Batch) -> str:
    """12 characters of base64url: Apple refuses a Topic that is not base64 in length too."""
    return base64.urlsafe_b64encode((batch.collapse_id or batch.push_id).to_bytes(9, "big")).decode()


def outcome_of(name: str, answer: Answer) -> Outcome:
    if answer.status in {404, 410}:
        return TokenGone()
    if answer.status == 429 or answer.status >= 500:
        return Retry(answer.retry_after or SLOW_DOWN_SECONDS)
    if answer.status // 100 == 2:
        return Retry() if answer.body.lstrip()[:1] == b"<" else ACCEPTED
    return Rejected(_refusal(name, answer))


def _refusal(name: str, answer: Answer) -> str:
    """A key that is not the subscription's is no TokenGone: a wrong key in the settings would forget every browser."""
    code = f"{answer.status}{_code(answer)}"
    if _OTHER_KEY.search(answer.body):
        return f"{name} knows this subscription under another VAPID key: the app has to subscribe again ({code})"
    if answer.status in {401, 403} or b"UnauthorizedRegistration" in answer.body:
        return f"{name} does not take our VAPID token: look at the contact and at the server's clock ({code})"
    if answer.status == 413:
        return f"{name} finds the message too long ({code})"
    return f"{name} refuses the message ({code})"


def _code(answer: Answer) -> str:
    """Apple's `reason` or Mozilla's `errno`; no free text, for reasons are what a record counts by."""
    said = answer.json()
    code = str(said.get("reason") or said.get("errno") or "") if isinstance(said, dict) else ""
    return f" {code}" if re.fullmatch(r"[A-Za-z0-9]{1,40}", code) else ""


async def check(settings: WebPushSettings, connections: Connections) -> Checked:
    """Push services can't be asked whether they take a key. Whether they can be reached is what is found out here."""
    key = Vapid(settings.vapid_private_key, settings.subject).public_key
    named = [settings.server] if settings.server else [f"https://{host}" for host in _named(settings)]
    errors = await asyncio.gather(*(_reach(origin, settings, connections) for origin in named))
    reached = [origin for origin, error in zip(named, errors, strict=True) if not error]
    missed = [str(error) for error in errors if error]
    if not reached and (error := errors[0]):
        raise error
    hosts = ", ".join(origin.removeprefix("https://") for origin in reached)
    says = f"The VAPID key is in order; its public key, for the app's subscribe(), is {key}. Reached: {hosts}."
    return Checked(accepted=True, says=f"{says} Not reached: {'; '.join(missed)}." if missed else says)


def _named(settings: WebPushSettings) -> list[str]:
    """The hosts that can be asked: those of a domain are not known."""
    further = [each.strip() for each in settings.push_services.split(",")]
    return [host for host in (*BROWSERS_SERVICES, *filter(None, further)) if not host.startswith("*")]


async def _reach(origin: str, settings: WebPushSettings, connections: Connections) -> HttpError | None:
    try:
        await connections.sender.server(origin, http2=True, proxy=settings.proxy).get("/")
    except HttpError as error:
        return error
    return None


PROVIDER = Provider(
    name="webpush",
    title="Web Push",
    platforms=("android", "ios"),
    settings=WebPushSettings,
    open=WebPush,
    check=check,
)
