"""What Huawei's Push Kit says, to Android's channel and to HarmonyOS's: answers to a batch, and signed receipts.

Vendor documentation: developer.huawei.com, "https-send-api" (Android), "push-scenariozed-api-response" and
"push-msg-receipt" (HarmonyOS).
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from rockdove.channels import notice
from rockdove.channels.access import STOP_SECONDS
from rockdove.channels.batch_vendor import SLOW_DOWN_SECONDS, by_token, everyone, said
from rockdove.channels.channel import Batch, ChannelStoppedError, Outcome, Rejected, Retry, TokenGone
from rockdove.channels.http import Answer, NoAnswerError
from rockdove.channels.provider import Checked, ForgedReceiptError, Receipt, ReceiptRequest

HOST = "https://push-api.cloud.huawei.com"
TOKEN_HOST = "https://oauth-login.cloud.huawei.com"
TOKEN_PATH = "/oauth2/v3/token"
DEVICES_PER_REQUEST = 1000
DEVICES_PER_SECOND = 6000
"""The least Huawei gives an app."""
LONGEST_TTL = 15 * 24 * 3600
LONGEST_PUSH_ID = 19
MARKETING = "MARKETING"
NO_TOKEN = "none: a test of credentials"

TAKEN, PARTLY_TAKEN, NOBODY_TAKEN = "80000000", "80100000", "80300007"
_TOKEN_ENDED = {"80200001", "80200003", "80200005"}
_NOT_ALLOWED = {"80300002", "80300037", "80600003", "80200006"}
"""The app has no Push Kit, is barred, or its credentials are another's."""
_SLOW_DOWN = {"80300029", "81000001"}
_NEW_TOKEN_NEEDED = {"tokenFormatError", "tokenPlatformNotSupport"}
"""Why a HarmonyOS token was not sent to, where only another token helps. The others are ours to mend."""

_NOT_SHOWN = {
    6: "notifications are switched off on the device",
    10: "the device has been off line for 30 days",
    15: "a newer message took its place while the device was off line",
    22: "another user of the device is active",
    31: "the app has no such page",
    51: "the device has not been unlocked since it was started",
    102: "too many messages to this device",
    144: "the profile does not exist",
    201: "held back by Huawei: app removed, notifications off, or another user",
    256: "the device has had its number of such messages today",
    259: "Huawei refuses its text or an address in it",
}
_GONE = {2, 5}


def headers(token: str) -> tuple[str, ...]:
    return ("Content-Type: application/json;charset=UTF-8", f"Authorization: Bearer {token}")


def click_action(action: notice.Action, package_name: str) -> dict[str, Any]:
    """1 a page of the app, 2 the browser, 3 the app; for Honor too, whose API began as a copy of Huawei's."""
    if action.action_type == 2 and action.browser.url:
        return {"type": 2, "url": action.browser.url}
    if uri := notice.page_uri(action, package_name):
        return {"type": 1, "intent": uri}
    return {"type": 3}


def token_ended(answer: Answer) -> bool:
    return answer.status == 401 or code(answer) in _TOKEN_ENDED


def code(answer: Answer) -> str:
    """Huawei's; where there is none, that of HTTP."""
    return str(said(answer).get("code") or f"HTTP {answer.status}")


def words(answer: Answer) -> str:
    return f"Huawei: {said(answer).get('msg') or 'no reason given'} ({code(answer)})"


def outcomes(batch: Batch, answer: Answer) -> list[Outcome]:
    """Raises ChannelStoppedError."""
    found = code(answer)
    if found == TAKEN:
        return by_token(batch, {})
    if found in {PARTLY_TAKEN, NOBODY_TAKEN}:
        named = dict(_refused(said(answer).get("msg")))
        if found == PARTLY_TAKEN and named:
            return by_token(batch, named)
        # Of many at once it is rather another app's credentials: then a device is to stay.
        rest = TokenGone() if found == NOBODY_TAKEN and len(batch.targets) == 1 else Rejected(words(answer))
        return [named.get(target.token, rest) for target in batch.targets]
    if found in _NOT_ALLOWED or answer.status in {403, 404}:
        raise ChannelStoppedError(words(answer), STOP_SECONDS)
    if found in _SLOW_DOWN:
        return everyone(batch, Retry(SLOW_DOWN_SECONDS, everyone=True))
    return everyone(batch, Rejected(words(answer)))


def checked(answer: Answer) -> Checked:
    """What an answer to a message to nobody says of our credentials. Raises NoAnswerError."""
    found = code(answer)
    if token_ended(answer) or found in _NOT_ALLOWED or answer.status in {403, 404}:
        return Checked(
            accepted=False,
            says=f"{words(answer)}: is Push Kit enabled, and are the ids and the key those of one and the same app or "
            "project?",
        )
    if "code" not in said(answer) or found in _SLOW_DOWN:  # somebody in between, or too busy to say
        raise NoAnswerError(words(answer))
    return Checked(accepted=True, says="Huawei takes the credentials.")


def _refused(msg: Any) -> Iterator[tuple[str, Outcome]]:
    """Tokens that were not sent to. They stand in a JSON text: a list, or for HarmonyOS lists by reason."""
    try:
        told = msgspec.json.decode(str(msg), type=dict[str, Any])
    except msgspec.MsgspecError:
        return
    for token in texts(told.get("illegal_tokens")):
        yield token, TokenGone()
    by_reason = told.get("illegalTokens")
    for reason, tokens in by_reason.items() if isinstance(by_reason, dict) else ():
        gone = reason.strip() in _NEW_TOKEN_NEEDED
        for token in texts(tokens):
            yield token, TokenGone() if gone else Rejected(f"Huawei refuses the device: {reason.strip()}")


def texts(given: Any) -> list[str]:
    """The texts in what should be a list of them."""
    return [each for each in given if isinstance(each, str)] if isinstance(given, list) else []


def receipts(request: ReceiptRequest, user: str, key: str) -> list[Receipt]:
    """{"statuses": [{"token", "biTag", "status", "timestamp", …}]}, or version 2 with these two in `deliveryStatus`.

    Huawei tries the address out with a request that it does not sign and that reports nothing: that is let pass.
    """
    try:
        statuses = msgspec.json.decode(request.body or b"{}", type=dict[str, Any]).get("statuses") or []
        found = [receipt for status in statuses for receipt in _receipts(status)]
    except (msgspec.MsgspecError, AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise ForgedReceiptError(f"not a receipt of Huawei's: {error}") from error
    if key and found:
        check_signature(request.headers, user, key)
    return found


def _receipts(status: Mapping[str, Any]) -> Iterator[Receipt]:
    push_id = str(status.get("biTag") or "")
    if not push_id.isdecimal() or len(push_id) > LONGEST_PUSH_ID:  # not a message of ours
        return
    told = status.get("deliveryStatus") or {"result": status["status"], "timestamp": status["timestamp"]}
    result, at = int(told["result"]), datetime.fromtimestamp(int(told["timestamp"]) / 1000, UTC)
    token = str(status["token"])
    if result == 0:
        yield Receipt(int(push_id), token, "arrived", at)
    elif result in _GONE:
        yield Receipt(int(push_id), token, "gone", at)
    else:
        yield Receipt(int(push_id), token, "failed", at, f"Huawei: {_NOT_SHOWN.get(result, 'not shown')} ({result})")


def check_signature(headers: Mapping[str, str], user: str, key: str) -> None:
    """`timestamp=…; nonce=…; value=…`, the last of which signs the others and the user. Raises ForgedReceiptError."""
    parts = (part.strip().partition("=") for part in headers.get("x-huawei-callback-id", "").split(";"))
    given = {name: value for name, _, value in parts}
    signed = f"{given.get('timestamp', '')}{given.get('nonce', '')}{user}".encode()
    value = given.get("value", "").encode()
    # Every key is tried, so that how long it takes tells nothing.
    if True not in [hmac.compare_digest(_signature(each, signed), value) for each in _keys(key)]:
        raise ForgedReceiptError("X-HUAWEI-CALLBACK-ID is not signed with the callback key")


def _signature(key: bytes, signed: bytes) -> bytes:
    return base64.b64encode(hmac.digest(key, signed, "sha256"))


def _keys(key: str) -> Iterator[bytes]:
    """Keys entered long ago are texts; those of today are bytes, written as base64."""
    yield key.encode()
    try:
        yield base64.b64decode(key, validate=True)
    except ValueError:
        return
