"""The sender against a server that is capable of everything."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import uvloop

from rockdove.channels.http import (
    CONNECTIONS_TO_A_HOST,
    MAX_ANSWER_BYTES,
    Answer,
    Certificate,
    HttpError,
    NoAnswerError,
    Post,
    Sender,
    UnreachableError,
    system_authorities,
)
from rockdove.testing.vendors.certificates import client_certificate
from rockdove.testing.vendors.server import FakeVendor, Fault, Reply, Request, json_reply
from tests.channels.way_out import PASSWORD, HttpWayOut, SocksWayOut, WayOut


class Mirror(FakeVendor):
    """Says what it was asked; a token in the body decides, as with the vendors."""

    name = "mirror"
    http2 = True
    asks_for_certificate = True

    def settings(self) -> dict[str, Any]:
        return {}

    def handle(self, request: Request) -> Reply:
        match request.path:
            case "/busy":
                return Reply(503, b"", (("Retry-After", request.query["after"]),))
            case "/elsewhere":
                return Reply(302, b"", (("Location", f"{self.origin}/said"),))
            case "/large":
                return Reply(200, b"x" * int(request.query["size"]))
            case "/unsized":
                return Reply(200, b"x" * int(request.query["size"]), (("connection", "close"),))
            case "/forbidden":
                return Reply(403)
        self.verdict(request.body.decode())
        return json_reply(
            {
                "method": request.method,
                "path": request.path,
                "body": request.body.decode(),
                "headers": request.headers,
                "certificate": request.peer_certificate is not None,
            }
        )


@pytest.fixture(params=[True, False], ids=["http2", "http1"])
def http2(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
async def vendor() -> AsyncIterator[Mirror]:
    async with Mirror() as vendor:
        yield vendor


@pytest.fixture
async def sender(vendor: Mirror) -> AsyncIterator[Sender]:
    async with Sender(str(vendor.ca_file)) as sender:
        yield sender


def hasty(vendor: Mirror, connect: float = 10.0, answer: float = 1.0) -> Sender:
    return Sender(str(vendor.ca_file), connect_seconds=connect, answer_seconds=answer)


def posts(count: int, path: str = "/said") -> list[Post]:
    return [Post(path, f"ok-{number}".encode()) for number in range(count)]


def bodies(answers: list[Answer | HttpError]) -> list[str]:
    return [answer.json()["body"] if isinstance(answer, Answer) else str(answer) for answer in answers]


async def asked(vendor: Mirror, *bodies: bytes) -> None:
    """The vendor has them all, and has answered none of them."""
    async with asyncio.timeout(30):
        while not {*bodies} <= {request.body for request in vendor.requests}:  # noqa: ASYNC110  the vendor rings no bell
            await asyncio.sleep(0.01)


# what is asked and answered


async def test_a_request_and_its_answer(vendor: Mirror, sender: Sender, http2: bool) -> None:
    server = sender.server(vendor.origin, http2=http2)
    answer = await server.post("/said", b"hello", ("Content-Type: application/json", "Authorization: key=7"))
    said = answer.json()
    assert (answer.status, said["method"], said["body"]) == (200, "POST", "hello")
    assert said["headers"]["content-type"] == "application/json"
    assert said["headers"]["authorization"] == "key=7"
    assert said["headers"]["user-agent"].startswith("rockdove/")
    assert "expect" not in said["headers"]


async def test_a_handle_remembers_nothing_of_the_last_request(vendor: Mirror, sender: Sender, http2: bool) -> None:
    server = sender.server(vendor.origin, http2=http2)
    await server.post("/said", b"one", ("X-Secret: of one", "Content-Type: application/json"))
    second = (await server.get("/said", ("X-Other: 1",))).json()
    assert (second["method"], second["body"]) == ("GET", "")
    assert "x-secret" not in second["headers"]
    assert "content-length" not in second["headers"]
    third = (await server.post("/said", b"three")).json()
    assert (third["method"], third["body"]) == ("POST", "three")
    assert "x-other" not in third["headers"]
    assert (await server.post("/said", b"")).json()["body"] == ""
    assert vendor.connections == 1


async def test_a_handle_remembers_nothing_of_a_fault(vendor: Mirror, http2: bool) -> None:
    async with hasty(vendor, answer=2.0) as sender:
        server = sender.server(vendor.origin, http2=http2)
        await server.post("/said", b"1")
        vendor.fault, vendor.fault_times = Fault.SLOW, 1
        with pytest.raises(NoAnswerError):
            await server.post("/said", b"2", ("X-Mark: 2",))
        sender.answer_seconds = 30.0
        said = (await server.post("/said", b"3")).json()
        assert said["body"] == "3"
        assert "x-mark" not in said["headers"]


@pytest.mark.parametrize("line", ["Authorization: key=7\r\nX-More: 1", "Authorization: key=7\n"])
async def test_a_credential_with_a_line_break_is_no_second_header(vendor: Mirror, sender: Sender, line: str) -> None:
    server = sender.server(vendor.origin, http2=True)
    with pytest.raises(UnreachableError, match="line break") as caught:
        await server.post("/said", b"", (line,))
    assert "key=7" not in str(caught.value)
    outcomes = await server.post_all([Post("/said", b"1"), Post("/said", b"2", (line,)), Post("/said", b"3")])
    assert isinstance(outcomes.pop(1), UnreachableError)
    assert bodies(outcomes) == ["1", "3"]
    assert len(vendor.requests) == 2


async def test_redirects_are_not_followed(vendor: Mirror, sender: Sender, http2: bool) -> None:
    answer = await sender.server(vendor.origin, http2=http2).post("/elsewhere", b"1")
    assert answer.status == 302
    assert len(vendor.requests) == 1


async def test_when_to_come_again(vendor: Mirror, sender: Sender) -> None:
    server = sender.server(vendor.origin)
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True).replace(" ", "%20")
    past = "Wed,%2021%20Oct%202015%2007:28:00%20GMT"
    found = [(await server.post(f"/busy?after={text}", b"")).retry_after for text in ("7", date, past, "soon", "-5")]
    assert found == [7.0, pytest.approx(90, abs=5), 0.0, 0.0, 0.0]
    assert (await server.post("/said", b"")).retry_after == 0.0


async def test_an_answer_has_a_limit(vendor: Mirror, sender: Sender, http2: bool) -> None:
    server = sender.server(vendor.origin, http2=http2)
    assert len((await server.get(f"/large?size={MAX_ANSWER_BYTES}")).body) == MAX_ANSWER_BYTES
    with pytest.raises(NoAnswerError, match="Maximum file size"):
        await server.get(f"/large?size={MAX_ANSWER_BYTES + 1}")
    assert (await server.post("/said", b"1")).status == 200


async def test_no_json(vendor: Mirror, sender: Sender) -> None:
    vendor.fault = Fault.GARBAGE
    assert (await sender.server(vendor.origin).post("/said", b"")).json() is None


# connections and streams


async def test_streams_share_a_connection(vendor: Mirror, sender: Sender) -> None:
    server = sender.server(vendor.origin, http2=True)
    vendor.delay = 0.05
    answers = await asyncio.gather(*(server.post("/said", str(number).encode()) for number in range(200)))
    assert [answer.json()["body"] for answer in answers] == [str(number) for number in range(200)]
    assert vendor.connections == 1
    assert vendor.most_streams > 1


async def test_as_many_connections_as_the_vendors_streams_make_necessary(vendor: Mirror, sender: Sender) -> None:
    vendor.max_streams, vendor.delay = 100, 0.05
    server = sender.server(vendor.origin, http2=True)
    answers = await server.post_all(posts(1500), streams=500)
    assert bodies(answers) == [f"ok-{number}" for number in range(1500)]
    assert 1 < vendor.connections <= CONNECTIONS_TO_A_HOST
    assert vendor.accepted == {f"ok-{number}": 1 for number in range(1500)}


async def test_fewer_streams_than_anybody_has_lose_nothing(vendor: Mirror, sender: Sender) -> None:
    """A new connection is given as many as is customary; what the vendor refuses then is sent again a few times."""
    vendor.max_streams, vendor.delay = 5, 0.01
    outcomes = await sender.server(vendor.origin, http2=True).post_all(posts(300), streams=100)
    unanswered = {f"ok-{number}" for number, outcome in enumerate(outcomes) if isinstance(outcome, HttpError)}
    assert all(isinstance(outcome, Answer | NoAnswerError) for outcome in outcomes)
    assert set(vendor.accepted) >= {f"ok-{number}" for number in range(300)} - unanswered
    assert set(vendor.accepted.values()) == {1}


async def test_connections_without_streams_are_kept(vendor: Mirror, sender: Sender) -> None:
    server = sender.server(vendor.origin)
    for _ in range(5):
        await asyncio.gather(*(server.post("/said", b"1") for _ in range(4)))
    assert vendor.connections <= 4


async def test_two_servers_of_one_address_share_connections_unless_they_are_somebody(
    vendor: Mirror, sender: Sender
) -> None:
    for _ in range(2):
        await sender.server(vendor.origin, http2=True).post("/said", b"1")
    assert vendor.connections == 1
    for team in ("one", "other", "one"):
        await sender.server(vendor.origin, http2=True, identity=team).post("/said", b"1")
    assert vendor.connections == 3


async def test_in_bulk_as_many_at_a_time_as_was_said(vendor: Mirror, sender: Sender) -> None:
    vendor.delay = 0.01
    server = sender.server(vendor.origin, http2=True)
    assert await server.post_all([]) == []
    assert bodies(await server.post_all(posts(300), streams=30)) == [f"ok-{number}" for number in range(300)]
    assert 1 < vendor.most_streams <= 30


async def test_where_the_first_goes_alone(vendor: Mirror, sender: Sender) -> None:
    """Without that, libcurl would open a connection for every stream it wants."""
    vendor.first_streams, vendor.delay = 1, 0.02
    server = sender.server(vendor.origin, http2=True, identity="team")
    assert bodies(await server.post_all(posts(50))) == [f"ok-{number}" for number in range(50)]
    assert vendor.connections == 1
    await asyncio.gather(*(server.post("/said", b"ok-1") for _ in range(50)))
    assert vendor.connections == 1
    assert vendor.most_streams > 1


async def test_the_first_goes_alone_whichever_way_they_come(vendor: Mirror, sender: Sender) -> None:
    vendor.first_streams, vendor.delay = 1, 0.02
    server = sender.server(vendor.origin, http2=True, identity="team")
    together = [server.post("/said", b"ok-1") for _ in range(20)]
    await asyncio.gather(*together, server.post_all(posts(20)), server.post_all(posts(20)))
    assert vendor.connections == 1
    assert len(vendor.requests) == 60


async def test_a_vendor_that_refuses_us_does_not_count_as_warm(vendor: Mirror, sender: Sender) -> None:
    vendor.first_streams, vendor.delay = 1, 0.01
    server = sender.server(vendor.origin, http2=True)
    answers = await asyncio.gather(*(server.post("/forbidden", b"") for _ in range(5)))
    assert [answer.status for answer in answers] == [403] * 5
    assert vendor.connections == 1
    assert vendor.most_streams == 1


# what goes wrong


def unused_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def test_nobody_there(sender: Sender, http2: bool) -> None:
    origin = f"https://localhost:{unused_port()}"
    server = sender.server(origin, http2=http2)
    with pytest.raises(UnreachableError, match=f"{origin}: .*connect"):
        await server.post("/secret-device-token", b"1")
    outcomes = await server.post_all(posts(3, "/secret-device-token"))
    assert all(isinstance(outcome, UnreachableError) and "secret" not in str(outcome) for outcome in outcomes)


async def test_a_name_that_nobody_has(sender: Sender) -> None:
    with pytest.raises(UnreachableError, match="resolve"):
        await sender.server("https://push.invalid").post("/", b"")


async def test_who_accepts_and_says_nothing(vendor: Mirror) -> None:
    """A handshake that never ends: nothing can have been sent."""
    silent = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    origin = f"https://localhost:{silent.sockets[0].getsockname()[1]}"
    for connect, answer in ((0.2, 5.0), (5.0, 0.2)):
        async with hasty(vendor, connect, answer) as sender:
            with pytest.raises(UnreachableError, match="timed out"):
                await sender.server(origin, http2=True).post("/", b"1")
    silent.close()


@pytest.mark.parametrize(
    ("fault", "words"),
    [("name", "does not match|no alternative"), ("expired", "expired"), ("authority", "issuer|self-signed")],
)
async def test_a_certificate_that_is_no_good(fault: Any, words: str, http2: bool) -> None:
    vendor = Mirror()
    vendor.bad_tls = fault
    async with vendor, Sender(str(vendor.ca_file)) as sender:
        with pytest.raises(UnreachableError, match=words):
            await sender.server(vendor.origin, http2=http2).post("/said", b"1")
    assert not vendor.requests


async def test_no_tls_at_all(sender: Sender) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(UnreachableError):
        await sender.server(f"https://localhost:{port}").post("/", b"")
    with pytest.raises(UnreachableError, match=r"not supported|disabled"):
        await sender.server(f"http://localhost:{port}").post("/", b"")
    server.close()


async def test_an_answer_that_does_not_end(vendor: Mirror, http2: bool) -> None:
    vendor.fault = Fault.SLOW
    async with hasty(vendor) as sender:
        server = sender.server(vendor.origin, http2=http2)
        with pytest.raises(NoAnswerError, match="timed out"):
            await server.post("/said", b"1")
        outcomes = await server.post_all(posts(10))
        assert all(isinstance(outcome, NoAnswerError) for outcome in outcomes)


async def test_a_connection_cut_before_any_answer(vendor: Mirror, sender: Sender, http2: bool) -> None:
    vendor.fault = Fault.CUT
    with pytest.raises(NoAnswerError):
        await sender.server(vendor.origin, http2=http2).post("/said", b"1")


async def test_a_connection_cut_in_mid_batch(vendor: Mirror, sender: Sender) -> None:
    """Every request has its answer or its error, and the connection is made anew."""
    server = sender.server(vendor.origin, http2=True)
    vendor.fault, vendor.fault_times, vendor.fault_after, vendor.delay = Fault.CUT, 3, 40, 0.01
    outcomes = await server.post_all(posts(400), streams=50)
    assert len(outcomes) == 400
    for number, outcome in enumerate(outcomes):
        if isinstance(outcome, Answer):
            assert outcome.json()["body"] == f"ok-{number}"
            assert vendor.accepted[f"ok-{number}"] >= 1
        else:
            assert isinstance(outcome, NoAnswerError)
    assert sum(isinstance(outcome, Answer) for outcome in outcomes) >= 200
    assert vendor.connections >= 2


async def test_goaway_in_mid_batch_loses_nothing_and_repeats_nothing(vendor: Mirror, sender: Sender) -> None:
    server = sender.server(vendor.origin, http2=True)
    vendor.fault, vendor.fault_times, vendor.fault_after, vendor.delay = Fault.GOAWAY, 1, 40, 0.01
    outcomes = await server.post_all(posts(400), streams=50)
    assert bodies(outcomes) == [f"ok-{number}" for number in range(400)]
    assert vendor.accepted == {f"ok-{number}": 1 for number in range(400)}
    assert vendor.connections >= 2


async def test_all_connections_cut_while_idle(vendor: Mirror, sender: Sender, http2: bool) -> None:
    server = sender.server(vendor.origin, http2=http2)
    await server.post("/said", b"1")
    vendor.cut_all()
    await asyncio.sleep(1.2)  # libcurl looks once a second whether connections are still alive
    assert (await server.post("/said", b"2")).status == 200


# cancellation and the end


async def test_a_cancelled_request_leaves_the_others_alone(vendor: Mirror, sender: Sender, http2: bool) -> None:
    server = sender.server(vendor.origin, http2=http2)
    vendor.delay = 0.2
    stays, goes = (asyncio.create_task(server.post("/said", b"ok-1")) for _ in range(2))
    await asyncio.sleep(0.05)
    goes.cancel()
    with pytest.raises(asyncio.CancelledError):
        await goes
    assert (await stays).status == 200
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await server.post("/said", b"ok-2")
    assert (await server.post("/said", b"ok-3")).json()["body"] == "ok-3"


async def test_a_cancelled_bulk_begins_nothing_more(vendor: Mirror, sender: Sender) -> None:
    server = sender.server(vendor.origin, http2=True)
    vendor.delay = 0.1
    bulk = asyncio.create_task(server.post_all(posts(100), streams=10))
    await asyncio.sleep(0.15)
    bulk.cancel()
    with pytest.raises(asyncio.CancelledError):
        await bulk
    begun = len(vendor.requests)
    assert begun < 100
    assert (await server.post("/said", b"after")).json()["body"] == "after"
    assert len(vendor.requests) <= begun + 10 + 1  # those under way may still arrive


async def test_closing_ends_what_is_under_way(vendor: Mirror) -> None:
    vendor.fault = Fault.SLOW
    sender = Sender(str(vendor.ca_file))
    server = sender.server(vendor.origin, http2=True)
    one, many = asyncio.create_task(server.post("/said", b"1")), asyncio.create_task(server.post_all(posts(5)))
    await asked(vendor, b"1")
    await sender.__aexit__()
    with pytest.raises(NoAnswerError, match="closed"):
        await one
    assert all(isinstance(outcome, UnreachableError) for outcome in await many)
    with pytest.raises(UnreachableError, match="closed"):
        await server.post("/said", b"2")


async def test_closing_ends_a_bulk(vendor: Mirror) -> None:
    sender = Sender(str(vendor.ca_file))
    server = sender.server(vendor.origin, http2=True)
    await server.post("/said", b"1")
    vendor.fault = Fault.SLOW
    many = asyncio.create_task(server.post_all(posts(5), streams=3))
    await asked(vendor, b"ok-0", b"ok-1", b"ok-2")
    await sender.__aexit__()
    kinds = [type(outcome) for outcome in await many]
    assert sorted(kinds, key=str) == [NoAnswerError] * 3 + [UnreachableError] * 2


# certificates and proxies


async def test_a_client_certificate_from_memory(vendor: Mirror, sender: Sender, http2: bool) -> None:
    issued = client_certificate("com.example.shop")
    certificate = Certificate(certificate=issued.certificate, key=issued.key)
    ours = sender.server(vendor.origin, http2=http2, certificate=certificate)
    assert (await ours.post("/said", b"1")).json()["certificate"] is True
    assert (await sender.server(vendor.origin, http2=http2).post("/said", b"1")).json()["certificate"] is False


async def test_a_certificate_without_its_key(vendor: Mirror, sender: Sender) -> None:
    one, other = client_certificate("com.example.shop"), client_certificate("com.example.other")
    for key in (other.key, b"no key at all"):
        wrong = Certificate(certificate=one.certificate, key=key)
        with pytest.raises(UnreachableError):
            await sender.server(vendor.origin, http2=True, certificate=wrong).post("/said", b"1")
    assert not vendor.requests


@pytest.mark.parametrize("kind", [HttpWayOut, SocksWayOut])
async def test_a_proxy(vendor: Mirror, sender: Sender, kind: type[WayOut], http2: bool) -> None:
    async with kind() as proxy:
        server = sender.server(vendor.origin, http2=http2, proxy=proxy.url())
        for _ in range(3):
            assert (await server.post("/said", b"1")).status == 200
        assert proxy.passed == ["localhost"]


@pytest.mark.parametrize("kind", [HttpWayOut, SocksWayOut])
async def test_a_proxy_that_refuses_us(vendor: Mirror, sender: Sender, kind: type[WayOut]) -> None:
    async with kind() as proxy:
        with pytest.raises(UnreachableError) as caught:
            await sender.server(vendor.origin, proxy=proxy.url("wrong-password")).post("/said", b"1")
    assert "wrong-password" not in str(caught.value)
    assert not vendor.requests


@pytest.mark.parametrize("scheme", ["http", "socks5h", "https", "gopher"])
async def test_a_proxy_that_is_none(vendor: Mirror, sender: Sender, scheme: str) -> None:
    for place in (f"127.0.0.1:{unused_port()}", "127.0.0.1:port", "proxy.invalid:3128"):
        proxy = f"{scheme}://rockdove:{PASSWORD}@{place}"
        with pytest.raises(UnreachableError) as caught:
            await sender.server(vendor.origin, proxy=proxy).post("/said", b"1")
        assert PASSWORD not in str(caught.value)
    assert not vendor.requests


async def test_the_environment_has_no_say(vendor: Mirror, sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{unused_port()}")
    assert (await sender.server(vendor.origin).post("/said", b"1")).status == 200
    monkeypatch.setenv("no_proxy", "localhost,*")
    async with HttpWayOut() as proxy:
        await sender.server(vendor.origin, proxy=proxy.url()).post("/said", b"1")
        assert proxy.passed == ["localhost"]


def test_the_machines_authorities_are_found() -> None:
    """pycurl's libcurl looks where Red Hat has them, and nowhere else."""
    assert b"BEGIN CERTIFICATE" in Path(system_authorities()).read_bytes()


async def test_an_unknown_authority_with_those_of_the_machine(vendor: Mirror) -> None:
    async with Sender() as sender:
        with pytest.raises(UnreachableError, match=r"issuer|self-signed"):
            await sender.server(vendor.origin).post("/said", b"1")


def test_on_the_loop_of_production() -> None:
    async def story() -> None:
        async with Mirror() as vendor, Sender(str(vendor.ca_file)) as sender:
            server = sender.server(vendor.origin, http2=True)
            vendor.fault, vendor.fault_times, vendor.fault_after = Fault.GOAWAY, 1, 150
            assert bodies(await server.post_all(posts(500), 100)) == [f"ok-{number}" for number in range(500)]
            vendor.cut_all()
            plain = sender.server(vendor.origin)
            answers = await asyncio.gather(*(plain.post("/said", b"x") for _ in range(20)))
            assert {answer.status for answer in answers} == {200}
            assert bodies(await server.post_all(posts(50))) == [f"ok-{number}" for number in range(50)]

    uvloop.run(story())
