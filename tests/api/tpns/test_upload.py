"""`POST /v3/push/package/upload`: verdicts as codes, limits, signatures over a stream, and clients that go away."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import zipfile
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from rockdove.api.context import ApiContext
from rockdove.api.tpns.body import DRAIN_BYTES
from rockdove.ingest.packages import Packages
from tests.api.tpns.rest import Client, read_reply, serve
from tests.api.tpns.test_auth import V5

UPLOAD = "/v3/push/package/upload"
FORM = {"Content-Type": "multipart/form-data; boundary=XX"}
SIGNED_FORM = {"Content-Type": "multipart/form-data; boundary=----opentest"}


def form(content: bytes, file_name: str = "a.txt", name: str = "file", more: bytes = b"") -> bytes:
    head = f'--XX\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n\r\n'
    return head.encode() + content + b"\r\n" + more + b"--XX--\r\n"


async def sent_before_reading(client: Client, body: bytes) -> dict[str, Any]:
    """As TPNS's Java library does it: not a byte is read before the last has been sent."""
    head = client.head(UPLOAD, {"Content-Length": str(len(body)), **FORM})

    def exchange() -> bytes:
        with socket.create_connection(("127.0.0.1", client.port), timeout=60) as connection:
            connection.sendall(head + body)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    _, _, content = (await asyncio.to_thread(exchange)).partition(b"\r\n\r\n")
    answer: dict[str, Any] = json.loads(content[content.index(b"{") : content.rindex(b"}") + 1])
    return answer


async def upload(client: Client, body: bytes) -> dict[str, Any]:
    reply = await client.post(UPLOAD, body, client.basic | FORM)
    assert reply.status == 200
    assert reply.code == reply.json["retCode"]
    return reply.json


async def packages(context: ApiContext) -> int:
    async with context.database.connection() as connection:
        row: Any = await (
            await connection.execute("SELECT count(*) AS n FROM packages WHERE state = 'ready'")
        ).fetchone()
        return int(row.n)


def zipped(*files: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


async def test_the_answer_has_the_verdict(client: Client) -> None:
    answer = await upload(client, form("ab\nab\nx\n \n用户\nt\tab\n".encode()))
    assert answer["errMsg"] == "NO_ERROR"
    counts = [answer[key] for key in ("lineCount", "accountCount", "duplicateCount", "invalidCount")]
    assert counts == [5, 2, 1, 2]
    assert [example["line"] for example in answer["invalidExamples"]] == [3, 6]
    assert list(answer)[:3] == ["retCode", "errMsg", "uploadId"]


async def test_the_same_file_twice_has_two_ids(client: Client, context: ApiContext) -> None:
    first, second = [await upload(client, form(b"ab\n")) for _ in range(2)]
    assert 0 < first["uploadId"] < second["uploadId"]
    assert await packages(context) == 2


async def test_faults_of_the_file(client: Client, context: ApiContext) -> None:
    two = b'--XX\r\nContent-Disposition: form-data; name="file"; filename="b.txt"\r\n\r\ncd\r\n'
    cases: dict[str, tuple[bytes, int]] = {
        "no file": (form(b"ab", name="fileName"), 1008002),
        "empty": (form(b""), 1008012),
        "blank": (form("\ufeff\r\n \n".encode()), 1008012),
        "empty zip": (form(zipped(), "a.zip"), 1008012),
        "only bad lines": (form(b"x\ny\n"), 1008011),
        "not UTF-8": (form(b"abc\n\xff\xfe\n"), 1008011),
        "kind": (form(b"ab\n", "a.xlsx"), 1008011),
        "no kind": (form(b"ab\n", "accounts"), 1008011),
        "no name": (form(b"ab\n", ""), 1008011),
        "name of 101": (form(b"ab\n", "n" * 97 + ".txt"), 1008011),
        "two in a zip": (form(zipped(("a.txt", b"ab"), ("b.txt", b"cd")), "a.zip"), 1008011),
        "zip called txt": (form(zipped(("a.txt", b"ab"))), 1008011),
        "two files": (form(b"ab\n", more=two), 1008011),
        "raw": (b"ab\ncd\n", 1008001),
        "no end": (form(b"ab\n")[:-8], 1008001),
    }
    for name, (body, code) in cases.items():
        answer = await upload(client, body)
        assert (answer["retCode"], answer["uploadId"]) == (code, 0), (name, answer)
        assert name == "empty" or ": " in answer["errMsg"]
    assert await packages(context) == 0


async def test_a_zip(client: Client) -> None:
    assert (await upload(client, form(zipped(("a.csv", b'"ab"\ncd,\n')), "A.ZIP")))["accountCount"] == 2


# ── signed ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_signed_upload(client: Client, context: ApiContext) -> None:
    reply = await client.post(UPLOAD, V5, client.signed(V5) | SIGNED_FORM)
    assert (reply.code, reply.json["accountCount"]) == (0, 2)
    other = V5.replace(b"user-0002", b"user-0003")
    reply = await client.post(UPLOAD, other, client.signed(V5) | SIGNED_FORM)
    assert (reply.status, reply.code, reply.json["uploadId"]) == (403, 1008003, 0)
    assert await packages(context) == 1


async def test_under_a_signature_strangers_learn_nothing_of_the_fault(client: Client) -> None:
    for body in (form(b"ab", "a.exe"), b"raw", form(b""), form(b"ab", name="other")):
        genuine, forged = client.signed(body), client.signed(body + b"x")
        assert (await client.post(UPLOAD, body, forged | FORM)).code == 1008003
        reply = await client.post(UPLOAD, body, genuine | FORM)
        assert (reply.status, reply.code // 1000) == (200, 1008)
        assert reply.code != 1008003


async def test_basic_is_settled_before_the_body_is_sent(client: Client) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(
        f"POST {UPLOAD} HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\nExpect: 100-continue\r\n\r\n".encode()
    )
    reply = await asyncio.wait_for(read_reply(reader), 10)
    assert (reply.status, reply.code) == (403, 1008003)
    writer.close()


# ── sizes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_too_large_is_said_at_once_and_the_rest_drained(
    context: ApiContext, client: Client, package_folder: Path
) -> None:
    """A client that sends everything before it reads still finds the answer."""
    limits = replace(context.settings.packages, max_file_bytes=10_000)
    settings = replace(context.settings, packages=limits)
    async with (
        Packages(limits, package_folder, context.database) as small,
        serve(ApiContext(settings, context.database, context.applications, small)) as port,
    ):
        client = Client(port)
        exact = b"ab\n" * 3332 + b"abcd"
        assert len(exact) == 10_000
        assert (await upload(client, form(exact)))["accountCount"] == 2
        assert (await upload(client, form(exact + b"c")))["retCode"] == 1008011
        answer = await sent_before_reading(client, form(b"ab\n" * DRAIN_BYTES))
        assert (answer["retCode"], answer["uploadId"]) == (1008011, 0)
        assert "10000" in answer["errMsg"]


async def test_a_refusal_at_the_beginning_of_a_large_file_is_found_by_who_sends_it_all(client: Client) -> None:
    answer = await sent_before_reading(client, form(b"ab\n" * DRAIN_BYTES, "accounts.xlsx"))
    assert answer["retCode"] == 1008011
    assert "xlsx" in answer["errMsg"]


async def test_a_client_that_goes_away_leaves_nothing(client: Client, context: ApiContext) -> None:
    body = form(b"ab\n" * 1000)
    head = client.head(UPLOAD, {"Content-Length": str(len(body)), **FORM})
    for _ in range(6):  # more than may be in flight: each has freed its place
        _, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(head + body[:2000])
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    async with asyncio.timeout(20):
        while (await upload(client, body))["retCode"] != 0:  # noqa: ASYNC110  only the server knows when it noticed
            await asyncio.sleep(0.05)
    assert await packages(context) == 1


async def test_at_most_so_many_in_flight(client: Client, context: ApiContext) -> None:
    """One more than allowed have begun: exactly one of them is answered, before its end; the others go on."""
    body = form(b"ab\n" * 1000)
    head = client.head(UPLOAD, {"Content-Length": str(len(body)), **FORM})
    answers, writers = {}, []
    for _ in range(context.settings.packages.uploads_per_app + 1):
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(head + body[:2000])
        writers.append(writer)
        answers[asyncio.create_task(read_reply(reader))] = writer
    [refused], _ = await asyncio.wait(answers, timeout=20, return_when=asyncio.FIRST_COMPLETED)
    assert refused.result().code == 1008028
    del answers[refused]
    for writer in answers.values():
        writer.write(body[2000:])
    async with asyncio.timeout(20):
        assert [reply.code for reply in await asyncio.gather(*answers)] == [0] * len(answers)
    for writer in writers:
        writer.close()
