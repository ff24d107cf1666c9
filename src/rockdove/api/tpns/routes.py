"""Which path is which endpoint, and in which spelling it answers."""

from __future__ import annotations

from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from rockdove.api.context import ApiContext
from rockdove.api.tpns import (
    accounts,
    answers,
    attributes,
    day_statistics,
    ending,
    openapi,
    plans,
    push,
    statistics,
    tags,
    toolbox,
)
from rockdove.api.tpns.answers import Family
from rockdove.api.tpns.endpoint import Handler, JsonEndpoint
from rockdove.api.tpns.upload import UploadEndpoint

UPLOAD = "/push/package/upload"

JSON: dict[str, tuple[Family, Handler]] = {
    "/push/app": (Family.PUSH, push.push_app),
    "/push/plan/add_plan_push": (Family.CAMEL, plans.add_plan_push),
    "/push/stop_push_msg": (Family.CAMEL, ending.stop_push_msg),
    "/push/revoke_push_msg": (Family.CAMEL, ending.revoke_push_msg),
    "/push/pause_push_msg": (Family.CAMEL, ending.pause_push_msg),
    "/push/resume_push_msg": (Family.CAMEL, ending.resume_push_msg),
    "/push/cancel_timing_task": (Family.CAMEL, ending.cancel_timing_task),
    "/device/account/batchoperate": (Family.SNAKE, accounts.batchoperate),
    "/device/account/query": (Family.CAMEL, accounts.query),
    "/device/set_custom_attribute": (Family.CAMEL, attributes.set_custom_attribute),
    "/device/tag": (Family.SNAKE, tags.device_tag),
    "/device/tag/delete_all_device": (Family.SNAKE, tags.delete_all_device),
    "/statistics/get_push_record": (Family.CAMEL, statistics.get_push_record),
    "/statistics/get_push_task_stat_channel": (Family.CAMEL, statistics.get_push_task_stat_channel),
    "/statistics/get_push_group_stat_channel": (Family.CAMEL, statistics.get_push_group_stat_channel),
    "/statistics/get_push_group_stat": (Family.CAMEL, statistics.get_push_group_stat_channel),
    "/statistics/get_push_channel_stat_overview": (Family.CAMEL, day_statistics.get_push_channel_stat_overview),
    "/statistics/get_push_stat_overview": (Family.CAMEL, day_statistics.get_push_channel_stat_overview),
    "/statistics/get_device_stat_overview": (Family.CAMEL, day_statistics.get_device_stat_overview),
    "/statistics/get_device_distribute_info": (Family.CAMEL, day_statistics.get_device_distribute_info),
    "/toolbox/getPushListByToken": (Family.CAMEL, toolbox.get_push_list_by_token),
}


def routes(context: ApiContext) -> list[BaseRoute]:
    """The whole dialect below /v3. Put `TolerantPaths` before the router that gets them."""
    endpoints: dict[str, ASGIApp] = {
        path: JsonEndpoint(context, family, handler) for path, (family, handler) in JSON.items()
    }
    endpoints[UPLOAD] = UploadEndpoint(context)
    below: list[BaseRoute] = [Route(path, endpoint) for path, endpoint in endpoints.items()]
    below += openapi.routes(context.settings)
    return [Mount("/v3", app=Router(below, redirect_slashes=False, default=_unknown))]


async def _unknown(scope: Scope, receive: Receive, send: Send) -> None:
    await answers.not_found()(scope, receive, send)
