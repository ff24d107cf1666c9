"""APNs (Apple): one device a request over HTTP/2, with a body that is the same for all of a batch.

Apple documentation: "Sending notification requests to APNs", "Handling notification responses from APNs", "Generating
a remote notification". Who we are is in `apns_credentials`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final

import msgspec

from rockdove.channels import notice
from rockdove.channels.apns_connection import ApnsConnection
from rockdove.channels.apns_credentials import ApnsSettings, PushCertificate, SigningKey, certificate_end, credentials
from rockdove.channels.batch_vendor import ACCEPTED, SLOW_DOWN_SECONDS, everyone, too_long
from rockdove.channels.channel import (
    Batch,
    ChannelError,
    ChannelStoppedError,
    Limits,
    Outcome,
    Quota,
    Rejected,
    Retry,
    Target,
    TokenGone,
)
from rockdove.channels.device_vendor import Verdict, no_answer, settled
from rockdove.channels.http import Answer, HttpError, NoAnswerError, Post, Server
from rockdove.channels.provider import Checked, Connections, Provider
from rockdove.domain.push import MessageType

HOSTS: Final = {"product": "https://api.push.apple.com", "dev": "https://api.sandbox.push.apple.com"}
CONNECTIONS: Final = 4
"""Of a process, to each of Apple's environments."""
MOST_BYTES: Final = 4096
"""Of a payload."""
STOPPED_SECONDS: Final = 60.0
NOBODY: Final = "0" * 64
"""No device's token: what Apple says of it shows whether it takes the credentials."""

_OUTCOMES: Final[dict[str, Outcome]] = {
    "BadDeviceToken": TokenGone(),
    "MissingDeviceToken": TokenGone(),
    "IdleTimeout": Retry(),
    "TooManyRequests": Retry(30.0),  # to one device
    "TooManyProviderTokenUpdates": Retry(60.0, everyone=True),
}
_TOPIC: Final = {"TopicDisallowed", "BadTopic", "MissingTopic"}
_WORDS: Final = {
    "BadCertificate": "the certificate is none of Apple's, or was revoked",
    "BadCertificateEnvironment": "the certificate is for the other environment",
    "BadEnvironmentKeyIdInToken": "the key is for the other environment",
    "DeviceTokenNotForTopic": "the device's token is of an app with another Bundle ID",
    "ExpiredProviderToken": "our provider token is too old: is this server's clock right?",
    "InvalidProviderToken": "Key (.p8), Key ID and Team ID don't belong together, or the key was revoked",
    "PayloadTooLarge": "the payload is too large",
    "TopicDisallowed": "key or certificate is not for this Bundle ID",
    "UnrelatedKeyIdInToken": "the Key ID changed on an open connection",
}
"""What Apple's reasons mean for whoever has to do something about them."""


class _TokenExpiredError(ChannelStoppedError):
    """Another provider token may help."""


class Apns:
    limits: Limits

    def __init__(self, settings: ApnsSettings, connections: Connections) -> None:
        self._settings, self._tokens = settings, connections.tokens
        self._credentials = credentials(settings)
        self._connections = {
            environment: [
                ApnsConnection(server(settings, connections, self._credentials, environment, number), _is_of_all)
                for number in range(CONNECTIONS)
            ]
            for environment in HOSTS
        }
        # Many calls at once with few devices each: those of a personalised push have one.
        self.limits = Limits(devices_per_request=50, in_flight=40, devices_per_second=settings.devices_per_second)

    def refusal(self, message: dict[str, Any]) -> str:
        return too_long(message, self._settings) or _too_large(_payload(message, 2**63, silent=False))

    def quota(self, message: dict[str, Any]) -> Quota | None:
        return None

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        body = payload(batch)
        if refusal := _too_large(body):
            return everyone(batch, Rejected(refusal))
        token = await self._token()
        found = await self._ask(batch, batch.targets, body, token)
        expired = [index for index, verdict in enumerate(found) if isinstance(verdict, _TokenExpiredError)]
        if expired and (fresh := await self._instead_of(token)) != token:
            again = await self._ask(batch, [batch.targets[index] for index in expired], body, fresh)
            for index, verdict in zip(expired, again, strict=True):
                found[index] = verdict
        return settled(found)

    async def _ask(self, batch: Batch, targets: Sequence[Target], body: bytes, token: str) -> list[Verdict]:
        lines = headers(batch, self._settings.bundle_id, token)
        posts = [Post("/3/device/" + target.token, body, lines) for target in targets if is_plausible(target.token)]
        connection = min(self._connections[batch.environment], key=attrgetter("under_way"))
        answers = await connection.ask(posts) if posts else []
        found = iter([no_answer(each) if isinstance(each, HttpError) else verdict(each) for each in answers])
        return [next(found) if is_plausible(target.token) else TokenGone() for target in targets]

    async def _token(self) -> str:
        return await self._tokens.get(self._credentials.mint) if isinstance(self._credentials, SigningKey) else ""

    async def _instead_of(self, token: str) -> str:
        """The same where it is not its time: then it is our clock that is wrong, and no other token would help."""
        await self._tokens.refuse(token)
        return await self._token()


def server(
    settings: ApnsSettings,
    connections: Connections,
    shown: SigningKey | PushCertificate,
    environment: str,
    number: int = 0,
) -> Server:
    """By a connection of its own for each number: two keys must not share one."""
    key = f"{shown.team_id} {shown.key_id}" if isinstance(shown, SigningKey) else f"certificate {settings.bundle_id}"
    return connections.sender.server(
        {"product": settings.server, "dev": settings.sandbox_server}[environment] or HOSTS[environment],
        http2=True,
        identity=f"apns {key} {number}",
        proxy=settings.proxy,
        certificate=shown.pem if isinstance(shown, PushCertificate) else None,
    )


def headers(batch: Batch, bundle_id: str, token: str) -> tuple[str, ...]:
    """The same tuple for all devices of a batch, so that they are set once.

    An `apns-id` for each device would cost a fifth of a request, and what hides a repeat is the collapse id.
    """
    silent = batch.message_type == MessageType.MESSAGE
    expires_at = int(batch.expires_at.timestamp())
    lines = [
        f"apns-topic: {bundle_id}",
        f"apns-push-type: {'background' if silent else 'alert'}",
        f"apns-priority: {5 if silent else 10}",
        f"apns-expiration: {expires_at if expires_at > time.time() else 0}",
        "content-type: application/json",
    ]
    if not silent:
        lines.append(f"apns-collapse-id: {batch.collapse_id or batch.push_id}")
    if token:
        lines.append(f"authorization: bearer {token}")
    return tuple(lines)


def _too_large(body: bytes) -> str:
    return f"the payload has {len(body)} bytes, APNs takes {MOST_BYTES}" if len(body) > MOST_BYTES else ""


def payload(batch: Batch) -> bytes:
    return _payload(batch.message, batch.push_id, silent=batch.message_type == MessageType.MESSAGE)


def _payload(message: dict[str, Any], push_id: int, *, silent: bool) -> bytes:
    """The notification as Apple has it, with what the app gets beside `aps`: TPNS's `custom` (a text) and
    `xg_media_resources`, and under `rockdove` what it needs to report that the push arrived."""
    said = notice.read(message)
    members: dict[str, Any] = {
        "aps": {"content-available": 1} if silent else _aps(said),
        "custom": said.ios.custom_content,
        "xg_media_resources": said.xg_media_resources,
        "rockdove": {"push_id": str(push_id)} | ({"show_type": 1} if said.show_type == 1 else {}),
    }
    return msgspec.json.encode({name: value for name, value in members.items() if value})


def _aps(said: notice.Notice) -> dict[str, Any]:
    given = said.ios.aps
    alert = dict(given.alert) if isinstance(given.alert, dict) else {"body": given.alert}
    alert |= {"title": said.title or alert.get("title"), "body": said.content or alert.get("body")}
    alert |= {"summary-arg": said.thread_sumtext or alert.get("summary-arg")}
    members: dict[str, Any] = {
        "alert": {name: value for name, value in alert.items() if value},
        "sound": given.sound,
        "category": given.category,
        "interruption-level": given.interruption_level,
        "thread-id": said.thread_id,
        "mutable-content": given.mutable_content,
    }
    aps = {name: value for name, value in members.items() if value}
    return aps | {"badge": given.badge_type} if given.badge_type >= 0 else aps


def is_plausible(token: str) -> bool:
    """Whether it may stand in a path. Apple has the last word on what is a device's token."""
    return token.isascii() and token.isalnum()


def verdict(answer: Answer) -> Verdict:
    if answer.status == 200 and not answer.body:
        return ACCEPTED
    said = answer.json()
    reason = said.get("reason") if isinstance(said, dict) else None
    if answer.status >= 500 or not isinstance(reason, str):  # without a reason it is somebody in between
        return Retry(answer.retry_after or SLOW_DOWN_SECONDS, everyone=answer.status >= 500)
    if answer.status == 410:
        return TokenGone(_moment(said.get("timestamp")))
    if reason in _OUTCOMES:
        return _OUTCOMES[reason]
    words = f"APNs: {_WORDS.get(reason, f'HTTP {answer.status}')} ({reason})"
    if answer.status == 403 or reason in _TOPIC:
        kind = _TokenExpiredError if reason == "ExpiredProviderToken" else ChannelStoppedError
        return kind(words, STOPPED_SECONDS)
    return Rejected(words)


def _is_of_all(answer: Answer) -> bool:
    found = verdict(answer)
    return isinstance(found, ChannelError) or (isinstance(found, Retry) and found.everyone)


def _moment(timestamp: object) -> datetime | None:
    """Of milliseconds."""
    return datetime.fromtimestamp(timestamp / 1000, UTC) if isinstance(timestamp, int | float) else None


async def check(settings: ApnsSettings, connections: Connections) -> Checked:
    """Sends to a device that does not exist, in both environments: a key may be for one of them, a certificate is."""
    shown = credentials(settings)
    token = await connections.tokens.get(shown.mint) if isinstance(shown, SigningKey) else ""
    lines = [f"apns-topic: {settings.bundle_id}", "apns-push-type: background", "apns-priority: 5"]
    if token:
        lines.append(f"authorization: bearer {token}")
    found = {
        environment: await _checked(server(settings, connections, shown, environment), lines) for environment in HOSTS
    }
    taken = [environment for environment, answer in found.items() if isinstance(answer, TokenGone)]
    rest = " ".join(
        _words_for(environment, answer) for environment, answer in found.items() if environment not in taken
    )
    if not taken and not any(isinstance(answer, ChannelStoppedError) for answer in found.values()):
        raise NoAnswerError(rest)
    says = f"Apple takes it for {' and '.join(taken)}. {rest}" if taken else rest
    expires_at = shown.expires_at if isinstance(shown, PushCertificate) else None
    return Checked(accepted=bool(taken), says=says.strip(), expires_at=expires_at)


def _words_for(environment: str, found: Verdict | HttpError | str) -> str:
    return f"For {environment}: {found}."


async def _checked(server_: Server, lines: Sequence[str]) -> Verdict | HttpError | str:
    """TokenGone: the credentials are good, for Apple looked at the device."""
    try:
        answer = await server_.post("/3/device/" + NOBODY, b'{"aps":{"content-available":1}}', lines)
    except HttpError as error:
        return error
    found = verdict(answer)
    return found if isinstance(found, TokenGone | ChannelStoppedError) else f"HTTP {answer.status} {_said(answer)}"


def _said(answer: Answer) -> str:
    return answer.body[:100].decode("utf-8", "replace")


PROVIDER = Provider(
    name="apns",
    title="Apple Push Notification service",
    platforms=("ios",),
    settings=ApnsSettings,
    open=Apns,
    check=check,
    credentials=("team_id", "key_id", "key"),
    ends=certificate_end,
)
