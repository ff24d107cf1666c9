"""The audit log: who did what, when, from where.

Every deed is declared once, here. Its row is written in the transaction of the deed wherever there is one, so what
happened is in the log and what failed is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb

from rockdove.storage.database import Connection, fetch_all
from rockdove.storage.sql import load

_sql = load(__package__, "audit.sql")


class Action(StrEnum):
    """The names are those of TPNS's own log where it has one."""

    LOG_IN = "LogIn"
    LOG_OUT = "LogOut"
    CHANGE_PASSWORD = "ChangePassword"
    CREATE_MEMBER = "CreateMember"
    INVITE_MEMBER = "InviteMember"
    ACCEPT_INVITATION = "AcceptInvitation"
    MODIFY_MEMBER = "ModifyMember"
    CREATE_PRODUCT = "CreateProduct"
    MODIFY_PRODUCT = "ModifyProductInfo"
    CREATE_APP = "CreateApp"
    MODIFY_APP = "ModifyAppInfo"
    UPDATE_APP_STATUS = "UpdateAppStatus"
    DESCRIBE_APP_SECRET = "DescribeAppSecretInfo"
    ROTATE_APP_SECRET = "RotateAppSecret"
    MODIFY_CONTROLS = "ModifyPushControls"
    MODIFY_CHANNEL = "ModifyChannel"
    UPDATE_CHANNEL_STATUS = "UpdateChannelStatus"
    DELETE_CHANNEL = "DeleteChannel"
    TEST_CHANNEL = "TestChannel"
    RESUME_CHANNEL = "ResumeChannel"
    MODIFY_RATES = "ModifyAppRates"
    UPLOAD_PACKAGE = "UploadPushPackage"
    DOWNLOAD_PACKAGE = "DownloadPushPackage"
    DELETE_PACKAGE = "DeletePushPackage"
    CREATE_PUSH = "CreatePush"
    TEST_PUSH = "CreateTestPush"
    CANCEL_PUSH = "CancelPush"
    STOP_PUSH = "StopPush"
    REVOKE_PUSH = "RevokePush"
    PAUSE_PUSH = "PausePush"
    RESUME_PUSH = "ResumePush"
    DELETE_PUSH = "DeletePush"
    DOWNLOAD_OUTCOME = "DownloadPushOutcome"
    CREATE_PLAN = "CreatePushPlan"
    MODIFY_PLAN = "UpdatePushPlan"
    DELETE_PLAN = "DeletePushPlan"
    DELETE_TAG = "DeleteTag"
    CREATE_ATTRIBUTE = "CreateAppAttr"
    DELETE_ATTRIBUTE = "DeleteAppAttr"
    CREATE_TEST_DEVICE = "CreateTestDevice"
    DELETE_TEST_DEVICE = "DeleteTestDevice"
    CREATE_VIRTUAL_PHONE = "CreateVirtualPhone"


PUSH_ACTIONS = (
    Action.CREATE_PUSH,
    Action.TEST_PUSH,
    Action.CANCEL_PUSH,
    Action.STOP_PUSH,
    Action.REVOKE_PUSH,
    Action.PAUSE_PUSH,
    Action.RESUME_PUSH,
)
"""What people do with a push."""


class Actor(NamedTuple):
    """Who does something, and from where."""

    name: str
    member_id: int | None = None
    address: str = ""


class Entry(NamedTuple):
    audit_id: int
    at: datetime
    member_id: int | None
    actor: str
    access_id: int | None
    action: str
    object: str
    detail: dict[str, Any]
    address: str


async def record(
    connection: Connection,
    actor: Actor,
    action: Action,
    *,
    access_id: int | None = None,
    object: object = "",  # noqa: A002  what the column is called
    **detail: Any,
) -> None:
    """`detail`: what a reader will want to know, never a secret."""
    values = {
        "member_id": actor.member_id,
        "actor": actor.name,
        "address": actor.address,
        "access_id": access_id,
        "action": action,
        "object": str(object),
        "detail": Jsonb(detail),
    }
    await connection.execute(_sql.record, values)


async def about(
    connection: Connection, access_id: int, actions: Sequence[Action], objects: Sequence[object]
) -> list[Entry]:
    """What was done to some things of an application, oldest first."""
    names = [str(one) for one in objects]
    rows = await fetch_all(connection, _sql.about, access_id=access_id, actions=list(actions), objects=names)
    return [Entry(*row) for row in rows]


async def page(
    connection: Connection,
    *,
    access_ids: Sequence[int] | None = None,
    member_id: int | None = None,
    actions: Sequence[Action] = (),
    before: int | None = None,
    maximum: int = 50,
) -> list[Entry]:
    """Newest first; go on with `before` = the last audit_id. `access_ids`: only what is about these applications; None:
    everything.
    """
    values: dict[str, Any] = {
        "everything": access_ids is None,
        "access_ids": list(access_ids or ()),
        "member_id": member_id,
        "actions": list(actions),
        "before": before,
        "maximum": maximum,
    }
    return [Entry(*row) for row in await fetch_all(connection, _sql.page, **values)]
