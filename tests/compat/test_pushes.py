"""Push and bind bodies as TPNS's libraries send them, and the types their answers must have."""

from __future__ import annotations

from typing import Any

from rockdove.api.context import ApiContext
from tests.api.tpns.rest import Client
from tests.rows import a_binding, a_device

PUSH = "/v3/push/app"
APP = 1500000001
TOKEN = "0" * 36

PHP = (
    '{"audience_type":"account_list","platform":"","message":{"title":"t","content":"c","accept_time":null,'
    '"thread_id":"","thread_sumtext":"","xg_media_resources":"","xg_media_audio_resources":"","android":'
    '{"n_ch_id":"","n_ch_name":"","xm_ch_id":"","hw_ch_id":"","oppo_ch_id":"","vivo_ch_id":"","n_id":0,"builder_id":0,'
    '"badge_type":-1,"ring":1,"ring_raw":"","vibrate":1,"lights":1,"clearable":1,"icon_type":0,"icon_res":"",'
    '"style_id":1,"small_icon":"","action":{"action_type":1,"activity":"","aty_attr":{"if":0,"pf":0},"browser":null,'
    '"intent":""},"custom_content":"","show_type":2,"icon_color":0},"ios":null},"message_type":"notify","tag_rules":null,'
    '"token_list":null,"account_list":["user-1"],"environment":"product","upload_id":0,"expire_time":259200,'
    '"send_time":"","multi_pkg":false,"plan_id":"","account_push_type":0,"collapse_id":0,"push_speed":0,'
    '"tpns_online_push_type":0,"ignore_invalid_token":0,"channel_rules":null,"loop_param":null,"account_type":0,"seq":0}'
)  # fmt: skip
GO = (
    '{"audience_type":"token","token_list":["TOKEN"],"message":{"title":"t","content":"c","android":{"action":{},'
    '"custom_content":"{\\"k\\":1}","show_type":0,"icon_color":0}},"message_type":"notify","platform":"","environment":"",'
    '"upload_id":0,"collapse_id":0,"push_speed":0,"trace_id":"","ignore_invalid_token":0,"account_type":0,'
    '"expire_time":86400,"loop_param":{"startDate":"","endDate":"","loopType":0,"loopDayIndexs":null,"DayTimes":null}}'
).replace("TOKEN", TOKEN)  # fmt: skip
JAVA = (
    '{"audience_type":"token","expire_time":259200,"message_type":"notify","message":{"title":"t","content":"c","android":'
    '{"n_id":0,"builder_id":0,"ring":1,"vibrate":1,"lights":1,"clearable":1,"icon_type":0,"style_id":1}},"token_list":["TOKEN"],'
    '"account_list":[],"environment":"product","loop_times":0,"loop_interval":0,"seq":0,"multi_pkg":false}'
).replace("TOKEN", TOKEN)  # fmt: skip
XINGE = (
    '{"audience_type":"account","account_list":["user-1"],"account_push_type":1,"platform":"android",'
    '"message":{"title":"t","content":"c"}}'
)


async def test_pushes_of_the_libraries(client: Client, context: ApiContext) -> None:
    async with context.database.connection() as connection:
        device_id = await a_device(connection, APP, token=TOKEN)
        await a_binding(connection, APP, device_id, "user-1")
    kinds: tuple[dict[str, str], ...] = (
        {},
        {"Content-Type": "application/json;charset='utf-8'"},
        {"Content-Type": "application/json; charset=utf-8"},
    )
    for body in (PHP, GO, JAVA, XINGE):
        for kind in kinds:
            reply = await client.post(PUSH, body.encode(), client.basic | kind)
            assert (reply.status, reply.code) == (200, 0), (body, reply.json)
            answer: dict[str, Any] = reply.json
            assert isinstance(answer["seq"], int)
            assert isinstance(answer["push_id"], str)
            assert int(answer["push_id"]) > 0
            assert answer["environment"] in ("product", "dev")
            assert isinstance(answer["result"], str)
            assert isinstance(answer["err_msg"], str)


async def test_an_error_has_no_member_of_another_type(client: Client) -> None:
    """Go's Unmarshal gives the whole answer up at one; Java's environment is an enumeration of two.

    Code and text are those TPNS's tests of its Python library compare.
    """
    answer = (await client.post(PUSH, {"audience_type": "None", "message": {}, "message_type": "notify"})).json
    assert (answer["ret_code"], answer["err_msg"]) == (1008007, "audience_type is not correct")
    assert not {"push_id", "environment", "result"} & answer.keys()


async def test_bind_as_the_go_library_sends_it_without_content_type(client: Client, context: ApiContext) -> None:
    async with context.database.connection() as connection:
        await a_device(connection, APP, token=TOKEN)
    body = (
        '{"operator_type":1,"platform":"android","token_accounts":[{"token":"TOKEN","account_list":'
        '[{"account":"u1","account_type":0}]}]}'
    ).replace("TOKEN", TOKEN)
    reply = await client.post("/v3/device/account/batchoperate", body.encode())
    assert (reply.code, reply.json["result"]) == (0, ["0"])


async def test_pushes_of_the_python_library(client: Client) -> None:
    """What TPNS's tests of it send, with faults in them: no operator of a rule, Android's members beside the title."""
    item = {"tags": ["a", "b"], "tags_operator": "OR", "items_operator": "OR", "is_not": False}
    rules = [{"tag_items": [{**item, "tag_type": "xg_user_define"}]}]
    action = {
        "action_type": 1,
        "activity": "x",
        "aty_attr": {"if": 0, "pf": 0, "browser": {"url": "xxxx ", "confirm": 1}},
    }
    android = {"n_ch_id": "default_message", "badge_type": -1, "ring_raw": "ring", "style_id": 1, "action": action}
    message = {"title": "t", "content": "c", **android, "android": android, "custom_content": '{"key":"value"}'}
    more = {
        "environment": "dev", "upload_id": 36217, "expire_time": 1600, "multi_pkg": True, "group_id": "110",
        "push_speed": 20000, "channel_rules": [{"channel": "hw", "disable": False}], "tpns_online_push_type": 1,
        "force_collapse": True, "tag_list": {"op": "OR", "tags": ["a"]}, "loop_param": {}, "send_time": "",
    }  # fmt: skip
    body = {"audience_type": "tag", "message": message, "message_type": "notify", "tag_rules": rules, **more}
    assert (await client.post(PUSH, body)).code == 0
