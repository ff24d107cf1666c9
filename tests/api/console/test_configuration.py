"""An application's package names and its own rates: set in the console, in force at the other doors a second later."""

from __future__ import annotations

import time
from typing import Any

import pytest

from rockdove.cli.rest import RestError
from rockdove.domain.token import new_token
from tests.api.console.test_phone import device_call
from tests.console import Browser, administrator, member
from tests.server import Server, wait_until

TO_ALL = {
    "audience_type": "all",
    "message_type": "notify",
    "message": {"title": "t", "content": "c"},
}
CACHED_SECONDS = 1.1
"""What a door remembers of an application is a second old at most."""


@pytest.fixture
def ada(server: Server) -> Browser:
    return administrator(server)


def configure(ada: Browser, path: str, **changes: Any) -> Any:
    """Change some of an application's settings, and leave the others."""
    now = ada.get(path)
    names = ("name", "main_package", "other_packages", "timezone", "allowed_networks", "device_binding")
    return ada.call("PUT", path, {name: now[name] for name in names} | changes)


def register(server: Server, app: dict[str, Any], package_name: str, **more: str) -> Any:
    body = {"access_id": app["access_id"], "access_key": app["access_key"], "platform": "android"}
    return device_call(server, "register", "", body | {"package_name": package_name} | more)


def test_with_names_listed_a_new_device_is_of_one_of_them(server: Server, ada: Browser) -> None:
    app = server.app("Of many packages")
    path = f"/apps/{app['access_id']}"
    before = register(server, app, "com.example.forgotten")
    assert configure(ada, path, main_package="com.example", other_packages=["com.example.lite", " "]).status == 200
    assert ada.get(path)["other_packages"] == ["com.example.lite"]
    for listed in ("com.example", "com.example.lite"):
        assert register(server, app, listed)["token"]
    refused = register(server, app, "com.example.unknown")["error"]
    assert (refused["code"], refused["field"]) == ("wrong_package", "package_name")
    assert "'com.example.unknown'" in refused["message"]
    again = {"token": before["token"], "device_secret": before["device_secret"]}
    assert register(server, app, "com.example.forgotten", **again)["token"] == before["token"]
    configure(ada, path, other_packages=[])
    assert register(server, app, "com.example.unknown")["token"]


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ({"main_package": "", "other_packages": ["a.b"]}, "name the main package before others"),
        ({"other_packages": [f"com.example.p{n}" for n in range(51)]}, "at most 50"),
        ({"other_packages": ["com example"]}, "'com example' is no package name"),
    ],
)
def test_names_that_can_t_be_are_refused(server: Server, ada: Browser, wanted: dict[str, Any], text: str) -> None:
    path = f"/apps/{server.app('Named wrongly')['access_id']}"
    refused = configure(ada, path, **({"main_package": "com.example"} | wanted))
    assert refused.status == 422
    assert text in refused.json["detail"]
    assert ada.get(path)["other_packages"] == []


def test_an_ios_application_has_one_package(server: Server, ada: Browser) -> None:
    path = f"/apps/{server.app('Named on iOS', 'ios')['access_id']}"
    refused = configure(ada, path, main_package="com.example", other_packages=["a.b"])
    assert (refused.status, "Android" in refused.json["detail"]) == (422, True)


def test_the_names_devices_really_have_are_counted(server: Server, ada: Browser) -> None:
    app = server.app("Counted packages")
    path = f"/apps/{app['access_id']}"
    names = ["com.example", "com.example", "com.other", "com.other", "com.other", ""]
    rows = [f"{new_token()},android,{name}" for name in names]
    server.import_devices(app["access_id"], "token,platform,package_name", rows)
    configure(ada, path, main_package="com.example", other_packages=["com.example.lite"])

    def counted() -> Any:
        found = ada.get(f"{path}/package-names")
        return found if sum(one["devices"] for one in found) else None

    assert wait_until(counted, "package names are counted", 120) == [
        {"name": "com.example", "kind": "main", "devices": 2},
        {"name": "com.example.lite", "kind": "other", "devices": 0},
        {"name": "com.other", "kind": "unlisted", "devices": 3},
        {"name": "", "kind": "unlisted", "devices": 1},
    ]


def test_an_application_s_own_rates_take_the_server_s_place(server: Server, ada: Browser) -> None:
    app = server.app("With rates")
    path = f"/apps/{app['access_id']}/rates"
    client = server.rest("With rates")
    assert ada.get(path)["server"]["bulk_pushes_per_second"] == 1
    assert set(ada.get(path)["own"].values()) == {None}
    wanted = {
        "bulk_pushes_per_second": 0, "repeat_window_seconds": 0, "statistics_per_hour": 2, "plans_per_day": 1,
    }  # fmt: skip
    assert ada.call("PUT", path, wanted).json["own"] == wanted
    time.sleep(CACHED_SECONDS)
    pushes = [client.post("/v3/push/app", TO_ALL) for _ in range(3)]  # neither a second apart nor different
    plan = {"planName": "spring", "planDescribe": "spring"}
    client.post("/v3/push/plan/add_plan_push", plan)
    with pytest.raises(RestError, match="plan: 1 a day"):
        client.post("/v3/push/plan/add_plan_push", plan)
    for _ in range(2):
        client.post("/v3/statistics/get_push_record", {"pushId": pushes[0]["push_id"]})
    with pytest.raises(RestError, match="2 an hour"):
        client.post("/v3/statistics/get_push_record", {"pushId": pushes[0]["push_id"]})
    entry = ada.get(f"/audit?access_id={app['access_id']}&action=ModifyAppRates")[0]
    assert entry["detail"] == wanted
    ada.call("PUT", path, {})
    time.sleep(CACHED_SECONDS)
    client.post("/v3/push/app", TO_ALL)
    with pytest.raises(RestError, match="same content"):
        client.post("/v3/push/app", TO_ALL)


@pytest.mark.parametrize(
    "wanted", [{"bulk_pushes_per_second": -1}, {"statistics_per_hour": 10**9}, {"pushes": 1}, {"plans_per_day": "many"}]
)
def test_rates_that_can_t_be_are_refused(server: Server, ada: Browser, wanted: dict[str, Any]) -> None:
    path = f"/apps/{server.app('With wrong rates')['access_id']}/rates"
    assert ada.call("PUT", path, wanted).status == 422
    assert set(ada.get(path)["own"].values()) == {None}


def test_only_an_administrator_sets_rates(server: Server) -> None:
    app = server.app("With wrong rates")
    olga = member(server, "Olga rates", {app["access_id"]: "operator"})
    assert olga.get(f"/apps/{app['access_id']}/rates")["server"]["plans_per_day"] == 200
    assert olga.call("PUT", f"/apps/{app['access_id']}/rates", {}).status == 403
