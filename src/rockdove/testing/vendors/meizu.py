"""Meizu's push server, as its documentation (github.com/MEIZUPUSH/PushAPI) knows it."""

from __future__ import annotations

import hashlib
import re
from typing import Any, ClassVar

import msgspec

from rockdove.testing.vendors.server import FakeVendor, Reply, Request, Verdict, json_reply

APP_ID, APP_SECRET = "100999", "meizu-app-secret"
MOST_TOKENS = 1000
LONGEST_TITLE, LONGEST_CONTENT = 32, 100
LONGEST_CALLBACK = 128
PUSH = "/garcia/api/server/push/varnished/pushByPushId"
STATISTICS = "/garcia/api/server/push/statistics/dailyPushStatics"
_CODES: dict[Verdict, str] = {"gone": "110002", "bad": "110003", "retry": "519"}
_NOTIFY_KEY = re.compile(r"[0-9A-Za-z_-]{0,8}")


class FakeMeizu(FakeVendor):
    name: ClassVar[str] = "mz"

    def __init__(self) -> None:
        super().__init__()
        self.receipt_addresses: set[str] = set()
        """Those registered at the push site."""

    def settings(self) -> dict[str, Any]:
        return {"app_id": APP_ID, "app_secret": APP_SECRET, "server": self.origin}

    def handle(self, request: Request) -> Reply:
        members = request.query if request.method == "GET" else request.form()
        if members.get("appId") != APP_ID:
            return _reply("110000", "appId不合法")
        if members.pop("sign", "") != _sign(members):
            return _reply("1006", "签名认证失败")
        if (request.method, request.path) == ("GET", STATISTICS):
            return _reply("200", "", [])
        if (request.method, request.path) == ("POST", PUSH):
            return self._push(members)
        return Reply(404)

    def throttled(self, request: Request) -> Reply:
        return _reply("110010", "应用请求频率超过限制")

    def _push(self, members: dict[str, str]) -> Reply:
        tokens = [token for token in members.get("pushIds", "").split(",") if token]
        if not tokens or len(tokens) > MOST_TOKENS:
            return _reply("1005", "参数错误")
        if wrong := _wrong(members.get("messageJson", ""), self.receipt_addresses):
            return _reply("1005", wrong)
        refused: dict[str, list[str]] = {}
        for token in tokens:
            if (verdict := self.verdict(token)) != "ok":
                refused.setdefault(_CODES[verdict], []).append(token)
        return _reply("200", "", refused)


def _sign(members: dict[str, str]) -> str:
    signed = "".join(f"{name}={value}" for name, value in sorted(members.items())) + APP_SECRET
    return hashlib.md5(signed.encode(), usedforsecurity=False).hexdigest()


def _wrong(message_json: str, receipt_addresses: set[str]) -> str:
    """What is the matter with a message; '': nothing."""
    try:
        message = msgspec.json.decode(message_json)
        bar, when, advance = message["noticeBarInfo"], message["pushTimeInfo"], message["advanceInfo"]
        if not 0 < len(bar["title"]) <= LONGEST_TITLE or not 0 < len(bar["content"]) <= LONGEST_CONTENT:
            return "title or content too long"
        if not 1 <= when["validTime"] <= 72 or message["clickTypeInfo"]["clickType"] not in {0, 1, 2}:
            return "validTime or clickType"
        callback = message.get("extra", {}).get("callback", "")
        if callback and callback not in receipt_addresses:
            return "callback is not registered"
        fits = len(callback) <= LONGEST_CALLBACK and _NOTIFY_KEY.fullmatch(advance.get("notifyKey", ""))
        return "" if fits else "callback or notifyKey"
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        return f"no message: {error}"


def _reply(code: str, message: str, value: Any = "") -> Reply:
    return json_reply({"code": code, "message": message, "value": value, "redirect": "", "msgId": "NS2026"})
