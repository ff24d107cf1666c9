"""Who is let in: the published vectors of the signature, Basic as clients write it, and the order of the checks."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest
from starlette.requests import Request

from rockdove.api.context import ApiContext
from rockdove.api.tpns import auth
from rockdove.api.tpns.errors import AuthError, ExpiredAppError, UnknownAccessIdError
from rockdove.config import Limits, Settings
from rockdove.devices.applications import Application
from rockdove.storage.database import Database

SECRET = "0123456789abcdef0123456789abcdef"
V1 = (
    b'{"audience_type":"package_account_push","upload_id":42,"account_push_type":1,"message_type":"notify",'
    b'"message":{"title":"Hello","content":"Batch account push"}}'
)
V1_SIGN = "OTkwOGMyMWJlZjc4ZmFkMGQ1MWY5MWQyNzI1NGQ3Zjg1ZjRiYjI0NWYzZTc2MzQxZjJiZTJlMDQyOWM1MjIwOQ=="
V2 = (
    b'{"audience_type": "package_account_push","upload_id": 42,"account_push_type": 1,"message_type": "notify",'
    b'"message": {"title": "Hello","content": "Batch account push"}}'
)
V3 = '{"operator_type":1,"account_list":[{"account":"用户-0001","account_type":1}]}'.encode()
V5 = (
    b'------opentest\r\nContent-Disposition: form-data; name="file"; filename="accounts.txt"\r\n'
    b"Content-Type: text/plain\r\n\r\nuser-0001\nuser-0002\n\r\n------opentest--\r\n"
)
VECTORS = {
    "V1": (V1, V1_SIGN),
    "V2": (V2, "NzFiYzI3ZDk5Nzc3MWI2NzYzMzU2NWFiYzE1YTY1OTA1ZjVmOTRiMDM4MGVhN2MyYWNjN2E0NWI1NjYxODA4MQ=="),
    "V3": (V3, "YTBiMjgyYWNkZTI0Zjc5YzI0ZGJiYzdlYThhMTNmNmU0OGM3ZDNmYjJlODI0ZDA2NDJjYTFjMzIyYjVlNzZhZg=="),
    "V4": (b"", "MmY2NGRhMzJiNzhkNDlhMmEzNTE1NGUzMGM5MjZkOWMyOTgwMWMwZGU0MTVlY2Q4NWVlYzEyZjc3ODViYmM1Mw=="),
    "V5": (V5, "Yjk0MzAxYjNkOTc2M2Q3MDRjN2ZjMmQ2MmZiYjZiYTgwYjk3NzIzMzE3YjdlM2NkYThmNWI3MjgyYTYwNzgxYQ=="),
}
APP = Application(access_id=1500000001, name="Test", platform="android", access_key="A", secret_key=SECRET)


class OneApplication:
    """Stands where the table is: these tests are about headers."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def find(self, access_id: int) -> Application | None:
        return self._application if access_id == self._application.access_id else None


async def call(
    headers: dict[str, str], body: bytes = b"", application: Application = APP, skew: int = 0, address: str = "10.0.0.1"
) -> auth.Caller:
    """Identify and verify, with the body in pieces."""
    scope = {
        "type": "http",
        "method": "POST",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": (address, 1234),
    }
    found: Any = OneApplication(application)
    nothing: Any = None
    nowhere = Database("postgresql://127.0.0.1/never_opened", 1)
    settings = Settings(limits=Limits(signature_max_skew_seconds=skew))
    caller = await auth.identify(Request(scope), ApiContext(settings, nowhere, found, nothing))
    for start in range(0, len(body), 7):
        caller.update(body[start : start + 7])
    caller.verify()
    return caller


def signature(sign: str, stamp: str = "1700000000", access_id: str = "1500000001") -> dict[str, str]:
    return {"AccessId": access_id, "TimeStamp": stamp, "Sign": sign}


def basic(text: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


@pytest.mark.parametrize("name", VECTORS)
async def test_vectors_are_accepted(name: str) -> None:
    body, sign = VECTORS[name]
    assert (await call(signature(sign), body)).application is APP


@pytest.mark.parametrize("name", VECTORS)
async def test_one_other_byte_is_refused(name: str) -> None:
    body, sign = VECTORS[name]
    with pytest.raises(AuthError):
        await call(signature(sign), body + b" ")


async def test_base64_of_the_raw_digest_is_refused() -> None:
    with pytest.raises(AuthError):
        await call(signature("mQjCG+94+tDVH5HSclTX+F9LskXz52NB8r4uBCnFIgk="), V1)


@pytest.mark.parametrize(
    ("platform", "sign"),
    [
        (
            '"platform": "android",',
            "Y2QyMDc3NDY4MmJmNzhiZmRiNDNlMTdkMWQ1ZDU2YjNlNWI3ODlhMTY3MGZjMTUyN2VmNTRjNjVkMmQ3Yjc2ZA==",
        ),
        ("", "MDlmMDdkMmE1MThhODgxNGUzNjlkY2Q5NTM0ZjEwYjhhMjlkMTI4NTMxYTE5YWRhYTI4Y2IyNDc2MDVjMWU4NA=="),
    ],
)
async def test_the_published_example(platform: str, sign: str) -> None:
    """Its Sign belongs to the body with the member `platform`; the page now prints the body without it."""
    body = (
        '{"audience_type": "account",'
        + platform
        + '"message": {"title": "test title","content": "test content","android": { "action": {"action_type": 3,'
        '"intent": "xgscheme://com.xg.push/notify_detail?param1=xg"}}},"message_type": "notify",'
        '"account_list": ["5822f0eee44c3625ef0000bb"] }'
    )
    application = Application(
        access_id=1500001048,
        name="T",
        platform="android",
        access_key="A",
        secret_key="1452fcebae9f3115ba794fb0fff2fd73",
    )
    await call(signature(sign, "1565314789", "1500001048"), body.encode(), application)


async def test_header_names_and_order_of_precedence() -> None:
    """Any letter case; a signature counts even beside Authorization."""
    headers = {"accessid": "1500000001", "TIMESTAMP": "1700000000", "sign": V1_SIGN, **basic("1:wrong")}
    assert (await call(headers, V1)).application is APP


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sign": V1_SIGN},
        {"Sign": V1_SIGN, "AccessId": "1500000001"},
        {"Sign": V1_SIGN, "TimeStamp": "1700000000"},
        signature(V1_SIGN, stamp="17e8"),
        signature(V1_SIGN, access_id="x"),
        signature(V1_SIGN, stamp="1700000000.5"),
        {"Authorization": "Bearer abc"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic"},
        basic("1500000001"),
        basic(f"x:{SECRET}"),
        basic("1500000001:"),
        basic(f"1500000001:{SECRET}x"),
    ],
)
async def test_refused_as_auth_failure(headers: dict[str, str]) -> None:
    with pytest.raises(AuthError):
        await call(headers, V1)


@pytest.mark.parametrize("offset", [-601, 601])
async def test_a_time_stamp_too_far_away(offset: int) -> None:
    """Checked before the AccessID: the application here is unknown."""
    with pytest.raises(AuthError, match="TimeStamp"):
        await call(signature(V1_SIGN, str(int(time.time()) + offset), "42"), V1, skew=600)


async def test_basic_as_clients_write_it() -> None:
    text = f"1500000001:{SECRET}"
    encoded = base64.b64encode(text.encode()).decode()
    assert encoded == "MTUwMDAwMDAwMTowMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg=="
    for header in (f"Basic {encoded}", f"basic {encoded}", f"BASIC  {encoded}", f"Basic {encoded.rstrip('=')}"):
        assert (await call({"Authorization": header})).is_proven


async def test_order_after_the_headers() -> None:
    """Unknown id, then secret, then address, then the switch."""
    shut = Application(
        access_id=1500000001, name="T", platform="android", access_key="A", secret_key=SECRET, disabled=True,
        allowed_networks=("192.168.0.0/16", "2001:db8::/32"),
    )  # fmt: skip
    with pytest.raises(UnknownAccessIdError):
        await call(basic("42:whatever"), application=shut)
    with pytest.raises(AuthError, match="SecretKey"):
        await call(basic("1500000001:wrong"), application=shut)
    with pytest.raises(AuthError, match="not allowed"):
        await call(basic(f"1500000001:{SECRET}"), application=shut)
    for address in ("192.168.3.4", "::ffff:192.168.3.4", "2001:db8::7"):
        with pytest.raises(ExpiredAppError):
            await call(basic(f"1500000001:{SECRET}"), application=shut, address=address)
        with pytest.raises(ExpiredAppError):
            await call(signature(V1_SIGN), V1, application=shut, address=address)
    with pytest.raises(AuthError, match="Sign"):
        await call(signature(V1_SIGN), V2, application=shut, address="192.168.3.4")
