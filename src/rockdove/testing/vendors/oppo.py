"""OPPO's push server, as its documentation and its own Java client know it."""

from __future__ import annotations

import hashlib
import time
from typing import Any, ClassVar

import msgspec

from rockdove.testing.vendors.server import FakeVendor, Reply, Request, json_reply

APP_KEY, MASTER_SECRET = "oppo-app-key", "oppo-master-secret"
MOST_TOKENS = 1000
LONGEST_TITLE, LONGEST_CONTENT = 50, 200
AUTH = "/server/v1/auth"
SAVE = "/server/v1/message/notification/save_message_content"
BROADCAST = "/server/v1/message/notification/broadcast"
UNICAST = "/server/v1/message/notification/unicast"


class FakeOppo(FakeVendor):
    name: ClassVar[str] = "oppo"
    spared_paths: ClassVar[frozenset[str]] = frozenset({AUTH})

    def __init__(self) -> None:
        super().__init__()
        self.saved: dict[str, dict[str, str]] = {}
        """The messages, by message_id."""

    def settings(self) -> dict[str, Any]:
        return {"app_key": APP_KEY, "master_secret": MASTER_SECRET, "server": self.origin}

    def handle(self, request: Request) -> Reply:
        if request.method != "POST":
            return _error(12, "Http Action Not Allowed")
        if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return _error(41, "Invalid Arguments")
        form = request.form()
        if request.path == AUTH:
            return self._auth(form)
        if not self.is_granted(form.get("auth_token", "")):
            return _error(11, "Invalid AuthToken") if form.get("auth_token") else _error(29, "Missing Auth Token")
        handlers = {SAVE: self._save, BROADCAST: self._broadcast, UNICAST: self._unicast}
        return handlers[request.path](form) if request.path in handlers else _error(20, "Invalid Method")

    def throttled(self, request: Request) -> Reply:
        return _error(13, "App Call Limited")

    def quota_spent(self, request: Request) -> Reply:
        return _error(33, "The number of messages exceeds the daily limit")

    def _auth(self, form: dict[str, str]) -> Reply:
        if form.get("app_key") != APP_KEY:
            return _error(14, "Invalid App Key")
        signed = f"{APP_KEY}{form.get('timestamp', '')}{MASTER_SECRET}"
        if form.get("sign") != hashlib.sha256(signed.encode()).hexdigest():
            return _error(16, "Invalid Signature")
        return _taken({"auth_token": self.grant(), "create_time": int(time.time() * 1000)})

    def _save(self, form: dict[str, str]) -> Reply:
        if wrong := _wrong(form):
            return wrong
        message_id = f"5ad47319e8d7{len(self.saved):012}"
        self.saved[message_id] = form
        return _taken({"message_id": message_id})

    def _broadcast(self, form: dict[str, str]) -> Reply:
        tokens = [token for token in form.get("target_value", "").split(";") if token]
        if not tokens or form.get("target_type") != "2" or len(tokens) > MOST_TOKENS:
            return _error(41, "Invalid Arguments")
        if form.get("message_id") not in self.saved:
            return _error(31, "Data Not Exist")
        bad = [token for token in tokens if self.verdict(token) != "ok"]
        ids = {"message_id": form["message_id"], "task_id": f"task{len(self.requests)}"}
        return _taken({**ids, **({"10000": bad} if bad else {})})

    def _unicast(self, form: dict[str, str]) -> Reply:
        try:
            message = msgspec.json.decode(form["message"])
            token, notification = message["target_value"], message["notification"]
        except (msgspec.DecodeError, KeyError, TypeError):
            return _error(41, "Invalid Arguments")
        if message.get("target_type") != 2 or not token or ";" in token:
            return _error(41, "Invalid Arguments")
        if wrong := _wrong(notification):
            return wrong
        if self.verdict(token) != "ok":
            return _error(10000, "Invalid Registration_id")
        return _taken({"messageId": f"5ad47319e8d8{len(self.requests):012}"})


def _wrong(notification: dict[str, Any]) -> Reply | None:
    if not notification.get("title") or not notification.get("content"):
        return _error(40, "Missing Required Arguments")
    if len(notification["title"]) > LONGEST_TITLE or len(notification["content"]) > LONGEST_CONTENT:
        return _error(41, "Invalid Arguments")
    return None


def _taken(data: dict[str, Any]) -> Reply:
    return json_reply({"code": 0, "message": "Success", "data": data})


def _error(code: int, message: str) -> Reply:
    return json_reply({"code": code, "message": message})
