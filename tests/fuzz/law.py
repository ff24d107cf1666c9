"""What holds for every request, whatever its bytes: the law of the doors.

- There is an answer, or, where the bytes are no whole request, the connection ends; nothing hangs.
- An answer of ours is HTTP 200, 403, 404 or 405 with one JSON object in both spellings; what is no HTTP is answered by
  the HTTP server, with 400 or 431. Nothing is ever answered 5xx.
- What is known to be bad is told so: a code that isn't 0.
- A call that was refused has left nothing behind: no push, package, plan, binding, tag or attribute, no file.
- The process that answered is the one that was there before, and has not grown by what it was sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.api.tpns.rest import Reply
from tests.fuzz.recorded import ACCOUNT, TOKEN, recorded_json, recorded_uploads
from tests.fuzz.wire import ACCESS_ID, Case, Heard, Wire, converse
from tests.rows import ACCESS_KEY, SECRET_KEY
from tests.server import Server, wait_until

ENVIRONMENT = {
    "ROCKDOVE_LIMITS__BULK_PUSHES_PER_SECOND": "0",
    "ROCKDOVE_LIMITS__REPEAT_WINDOW_SECONDS": "0",
    "ROCKDOVE_LIMITS__PLANS_PER_DAY": "0",
    "ROCKDOVE_LIMITS__SIGNATURE_MAX_SKEW_SECONDS": "0",
    "ROCKDOVE_PACKAGES__UPLOADS_PER_APP": "1000000",
    "ROCKDOVE_PACKAGES__MAX_UNCOMPRESSED_BYTES": str(64 << 20),
}
"""A refusal for being too fast would hide what lies behind it."""

OURS = frozenset({200, 403, 404, 405})
THE_SERVERS = frozenset({400, 431})
PARTLY = 1008026
SETTLED_SECONDS = 1.0
GROWTH_MB = 48
"""How much the API process may grow over thousands of requests, or over one of 128 MB and more."""

_STATE = b"""
    SELECT (SELECT max(push_id) FROM pushes), (SELECT max(package_id) FROM packages WHERE state = 'ready'),
           (SELECT max(plan_id) FROM push_plans), (SELECT count(*) FROM idempotency_keys),
           (SELECT string_agg(b::text, ' ' ORDER BY b::text) FROM account_bindings b),
           (SELECT string_agg(t::text, ' ' ORDER BY t::text) FROM device_tags t),
           (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM device_attributes a)
"""
State = tuple[object, ...]


@dataclass
class World:
    """A server with one application, one device and one package; and a look behind its doors."""

    server: Server
    rows: psycopg.Connection[State]
    port: int
    process: int
    """Of the API, whose memory is watched."""
    cases: int = 0
    statuses: dict[str, int] = field(default_factory=dict)

    def obey(self, case: Case) -> list[Reply]:
        """Send it. Raises AssertionError where the law is broken."""
        return self._obey(lambda: case.pieces, case)

    def stream(self, pieces: Callable[[], Iterable[bytes]], wire: Wire) -> list[Reply]:
        """The same for a request too large to be held here, which is known to be bad."""
        return self._obey(pieces, Case((), wire, bad=True))

    def _obey(self, pieces: Callable[[], Iterable[bytes]], case: Case) -> list[Reply]:
        before = self.state()
        heard = converse(self.port, pieces(), case.wire, case.pause)
        if self._judge(case, heard) and self.state() != before:
            # Perhaps a call before this one, whose answer nobody waited for, was slow. What leaves something behind
            # does it again.
            time.sleep(SETTLED_SECONDS)
            before = self.state()
            heard = converse(self.port, pieces(), case.wire, case.pause)
            assert not self._judge(case, heard) or self.state() == before, f"refused, yet it did something: {heard}"
        return heard.answers

    def _judge(self, case: Case, heard: Heard) -> bool:
        """By its answers. Was all of it refused?"""
        self.cases += 1
        found = heard.answers
        codes = [judged(reply) for reply in found]
        for reply, code in zip(found, codes, strict=True):
            key = f"{reply.status} {code}"
            self.statuses[key] = self.statuses.get(key, 0) + 1
        if case.wire is Wire.WHOLE:
            assert found, "no answer"
            assert None not in codes, f"not answered by the dialect: {found}"
        if case.bad:
            assert 0 not in codes, f"accepted: {found[codes.index(0)].body[:500]!r}"
        assert Path(f"/proc/{self.process}").exists(), "the API process has died"
        refused = heard.all and bool(found) and not {0, PARTLY} & set(codes)
        if refused:
            self.check_incoming()
        return refused

    def restore(self) -> None:
        """The binding that good requests need, and some of the others take away."""
        self.rows.execute("DELETE FROM account_bindings WHERE account_type <> 0")
        self.rows.execute(
            "INSERT INTO account_bindings (access_id, device_id, account, account_type)"
            " SELECT access_id, device_id, %s, 0 FROM devices WHERE access_id = %s ON CONFLICT"
            " (access_id, device_id, account_type) DO UPDATE SET account = EXCLUDED.account",
            (ACCOUNT, ACCESS_ID),
        )

    def state(self) -> State:
        return self.rows.execute(_STATE).fetchone() or ()

    def check_incoming(self) -> None:
        """Nothing is half received. (Of a client that has gone we learn when the server does.)"""
        incoming = self.server.data / "packages/incoming"
        wait_until(lambda: not list(incoming.iterdir()), "the folder of incoming packages to be empty")

    def check_store(self) -> None:
        """What is stored is what rows refer to."""
        self.check_incoming()
        rows = self.rows.execute("SELECT object_prefix FROM packages WHERE state = 'ready'").fetchall()
        folder = self.server.data / "packages"
        stored = {str(found.relative_to(folder)) for found in folder.glob("*/*") if found.parent.name != "incoming"}
        assert stored == {row[0] for row in rows}

    def resident_mb(self, peak: bool = False) -> int:
        text = Path(f"/proc/{self.process}/status").read_text()
        name = "VmHWM:" if peak else "VmRSS:"
        return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(name)) // 1024

    def forget_peak(self) -> None:
        Path(f"/proc/{self.process}/clear_refs").write_text("5")


def judged(reply: Reply) -> int | None:
    """The code of one answer; None where it is not the dialect's."""
    shown = f"HTTP {reply.status} {reply.body[:500]!r}"
    if reply.status in THE_SERVERS:
        return None
    assert reply.status in OURS, shown
    if (reply.status, reply.body) == (404, b"Not Found"):
        return None  # a path that is not below /v3
    if not reply.body:
        return None  # to HEAD
    assert reply.headers["content-type"] == "application/json", shown
    answer = reply.json
    assert type(answer["ret_code"]) is type(answer["retCode"]) is int, shown
    assert type(answer["err_msg"]) is type(answer["errMsg"]) is str, shown
    assert reply.status == 200 or reply.code, shown
    return reply.code


def open_world(server: Server) -> World:
    """On a server that was started with `ENVIRONMENT` and has nothing yet."""
    keys = ["--access-id", str(ACCESS_ID), "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY]
    server.cli("app", "create", "Fuzzed", "--platform", "android", *keys)
    rows: psycopg.Connection[State] = psycopg.connect(server.settings.postgres.url, autocommit=True)
    rows.execute(
        "INSERT INTO devices (access_id, device_id, token, platform) VALUES (%s, nextval(%s), %s, 'android')",
        (ACCESS_ID, f"device_ids_{ACCESS_ID}", TOKEN),
    )
    rows.execute("INSERT INTO app_attributes (access_id, name) VALUES (%s, 'city')", (ACCESS_ID,))
    world = World(server, rows, urlsplit(server.url).port or 0, server.children("api")[0])
    for name, case in (recorded_uploads() | recorded_json()).items():
        world.restore()
        codes = [reply.code for reply in world.obey(case)]
        ends_a_push = name.endswith(("_push_msg 0", "_timing_task 0"))  # it depends on how far that has come
        assert codes == [0] or ends_a_push, f"not a good one: {case}: {codes}"
    return world
