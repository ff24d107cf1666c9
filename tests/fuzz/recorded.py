"""Good requests, one of each kind: where every mutation begins. Uploads are those that `tests.compat` has recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from rockdove.api.tpns.routes import JSON, UPLOAD
from tests.compat.test_uploads import FILE, FORMS
from tests.fuzz.wire import Case, request

TOKEN = "0" * 36
ACCOUNT = "user-0001"
PACKAGE_ID, PUSH_ID = 1, 70001
"""The first ones of a new server."""

_TODAY = datetime.now(UTC).date()
_DAYS = {"startDate": f"{_TODAY:%Y%m%d}", "endDate": f"{_TODAY + timedelta(days=1):%Y%m%d}"}
_PUSH_ID = {"pushId": str(PUSH_ID)}
_TAG = {"tags": ["red", "blue"], "tags_operator": "AND", "items_operator": "OR", "is_not": False}
_MESSAGE = {
    "title": "Hello",
    "content": "World",
    "accept_time": [{"start": {"hour": "13", "min": "00"}, "end": {"hour": "14", "min": "00"}}],
    "thread_id": "t",
    "xg_media_resources": "https://push.example/a.png",
    "show_type": 2,
    "android": {
        "n_ch_id": "c", "n_id": 0, "badge_type": -1, "ring": 1, "icon_color": 123456, "hw_importance": 2,
        "action": {"action_type": 2, "browser": {"url": "https://push.example/", "confirm": 1}},
        "custom_content": "{\"key\":\"value\"}",
    },
}  # fmt: skip

PUSHES: dict[str, dict[str, Any]] = {
    "package": {
        "audience_type": "package_account_push", "upload_id": PACKAGE_ID, "account_type": 0, "account_push_type": 1,
        "message_type": "notify", "message": _MESSAGE, "expire_time": 86400, "push_speed": 1000, "multi_pkg": True,
        "channel_rules": [{"channel": "xm", "disable": True}], "group_id": "g", "trace_id": "t", "seq": 7,
        "exclude_upload_id": PACKAGE_ID, "exclude_push_id": 0, "tpns_online_push_type": 0, "resend_by_sms": False,
    },
    "token_list": {
        "audience_type": "token_list", "token_list": [TOKEN, "x"], "ignore_invalid_token": 1, "message": _MESSAGE,
        "message_type": "message", "environment": "product", "platform": "", "collapse_id": 0, "plan_id": "",
    },
    "account_list": {
        "audience_type": "account_list", "account_list": [ACCOUNT], "account_type": "0", "message": _MESSAGE,
        "send_time": f"{_TODAY + timedelta(days=2):%Y-%m-%d} 10:00:00", "ntf_wt_attrs": 0, "seq": 1,
    },
    "personal": {
        "audience_type": "account", "account_list": [ACCOUNT], "ntf_wt_attrs": True,
        "message": {"title": "t", "content": "In {{city}}", "default_title": "t", "default_content": "Here"},
    },
    "tag": {
        "audience_type": "tag", "message": {"title": "t", "content": "c"},
        "tag_rules": [{"tag_items": [_TAG | {"tag_type": "xg_user_define"}], "operator": "OR", "is_not": False}],
    },
    "tag_list": {"audience_type": "tag", "tag_list": {"tags": ["red"], "op": "AND"}, "message": _MESSAGE},
    "loop": {
        "audience_type": "all", "message": {"title": "t", "content": "c"},
        "loop_param": {
            "startDate": f"{_TODAY + timedelta(days=1):%Y-%m-%d}",
            "endDate": f"{_TODAY + timedelta(days=9):%Y-%m-%d}",
            "loopType": 2, "loopDayIndexs": [0, 1, 2, 3, 4, 5, 6], "dayTimes": ["09:00:00", "19:00:00"],
        },
    },
}  # fmt: skip

BODIES: dict[str, list[dict[str, Any]]] = {
    "/push/app": list(PUSHES.values()),
    "/push/plan/add_plan_push": [{"planName": "Plan", "planDescribe": "A plan"}],
    "/push/stop_push_msg": [_PUSH_ID],
    "/push/revoke_push_msg": [_PUSH_ID],
    "/push/pause_push_msg": [_PUSH_ID],
    "/push/resume_push_msg": [_PUSH_ID],
    "/push/cancel_timing_task": [_PUSH_ID],
    "/device/account/batchoperate": [
        {
            "operator_type": 2, "platform": "android", "account_type": 0,
            "token_accounts": [{"token": TOKEN, "account_list": [{"account": ACCOUNT, "account_type": 0}]}],
        },
        {"operator_type": 4, "token_list": [TOKEN]},
        {"operator_type": 5, "account_list": [{"account": "nobody", "account_type": 1}]},
    ],
    "/device/account/query": [
        {"operator_type": 1, "account_list": [{"account": ACCOUNT, "account_type": 0}]},
        {"operator_type": 2, "token_list": [TOKEN]},
    ],
    "/device/set_custom_attribute": [
        {"cmd": 1, "token": TOKEN, "attributeInfo": {"attributeMap": {"city": "Paris"}}},
        {"cmd": 5, "token": TOKEN},
    ],
    "/device/tag": [
        {"operator_type": 3, "tag_list": ["red", "blue"], "token_list": [TOKEN]},
        {"operator_type": 9, "tag_token_list": [{"tag": "red", "token": TOKEN}]},
    ],
    "/device/tag/delete_all_device": [{"tag_list": ["green"]}],
    "/statistics/get_push_record": [
        _PUSH_ID,
        {
            "startDate": f"{_TODAY:%Y-%m-%d}", "endDate": f"{_TODAY:%Y-%m-%d}",
            "msgType": "notify", "pushType": "all", "limit": 10, "offset": 0,
        },
    ],
    "/statistics/get_push_task_stat_channel": [_PUSH_ID],
    "/statistics/get_push_group_stat_channel": [{"groupId": "g", **_DAYS}, {"planId": "1", **_DAYS}],
    "/statistics/get_push_group_stat": [{"groupId": "g", **_DAYS}],
    "/statistics/get_push_channel_stat_overview": [_DAYS],
    "/statistics/get_push_stat_overview": [_DAYS],
    "/statistics/get_device_stat_overview": [_DAYS],
    "/statistics/get_device_distribute_info": [{"date": f"{_TODAY - timedelta(days=1):%Y%m%d}", "type": "city"}],
    "/toolbox/getPushListByToken": [{"token": TOKEN}],
}  # fmt: skip
assert BODIES.keys() == JSON.keys()


def recorded_uploads() -> dict[str, Case]:
    return {
        name: Case((request(f"/v3{UPLOAD}", head + FILE + tail, b"Content-Type: " + content_type.encode()),))
        for name, (content_type, head, tail) in FORMS.items()
    }


def recorded_json() -> dict[str, Case]:
    return {
        f"{path} {number}": Case((request(f"/v3{path}", msgspec.json.encode(body)),))
        for path, bodies in BODIES.items()
        for number, body in enumerate(bodies)
    }
