"""vivo's push server, as its documentation and public clients know it."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from rockdove.testing.vendors.server import FakeVendor, Reply, Request, Verdict, json_reply

APP_ID, APP_KEY, APP_SECRET = "10004", "vivo-app-key", "vivo-app-secret"
FEWEST_TOKENS, MOST_TOKENS = 2, 1000
LONGEST_TITLE, LONGEST_CONTENT = 40, 128
LONGEST_CALLBACK = 128
_STATUS: dict[Verdict, int] = {"gone": 2, "bad": 4, "retry": 3}
"""1 unknown, 2 uninstalled or switched off, 3 not seen for long, 4 no test device."""


class FakeVivo(FakeVendor):
    name: ClassVar[str] = "vivo"
    spared_paths: ClassVar[frozenset[str]] = frozenset({"/message/auth"})

    def __init__(self) -> None:
        super().__init__()
        self.saved: dict[str, dict[str, Any]] = {}
        """The messages, by taskId."""
        self._request_ids: set[str] = set()

    def settings(self) -> dict[str, Any]:
        """It is day at any hour, so that a test does not depend on the clock."""
        credentials = {"app_id": APP_ID, "app_key": APP_KEY, "app_secret": APP_SECRET}
        return {**credentials, "operation_from": 0, "operation_until": 24, "server": self.origin}

    def handle(self, request: Request) -> Reply:
        body = request.json()
        if request.method != "POST" or not isinstance(body, dict):
            return _error(10001, "不是JSON")
        if request.path == "/message/auth":
            return self._auth(body)
        if not self.is_granted(request.headers.get("authtoken", "")):
            return _error(10000, "权限认证失败")
        if str(body.get("appId")) != APP_ID:
            return _error(10094, "appId不一致")
        request_id = body.get("requestId", "")
        if not 0 < len(request_id) <= 64 or request_id in self._request_ids:
            return _error(10303, "requestId已存在")
        self._request_ids.add(request_id)
        handlers = {
            "/message/saveListPayload": self._save,
            "/message/pushToList": self._push_to_list,
            "/message/send": self._send,
        }
        return handlers[request.path](body) if request.path in handlers else Reply(404)

    def throttled(self, request: Request) -> Reply:
        return _error(10072, "推送速度过快,请稍后再试")

    def quota_spent(self, request: Request) -> Reply:
        return _error(10070, "发送总量超出限制")

    def _auth(self, body: dict[str, Any]) -> Reply:
        signed = f"{body.get('appId')}{body.get('appKey')}{body.get('timestamp')}{APP_SECRET}"
        sign = hashlib.md5(signed.encode(), usedforsecurity=False).hexdigest()
        if str(body.get("appId")) != APP_ID or body.get("appKey") != APP_KEY:
            return _error(10205, "appId不存在")
        return _taken(authToken=self.grant()) if body.get("sign") == sign else _error(10206, "sign不正确")

    def _save(self, body: dict[str, Any]) -> Reply:
        if wrong := _wrong(body):
            return wrong
        task_id = str(500_000_000_000_000_000 + len(self.saved))
        self.saved[task_id] = body
        return _taken(taskId=task_id)

    def _push_to_list(self, body: dict[str, Any]) -> Reply:
        tokens = body.get("regIds", [])
        if not FEWEST_TOKENS <= len(tokens) <= MOST_TOKENS:
            return _error(10301, "regIds个数大于等于2,小于等于1000")
        if body.get("taskId") not in self.saved:
            return _error(10304, "taskId不存在")
        invalid = [user for token in tokens if (user := self._invalid_user(token))]
        return _taken(requestId=body["requestId"], **({"invalidUsers": invalid} if invalid else {}))

    def _send(self, body: dict[str, Any]) -> Reply:
        callback = body.get("extra", {}).get("callback", "")
        if not body.get("regId") or len(callback) > LONGEST_CALLBACK:
            return _error(10050, "alias和regId不能都为空")
        if wrong := _wrong(body):
            return wrong
        if user := self._invalid_user(body["regId"]):
            return json_reply({"result": 10302, "desc": "regId不合法", "invalidUser": user})
        return _taken(taskId=f"single{len(self.requests)}")

    def _invalid_user(self, token: str) -> dict[str, Any] | None:
        verdict = self.verdict(token)
        return None if verdict == "ok" else {"status": _STATUS[verdict], "userid": token}


def _wrong(body: dict[str, Any]) -> Reply | None:
    if not body.get("title") or len(body["title"]) > LONGEST_TITLE:
        return _error(10056, "title长度不能超过40字符")
    if not body.get("content") or len(body["content"]) > LONGEST_CONTENT:
        return _error(10059, "content长度超出限制")
    if body.get("notifyType") not in {1, 2, 3, 4} or body.get("skipType") not in {1, 2, 3, 4}:
        return _error(10060, "notifyType不合法")
    if not 60 <= body.get("timeToLive", 86400) <= 604800:
        return _error(10064, "timeToLive不合法")
    if len(body.get("clientCustomMap", {})) > 10:
        return _error(10066, "自定义key和Value键值对个数不能超过10个")
    return None


def _taken(**members: Any) -> Reply:
    return json_reply({"result": 0, "desc": "请求成功", **members})


def _error(result: int, desc: str) -> Reply:
    return json_reply({"result": result, "desc": desc})
