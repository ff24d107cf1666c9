"""A small server that looks lived in: two products, devices that are online, a package, pushes."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from rockdove.cli.pushes import upload
from rockdove.cli.rest import RestClient
from rockdove.domain.token import new_token
from rockdove.testing.fleet import Fleet, FleetOptions
from rockdove.testing.virtual_device import Habits
from tests.console import Browser, administrator
from tests.server import Server

LIMITS = {"ROCKDOVE_LIMITS__BULK_PUSHES_PER_SECOND": "0"}
DEVICES, ONLINE = 600, 200
TITLES = ["Your parcel is on its way", "The harbour closes at six", "A chapter for the weekend", "Low tide at 14:20"]


class Populated(NamedTuple):
    """`names`: what addresses are filled with, see `PAGES`."""

    session: Browser
    names: dict[str, Any]


@asynccontextmanager
async def populated(server: Server, folder: Path) -> AsyncIterator[Populated]:
    """Devices stay online until the end. The server takes as many pushes a second as come (`LIMITS`)."""
    session = administrator(server)
    application = _products(session)
    keys = session.post(f"/apps/{application['access_id']}/keys")
    server.apps["shop"] = {**application, **keys}
    tokens = [new_token() for _ in range(DEVICES)]
    rows = [f"{token},android,reader-{number % 500},{1_790_000_000 + number}" for number, token in enumerate(tokens)]
    server.import_devices(keys["access_id"], "token,platform,account,bound_at", rows)
    options = FleetOptions(
        url=server.url,
        access_id=keys["access_id"],
        access_key=keys["access_key"],
        count=ONLINE,
        online=1.0,
        tokens=tokens[:ONLINE],
        habits=Habits(click=0.3, clear=0.1),
    )
    fleet = Fleet(options)
    try:
        await fleet.start()
        package_id, push_id = _work(server, folder)
        names = {"app": keys["access_id"], "package": package_id, "push": push_id, "token": tokens[0]}
        yield Populated(session, names)
    finally:
        await fleet.stop()


def _products(session: Browser) -> dict[str, Any]:
    """The application that the pictures are of."""
    books = session.post("/products", {"name": "Harbour Books", "description": "The shop and its reader app"})
    tides = session.post("/products", {"name": "Tide Tables"})
    path = "/products/{}/applications".format
    wanted = {"name": "Harbour Shop", "platform": "android", "timezone": "Asia/Shanghai"}
    shop: dict[str, Any] = session.post(path(books["product_id"]), wanted)
    session.post(path(books["product_id"]), {**wanted, "platform": "ios"})
    session.post(path(tides["product_id"]), {**wanted, "name": "Tides", "timezone": "Europe/Berlin"})
    session.post("/members", {"name": "Linus", "roles": {shop["access_id"]: "operator"}})
    return shop


def _work(server: Server, folder: Path) -> tuple[int, str]:
    """A package with all kinds of lines, and pushes to it. Gives the ids of the package and of the last push."""
    client = server.rest("shop")
    chance = random.Random(7)
    lines = [f"reader-{number}" for number in range(450)] + [f"stranger-{number}" for number in range(60)]
    lines += chance.choices(lines, k=40) + ["x"] * 5 + ["much too long " * 10]
    file = folder / "spring readers.txt"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    package = upload(client, file)
    push_id = ""
    for title in TITLES:
        push_id = _push(client, package["uploadId"], title)
    return package["uploadId"], push_id


def _push(client: RestClient, package_id: int, title: str) -> str:
    body = {
        "audience_type": "package_account_push",
        "upload_id": package_id,
        "account_push_type": 1,
        "message_type": "notify",
        "message": {"title": title, "content": "Open the app to see more."},
    }
    push_id: str = client.post("/v3/push/app", body)["push_id"]
    return push_id
