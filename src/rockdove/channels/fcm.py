"""FCM (Google, Firebase Cloud Messaging, HTTP v1): one device a request over HTTP/2, in one body but for the token.

Google documentation: REST resource "projects.messages", "ErrorCode"; what an unknown token is answered with:
firebase-admin-java #1064. Who we are is in `fcm_access`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from rockdove.channels import notice
from rockdove.channels.batch_vendor import ACCEPTED, SLOW_DOWN_SECONDS, too_long
from rockdove.channels.channel import (
    Batch,
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
from rockdove.channels.fcm_access import Access, FcmSettings
from rockdove.channels.http import Answer, HttpError, NoAnswerError, Post
from rockdove.channels.provider import Checked, Connections, Provider

HOST: Final = "https://fcm.googleapis.com"
LONGEST_TTL: Final = 28 * 24 * 3600
MOST_BYTES: Final = 4096
"""Of notification and data."""
STOPPED_SECONDS: Final = 60.0
QUOTA_SECONDS: Final = 60.0
"""Google's advice where it does not say how long: a minute at least."""
NOBODY: Final = "rockdove-tests-its-credentials"

_RESERVED: Final = re.compile(r"from$|message_type$|collapse_key$|gcm|google", re.IGNORECASE)
"""Names FCM refuses, or overwrites, in `data`."""
_FID: Final = re.compile(r"[cdef][A-Za-z0-9_-]{21}")
_DEVICE_RATE: Final = re.compile(r"\bdevice", re.IGNORECASE)
"""Of a quota: QuotaFailure names the device's, the topic's or the project's."""
_ACTION: Final = re.compile(r"\baction=([^;]+)")


class _TokenEndedError(ChannelStoppedError):
    """Another access token may help."""


class Fcm:
    limits: Limits

    def __init__(self, settings: FcmSettings, connections: Connections) -> None:
        self._settings, self._tokens = settings, connections.tokens
        self._access = Access(settings, connections)
        self._path = f"/v1/projects/{self._access.account.project_id}/messages:send"
        self._server = connections.sender.server(settings.server or HOST, http2=True, proxy=settings.proxy)
        # Many calls at once: those of a personalised push have one device each. Google takes 100 streams a connection.
        self.limits = Limits(devices_per_request=50, in_flight=16, devices_per_second=settings.devices_per_second)

    def refusal(self, message: dict[str, Any]) -> str:
        if refused := too_long(message, self._settings):
            return refused
        said = notice.read(message)
        size = len(msgspec.json.encode([_notification(said), _data(said, 2**63)]))
        return f"{size} bytes are more than the {MOST_BYTES} FCM takes" if size > MOST_BYTES else ""

    def quota(self, message: dict[str, Any]) -> Quota | None:
        return None

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        head = body_head(batch, self._settings.package_name)
        found = await self._ask(batch.targets, head)
        ended = [index for index, verdict in enumerate(found) if isinstance(verdict, _TokenEndedError)]
        if ended:
            again = await self._ask([batch.targets[index] for index in ended], head)
            for index, verdict in zip(ended, again, strict=True):
                found[index] = verdict
        return settled(found)

    async def _ask(self, targets: Sequence[Target], head: bytes) -> list[Verdict]:
        token = await self._tokens.get(self._access.fetch)
        headers = ("Content-Type: application/json", f"Authorization: Bearer {token}")
        posts = [Post(self._path, head + address(target.token), headers) for target in targets]
        answers = await self._server.post_all(posts)
        found = [no_answer(each) if isinstance(each, HttpError) else verdict(each) for each in answers]
        if any(isinstance(each, _TokenEndedError) for each in found):
            await self._tokens.refuse(token)
        return found


def body_head(batch: Batch, package_name: str) -> bytes:
    """A request up to who it is for, which comes last: it is made once for all devices."""
    return msgspec.json.encode({"message": payload(batch, package_name)})[:-2]


def address(token: str) -> bytes:
    """The rest of a request. A registration token is an installation id (FID), a colon, and more; Google's libraries
    of 2026 call it deprecated, and have the FID alone."""
    return (b',"fid":%b}}' if _FID.fullmatch(token) else b',"token":%b}}') % msgspec.json.encode(token)


def payload(batch: Batch, package_name: str) -> dict[str, Any]:
    """The message, without the token. A repeat takes the place of what is shown already, by `tag`."""
    said = notice.read(batch.message)
    mark = str(batch.collapse_id or batch.push_id)
    seconds = (batch.expires_at - datetime.now(UTC)).total_seconds()
    android = {
        "priority": "HIGH",
        "ttl": f"{int(min(max(seconds, 0), LONGEST_TTL))}s",
        "collapse_key": mark,
        "restricted_package_name": package_name,
        "notification": _android(said.android) | {"tag": mark},
    }
    return {
        "notification": _notification(said),
        "data": _data(said, batch.push_id),
        "android": _without_empty(android),
    }


def _notification(said: notice.Notice) -> dict[str, Any]:
    return _without_empty({"title": said.title, "body": said.content, "image": said.xg_media_resources})


def _android(said: notice.Android) -> dict[str, Any]:
    action = said.action
    named = _ACTION.search(action.intent) if action.action_type == 3 else None
    members = {
        "channel_id": said.fcm_ch_id or said.n_ch_id,
        "icon": said.small_icon,
        "color": f"#{said.icon_color & 0xFFFFFF:06x}" if said.icon_color else "",
        "sound": said.ring_raw if said.ring else "",
        "default_sound": bool(said.ring and not said.ring_raw),
        "default_vibrate_timings": bool(said.vibrate),
        "default_light_settings": bool(said.lights),
        "sticky": not said.clearable,
        "notification_count": max(said.badge_type, 0),
        "click_action": named[1] if named else action.activity if action.action_type == 1 else "",
    }
    return _without_empty(members)


def _data(said: notice.Notice, push_id: int) -> dict[str, str]:
    """What the app gets. Opening a page or an address is left to it: FCM itself knows only actions of activities."""
    custom = notice.custom_members(said.android.custom_content) if said.android.custom_content else {}
    if any(_RESERVED.match(name) for name in custom):
        custom = {"custom_content": said.android.custom_content}
    action = said.android.action
    opens = {2: action.browser.url, 3: action.intent}.get(action.action_type, "")
    return custom | ({"url": opens} if opens else {}) | {"push_id": str(push_id)}


def _without_empty(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value}


def verdict(answer: Answer) -> Verdict:
    """What FCM said of one device's message."""
    if answer.status == 200 and b'"name"' in answer.body:
        return ACCEPTED
    error = _object(_object(answer.json()).get("error"))
    if answer.status == 429:
        return Retry(answer.retry_after or QUOTA_SECONDS, everyone=not _is_about_device(error))
    if answer.status >= 500 or not error:  # without an error it is somebody in between
        return Retry(answer.retry_after or SLOW_DOWN_SECONDS, everyone=answer.status != 500)
    return _refused(answer.status, error)


def _refused(status: int, error: dict[str, Any]) -> Verdict:
    words, code = str(error.get("message", "")), _code(error)
    if code == "UNREGISTERED" or (code == "INVALID_ARGUMENT" and _is_about_token(error)):
        return TokenGone()
    says = f"FCM: {words or f'HTTP {status}'} ({code or error.get('status', status)})"
    if status == 401 and code != "THIRD_PARTY_AUTH_ERROR":
        return _TokenEndedError(says, STOPPED_SECONDS)
    if not code and status in {403, 404}:  # no permission; no such project
        return ChannelStoppedError(says, STOPPED_SECONDS)
    return Rejected(says)


def _code(error: dict[str, Any]) -> str:
    """FCM's own, beside Google's general one; '' where it is not FCM that answers."""
    return next((str(each["errorCode"]) for each in _details(error) if "errorCode" in each), "")


def _is_about_token(error: dict[str, Any]) -> bool:
    violations = [each for detail in _details(error) for each in _listed(detail.get("fieldViolations"))]
    if violations:
        return all(_object(each).get("field") == "message.token" for each in violations)
    return "registration token" in str(error.get("message", "")).lower()


def _is_about_device(error: dict[str, Any]) -> bool:
    """Whether too much was sent to this one device, and not by this project."""
    violations = [each for detail in _details(error) for each in _listed(detail.get("violations"))]
    told = [str(error.get("message", "")), *(str(value) for each in violations for value in _object(each).values())]
    return any(_DEVICE_RATE.search(text) for text in told)


def _listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else []


def _details(error: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in _listed(error.get("details")) if isinstance(each, dict)]


def _object(given: Any) -> dict[str, Any]:
    return given if isinstance(given, dict) else {}


async def check(settings: FcmSettings, connections: Connections) -> Checked:
    """Has a message to nobody's token looked at (`validate_only`): FCM refusing the token is the proof."""
    access = Access(settings, connections)
    token = await connections.tokens.get(access.fetch)
    server = connections.sender.server(settings.server or HOST, http2=True, proxy=settings.proxy)
    body = msgspec.json.encode({"validate_only": True, "message": {"token": NOBODY, "data": {}}})
    headers = ("Content-Type: application/json", f"Authorization: Bearer {token}")
    answer = await server.post(f"/v1/projects/{access.account.project_id}/messages:send", body, headers)
    found = verdict(answer)
    if isinstance(found, TokenGone) or found is ACCEPTED:
        return Checked(accepted=True, says=f"Google takes the service account key for {access.account.project_id}.")
    if isinstance(found, ChannelStoppedError | Rejected):
        words = found.reason if isinstance(found, Rejected) else str(found)
        return Checked(accepted=False, says=f"{words}. Is Firebase Cloud Messaging API (V1) enabled for the project?")
    raise NoAnswerError(f"{server.origin}: HTTP {answer.status}")


PROVIDER = Provider(
    name="fcm",
    title="Firebase Cloud Messaging",
    platforms=("android",),
    settings=FcmSettings,
    open=Fcm,
    check=check,
    credentials=("service_account", "server"),
)
