"""`POST /v3/toolbox/getPushListByToken`: today's pushes to one token."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from rockdove.api.tpns.answers import Answer
from rockdove.api.tpns.endpoint import Call
from rockdove.api.tpns.errors import NotFoundError
from rockdove.api.tpns.rates import take_statistics
from rockdove.domain.day import begin_of
from rockdove.domain.push import AudienceType
from rockdove.domain.token import is_token
from rockdove.stats.token_history import pushes_to

TARGET_TYPES = {
    AudienceType.ALL: "ALL_PUSH",
    AudienceType.TAG: "TAG_PUSH",
    AudienceType.TOKEN: "TOKEN_PUSH",
    AudienceType.TOKEN_LIST: "TOKEN_LIST_PUSH",
    AudienceType.ACCOUNT: "ACCOUNT_PUSH",
    AudienceType.ACCOUNT_LIST: "ACCOUNT_LIST_PUSH",
    AudienceType.PACKAGE_ACCOUNT: "PACKAGE_ACCOUNT_PUSH",
    AudienceType.PACKAGE_TOKEN: "PACKAGE_TOKEN_PUSH",
}


async def get_push_list_by_token(call: Call) -> Answer:
    """Push ids are numbers here, as TPNS prints them, and strings everywhere else."""
    call.fields.require("token")
    token = call.fields.text("token")
    await take_statistics(call, "getPushListByToken")
    zone = ZoneInfo(call.application.timezone)
    today = begin_of(datetime.now(zone).date(), zone)
    async with call.context.database.connection() as connection:
        known = is_token(token)
        found = await pushes_to(connection, call.application.access_id, token, today) if known else None
    if found is None:
        raise NotFoundError(f"{token!r}")
    listed = [
        {
            "pushId": one.push_id,
            "pushTime": int(one.started_at.timestamp()),
            "pushTargetType": TARGET_TYPES[AudienceType(one.audience_type)],
        }
        for one in found
    ]
    return Answer({"pushTaskList": listed})
