"""`POST /apps/{access_id}/pushes`: a push made in the console.

The form's words are translated into the REST call that would make the same push, and taken by the same door: one set of
rules, one order of checks, one transaction. So a push from the console can do nothing that a program can't, and the
page can show the call that repeats it.
"""

# No postponed annotations here: FastAPI reads them at definition.

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class LoopWanted(BaseModel):
    start_date: str = Field(description="YYYY-MM-DD")
    end_date: str
    rhythm: Literal["daily", "weekly", "monthly"]
    days: list[int] = Field([], max_length=31, description="weekly: 0 (Sunday) to 6; monthly: 1 to 31")
    times: list[str] = Field(max_length=1440, description="HH:MM:SS")


class NewPush(BaseModel):
    """What the form holds. Times are in the application's time zone."""

    model_config = ConfigDict(extra="forbid")

    message_type: Literal["notify", "message"] = "notify"
    message: dict[str, Any] = Field(description="as `message` of /v3/push/app: title, content, android or ios, …")
    audience_type: Literal[
        "all", "tag", "token", "token_list", "account", "account_list", "package_account_push", "package_token_push"
    ]
    package_id: int | None = None
    account_type: int = Field(0, ge=0)
    every_device: bool = Field(False, description="all devices of each account; else the most recently bound one")
    accounts: list[str] = Field([], max_length=1000)
    tokens: list[str] = Field([], max_length=1000)
    tag_rules: list[dict[str, Any]] = []
    exclude_package_id: int | None = None
    exclude_push_id: int | None = None
    environment: Literal["product", "dev"] = "product"
    multi_package: bool = False
    plan_id: str = ""
    send_at: str = Field("", description="YYYY-MM-DD HH:MM:SS; empty: now")
    loop: LoopWanted | None = None
    expire_seconds: int = Field(86_400, description="0: only who is connected; else 800 to 259200")
    push_speed: int = Field(0, description="devices a second, 1000 to 50000; 0: as fast as it goes")
    collapse_id: int = Field(0, description="of an earlier push, which this one replaces")
    force_collapse: bool = False
    disabled_channels: list[str] = []
    online_first: bool = Field(True, description="connected devices get it over the own channel")
    personalised: bool = Field(False, description="the texts name user attributes: {{name}}")
    show_in_app: bool = Field(False, description="opted-out devices show it inside the app")
    ignore_invalid_tokens: bool = False
    is_test: bool = Field(False, description="a test preview; only what the audit log calls it")


def rest_call(wanted: NewPush) -> dict[str, Any]:
    """The body of /v3/push/app that makes this push; what is as by default is left out."""
    body: dict[str, Any] = {
        "audience_type": wanted.audience_type,
        "message_type": wanted.message_type,
        "message": wanted.message,
        "environment": wanted.environment,
        "upload_id": wanted.package_id,
        "account_type": wanted.account_type,
        "account_push_type": int(wanted.every_device),
        "account_list": wanted.accounts,
        "token_list": wanted.tokens,
        "tag_rules": wanted.tag_rules,
        "exclude_upload_id": wanted.exclude_package_id,
        "exclude_push_id": wanted.exclude_push_id,
        "multi_pkg": wanted.multi_package,
        "plan_id": wanted.plan_id,
        "send_time": wanted.send_at,
        "loop_param": _loop(wanted.loop) if wanted.loop else None,
        "push_speed": wanted.push_speed,
        "collapse_id": wanted.collapse_id,
        "force_collapse": wanted.force_collapse,
        "channel_rules": [{"channel": channel, "disable": True} for channel in wanted.disabled_channels],
        "tpns_online_push_type": int(not wanted.online_first),
        "ntf_wt_attrs": wanted.personalised,
        "supply_inapp_msg": wanted.show_in_app,
        "ignore_invalid_token": int(wanted.ignore_invalid_tokens),
    }
    given = {name: value for name, value in body.items() if value not in (None, "", 0, False, [], {})}
    return given | {"expire_time": wanted.expire_seconds}


def _loop(loop: LoopWanted) -> dict[str, Any]:
    return {
        "startDate": loop.start_date,
        "endDate": loop.end_date,
        "loopType": {"daily": 1, "weekly": 2, "monthly": 3}[loop.rhythm],
        "loopDayIndexs": loop.days or [0],
        "dayTimes": loop.times,
    }
