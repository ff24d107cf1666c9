"""What Huawei's channels for Android and HarmonyOS share: its answers, and its receipts."""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from rockdove.channels import harmony, huawei, push_kit
from rockdove.channels.channel import Accepted, ChannelStoppedError, Outcome, Rejected, Retry, TokenGone
from rockdove.channels.http import Answer
from rockdove.channels.provider import ForgedReceiptError, Receipt, ReceiptRequest
from rockdove.testing.vendors.huawei import CALLBACK_KEY, CALLBACK_USER
from tests.channels.batches import PUSH_ID, batch

AT = datetime.fromtimestamp(1700000000, UTC)
MS = 1700000000000
NO_RIGHT = Rejected("Huawei refuses the device: noRight")


def answer(code: str, msg: Any, status: int = 200) -> Answer:
    text = msg if isinstance(msg, str) else msgspec.json.encode(msg).decode()
    return Answer(status, msgspec.json.encode({"code": code, "msg": text, "requestId": "1"}))


@pytest.mark.parametrize(
    ("given", "outcomes"),
    [
        (answer("80000000", "Success"), [Accepted(), Accepted(), Accepted()]),
        (answer("80100000", {"illegal_tokens": ["b"], "success": 2}), [Accepted(), TokenGone(), Accepted()]),
        (
            answer("80100000", {"illegalTokens": {" tokenFormatError ": ["a"], "noRight": ["c"]}, "success": 1}),
            [TokenGone(), Accepted(), NO_RIGHT],
        ),
        (answer("80100000", "some of them"), [Rejected("Huawei: some of them (80100000)")] * 3),
        (answer("80300007", {"illegalTokens": {"noRight": ["a", "b", "c"]}}), [NO_RIGHT] * 3),
        (answer("80300007", {"illegalTokens": ["a"]}), [Rejected('Huawei: {"illegalTokens":["a"]} (80300007)')] * 3),
        (answer("80300007", "All are invalid"), [Rejected("Huawei: All are invalid (80300007)")] * 3),
        (answer("80100016", "Sensitive", 400), [Rejected("Huawei: Sensitive (80100016)")] * 3),
        (answer("81000001", "Inner error"), [Retry(1.0, everyone=True)] * 3),
        (answer("80300029", "test messages"), [Retry(1.0, everyone=True)] * 3),
        (Answer(400, b"<html>"), [Rejected("Huawei: no reason given (HTTP 400)")] * 3),
    ],
)  # fmt: skip
def test_what_becomes_of_a_batch(given: Answer, outcomes: list[Outcome]) -> None:
    assert push_kit.outcomes(batch("a", "b", "c"), given) == outcomes


def test_a_single_device_that_is_nobody_has_gone() -> None:
    """Of many at once it is rather we who are wrong, and they stay."""
    assert push_kit.outcomes(batch("a"), answer("80300007", "All the tokens are invalid")) == [TokenGone()]


@pytest.mark.parametrize(
    "given",
    [answer("80300002", "No permission"), answer("80300037", "penalty", 400), Answer(404, b""), Answer(403, b"")],
)
def test_what_stops_the_channel(given: Answer) -> None:
    with pytest.raises(ChannelStoppedError) as stopped:
        push_kit.outcomes(batch("a", "b"), given)
    assert stopped.value.seconds == 60


def header(user: str, key: bytes, nonce: str = "a07bfa17-6d82-4b53-a9a2-07cfef5ceef1") -> dict[str, str]:
    value = base64.b64encode(hmac.digest(key, f"{MS}{nonce}{user}".encode(), "sha256")).decode()
    return {"x-huawei-callback-id": f"timestamp={MS}; nonce={nonce}; value={value}"}


def request(headers: dict[str, str], *statuses: Any) -> ReceiptRequest:
    return ReceiptRequest(headers, {}, msgspec.json.encode({"statuses": statuses}))


def first(token: str, status: int, tag: str = str(PUSH_ID)) -> dict[str, Any]:
    return {"token": token, "biTag": tag, "appid": "1", "status": status, "timestamp": MS, "requestId": "1"}


def second(token: str, result: int) -> dict[str, Any]:
    delivery = {"result": result, "timestamp": MS}
    return {"token": token, "biTag": str(PUSH_ID), "pushType": 0, "appPackageName": "a", "deliveryStatus": delivery}


@pytest.mark.parametrize("form", [first, second], ids=["version 1", "version 2"])
def test_receipts(form: Any) -> None:
    found = push_kit.receipts(
        request({}, form("a", 0), form("b", 2), form("c", 5), form("d", 256), form("e", 9)), "", ""
    )
    assert found == [
        Receipt(PUSH_ID, "a", "arrived", AT),
        Receipt(PUSH_ID, "b", "gone", AT),
        Receipt(PUSH_ID, "c", "gone", AT),
        Receipt(PUSH_ID, "d", "failed", AT, "Huawei: the device has had its number of such messages today (256)"),
        Receipt(PUSH_ID, "e", "failed", AT, "Huawei: not shown (9)"),
    ]


@pytest.mark.parametrize("key", [CALLBACK_KEY.encode(), base64.b64decode(CALLBACK_KEY)], ids=["text", "base64"])
def test_a_signature_of_either_kind_of_key(key: bytes) -> None:
    signed = request(header(CALLBACK_USER, key), first("a", 0))
    for provider, configured in (
        (huawei, huawei.HuaweiSettings(client_id="1", client_secret="s", **_CALLBACK)),
        (harmony, harmony.HarmonySettings(service_account_key="{}", **_CALLBACK)),
    ):
        assert provider.receipts(configured, signed) == [Receipt(PUSH_ID, "a", "arrived", AT)]


_CALLBACK: Any = {"callback_user": CALLBACK_USER, "callback_key": CALLBACK_KEY}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-huawei-callback-id": ""},
        {"x-huawei-callback-id": "value="},
        {"x-huawei-callback-id": f"timestamp={MS}; nonce=n; value=ü"},
        header("somebody else", base64.b64decode(CALLBACK_KEY)),
        header(CALLBACK_USER, b"another key"),
    ],
)
def test_a_receipt_that_is_not_signed_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ForgedReceiptError):
        push_kit.receipts(request(headers, first("a", 0)), CALLBACK_USER, CALLBACK_KEY)


def test_a_key_that_is_no_base64() -> None:
    signed = request(header("u", "schlüssel".encode()), first("a", 0))
    assert len(push_kit.receipts(signed, "u", "schlüssel")) == 1


@pytest.mark.parametrize("body", [b"", b"{}", b'{"statuses":[]}'])
def test_huawei_tries_the_address_out(body: bytes) -> None:
    """Unsigned, with no device, or one of an example: that is to be answered well, and counts nothing."""
    assert push_kit.receipts(ReceiptRequest({}, {}, body), CALLBACK_USER, CALLBACK_KEY) == []
    for tag in ("bi**62", "", "9" * 20):
        assert push_kit.receipts(request({}, first("a", 0, tag)), CALLBACK_USER, CALLBACK_KEY) == []


@pytest.mark.parametrize(
    "body",
    [b"[]", b"7", b"\xff", b'{"statuses":7}', b'{"statuses":[7]}', b'{"statuses":[{"biTag":"1"}]}',
     b'{"statuses":[{"biTag":"1","token":"a","status":0,"timestamp":1e300}]}'],
)  # fmt: skip
def test_what_is_no_receipt(body: bytes) -> None:
    with pytest.raises(ForgedReceiptError):
        push_kit.receipts(ReceiptRequest({}, {}, body), "", "")
