"""The three questions of who looks into a complaint, and the lists and figures beside them."""

from __future__ import annotations

import pytest

from rockdove.domain.token import new_token
from tests.api.console.test_pushes import made, push
from tests.console import Browser, member
from tests.server import Server, wait_until

TOKENS = [new_token() for _ in range(12)]


@pytest.fixture(scope="module")
def base(server: Server) -> str:
    """Twelve devices of one account, bound one after the other; the last one opted out."""
    app = server.app("Complaints")
    rows = [f"{token},android,crowd,{1_760_000_000 + n},{'false' if n == 11 else ''}" for n, token in enumerate(TOKENS)]
    server.import_devices(app["access_id"], "token,platform,account,bound_at,notifications", rows)
    return f"/apps/{app['access_id']}"


@pytest.fixture(scope="module")
def olga(server: Server, base: str) -> Browser:
    return member(server, "Olga", {int(base.rpartition("/")[2]): "operator"})


def test_the_devices_of_an_account_ten_a_page(olga: Browser, base: str) -> None:
    first = olga.get(f"{base}/accounts/devices?account=crowd")
    second = olga.get(f"{base}/accounts/devices?account=crowd&page=2")
    assert first["total"] == 12
    assert [one["token"] for one in first["devices"] + second["devices"]] == TOKENS[::-1]
    assert [one["reach"] for one in first["devices"][:2]] == ["opted_out", "reachable"]
    assert olga.get(f"{base}/accounts/devices?account=crowd&account_type=1") == {"total": 0, "devices": []}


def test_a_device_with_all_that_is_known(server: Server, olga: Browser, base: str) -> None:
    token = TOKENS[0]
    server.rest("Complaints").post(
        "/v3/device/tag", {"operator_type": 1, "token_list": [token], "tag_list": ["level:3"]}
    )
    found = olga.get(f"{base}/devices/{token}")
    assert (found["platform"], found["reach"], found["tags"], found["claimed"]) == (
        "android", "reachable", ["level:3"], False,
    )  # fmt: skip
    assert [(one["account"], one["account_type"]) for one in found["bindings"]] == [("crowd", 0)]
    assert olga.get(f"{base}/devices/{token}/connection") == {"connected": False}
    unknown = olga.call("GET", f"{base}/devices/{new_token()}")
    assert (unknown.status, "no device" in unknown.json["detail"]) == (404, True)


def test_why_a_push_did_not_arrive(olga: Browser, base: str) -> None:
    push_id = made(push(olga, base, audience_type="account", accounts=["crowd"], every_device=True))
    wait_until(lambda: olga.get(f"{base}/pushes/{push_id}")["state"] == "PUSH_FINISHED", "the push is sent")
    away = olga.get(f"{base}/devices/{TOKENS[0]}/pushes/{push_id}")
    assert (away["standing"], away["channel"]) == ("waiting", "xg")
    assert away["until"] is not None
    opted_out = olga.get(f"{base}/devices/{TOKENS[11]}/pushes/{push_id}")
    assert (opted_out["standing"], opted_out["why_no_target"]) == ("no_target", ["opted_out"])
    assert olga.call("GET", f"{base}/devices/{TOKENS[0]}/pushes/1").status == 404
    today = olga.get(f"{base}/devices/{TOKENS[0]}/pushes")
    assert [(one["push_id"], one["title"], one["audience_type"]) for one in today] == [(push_id, "Hello", "account")]
    assert olga.get(f"{base}/devices/{TOKENS[11]}/pushes") == []
    assert olga.call("GET", f"{base}/devices/{new_token()}/pushes").status == 404


def test_a_device_the_push_did_not_name(olga: Browser, base: str) -> None:
    push_id = made(push(olga, base, audience_type="token", tokens=[TOKENS[1]]))
    wait_until(lambda: olga.get(f"{base}/pushes/{push_id}")["state"] == "PUSH_FINISHED", "the push is sent")
    found = olga.get(f"{base}/devices/{TOKENS[2]}/pushes/{push_id}")
    assert (found["standing"], found["why_no_target"]) == ("no_target", ["not_named"])


def test_tags_are_listed_searched_and_deleted(server: Server, olga: Browser, base: str) -> None:
    client = server.rest("Complaints")
    tags = ["VIP", "vip:gold", "other"]
    client.post("/v3/device/tag", {"operator_type": 3, "token_list": [TOKENS[3]], "tag_list": tags})
    assert [one["tag"] for one in olga.get(f"{base}/tags?search=vip")["tags"]] == ["VIP", "vip:gold"]
    names = [one["tag"] for one in olga.get(f"{base}/tags?limit=2&after=VIP")["tags"]]
    assert names == sorted(names)
    assert olga.call("DELETE", f"{base}/tags?tag=vip:gold").status == 204
    assert olga.get(f"{base}/tags?search=gold")["total"] == 0
    assert olga.get(f"{base}/devices/{TOKENS[3]}")["tags"] == ["VIP", "other"]


def test_attributes_are_for_administrators(server: Server, olga: Browser, base: str) -> None:
    from tests.console import administrator

    assert olga.call("POST", f"{base}/attributes", {"name": "city"}).status == 403
    ada = administrator(server)
    assert ada.call("POST", f"{base}/attributes", {"name": "city"}).status == 204
    assert ada.call("POST", f"{base}/attributes", {"name": "a city"}).status == 422
    assert olga.get(f"{base}/attributes") == ["city"]
    assert ada.call("DELETE", f"{base}/attributes/city").status == 204


def test_the_overview_counts_devices_and_days(olga: Browser, base: str) -> None:
    overview = wait_until(
        lambda: (
            (found := olga.get(f"{base}/overview?days=7"))["standing"]
            and found["standing"]["available"]  # a count may have begun before the devices came
            and found
        ),
        "devices are counted",
        90,
    )
    assert (overview["standing"]["available"], overview["standing"]["opted_in"]) == (12, 11)
    assert overview["standing"]["channels"] == {"xg": 12}
    assert len(overview["days"]) == 7
    assert overview["days"][-1]["pushes"] >= 2
    assert olga.get(f"{base}/overview/distribution?property=device_brand") in ([], [{"value": "", "devices": 12}])
