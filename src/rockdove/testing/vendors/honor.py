"""Honor's push server, as public clients of it know it."""

from __future__ import annotations

import re
import time
from typing import Any, ClassVar

import msgspec

from rockdove.testing.vendors.huawei import TOKEN_FORMAT
from rockdove.testing.vendors.server import FakeVendor, Reply, Request, json_reply

APP_ID, CLIENT_ID, CLIENT_SECRET = "104436234", "honor-client-id", "honor-client-secret"
TOKEN = "/auth/token"
SEND = f"/api/v1/{APP_ID}/sendMessage"
MOST_TOKENS = 1000
LONGEST_MESSAGE = 4096
CLOCK_SECONDS = 300


class FakeHonor(FakeVendor):
    name: ClassVar[str] = "honor"
    spared_paths: ClassVar[frozenset[str]] = frozenset({TOKEN})

    def settings(self) -> dict[str, Any]:
        return {
            "app_id": APP_ID,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "server": self.origin,
            "token_server": self.origin,
        }

    def handle(self, request: Request) -> Reply:
        if request.method == "POST" and request.path == TOKEN:
            return self._token(request)
        if request.method != "POST" or not request.path.startswith("/api/v1/"):
            return Reply(404)
        if not self.is_granted(request.bearer):
            return _said(403, "accesstoken无效", status=403)
        if request.path != SEND:
            return _said(80300002, "No permission to send message to these tmIDs")
        if not abs(time.time() - int(request.headers.get("timestamp", "0")) / 1000) < CLOCK_SECONDS:
            return _said(80100001, "timestamp is none")
        return self._message(request)

    def throttled(self, request: Request) -> Reply:
        return Reply(429)

    def _token(self, request: Request) -> Reply:
        form = request.form()
        if form.get("grant_type") != "client_credentials":
            return json_reply({"error": "unsupported_grant_type", "error_description": "no such grant"}, 400)
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            why = "Invalid client or Invalid client credentials"
            return json_reply({"error": "unauthorized_client", "error_description": why}, 401)
        return json_reply({"access_token": self.grant(), "expires_in": 3600, "token_type": "Bearer"})

    def _message(self, request: Request) -> Reply:
        body = request.json()
        tokens = body.pop("token", None) if isinstance(body, dict) else None
        if not isinstance(tokens, list) or not 1 <= len(tokens) <= MOST_TOKENS:
            return _said(80300010, "The number of tokens in the message body exceeds the default value")
        if len(msgspec.json.encode(body)) > LONGEST_MESSAGE:
            return _said(80300008, "The message body size exceeds the default value")
        if wrong := _wrong(body):
            return _said(80100003, f"Incorrect message structure: {wrong}")
        kinds = {token: self.verdict(token) if TOKEN_FORMAT.fullmatch(token) else "bad" for token in tokens}
        failed = [token for token, kind in kinds.items() if kind in {"bad", "retry"}]
        ended = [token for token, kind in kinds.items() if kind == "gone"]
        data: dict[str, Any] = {"sendResult": len(failed) + len(ended) < len(tokens), "requestId": "168492847123"}
        return _said(200, "success", data | {"failTokens": failed, "expireTokens": ended})


def _said(code: int, message: str, data: dict[str, Any] | None = None, status: int = 200) -> Reply:
    return json_reply({"code": code, "message": message, **({"data": data} if data else {})}, status)


def _wrong(body: dict[str, Any]) -> str:
    """What is the matter with a message; '': nothing."""
    android = body.get("android") or {}
    shown = {**(body.get("notification") or {}), **(android.get("notification") or {})}
    click, badge = shown.get("clickAction") or {}, shown.get("badge")
    needed: dict[Any, tuple[str, ...]] = {1: ("intent", "action"), 2: ("url",), 3: ()}
    if not shown.get("title") or not shown.get("body"):
        return "title and body are needed"
    if click.get("type") not in needed:
        return "clickAction is none"
    if (members := needed[click["type"]]) and not any(click.get(member) for member in members):
        return f"clickAction needs {members[0]}"
    if badge is not None and not (badge.get("badgeClass") and 0 <= badge.get("setNum", 0) < 100):
        return "badge is none"
    if shown.get("importance", "LOW") not in {"LOW", "NORMAL"} or not re.fullmatch(r"\d+s", android.get("ttl", "1s")):
        return "importance or ttl is none"
    return "" if android.get("targetUserType", 0) in {0, 1} else "targetUserType is none"
