"""Becoming the first administrator, logging in and out, invitations, roles, and what keeps strangers out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.console import PASSWORD, Browser, administrator, member
from tests.server import Server


@pytest.fixture
def ada(server: Server) -> Browser:
    return administrator(server)


@pytest.fixture
def access_id(server: Server) -> int:
    return int(server.app("Doors")["access_id"])


def test_the_first_link_works_once(server: Server, ada: Browser) -> None:
    token = server.addresses["setup"].partition("#")[2]
    again = Browser(server.url).call("POST", "/setup", {"token": token, "name": "Eve", "password": PASSWORD})
    assert (again.status, "used already" in again.json["detail"]) == (403, True)
    assert ada.get("/session")["member"] == {"member_id": 1, "name": "Ada", "administrator": True}


def test_nobody_is_told_whether_the_name_or_the_password_is_wrong(server: Server, ada: Browser) -> None:
    stranger = Browser(server.url)
    answers = [stranger.log_in("Ada", "wrong password"), stranger.log_in("Nobody", PASSWORD)]
    assert [answer.status for answer in answers] == [401, 401]
    assert answers[0].body == answers[1].body
    assert not stranger.cookie


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(server: Server, ada: Browser) -> None:
    cookie = Browser(server.url).log_in("ada").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/console" in cookie


@pytest.mark.parametrize("path", ["/products", "/members", "/audit", "/apps/{access_id}", "/apps/{access_id}/packages"])
def test_a_stranger_sees_nothing(server: Server, access_id: int, path: str) -> None:
    answer = Browser(server.url).call("GET", path.format(access_id=access_id))
    assert answer.status == 401
    assert "www-authenticate" not in answer.headers, "a browser would ask for a password of its own"


@pytest.mark.parametrize("token", ["", "wrong", None])
def test_a_change_needs_the_csrf_token_of_this_session(server: Server, ada: Browser, token: str | None) -> None:
    ada.csrf_token = administrator(server).csrf_token if token is None else token
    refused = ada.call("POST", "/products", {"name": "Forged"})
    assert refused.status == 403
    assert "Forged" not in [product["name"] for product in ada.get("/products")]


def test_a_log_out_ends_the_session_everywhere(server: Server, ada: Browser) -> None:
    stolen = Browser(server.url, ada.cookie, ada.csrf_token)
    assert ada.call("DELETE", "/session").status == 204
    assert stolen.call("GET", "/products").status == 401


def test_a_new_password_ends_the_other_sessions(server: Server) -> None:
    first = member(server, "Changer", {})
    second = Browser(server.url)
    second.log_in("changer")
    refused = second.call("PUT", "/session/password", {"old": "not it at all", "new": "another long one"})
    assert (refused.status, refused.json["detail"]) == (422, "the old password is not right")
    assert second.call("PUT", "/session/password", {"old": PASSWORD, "new": "another long one"}).status == 200
    assert first.call("GET", "/products").status == 401
    assert second.call("GET", "/products").status == 200
    assert Browser(server.url).log_in("Changer", "another long one").status == 200


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaa", "Pat Password"])
def test_a_password_that_is_too_easy_is_refused_and_the_link_stays(server: Server, ada: Browser, password: str) -> None:
    name = "Pat Password"
    if name not in [one["name"] for one in ada.get("/members")]:
        ada.post("/members", {"name": name})
    found = next(one for one in ada.get("/members") if one["name"] == name)
    token = ada.post(f"/members/{found['member_id']}/invitation")["link"].partition("#")[2]
    browser = Browser(server.url)
    assert browser.call("POST", "/setup", {"token": token, "password": password}).status == 422
    assert browser.post("/setup/link", {"token": token}) == {"name": name}
    assert browser.call("POST", "/setup", {"token": token, "password": PASSWORD}).status == 200


def test_a_role_holds_in_its_application_only(server: Server, access_id: int) -> None:
    other = server.app("Other doors")["access_id"]
    viewer = member(server, "Vera", {access_id: "viewer"})
    operator = member(server, "Otto", {access_id: "operator"})
    for browser in (viewer, operator):
        assert browser.call("GET", f"/apps/{other}").status == 404
        assert browser.call("GET", f"/apps/{access_id}/packages").status == 200
        assert browser.call("POST", f"/apps/{access_id}/keys").status == 403
        assert browser.call("GET", "/members").status == 403
        names = [each["name"] for product in browser.get("/products") for each in product["applications"]]
        assert names == ["Doors"]
    settings = {"deduplicate": False}
    assert viewer.call("PUT", f"/apps/{access_id}/controls", settings).status == 403
    assert operator.call("PUT", f"/apps/{access_id}/controls", settings).status == 200


def test_a_disabled_member_is_out_at_once(server: Server, ada: Browser) -> None:
    leaver = member(server, "Lee", {})
    member_id = leaver.get("/session")["member"]["member_id"]
    changed = ada.call("PATCH", f"/members/{member_id}", {"disabled": True})
    assert changed.json["disabled"] is True
    assert leaver.call("GET", "/products").status == 401
    assert Browser(server.url).log_in("Lee").status == 401
    assert ada.call("PATCH", f"/members/{member_id}", {"disabled": False}).status == 200
    assert Browser(server.url).log_in("Lee").status == 200


def test_there_is_always_an_administrator(ada: Browser) -> None:
    member_id = ada.get("/session")["member"]["member_id"]
    for change in ({"administrator": False}, {"disabled": True}):
        refused = ada.call("PATCH", f"/members/{member_id}", change)
        assert (refused.status, "last administrator" in refused.json["detail"]) == (409, True)
    assert ada.get("/session")["member"]["administrator"] is True


def test_guessing_is_slowed_down(server: Server, ada: Browser) -> None:
    """By name; the address is that of every other test here, so it is not driven into the wait."""
    member(server, "Gus", {})
    guesser = Browser(server.url, headers={"X-Forwarded-For": "198.51.100.7"})
    answers = [guesser.log_in("Gus", f"wrong password {n}") for n in range(7)]
    assert [answer.status for answer in answers] == [401] * 6 + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert "try again in" in answers[-1].json["detail"]
    assert guesser.log_in("Gus").status == 429, "the right password has to wait as well"
    assert Browser(server.url).log_in("Ada").status == 200


def test_guesses_at_the_same_moment_count_each_other(server: Server, ada: Browser) -> None:
    member(server, "Gwen", {})
    guessers = [Browser(server.url, headers={"X-Forwarded-For": f"198.51.100.{n}"}) for n in range(20, 40)]
    with ThreadPoolExecutor(len(guessers)) as pool:
        statuses = list(pool.map(lambda guesser: guesser.log_in("Gwen", "wrong password").status, guessers))
    assert sorted(statuses) == [401] * 6 + [429] * 14


def test_the_audit_log_names_who_what_and_from_where(server: Server, ada: Browser) -> None:
    ada.post("/members", {"name": "Logged"})
    newest = ada.get("/audit?limit=1")[0]
    assert (newest["actor"], newest["action"], newest["object"]) == ("Ada", "CreateMember", "Logged")
    assert newest["address"] == "127.0.0.1"
    older = ada.get(f"/audit?limit=1&before={newest['audit_id']}")[0]
    assert older["audit_id"] < newest["audit_id"]
    assert ada.get("/audit?action=LogIn&limit=1")[0]["action"] == "LogIn"


def test_whoever_runs_the_server_can_always_let_somebody_in(server: Server, ada: Browser) -> None:
    link = server.cli("member", "link", "Rescuer", "--administrator").stdout.strip()
    assert Browser(server.url).accept(link).get("/session")["member"]["administrator"] is True
    assert "Rescuer" in server.cli("member", "list").stdout
