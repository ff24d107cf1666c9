"""`get_push_record` and `get_push_task_stat_channel`: what was pushed, and how far it came."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from rockdove.api.tpns import stages
from rockdove.api.tpns.answers import Answer
from rockdove.api.tpns.dates import read_days
from rockdove.api.tpns.ending import read_push_id
from rockdove.api.tpns.endpoint import Call
from rockdove.api.tpns.errors import UnknownPushError
from rockdove.api.tpns.rates import take_statistics
from rockdove.domain.controls import DEFAULT_PLAN
from rockdove.domain.push import AudienceType
from rockdove.lifecycle.states import State
from rockdove.stats import records, totals
from rockdove.stats.funnel import funnel
from rockdove.stats.records import Record

RECORD_DAYS, STATISTICS_DAYS, GROUP_DAYS = 31, 30, 7
DEFAULT_PAGE, LARGEST_PAGE, LARGEST_OFFSET = 50, 200, 1_000_000
CUT_SHORT = frozenset({State.PAUSED, State.STOPPED, State.REVOKED, State.COLLAPSED})

_LIST_FORMS = {
    AudienceType.TOKEN: AudienceType.TOKEN_LIST,
    AudienceType.ACCOUNT: AudienceType.ACCOUNT_LIST,
}
PUSH_TYPES = {
    "all": {AudienceType.ALL},
    "tag": {AudienceType.TAG},
    "token": {AudienceType.TOKEN, AudienceType.TOKEN_LIST},
    "token_list": {AudienceType.TOKEN, AudienceType.TOKEN_LIST},
    "account": {AudienceType.ACCOUNT, AudienceType.ACCOUNT_LIST},
    "account_list": {AudienceType.ACCOUNT, AudienceType.ACCOUNT_LIST},
    "package_account_push": {AudienceType.PACKAGE_ACCOUNT},
    "package_token_push": {AudienceType.PACKAGE_TOKEN},
}


async def get_push_record(call: Call) -> Answer:
    """One push by its id, or the pushes between two days, a page at a time."""
    fields = call.fields
    fields.require("pushId", "startDate")
    zone = ZoneInfo(call.application.timezone)
    if fields.given("pushId"):
        push_id = read_push_id(fields)
        await take_statistics(call, "get_push_record")
        record = await _find(call, push_id, RECORD_DAYS)
        return Answer({"count": 1, "pushRecordData": [_record(record, zone) | await _cut(call, record)]})
    since, before = read_days(fields, zone, RECORD_DAYS, "%Y-%m-%d")
    selection: dict[str, Any] = {
        "message_type": fields.choice("msgType", ("", "notify", "message")),
        "audience_types": PUSH_TYPES.get(fields.choice("pushType", ("", *PUSH_TYPES)), ()),
        "maximum": fields.integer("limit", DEFAULT_PAGE, 1, LARGEST_PAGE),
        "skipped": fields.integer("offset", 0, 0, LARGEST_OFFSET),
    }
    await take_statistics(call, "get_push_record")
    async with call.context.database.connection() as connection:
        found, total = await records.page(connection, call.application.access_id, since, before, **selection)
    return Answer({"count": total, "pushRecordData": [_record(record, zone) for record in found]})


async def get_push_group_stat_channel(call: Call) -> Answer:
    """The same rows for all pushes of a plan, or of a group, between two days."""
    fields = call.fields
    fields.require("planId", "groupId")
    since, before = read_days(fields, ZoneInfo(call.application.timezone), GROUP_DAYS)
    await take_statistics(call, "get_push_group_stat_channel")
    span = {"since": since, "before": before}
    async with call.context.database.connection() as connection:
        if fields.given("planId"):
            plan_id = fields.text("planId")
            plan_id = "" if plan_id == DEFAULT_PLAN else plan_id
            counted = await totals.of_plan(connection, call.application.access_id, plan_id, **span)
        else:
            counted = await totals.of_group(connection, call.application.access_id, fields.text("groupId"), **span)
    return Answer({"pushStatDataAll": stages.rows(counted, call.application.platform)})


async def get_push_task_stat_channel(call: Call) -> Answer:
    """The funnel of one push, a row a channel and the row `all`."""
    push_id = read_push_id(call.fields)
    await take_statistics(call, "get_push_task_stat_channel")
    await _find(call, push_id, STATISTICS_DAYS)
    async with call.context.database.connection() as connection:
        counted = await funnel(connection, push_id)
    return Answer({"pushStatDataAll": stages.rows(counted, call.application.platform)})


async def _cut(call: Call, record: Record) -> dict[str, int]:
    """Ours: of a push that was held or ended early, how many devices it was sent to, and how many not."""
    if record.state not in CUT_SHORT:
        return {}
    async with call.context.database.connection() as connection:
        total = (await funnel(connection, record.push_id)).total
    return {"sent": total.sent, "notSent": total.planned - total.sent}


async def _find(call: Call, push_id: int, days: int) -> Record:
    async with call.context.database.connection() as connection:
        record = await records.find(connection, call.application.access_id, push_id, days)
    if record is None:
        raise UnknownPushError(str(push_id))
    return record


def _record(record: Record, zone: ZoneInfo) -> dict[str, Any]:
    audience_type = AudienceType(record.audience_type)
    message = record.message
    return {
        "date": record.pushed_at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
        "pushId": str(record.push_id),
        "createTime": int(record.created_at.astimezone(UTC).timestamp()),
        "title": message.get("title", ""),
        "content": message.get("content", ""),
        "status": State(record.state).tpns,
        "pushType": _LIST_FORMS.get(audience_type, audience_type).value,
        "messageType": record.message_type,
        "environment": record.environment,
        "expireTime": record.expire_seconds,
        "xgMediaResources": message.get("xg_media_resources", ""),
        "xgMediaAudioResources": message.get("xg_media_audio_resources", ""),
        "multiPkg": record.multi_package,
        "targetList": record.audience.get("tokens") or record.audience.get("accounts"),
        "collapseID": record.collapse_id,
        "tagSet": _tag_set(record.audience.get("tag_rules")),
        "uploadId": record.package_id or 0,
        "groupId": record.group_id,
        "source": record.source,
        "pushConfig": {"android": message.get("android"), "ios": message.get("ios"), "iot": None},
    }


def _tag_set(rules: list[dict[str, Any]] | None) -> dict[str, Any] | None:
    """TPNS's record knows one operator and a flat list of tags; of nested rules it shows the first operator."""
    if not rules:
        return None
    items = [item for rule in rules for item in rule["tag_items"]]
    tags = [{"tagTypeName": item["tag_type"], "tagValue": tag} for item in items for tag in item["tags"]]
    return {"op": items[0].get("tags_operator", "OR"), "tagWithType": tags}
