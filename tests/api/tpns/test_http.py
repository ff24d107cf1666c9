"""The door itself: paths, methods, sizes, both spellings, faults of our own."""

from __future__ import annotations

import asyncio
import time

import msgspec

from rockdove.api.context import ApiContext
from rockdove.api.tpns.routes import JSON, UPLOAD
from rockdove.config import Settings
from rockdove.devices.applications import Applications
from rockdove.storage.database import Database
from tests.api.tpns.rest import Client, read_reply, serve

PUSH = "/v3/push/app"


async def test_slashes_are_forgiven(client: Client) -> None:
    for path in (
        "/v3/push/app",
        "//v3/push/app",
        "///v3/push/app",
        "/v3/push/app/",
        "//v3/push/app/",
        "/v3//push/app",
        "//v3///push//app/",
    ):
        assert await client.code(path, {}) == 1008002, path


async def test_unknown_paths(client: Client) -> None:
    for path in ("/v3/", "/v3/push", "/v3/push/app/x", "/v3/push/App", "/v4/push/app"):
        assert (await client.post(path, {})).status == 404, path
    assert (await client.post("/v3/push", {})).code


async def test_only_post(client: Client) -> None:
    for path in (*JSON, UPLOAD):
        for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS"):
            reply = await client.post(f"/v3{path}", b"", method=method)
            assert (reply.status, reply.headers["allow"]) == (405, "POST"), (path, method)
            assert method == "HEAD" or reply.code


async def test_every_answer_is_json_in_both_spellings(client: Client) -> None:
    for path in (*JSON, UPLOAD):
        reply = await client.post(f"/v3{path}", b"not json")
        assert (reply.status, reply.code) == (200, 1008001), path
        assert reply.headers["content-type"] == "application/json"
        assert reply.json["err_msg"].startswith("parameter parse error: ")


async def test_family_members(client: Client) -> None:
    push = (await client.post(PUSH, {"seq": 77})).json
    assert list(push)[:4] == ["seq", "ret_code", "err_msg", "err_msg_zh"]
    assert push["seq"] == 77
    assert push["err_msg"] == "missing parameter: audience_type"
    assert push["err_msg_zh"] == "缺少参数：audience_type"
    upload = (await client.post(f"/v3{UPLOAD}", b"")).json
    assert list(upload)[:3] == ["retCode", "errMsg", "uploadId"]
    assert upload["uploadId"] == 0


async def test_seq_is_echoed_if_it_is_an_integer(client: Client) -> None:
    for seq, echo in ((5, 5), (-1, -1), ("5", 0), (True, 0), (2**63, 0), (None, 0), (1.5, 0)):
        assert (await client.post(PUSH, {"seq": seq})).json["seq"] == echo


async def test_json_whatever_the_content_type(client: Client) -> None:
    kinds = (
        "text/plain", "application/json;charset='utf-8'", "application/json; charset=utf-8",
        "application/x-www-form-urlencoded", "multipart/form-data", "",
    )  # fmt: skip
    for headers in (client.basic, *(client.basic | {"Content-Type": kind} for kind in kinds)):
        assert (await client.post(PUSH, b'{"audience_type":"None","message":{}}', headers)).code == 1008007


async def test_authentication_failures_are_403_with_a_body(client: Client) -> None:
    for headers, code in (({}, 1008003), (Client(0, 42).basic, 1008035), (Client(0, secret_key="x").basic, 1008003)):
        for path in (PUSH, f"/v3{UPLOAD}"):
            reply = await client.post(path, b"{}", headers)
            assert (reply.status, reply.code) == (403, code)


async def test_signed_call(client: Client) -> None:
    body = b'{ "audience_type" : "all" }'
    assert (await client.post(PUSH, body, client.signed(body))).code == 1008002
    assert (await client.post(PUSH, body + b" ", client.signed(body))).code == 1008003
    late = client.signed(body, int(time.time()) - 700)
    assert (await client.post(PUSH, body, late)).code == 1008003


async def test_failure_status_can_be_200(context: ApiContext, database: Database) -> None:
    http = msgspec.structs.replace(context.settings.http, auth_failure_status=200)
    settings = msgspec.structs.replace(context.settings, http=http)
    async with serve(ApiContext(settings, database, context.applications, context.packages)) as port:
        reply = await Client(port).post(PUSH, {})
        assert (reply.status, reply.code) == (200, 1008035)


async def test_a_body_too_large_is_refused_before_it_is_read(client: Client, settings: Settings) -> None:
    limit = settings.limits.json_body_bytes
    assert await client.code(PUSH, b" " * (limit - 2) + b"{}") == 1008002
    reply = await client.post(PUSH, b" " * (limit + 1))
    assert (reply.status, reply.code) == (200, 1008007)
    assert reply.headers["connection"] == "close"


async def test_a_chunked_body_too_large(client: Client, settings: Settings) -> None:
    piece = b" " * 65536
    chunks = (b"10000\r\n" + piece + b"\r\n") * (settings.limits.json_body_bytes // len(piece) + 1)
    head = client.head(PUSH, {"Transfer-Encoding": "chunked"})
    assert (await client.raw(head + chunks + b"0\r\n\r\n")).code == 1008007
    assert (await client.raw(head + b"2\r\n{}\r\n0\r\n\r\n")).code == 1008002


async def test_expect_is_answered_with_a_final_refusal_not_with_continue(client: Client) -> None:
    """A client that asks first is spared the sending; the connection is closed for it has not sent the body."""
    head = f"POST {PUSH} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(head.encode())
    first = await asyncio.wait_for(reader.readline(), 10)
    assert first.startswith(b"HTTP/1.1 200 ")
    await reader.readuntil(b"\r\n\r\n")
    assert b"1008007" in await asyncio.wait_for(reader.read(), 10)
    writer.close()


async def test_connection_is_kept_for_the_next_call(client: Client) -> None:
    request = client.head(PUSH, {"Content-Length": "2"}) + b"{}"
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    for _ in range(3):
        writer.write(request)
        assert (await asyncio.wait_for(read_reply(reader), 10)).code == 1008002
    writer.close()


async def test_database_away_is_503(context: ApiContext) -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:1/none?connect_timeout=1", 1)
    nowhere._pool.timeout = 0.2
    await nowhere._pool.open(wait=False)
    try:
        lost = ApiContext(context.settings, nowhere, Applications(nowhere), context.packages)
        async with serve(lost) as port:
            for path in (PUSH, f"/v3{UPLOAD}"):
                reply = await Client(port).post(path, {})
                assert (reply.status, reply.code) == (503, 1008004)
    finally:
        await nowhere._pool.close()


async def test_our_own_fault_is_500(client: Client, context: ApiContext) -> None:
    async with context.database.connection() as connection:
        await connection.execute("DROP TABLE pushes CASCADE")
    reply = await client.post(PUSH, {"audience_type": "all", "message": {"title": "t", "content": "c"}})
    assert (reply.status, reply.code) == (500, 1008004)
    assert "pushes" not in reply.json["err_msg"]
