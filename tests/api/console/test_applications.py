"""Products and applications in the console: making them, keeping TPNS's keys, changing, revealing and rotating."""

from __future__ import annotations

import time

import pytest

from rockdove.cli.rest import RestClient, RestError
from tests.console import Browser, administrator
from tests.server import Server

REMOVE_NOBODY = {"operator_type": 5, "account_list": [{"account": "nobody"}]}
FORMER = {"access_id": 1_500_900_001, "access_key": "AFORMERKEY01", "secret_key": "a-former-secret-of-tpns"}


@pytest.fixture
def ada(server: Server) -> Browser:
    return administrator(server)


def test_a_product_with_an_application_of_each_platform(ada: Browser) -> None:
    product = ada.post("/products", {"name": "Shop", "description": "sells"})
    path = f"/products/{product['product_id']}/applications"
    android = ada.post(path, {"name": "Shop", "platform": "android"})
    ada.post(path, {"name": "Shop", "platform": "ios"})
    again = ada.call("POST", path, {"name": "Shop again", "platform": "android"})
    assert (again.status, "already" in again.json["detail"]) == (422, True)
    listed = next(one for one in ada.get("/products") if one["product_id"] == product["product_id"])
    assert [one["platform"] for one in listed["applications"]] == ["android", "ios"]
    assert android["timezone"] == "Asia/Shanghai"


def test_a_former_application_goes_on_with_its_keys(server: Server, ada: Browser) -> None:
    product = ada.post("/products", {"name": "Moved"})
    ada.post(f"/products/{product['product_id']}/applications", {"name": "Moved", "platform": "android", **FORMER})
    client = RestClient(server.url, 1_500_900_001, "a-former-secret-of-tpns")
    assert client.post("/v3/device/account/batchoperate", REMOVE_NOBODY)
    keys = ada.post("/apps/1500900001/keys")
    assert keys == FORMER
    assert ada.get("/apps/1500900001/audit")[0]["action"] == "DescribeAppSecretInfo"


def test_a_rotated_secret_takes_the_old_ones_place(server: Server, ada: Browser) -> None:
    app = server.app("Rotated")
    new = ada.post(f"/apps/{app['access_id']}/keys/rotate")["secret_key"]
    time.sleep(1.1)  # what a door remembers of an application is a second old at most
    with pytest.raises(RestError):
        RestClient(server.url, app["access_id"], app["secret_key"]).post(
            "/v3/device/account/batchoperate", REMOVE_NOBODY
        )
    assert RestClient(server.url, app["access_id"], new).post("/v3/device/account/batchoperate", REMOVE_NOBODY)


def test_settings_are_checked_and_kept(server: Server, ada: Browser) -> None:
    path = f"/apps/{server.app('Configured')['access_id']}"
    wanted = {
        "name": "Configured", "main_package": "com.example", "timezone": "Europe/Berlin",
        "allowed_networks": ["10.0.0.0/8"], "device_binding": False,
    }  # fmt: skip
    assert ada.call("PUT", path, wanted).status == 200
    assert {name: ada.get(path)[name] for name in wanted} == wanted
    for fault in ({"timezone": "Nowhere/Land"}, {"allowed_networks": ["300.1.1.1"]}, {"name": " "}):
        refused = ada.call("PUT", path, wanted | fault)
        assert refused.status == 422
        assert next(iter(fault)) in refused.json["detail"]


def test_a_disabled_application_refuses_its_callers(server: Server, ada: Browser) -> None:
    app = server.app("Switched off")
    ada.call("PUT", f"/apps/{app['access_id']}/status", {"disabled": True})
    time.sleep(1.1)
    with pytest.raises(RestError, match="1008031"):
        RestClient(server.url, app["access_id"], app["secret_key"]).post("/v3/push/app", {})
