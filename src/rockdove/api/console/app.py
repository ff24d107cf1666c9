"""The console API as one FastAPI application, mounted at /console/api. Every noun has a file with its endpoints."""

from __future__ import annotations

from fastapi import FastAPI

from rockdove.api.console import (
    application,
    audit_log,
    channels,
    devices,
    drafts,
    faults,
    forecast,
    members,
    overview,
    packages,
    phone,
    plan_totals,
    plans,
    previews,
    products,
    pushes,
    session,
    tags,
    timeline,
)
from rockdove.api.console.bodies import BoundedBodies
from rockdove.api.console.context import ConsoleContext
from rockdove.config import Limits

ROUTERS = (
    session.router,
    products.router,
    application.router,
    channels.router,
    packages.router,
    previews.router,
    forecast.router,
    pushes.router,
    timeline.router,
    plans.router,
    plan_totals.router,
    drafts.router,
    tags.router,
    devices.router,
    phone.router,
    overview.router,
    members.router,
    audit_log.router,
)


def build(context: ConsoleContext | None = None) -> FastAPI:
    """Without a context it can't be served, but described: its OpenAPI document is the same."""
    app = FastAPI(title="Rockdove console API", version="1", docs_url=None, redoc_url=None)
    app.state.console = context
    app.add_middleware(BoundedBodies, limit=(context.api.settings.limits if context else Limits()).json_body_bytes)
    for router in ROUTERS:
        app.include_router(router)
    faults.add_to(app)
    return app
