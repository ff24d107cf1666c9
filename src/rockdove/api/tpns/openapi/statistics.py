"""Records and statistics."""

from __future__ import annotations

from rockdove.api.tpns.answers import Family
from rockdove.api.tpns.day_statistics import CHANNEL_DAYS, DEVICE_DAYS, DISTRIBUTION_DAYS
from rockdove.api.tpns.errors import DateFormatError, NotFoundError, TooFastError, UnknownPushError
from rockdove.api.tpns.openapi.devices import a_token
from rockdove.api.tpns.openapi.operation import TOKEN, Example, Operation
from rockdove.api.tpns.openapi.pushes import push_id
from rockdove.api.tpns.openapi.schemas import Schema, answered, array, either, integer, nothing, record, text
from rockdove.api.tpns.statistics import (
    DEFAULT_PAGE,
    GROUP_DAYS,
    LARGEST_OFFSET,
    LARGEST_PAGE,
    PUSH_TYPES,
    RECORD_DAYS,
    STATISTICS_DAYS,
)
from rockdove.api.tpns.toolbox import TARGET_TYPES
from rockdove.config import Settings
from rockdove.domain.device import CHANNELS
from rockdove.domain.push import AudienceType, MessageType
from rockdove.lifecycle.states import State
from rockdove.stats.device_days import PROPERTIES

GROUP = "Statistics"
COMPACT, DASHED = "^[0-9]{8}$", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def operations(settings: Settings) -> list[Operation]:
    most = settings.limits.statistics_per_hour
    rate = f" {most} calls an hour." if most else ""
    group, overview = _group(rate), _overview(rate)
    return [
        _record(rate),
        _task(rate),
        group,
        _alias(group, "/statistics/get_push_group_stat"),
        overview,
        _alias(overview, "/statistics/get_push_stat_overview"),
        _devices(rate),
        _distribution(rate),
        _pushes_to(rate),
    ]


def _alias(operation: Operation, path: str) -> Operation:
    """TPNS's overview calls it otherwise."""
    return Operation(
        path=path,
        alias_of=operation.path,
        family=operation.family,
        group=operation.group,
        title=operation.title,
        description=f"Another name of `/v3{operation.path}`.",
        request=operation.request,
        answer=operation.answer,
        errors=operation.errors,
        examples=operation.examples,
    )


def _span(days: int, form: str = "YYYYMMDD", pattern: str = COMPACT) -> dict[str, Schema]:
    return {
        "startDate": text(
            f"The first day, {form}, in the application's time zone; at most {days} days ago.", form=pattern
        ),
        "endDate": text("The last day.", form=pattern),
    }


def _channel_rows() -> Schema:
    counts = {
        "pushActiveUv": integer("Planned: devices it was for, that are available and show notifications.", 0),
        "pushOnlineUv": integer("Sent: handed to a device that is connected, or accepted by a vendor.", 0),
        "arrivalUv": integer("Reached: confirmed by the device or its vendor. The one to use.", 0),
        "verifySvcUv": integer("Reached, the older way: of vendors' channels, what was sent.", 0),
        "callbackVerifySvcUv": integer("Android: vendors' receipts, the older way.", 0),
        "pushRetryUv": integer("Android: tried again after a failure.", 0),
        "verifyUv": integer("Android: shown.", 0),
        "clickUv": integer("Clicked.", 0),
        "cleanupUv": integer("Android: dismissed.", 0),
    }
    android_only = ("callbackVerifySvcUv", "pushRetryUv", "verifyUv", "cleanupUv")
    channel = text("`xg` is the own channel, `all` is all of them.", among=[*sorted(CHANNELS), "all"])
    return array(
        answered({"channel": channel, "pushState": answered(counts, "Distinct devices.", sometimes=android_only)}),
        "A row for each channel with targets, the platform's own in any case, and `all`.",
        least=2,
    )


def _rows_example(planned: int, sent: int, reached: int, clicked: int) -> list[dict[str, object]]:
    state = {
        "pushActiveUv": planned,
        "pushOnlineUv": sent,
        "arrivalUv": reached,
        "verifySvcUv": reached,
        "callbackVerifySvcUv": 0,
        "pushRetryUv": 0,
        "verifyUv": reached,
        "clickUv": clicked,
        "cleanupUv": 0,
    }
    return [
        {"channel": "xg", "pushState": state},
        {"channel": "all", "pushState": state | {"callbackVerifySvcUv": reached}},
    ]


def _pushed_record() -> Schema:
    a_tag = answered({"tagTypeName": text(), "tagValue": text()})
    platforms = {"android": either({"type": "object"}, nothing()), "ios": either({"type": "object"}, nothing())}
    return answered(
        {
            "date": text("When it was pushed, in the application's time zone: YYYY-MM-DD hh:mm:ss."),
            "pushId": text("Decimal digits.", form="^[0-9]+$"),
            "createTime": integer("When it was asked for, Unix seconds.", 0),
            "title": text(),
            "content": text(),
            "status": text("A paused push is PUSH_STARTED.", among=sorted({state.tpns for state in State})),
            "pushType": text("The form of the audience.", among=sorted(_record_types())),
            "messageType": text(among=MessageType),
            "environment": text(among=("product", "dev")),
            "expireTime": integer("Seconds.", 0),
            "xgMediaResources": text(),
            "xgMediaAudioResources": text(),
            "multiPkg": {"type": "boolean"},
            "targetList": either(array(text()), nothing(), description="The listed tokens or accounts."),
            "collapseID": integer("For `collapse_id` of a later push; 0 for listed audiences.", 0),
            "tagSet": either(
                answered({"op": text(among=("AND", "OR")), "tagWithType": array(a_tag)}),
                nothing(),
                description="The tags it was for.",
            ),
            "uploadId": integer("The package, or 0.", 0),
            "groupId": text(),
            "source": text("Who made it: `api`, or `web` for the console."),
            "pushConfig": answered({**platforms, "iot": nothing()}, "The platform's part of the message."),
            "sent": integer("Ours, of a push held or ended early and asked for by its id: devices it was sent to.", 0),
            "notSent": integer("Ours: and devices it was not sent to.", 0),
        },
        sometimes=("sent", "notSent"),
    )


def _record_types() -> set[str]:
    """A single target is shown in the form of a list."""
    return {audience.value for audience in AudienceType} - {AudienceType.TOKEN.value, AudienceType.ACCOUNT.value}


def _record(rate: str) -> Operation:
    a_record = {
        "date": "2026-01-15 18:00:00",
        "pushId": "70001",
        "createTime": 1768471200,
        "title": "Hello",
        "content": "World",
        "status": "PUSH_FINISHED",
        "pushType": "all",
        "messageType": "notify",
        "environment": "product",
        "expireTime": 86400,
        "xgMediaResources": "",
        "xgMediaAudioResources": "",
        "multiPkg": False,
        "targetList": None,
        "collapseID": 70001,
        "tagSet": None,
        "uploadId": 0,
        "groupId": "tpns_20260115",
        "source": "api",
        "pushConfig": {"android": None, "ios": None, "iot": None},
    }
    return Operation(
        path="/statistics/get_push_record",
        family=Family.CAMEL,
        group=GROUP,
        title="Records of pushes",
        description="One push by its id, or those between two days, newest first, a page at a time; `pushId` wins. "
        f"Of the last {RECORD_DAYS} days.{rate}",
        request=record(
            {
                "pushId": push_id() | {"description": "One push. This, or the two dates."},
                **_span(RECORD_DAYS, "YYYY-MM-DD", DASHED),
                "msgType": text("Only notifications, or only messages.", among=MessageType),
                "pushType": text("Only this audience. A list's name means single ones as well.", among=PUSH_TYPES),
                "offset": integer("How many to skip.", 0, LARGEST_OFFSET, default=0),
                "limit": integer("How many to give.", 1, LARGEST_PAGE, default=DEFAULT_PAGE),
            }
        ),
        answer={
            "count": integer("How many there are on all pages.", 0),
            "pushRecordData": array(_pushed_record(), "This page's.", LARGEST_PAGE),
        },
        errors=(UnknownPushError, DateFormatError, TooFastError),
        examples={
            "one": Example(
                title="One push",
                request={"pushId": "70001"},
                answer={"count": 1, "pushRecordData": [a_record]},
            ),
            "days": Example(
                title="The first ten of three days",
                request={"startDate": "2026-01-13", "endDate": "2026-01-15", "msgType": "notify", "limit": 10},
                answer={"count": 1, "pushRecordData": [a_record]},
            ),
            "form": Example(
                title="A day in the wrong form",
                request={"startDate": "20260113", "endDate": "20260115"},
                answer={},
                error=DateFormatError,
            ),
        },
    )


def _task(rate: str) -> Operation:
    return Operation(
        path="/statistics/get_push_task_stat_channel",
        family=Family.CAMEL,
        group=GROUP,
        title="The funnel of a push",
        description="Planned, sent, reached, clicked: distinct devices by channel, of pushes of the last "
        f"{STATISTICS_DAYS} days.{rate}",
        request=record({"pushId": push_id()}, required=["pushId"]),
        answer={"pushStatDataAll": _channel_rows()},
        errors=(UnknownPushError, TooFastError),
        examples={
            "push": Example(
                title="One push",
                request={"pushId": "70001"},
                answer={"pushStatDataAll": _rows_example(10, 7, 6, 2)},
            )
        },
    )


def _group(rate: str) -> Operation:
    return Operation(
        path="/statistics/get_push_group_stat_channel",
        family=Family.CAMEL,
        group=GROUP,
        title="The funnel of a plan or group",
        description=f"All pushes of a plan, or of a group, between two days of the last {GROUP_DAYS}.{rate}",
        request=record(
            {
                "planId": text("The plan. This, or `groupId`; this wins."),
                "groupId": text("The group."),
                **_span(GROUP_DAYS),
            },
            required=["startDate", "endDate"],
        ),
        answer={"pushStatDataAll": _channel_rows()},
        errors=(DateFormatError, TooFastError),
        examples={
            "plan": Example(
                title="A plan",
                request={"planId": "48", "startDate": "20260113", "endDate": "20260115"},
                answer={"pushStatDataAll": _rows_example(10, 7, 6, 2)},
            ),
            "group": Example(
                title="A group",
                request={"groupId": "tpns_20260115", "startDate": "20260115", "endDate": "20260115"},
                answer={"pushStatDataAll": _rows_example(10, 7, 6, 2)},
            ),
        },
    )


def _overview(rate: str) -> Operation:
    return Operation(
        path="/statistics/get_push_channel_stat_overview",
        family=Family.CAMEL,
        group=GROUP,
        title="The funnel by the day",
        description=f"Of each day, by channel; of the last {CHANNEL_DAYS} days. Events count on the day they are "
        f"reported.{rate}",
        request=record(_span(CHANNEL_DAYS), required=["startDate", "endDate"]),
        answer={
            "pushDateChannelStat": array(
                answered({"date": text(form=COMPACT), "channelDatas": _channel_rows()}), "An element a day."
            )
        },
        errors=(DateFormatError, TooFastError),
        examples={
            "days": Example(
                title="One day",
                request={"startDate": "20260115", "endDate": "20260115"},
                answer={"pushDateChannelStat": [{"date": "20260115", "channelDatas": _rows_example(10, 7, 6, 2)}]},
            )
        },
    )


def _devices(rate: str) -> Operation:
    return Operation(
        path="/statistics/get_device_stat_overview",
        family=Family.CAMEL,
        group=GROUP,
        title="Devices by the day",
        description=f"Registered ever, registered that day, active that day; of the last {DEVICE_DAYS} days.{rate}",
        request=record(_span(DEVICE_DAYS), required=["startDate", "endDate"]),
        answer={
            "getDeviceStatOverviewData": array(
                answered(
                    {
                        "date": integer("YYYYMMDD; a number here."),
                        "accuUv": integer("Devices ever registered.", 0),
                        "newUv": integer("Registered that day.", 0),
                        "activeUv": integer("Connected that day.", 0),
                    }
                )
            )
        },
        errors=(DateFormatError, TooFastError),
        examples={
            "days": Example(
                title="One day",
                request={"startDate": "20260115", "endDate": "20260115"},
                answer={"getDeviceStatOverviewData": [{"date": 20260115, "accuUv": 12, "newUv": 2, "activeUv": 9}]},
            )
        },
    )


def _distribution(rate: str) -> Operation:
    members: dict[str, Schema] = {kind: text() for kind in PROPERTIES}
    row = answered({**members, "count": integer("Devices.", 0)}, sometimes=PROPERTIES)
    return Operation(
        path="/statistics/get_device_distribute_info",
        family=Family.CAMEL,
        group=GROUP,
        title="What the devices are",
        description=f"Devices by the value of one property, on a day of the last {DISTRIBUTION_DAYS}.{rate}",
        request=record(
            {
                "date": text("The day, YYYYMMDD, in the application's time zone.", form=COMPACT),
                "type": text("The property.", among=PROPERTIES),
            },
            required=["date", "type"],
        ),
        answer={
            "data": array(
                row | {"minProperties": 2, "maxProperties": 2},
                "The property's name is the key of its value. The most frequent first; an empty value is unknown.",
            )
        },
        errors=(DateFormatError, TooFastError),
        examples={
            "versions": Example(
                title="Versions of the app",
                request={"date": "20260115", "type": "app_version"},
                answer={"data": [{"app_version": "1.3.0", "count": 8}]},
            )
        },
    )


def _pushes_to(rate: str) -> Operation:
    return Operation(
        path="/toolbox/getPushListByToken",
        family=Family.CAMEL,
        group=GROUP,
        title="Today's pushes to a device",
        description=f"Which of today's pushes were for it.{rate}",
        request=record({"token": a_token("The device.")}, required=["token"]),
        answer={
            "pushTaskList": array(
                answered(
                    {
                        "pushId": integer("A number here, and only here.", 1),
                        "pushTime": integer("Unix seconds.", 0),
                        "pushTargetType": text(among=TARGET_TYPES.values()),
                    }
                )
            )
        },
        errors=(NotFoundError, TooFastError),
        examples={
            "token": Example(
                title="One device",
                request={"token": TOKEN},
                answer={"pushTaskList": [{"pushId": 70001, "pushTime": 1768471200, "pushTargetType": "ALL_PUSH"}]},
            ),
            "unknown": Example(
                title="A device nobody knows",
                request={"token": "0" * 36},
                answer={},
                error=NotFoundError,
            ),
        },
    )
