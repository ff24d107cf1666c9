"""A page of the console becomes a device of the application, without being told its Access Key."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from rockdove.domain.token import new_token
from tests.console import administrator, member
from tests.server import Server


@pytest.fixture(scope="module")
def app(server: Server) -> dict[str, Any]:
    return server.app("Virtual phones")


def test_an_operator_s_page_is_a_device_and_stays_the_same(server: Server, app: dict[str, Any]) -> None:
    olga = member(server, "Olga phones", {app["access_id"]: "operator"})
    path = f"/apps/{app['access_id']}"
    first = olga.post(f"{path}/phone", {"model": "Virtual phone 1", "brand": "Rockdove"})
    assert app["access_key"] not in json.dumps(first)
    assert first["channel"]["ws"] == server.addresses["ws"]
    again = olga.post(f"{path}/phone", {"token": first["token"], "device_secret": first["device_secret"]})
    assert (again["token"], again["device_id"], again["device_secret"]) == (first["token"], first["device_id"], "")
    assert device_call(server, "accounts", again["jwt"], {"operation": "clear"}) == {}
    entries = administrator(server).get(f"/audit?access_id={app['access_id']}&action=CreateVirtualPhone")
    assert [(one["actor"], one["object"]) for one in entries] == [("Olga phones", first["token"])]


def test_it_says_what_it_is(server: Server, app: dict[str, Any]) -> None:
    ada = administrator(server)
    path = f"/apps/{app['access_id']}"
    token = ada.post(f"{path}/phone", {"model": "Virtual phone 2", "notifications": False})["token"]
    device = ada.get(f"{path}/devices/{token}")
    assert (device["platform"], device["model"], device["reach"]) == ("android", "Virtual phone 2", "opted_out")


def test_what_is_refused_changes_nothing(server: Server, app: dict[str, Any]) -> None:
    path = f"/apps/{app['access_id']}/phone"
    viewer = member(server, "Vera phones", {app["access_id"]: "viewer"})
    assert viewer.call("POST", path, {}).status == 403
    ada = administrator(server)
    token = ada.post(path, {})["token"]
    wrong = ada.call("POST", path, {"token": token, "device_secret": "not it"})
    assert (wrong.status, wrong.json["code"]) == (403, "token_taken")
    bad = ada.call("POST", path, {"token": "short"})
    assert (bad.status, bad.json["code"]) == (400, "bad_token")
    assert ada.call("POST", path, {"access_key": "mine"}).status == 422
    assert ada.call("POST", path, {"model": "nul\x00"}).status == 422


def test_a_token_nobody_has_becomes_the_phone_s(server: Server, app: dict[str, Any]) -> None:
    wanted = new_token()
    assert administrator(server).post(f"/apps/{app['access_id']}/phone", {"token": wanted})["token"] == wanted


def device_call(server: Server, name: str, jwt: str, body: dict[str, Any]) -> Any:
    """As a device with the credential `jwt`; '': without one."""
    headers = {"Authorization": f"Bearer {jwt}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    try:
        connection.request("POST", f"/device/v1/{name}", json.dumps(body).encode(), headers)
        return json.load(connection.getresponse())
    finally:
        connection.close()
