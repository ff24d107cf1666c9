"""A browser's side of the console API: its cookie, its CSRF token, JSON in and out."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from tests.server import Server

PASSWORD = "rather long and dull"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Browser:
    """Somebody at the console; `cookie` and `csrf_token` are kept as a page would."""

    url: str
    cookie: str = ""
    csrf_token: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    """Sent with every call, over those of a page."""

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        """`path` below /console/api."""
        headers = {"X-CSRF-Token": self.csrf_token, "Content-Type": "application/json", "Connection": "close"}
        if self.cookie:
            headers["Cookie"] = f"rockdove_session={self.cookie}"
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        try:
            raw = None if body is None else json.dumps(body).encode()
            connection.request(method, f"/console/api{path}", raw, headers | self.headers)
            response = connection.getresponse()
            answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()
        if "set-cookie" in answer.headers:
            self.cookie = SimpleCookie(answer.headers["set-cookie"])["rockdove_session"].value
        if answer.status < 300 and answer.body and "csrf_token" in answer.json:
            self.csrf_token = answer.json["csrf_token"]
        return answer

    def get(self, path: str) -> Any:
        return _taken(self.call("GET", path))

    def post(self, path: str, body: Any = None) -> Any:
        return _taken(self.call("POST", path, body))

    def accept(self, link: str, name: str = "") -> Browser:
        """Choose PASSWORD by a one-time link."""
        self.post("/setup", {"token": link.partition("#")[2], "name": name, "password": PASSWORD})
        return self

    def log_in(self, name: str, password: str = PASSWORD) -> Answer:
        return self.call("POST", "/session", {"name": name, "password": password})


def administrator(server: Server) -> Browser:
    """A new session of the server's administrator."""
    browser = Browser(server.url)
    if browser.get("/session")["setup_needed"]:
        return browser.accept(server.addresses["setup"], "Ada")
    assert browser.log_in("Ada").status == 200
    return browser


def member(server: Server, name: str, roles: dict[int, str]) -> Browser:
    """A new member with roles by access id, signed in."""
    invitation = administrator(server).post("/members", {"name": name, "roles": roles})
    return Browser(server.url).accept(invitation["link"])


def _taken(answer: Answer) -> Any:
    assert answer.status < 300, answer
    return answer.json if answer.body else None
