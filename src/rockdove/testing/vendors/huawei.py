"""Huawei's push server for Android phones, as its documentation and its own Java client know it."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import msgspec

from rockdove.testing.vendors.server import FakeVendor, Reply, Request, json_reply

CLIENT_ID, CLIENT_SECRET, PROJECT_ID = "100000001", "huawei-client-secret", "736430079200000001"
CALLBACK_USER, CALLBACK_KEY = "shop", "Y2FsbGJhY2sta2V5LW9mLXRoZS1zaG9w"
TOKEN = "/oauth2/v3/token"
V1, V2 = f"/v1/{CLIENT_ID}/messages:send", f"/v2/{PROJECT_ID}/messages:send"
MOST_TOKENS = 1000
LONGEST_MESSAGE = 4096
CATEGORIES = {
    "IM", "VOIP", "SUBSCRIPTION", "TRAVEL", "HEALTH", "WORK", "ACCOUNT", "EXPRESS", "FINANCE", "DEVICE_REMINDER",
    "MAIL", "PLAY_VOICE", "MARKETING",
}  # fmt: skip
TOKEN_FORMAT = re.compile(r"[\w-]+")


class FakeHuawei(FakeVendor):
    name: ClassVar[str] = "hw"
    spared_paths: ClassVar[frozenset[str]] = frozenset({TOKEN})

    def settings(self) -> dict[str, Any]:
        return {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "callback_user": CALLBACK_USER,
            "callback_key": CALLBACK_KEY,
            "server": self.origin,
            "token_server": self.origin,
        }

    def handle(self, request: Request) -> Reply:
        if request.method != "POST":
            return Reply(405)
        if request.path == TOKEN:
            return self._token(request)
        if request.path not in {V1, V2}:
            return Reply(404, b"<html>not found</html>", (("content-type", "text/html"),))
        if not request.bearer:
            return said("80200001", "Oauth authentication error", 401)
        if not self.is_granted(request.bearer):
            return said("80200003", "Oauth token expired", 401)
        return self._messages(request)

    def throttled(self, request: Request) -> Reply:
        return Reply(503, b"")

    def _token(self, request: Request) -> Reply:
        form = request.form()
        if form.get("grant_type") != "client_credentials":
            return json_reply({"error": 1101, "sub_error": 20152, "error_description": "invalid grant_type"}, 400)
        if (form.get("client_id"), form.get("client_secret")) not in self.clients():
            return json_reply({"error": 1101, "sub_error": 20304, "error_description": "invalid client"}, 400)
        return json_reply({"access_token": self.grant(), "expires_in": 3600, "token_type": "Bearer"})

    def clients(self) -> set[tuple[str | None, str | None]]:
        """Ids and secrets, of an app or a project."""
        return {(CLIENT_ID, CLIENT_SECRET), (PROJECT_ID, CLIENT_SECRET)}

    def _messages(self, request: Request) -> Reply:
        body = request.json()
        message = body.get("message") if isinstance(body, dict) else None
        tokens = message.pop("token", None) if isinstance(message, dict) else None
        if not isinstance(message, dict) or not isinstance(tokens, list) or not 1 <= len(tokens) <= MOST_TOKENS:
            return said("80300010", f"token count should within 1 and {MOST_TOKENS}")
        if len(msgspec.json.encode(message)) > LONGEST_MESSAGE:
            return said("80300008", "Push message size is too long.")
        if wrong := _wrong(message):
            return said("80100003", f"Illegal payload, {wrong}")
        taken = self.verdict if not body.get("validate_only") else self.verdict_of_a_try
        bad = [token for token in tokens if not TOKEN_FORMAT.fullmatch(token) or taken(token) != "ok"]
        if len(bad) == len(tokens):
            return said("80300007", "All the tokens are invalid")
        if bad:
            count = {"success": len(tokens) - len(bad), "failure": len(bad), "illegal_tokens": bad}
            return said("80100000", msgspec.json.encode(count).decode())
        return said("80000000", "Success")

    def verdict_of_a_try(self, token: str) -> str:
        """A message that is only to be validated reaches nobody."""
        return "bad" if token.startswith(("bad-", "gone-")) else "ok"


def said(code: str, msg: str, status: int = 200) -> Reply:
    return json_reply({"code": code, "msg": msg, "requestId": "157278422841836431010901"}, status)


def _wrong(message: dict[str, Any]) -> str:
    """What is the matter with a message; '': nothing."""
    android = message.get("android") or {}
    shown = {**(message.get("notification") or {}), **(android.get("notification") or {})}
    if not shown.get("title") or not shown.get("body"):
        return "title and body are needed"
    if not re.fullmatch(r"\d+s", android.get("ttl", "86400s")):
        return "ttl is none"
    if android.get("category", "MARKETING") not in CATEGORIES:
        return "no such category"
    if shown.get("importance", "NORMAL") not in {"LOW", "NORMAL"}:
        return "no such importance"
    if shown.get("image", "https://").partition("://")[0] != "https":
        return "image must be https"
    return _wrong_click(shown.get("click_action") or {}) or _wrong_badge(shown.get("badge"))


def _wrong_click(click: dict[str, Any]) -> str:
    needed: dict[Any, tuple[str, ...]] = {1: ("intent", "action"), 2: ("url",), 3: ()}
    if click.get("type") not in needed:
        return "click_action is none"
    members = needed[click["type"]]
    return "" if not members or any(click.get(member) for member in members) else f"click_action needs {members[0]}"


def _wrong_badge(badge: dict[str, Any] | None) -> str:
    if badge is None:
        return ""
    if not badge.get("class"):
        return "badge needs a class"
    return "" if 0 < badge.get("add_num", 1) < 100 and 0 <= badge.get("set_num", 0) < 100 else "badge number is none"
