"""Making pushes, and ending them."""

from __future__ import annotations

from rockdove.api.tpns import push_request
from rockdove.api.tpns.answers import Family
from rockdove.api.tpns.ending import MAX_PUSH_ID
from rockdove.api.tpns.errors import (
    CertificateExpiredError,
    IllegalPushTimeError,
    NoTargetError,
    PushRepeatError,
    TokenNotValidError,
    TooFastError,
    UnknownPushError,
)
from rockdove.api.tpns.openapi.operation import TOKEN, Example, Operation
from rockdove.api.tpns.openapi.push_message import kept_with_push, message
from rockdove.api.tpns.openapi.schemas import Schema, answered, array, boolean, either, integer, record, text
from rockdove.api.tpns.plans import SAVED
from rockdove.api.tpns.push import MAX_PACKAGE_ID
from rockdove.api.tpns.schedule import MAX_TIMES
from rockdove.audience.tag_rules import TagType
from rockdove.config import Limits, Settings
from rockdove.domain.account import MAX_ACCOUNT_TYPE, MAX_LENGTH, MIN_LENGTH
from rockdove.domain.controls import DEFAULT_PLAN
from rockdove.domain.device import CHANNELS
from rockdove.domain.push import AudienceType, MessageType
from rockdove.domain.token import LENGTH
from rockdove.pushes import plans

GROUP = "Pushes"
BY_TOKEN = (AudienceType.TOKEN, AudienceType.TOKEN_LIST)
LISTED_ACCOUNTS = (AudienceType.ACCOUNT, AudienceType.ACCOUNT_LIST)
PACKAGES = (AudienceType.PACKAGE_ACCOUNT, AudienceType.PACKAGE_TOKEN)
BY_ACCOUNT = (*LISTED_ACCOUNTS, AudienceType.PACKAGE_ACCOUNT)
BULK = tuple(audience for audience in AudienceType if not audience.is_small)
DATE, CLOCK = r"[0-9]{4}-[0-9]{2}-[0-9]{2}", r"[0-9]{2}:[0-9]{2}:[0-9]{2}"


def operations(settings: Settings) -> list[Operation]:
    return [_push(settings.limits), _plan(settings.limits), *_endings()]


def _push(limits: Limits) -> Operation:
    return Operation(
        path="/push/app",
        family=Family.PUSH,
        group=GROUP,
        title="Push",
        description=f"""A push is taken and gets its id at once; who gets it is resolved when it starts. Success
means that the push has been made, not that it has been delivered. Members for another audience than the push's are
ignored (but a schedule is honoured for every audience).

Faults are looked for in this order: what is missing, what is wrong, the environment, the time, the targets, a
repetition, the rate. {_rates(limits)}""",
        request=record(_request(limits), required=["audience_type", "message"]),
        answer={
            "push_id": either(
                text(form="^[0-9]{1,19}$"),
                array(text(form="^[0-9]{1,19}$"), least=1),
                description="Decimal digits, as text. Of a loop an array: every occurrence is a push of its own.",
            ),
            "environment": text(among=("product", "dev")),
            "result": text(
                "JSON text. For listed tokens and accounts an array with a code for each, in their order; otherwise "
                "`{}`."
            ),
        },
        sometimes={
            "invalid_targe_list": array(
                text(), "(sic) With `ignore_invalid_token`: the tokens that were left out.", limits.push_targets
            )
        },
        errors=(
            CertificateExpiredError,
            TokenNotValidError,
            NoTargetError,
            IllegalPushTimeError,
            PushRepeatError,
            TooFastError,
        ),
        keyed=True,
        examples=_push_examples(),
    )


def _rates(limits: Limits) -> str:
    rules = []
    if limits.bulk_pushes_per_second:
        bulk = ", ".join(f"`{audience}`" for audience in BULK)
        rules.append(f"Of each of {bulk}, {limits.bulk_pushes_per_second} a second is taken.")
    if limits.repeat_window_seconds:
        rules.append(f"`all` with the same content is refused for {limits.repeat_window_seconds} seconds.")
    return " ".join(rules)


def _request(limits: Limits) -> dict[str, Schema]:
    most = limits.push_targets
    return {
        "audience_type": text("Whom it is for.", among=AudienceType),
        "message_type": text(
            "A notification, or a message to the app: shown by the app itself on Android, silent on iOS.",
            among=MessageType,
            default=MessageType.NOTIFY,
        ),
        "environment": text("iOS: required, and that of the devices.", among=("product", "dev"), default="product"),
        "upload_id": integer("The package, required.", 1, MAX_PACKAGE_ID, honoured_for=PACKAGES),
        "account_list": array(
            text(f"{MIN_LENGTH} to {MAX_LENGTH} characters."),
            "The accounts, required. Of `account` only the first counts.",
            most,
            honoured_for=LISTED_ACCOUNTS,
        ),
        "account_type": integer(
            "The type the accounts were bound with.", 0, MAX_ACCOUNT_TYPE, default=0, honoured_for=BY_ACCOUNT
        ),
        "account_push_type": integer(
            "0: the device each account was bound to most recently; 1: all its devices.",
            0,
            1,
            default=0,
            honoured_for=BY_ACCOUNT,
        ),
        "token_list": array(
            text(length=LENGTH),
            "The tokens, required. Of `token` only the first counts.",
            most,
            honoured_for=BY_TOKEN,
        ),
        "ignore_invalid_token": integer(
            "What a token that is not registered does: 0, it fails the call; 1, it is left out and returned.",
            0,
            1,
            default=0,
            honoured_for=BY_TOKEN,
        ),
        **_tags(limits),
        "exclude_upload_id": integer(
            "Ours: nobody with a device bound to an account of this package (under `account_type`, for "
            "package_account_push).",
            1,
            MAX_PACKAGE_ID,
        ),
        "exclude_push_id": integer("Ours: no device that this earlier push has reached.", 1, MAX_PUSH_ID),
        "expire_time": integer(
            "How long, in seconds, it is kept for devices that are away. 0: only for those connected now. 1 to "
            f"{push_request.SHORTEST_EXPIRE - 1} count as {push_request.SHORTEST_EXPIRE}.",
            0,
            push_request.LONGEST_EXPIRE,
            default=push_request.DEFAULT_EXPIRE,
        ),
        **_schedule(limits),
        "push_speed": integer(
            "At most so many devices a second; by default as fast as it goes.",
            push_request.SLOWEST,
            push_request.FASTEST,
            honoured_for=BULK,
        ),
        "collapse_id": integer(
            "The id of an earlier push (`collapseID` of its record), which this one replaces: what of it is "
            "undelivered is discarded, what is shown is replaced.",
            1,
            honoured_for=BULK,
        ),
        "multi_pkg": boolean("Android: to devices under any package name of the application, not only the main one?"),
        "channel_rules": array(
            record(
                {
                    "channel": text("`xg` is the own one.", among=sorted(CHANNELS)),
                    "disable": boolean("Is it not to be used?"),
                },
                required=["channel"],
            ),
            "Channels that are not to be used. A device without another gets nothing.",
            len(CHANNELS) * 10,
        ),
        "tpns_online_push_type": integer(
            "0: devices that are connected get it over the own channel, whatever their vendor's is; 1: no such "
            "preference.",
            0,
            1,
            default=0,
        ),
        "plan_id": text(
            "The push plan it counts for. One that exists.", most=push_request.TEXT_LENGTH, default=DEFAULT_PLAN
        ),
        "group_id": text("A group for statistics; by default `tpns_` and the day.", most=push_request.TEXT_LENGTH),
        "trace_id": text("Yours; kept with the push.", most=push_request.TEXT_LENGTH),
        "ntf_wt_attrs": boolean(
            "Is the message made for each device, `{{name}}` in its texts being replaced by the device's attribute"
            + (f" (at most {limits.push_attributes} of them)?" if limits.push_attributes else "?")
        ),
        "force_collapse": boolean(
            "Also replace on OPPO and vivo, which can only show a second one? Kept with the push.", honoured_for=BULK
        ),
        "supply_inapp_msg": boolean("Show it in the app to devices with notifications off? Kept with the push."),
        **kept_with_push(),
        "message": message(limits),
    }


def _tags(limits: Limits) -> dict[str, Schema]:
    operator = text(among=("AND", "OR"), default="OR")
    tags = array(text(), "The tags.", limits.push_tags)
    item = record(
        {
            "tags": tags,
            "tags_operator": operator | {"description": "How the tags join."},
            "is_not": boolean("Every device but these?"),
            "items_operator": operator | {"description": "How it joins the item before it. AND binds tighter."},
            "tag_type": text("Where its tags come from: from your servers, or from registration.", among=TagType),
        },
        required=["tags", "tag_type"],
    )
    rule = record(
        {
            "tag_items": array(item, "Tags of one kind each.", least=1),
            "operator": operator | {"description": "How it joins the rule before it. AND binds tighter."},
            "is_not": boolean("Every device but these?"),
        },
        required=["tag_items"],
    )
    only = (AudienceType.TAG,)
    size = f", at most {limits.push_tags} tags over all rules" if limits.push_tags else ""
    return {
        "tag_rules": array(rule, f"Devices by their tags; this or `tag_list` is required{size}.", honoured_for=only),
        "tag_list": either(
            record({"tags": tags, "op": operator | {"description": "How the tags join."}}, required=["tags"]),
            tags,
            description="The older form, custom tags only. `tag_rules` wins.",
            honoured_for=only,
        ),
    }


def _schedule(limits: Limits) -> dict[str, Schema]:
    ahead = f", at most {limits.schedule_ahead_days} days ahead" if limits.schedule_ahead_days else ""
    late = (
        f" Up to {limits.schedule_late_seconds} seconds in the past is now, beyond is refused."
        if limits.schedule_late_seconds
        else " In the past is now."
    )
    most = f" At most {limits.loop_occurrences} occurrences." if limits.loop_occurrences else ""
    strict = " Refused for other audiences than all, tag and packages." if limits.strict_schedule_audience else ""
    return {
        "send_time": text(
            f"When it starts: `yyyy-MM-dd HH:mm:ss` in the application's time zone{ahead}.{late}{strict}",
            form=f"^{DATE} {CLOCK}$",
        ),
        "loop_param": record(
            {
                "startDate": text("The first day, YYYY-MM-DD.", form=f"^{DATE}$"),
                "endDate": text(f"The last day{ahead}.", form=f"^{DATE}$"),
                "loopType": integer("1 daily, 2 weekly, 3 monthly.", 1, 3),
                "loopDayIndexs": array(
                    integer("", 0, 31),
                    "(sic) Weekly: 0 (Sunday) to 6. Monthly: 1 to 31; days that a month lacks are skipped.",
                ),
                "dayTimes": array(text("HH:MM:SS", form=f"^{CLOCK}$"), "When on each day.", MAX_TIMES, least=1),
            },
            f"A push for every occurrence that is not in the past. It wins over `send_time`.{most}{strict}",
            required=["startDate", "endDate", "loopType", "dayTimes"],
        ),
    }


def _push_examples() -> dict[str, Example]:
    hello = {"title": "Hello", "content": "World"}
    pushed = {"push_id": "70001", "environment": "product", "result": "{}"}
    return {
        "package": Example(
            title="To the most recent device of each account of a package",
            request={
                "audience_type": "package_account_push",
                "upload_id": 11231,
                "account_type": 1,
                "account_push_type": 0,
                "message_type": "notify",
                "message": hello,
            },
            answer=pushed,
        ),
        "package-but": Example(
            title="To all their devices, but not to accounts of another package nor to whom an earlier push has "
            "reached",
            request={
                "audience_type": "package_account_push",
                "upload_id": 11231,
                "account_push_type": 1,
                "exclude_upload_id": 11229,
                "exclude_push_id": 69998,
                "message": hello,
            },
            answer=pushed,
        ),
        "package-of-tokens": Example(
            title="To the tokens of a package, at most 5,000 a second",
            request={
                "audience_type": "package_token_push",
                "upload_id": 11231,
                "push_speed": 5000,
                "message": hello,
            },
            answer=pushed,
        ),
        "account": Example(
            title="To one account",
            request={"audience_type": "account", "account_list": ["user-0001"], "message": hello},
            answer=pushed | {"result": "[0]"},
        ),
        "accounts": Example(
            title="To accounts, of which the second has no device",
            request={
                "audience_type": "account_list",
                "account_list": ["user-0001", "user-0009"],
                "account_push_type": 1,
                "message": hello,
            },
            answer=pushed | {"result": "[0,10010005]"},
        ),
        "token": Example(
            title="To one device; a click opens a web page",
            request={
                "audience_type": "token",
                "token_list": [TOKEN],
                "expire_time": 3600,
                "message": hello
                | {
                    "android": {
                        "n_ch_id": "news",
                        "action": {"action_type": 2, "browser": {"url": "https://example.com/news", "confirm": 0}},
                        "custom_content": '{"article":"17"}',
                    }
                },
            },
            answer=pushed | {"result": "[0]"},
        ),
        "tokens": Example(
            title="To devices, leaving out whom nobody knows",
            request={
                "audience_type": "token_list",
                "token_list": [TOKEN, "0" * LENGTH],
                "ignore_invalid_token": 1,
                "message": hello,
            },
            answer=pushed | {"result": "[0,1008029]", "invalid_targe_list": ["0" * LENGTH]},
        ),
        "tags": Example(
            title="To devices by tags, in the early evening",
            request={
                "audience_type": "tag",
                "tag_rules": [
                    {
                        "tag_items": [
                            {"tags": ["vip", "level:3"], "tags_operator": "OR", "tag_type": "xg_user_define"},
                            {"tags": ["guangdong"], "items_operator": "AND", "tag_type": "xg_auto_province"},
                        ],
                        "operator": "OR",
                        "is_not": False,
                    }
                ],
                "message": hello
                | {"accept_time": [{"start": {"hour": "18", "min": "00"}, "end": {"hour": "20", "min": "00"}}]},
            },
            answer=pushed,
        ),
        "everybody-later": Example(
            title="To everybody, the next morning, under a push plan, not over one vendor's channel",
            request={
                "seq": 7,
                "audience_type": "all",
                "send_time": "2026-01-16 09:30:00",
                "plan_id": "48",
                "channel_rules": [{"channel": "mz", "disable": True}, {"channel": "xm", "disable": False}],
                "message": hello,
            },
            answer=pushed | {"seq": 7},
        ),
        "replacing": Example(
            title="In the place of an earlier push",
            request={
                "audience_type": "all",
                "collapse_id": 69998,
                "message": {"title": "Hello", "content": "Corrected"},
            },
            answer=pushed,
        ),
        "loop": Example(
            title="Every Monday and Friday of two weeks",
            request={
                "audience_type": "all",
                "loop_param": {
                    "startDate": "2026-01-16",
                    "endDate": "2026-01-29",
                    "loopType": 2,
                    "loopDayIndexs": [1, 5],
                    "dayTimes": ["09:30:00"],
                },
                "message": hello,
            },
            answer=pushed | {"push_id": ["70001", "70002", "70003", "70004"]},
        ),
        "personal": Example(
            title="A text with the user's name",
            request={
                "audience_type": "all",
                "ntf_wt_attrs": True,
                "message": {
                    "title": "Hello {{name}}",
                    "content": "World",
                    "default_title": "Hello",
                    "default_content": "World",
                },
            },
            answer=pushed,
        ),
        "ios": Example(
            title="iOS: a notification with a badge",
            platform="ios",
            request={
                "audience_type": "all",
                "environment": "dev",
                "message": hello | {"ios": {"aps": {"badge_type": -2, "sound": "default", "mutable-content": 1}}},
            },
            answer=pushed | {"environment": "dev"},
        ),
        "ios-silent": Example(
            title="iOS: a silent message",
            platform="ios",
            request={
                "audience_type": "all",
                "environment": "product",
                "message_type": "message",
                "message": {"ios": {"aps": {"content-available": 1}, "custom_content": '{"sync":true}'}},
            },
            answer=pushed,
        ),
        "unknown-package": Example(
            title="A package that does not exist (any more)",
            request={"audience_type": "package_account_push", "upload_id": 404, "message": hello},
            answer={},
            error=NoTargetError,
        ),
    }


def _plan(limits: Limits) -> Operation:
    rate = f" {limits.plans_per_day} a day are made." if limits.plans_per_day else ""
    name, purpose = (
        text("Its name, not blank.", most=plans.MAX_NAME),
        text("What it is for, not blank.", most=plans.MAX_DESCRIPTION),
    )
    return Operation(
        path="/push/plan/add_plan_push",
        family=Family.CAMEL,
        group=GROUP,
        title="Make a push plan",
        description=f"A label that pushes are put under, for their statistics together. Two may have one name.{rate}",
        request=record({"planName": name, "planDescribe": purpose}, required=["planName", "planDescribe"]),
        answer={
            "ErrMsg": text("The text again, as TPNS's published answer spells it."),
            "result": answered(
                {
                    "planId": text("For `plan_id` of a push.", form="^[0-9]+$"),
                    "planName": name,
                    "planDescribe": purpose,
                    "planPushSource": text("Who made it.", among=("api", "web")),
                    "createdAt": integer("Unix seconds.", 0),
                    "updateAt": integer("(sic) Unix seconds.", 0),
                }
            ),
        },
        errors=(TooFastError,),
        done_text=SAVED,
        examples={
            "plan": Example(
                title="A plan for the autumn",
                request={"planName": "Autumn", "planDescribe": "Everything about the autumn sale"},
                answer={
                    "ErrMsg": SAVED,
                    "result": {
                        "planId": "48",
                        "planName": "Autumn",
                        "planDescribe": "Everything about the autumn sale",
                        "planPushSource": "api",
                        "createdAt": 1768471200,
                        "updateAt": 1768471200,
                    },
                },
            )
        },
    )


def _endings() -> list[Operation]:
    return [
        _ending(
            "stop_push_msg",
            "Stop a push",
            "Nothing more of it leaves, and what has not been delivered is discarded. For a push that has started.",
        ),
        _ending(
            "revoke_push_msg",
            "Recall a push",
            "It is stopped, and devices are told to take away what they show. For a push that has started.",
        ),
        _ending(
            "pause_push_msg",
            "Pause a push",
            "Ours. Nothing of it leaves, and devices that come back are not told of it, until it is resumed.",
        ),
        _ending("resume_push_msg", "Resume a push", "Ours. A paused push goes on where it was held."),
        _ending(
            "cancel_timing_task",
            "Cancel a scheduled push",
            "For a push that has not started. Every occurrence of a loop is a push of its own.",
        ),
    ]


def _ending(name: str, title: str, description: str) -> Operation:
    counts = {
        "sent": integer("Devices it had been sent to.", 0),
        "notSent": integer("Devices it had not been sent to.", 0),
    }
    counted = name != "cancel_timing_task"
    answer = "The answer counts its devices, exactly; in" if counted else "In"
    return Operation(
        path=f"/push/{name}",
        family=Family.CAMEL,
        group=GROUP,
        title=title,
        description=f"{description} {answer} another state it is refused with 1008007, and the state.",
        request=record({"pushId": push_id()}, required=["pushId"]),
        answer=counts if counted else {},
        errors=(UnknownPushError,),
        examples={
            "push": Example(
                title=title,
                request={"pushId": "70001"},
                answer={"sent": 7, "notSent": 3} if counted else {},
            ),
            "unknown": Example(
                title="A push nobody made", request={"pushId": "404"}, answer={}, error=UnknownPushError
            ),
        },
    )


def push_id() -> Schema:
    return text("The push, as it was answered. A number will do.", form="^[1-9][0-9]{0,18}$")
