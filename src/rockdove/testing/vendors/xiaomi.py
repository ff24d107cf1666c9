"""Xiaomi's push server, as `channels/xiaomi.py` and the official client libraries know it."""

from __future__ import annotations

from typing import Any, ClassVar

from rockdove.testing.vendors.server import FakeVendor, Reply, Request, json_reply

APP_SECRET = "xiaomi-app-secret"
PACKAGE = "com.example.shop"
MOST_TOKENS = 1000
LONGEST_TITLE, LONGEST_DESCRIPTION = 50, 128


class FakeXiaomi(FakeVendor):
    name: ClassVar[str] = "xm"

    def settings(self) -> dict[str, Any]:
        return {"app_secret": APP_SECRET, "package_name": PACKAGE, "server": self.origin}

    def handle(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"key={APP_SECRET}":
            return _error(21301, "认证失败", "No application corresponds to appsecret.")
        if request.method == "GET" and request.path == "/v1/trace/message/status":
            return _error(20501, "查询消息状态失败", "message not found")
        if request.method == "POST" and request.path in {"/v2/message/regid", "/v3/message/regid"}:
            return self._message(request)
        return Reply(404)

    def throttled(self, request: Request) -> Reply:
        return _error(10022, "IP请求频次超过上限", "too many requests")

    def quota_spent(self, request: Request) -> Reply:
        return _error(200001, "超过当日推送上限", "over the daily quota")

    def _message(self, request: Request) -> Reply:
        if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return _error(10009, "参数错误", "a form is expected")
        form = request.form()
        tokens = [token for token in form.get("registration_id", "").split(",") if token]
        if (wrong := _wrong(form)) or len(tokens) > MOST_TOKENS:
            return _error(10016, "缺失必选参数", wrong or f"more than {MOST_TOKENS} registration ids")
        bad = [token for token in tokens if self.verdict(token) != "ok"]
        if len(bad) == len(tokens):
            return _error(20301, "发送消息失败", "No valid targets!")
        data = {"id": f"slm{len(self.requests)}", **({"bad_regids": ",".join(bad)} if bad else {})}
        return json_reply({"result": "ok", "trace_id": "Xlm1", "code": 0, "data": data, "description": "成功"})


def _wrong(form: dict[str, str]) -> str:
    """What is the matter with a message; '': nothing."""
    if missing := [name for name in ("registration_id", "title", "description") if not form.get(name)]:
        return f"missing {missing[0]}"
    if len(form["title"]) > LONGEST_TITLE or len(form["description"]) > LONGEST_DESCRIPTION:
        return "title or description too long"
    if form.get("pass_through", "0") not in {"0", "1"} or not form.get("time_to_live", "0").isdigit():
        return "pass_through or time_to_live is none"
    if form.get("restricted_package_name", PACKAGE) != PACKAGE:
        return "no such package name of this application"
    return ""


def _error(code: int, description: str, reason: str) -> Reply:
    return json_reply(
        {"result": "error", "reason": reason, "trace_id": "Xcm1", "code": code, "description": description}
    )
