"""The base of the fake vendors, as clients that are none of ours see it."""

from __future__ import annotations

import asyncio
import ssl
from io import BytesIO
from typing import Any

import httpx
import pycurl
import pytest

from rockdove.testing.vendors.certificates import client_certificate
from rockdove.testing.vendors.server import FakeVendor, Fault, Reply, Request, json_reply
from rockdove.testing.vendors.wire import GOODBYE_SECONDS


class Echo(FakeVendor):
    name = "echo"
    http2 = True
    asks_for_certificate = True
    spared_paths = frozenset({"/token"})

    def settings(self) -> dict[str, Any]:
        return {}

    def handle(self, request: Request) -> Reply:
        if request.path == "/large":
            return Reply(200, b"x" * int(request.query["size"]))
        return json_reply(
            {
                "method": request.method,
                "path": request.path,
                "query": request.query,
                "body": request.body.decode(),
                "agent": request.headers["user-agent"],
                "certified": request.peer_certificate is not None,
                "verdict": self.verdict(request.body.decode()),
            }
        )

    def throttled(self, request: Request) -> Reply:
        return json_reply({"code": 7, "says": "slowly"}, 200)


def client(vendor: FakeVendor) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=vendor.origin, verify=ssl.create_default_context(cafile=vendor.ca_file), trust_env=False
    )


class Curl:
    """The other client: libcurl on a thread of its own, a connection kept between calls."""

    def __init__(self, vendor: FakeVendor) -> None:
        self._origin = vendor.origin
        self._curl = pycurl.Curl()
        self._curl.setopt(pycurl.CAINFO, str(vendor.ca_file))
        self._curl.setopt(pycurl.PROXY, "")
        self._curl.setopt(pycurl.TIMEOUT, 20)

    async def post(self, path: str, body: bytes = b"") -> tuple[int, int, bytes]:
        """HTTP version, status, body."""
        return await asyncio.to_thread(self._post, path, body)

    def _post(self, path: str, body: bytes) -> tuple[int, int, bytes]:
        received = BytesIO()
        self._curl.setopt(pycurl.URL, self._origin + path)
        self._curl.setopt(pycurl.POSTFIELDS, body)
        self._curl.setopt(pycurl.WRITEDATA, received)
        self._curl.perform()
        info = self._curl.getinfo
        return info(pycurl.INFO_HTTP_VERSION), info(pycurl.RESPONSE_CODE), received.getvalue()


async def test_http_1_and_2_are_spoken() -> None:
    async with Echo() as vendor, client(vendor) as http:
        first = await http.post("/say?a=1&b=%20", content="嗨".encode())
        said = first.json()
        assert (first.http_version, said["method"], said["path"]) == ("HTTP/1.1", "POST", "/say")
        assert (said["query"], said["body"]) == ({"a": "1", "b": " "}, "嗨")
        curl = Curl(vendor)
        for _ in range(3):
            version, status, body = await curl.post("/say", b"hello")
            assert (version, status) == (pycurl.CURL_HTTP_VERSION_2_0, 200)
            assert b'"body":"hello"' in body
        assert vendor.connections == 2
        assert [request.body for request in vendor.requests] == ["嗨".encode(), b"hello", b"hello", b"hello"]


async def test_bodies_larger_than_a_window_pass_in_both_directions() -> None:
    async with Echo() as vendor, client(vendor) as http:
        large = "y" * 3_000_000
        assert (await http.post("/say", content=large)).json()["body"] == large
        assert len((await http.get("/large?size=3000000")).content) == 3_000_000
        curl = Curl(vendor)
        assert large.encode() in (await curl.post("/say", large.encode()))[2]
        assert len((await curl.post("/large?size=30000000"))[2]) == 30_000_000


async def test_tokens_decide() -> None:
    async with Echo() as vendor, client(vendor) as http:

        async def verdict(token: str) -> str:
            return str((await http.post("/say", content=token)).json()["verdict"])

        assert await verdict(vendor.token("ok", 1)) == "ok"
        assert await verdict(vendor.token("bad", 1)) == "bad"
        assert await verdict(vendor.token("gone", 1)) == "gone"
        assert [await verdict("retry2-9") for _ in range(4)] == ["retry", "retry", "ok", "ok"]
        assert await verdict("anything") == "ok"
        assert vendor.accepted == {"ok-1": 1, "retry2-9": 2, "anything": 1}


async def test_access_tokens_end() -> None:
    vendor = Echo()
    first, second = vendor.grant(), vendor.grant()
    assert first != second
    assert vendor.is_granted(first)
    assert vendor.is_granted(second)
    vendor.expire_credentials()
    assert not vendor.is_granted(first)
    assert vendor.grant() not in {first, second}


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        (Fault.BUSY, 503, b""),
        (Fault.BROKEN, 500, b"Internal Server Error"),
        (Fault.GARBAGE, 200, b"<html>"),
        (Fault.THROTTLE, 200, b'{"code":7'),
        (Fault.QUOTA, 200, b'{"code":7'),
    ],
)
async def test_a_fault_lasts_as_long_as_it_was_said(fault: Fault, status: int, body: bytes) -> None:
    async with Echo() as vendor, client(vendor) as http:
        vendor.fault, vendor.fault_times, vendor.fault_after = fault, 2, 1
        assert (await http.post("/say", content="1")).json()["body"] == "1"
        assert (await http.post("/token")).json()["path"] == "/token"
        for _ in range(2):
            answer = await http.post("/say")
            assert answer.status_code == status
            assert answer.content.startswith(body)
        assert (await http.post("/say", content="2")).json()["body"] == "2"
        assert vendor.fault is Fault.NONE


async def test_an_answer_that_does_not_end() -> None:
    async with Echo() as vendor, client(vendor) as http:
        vendor.fault = Fault.SLOW
        async with http.stream("POST", "/say") as answer:
            assert answer.status_code == 200
            parts = answer.aiter_raw()
            assert [await anext(parts) for _ in range(3)] == [b" ", b" ", b" "]
        curl = Curl(vendor)
        curl._curl.setopt(pycurl.TIMEOUT_MS, 500)
        with pytest.raises(pycurl.error) as caught:
            await curl.post("/say")
        assert caught.value.args[0] == pycurl.E_OPERATION_TIMEDOUT


async def test_a_connection_is_cut_with_all_its_requests() -> None:
    async with Echo() as vendor, client(vendor) as http:
        vendor.fault, vendor.fault_times = Fault.CUT, 2
        with pytest.raises(httpx.RemoteProtocolError):
            await http.post("/say", content="ok-1")
        with pytest.raises(pycurl.error):
            await Curl(vendor).post("/say", b"ok-1")
        assert not vendor.accepted
        assert (await http.post("/say", content="ok-1")).status_code == 200


async def test_goaway_means_that_the_request_was_not_looked_at() -> None:
    """libcurl sends it again on a new connection, which is what the protocol asks for."""
    async with Echo() as vendor:
        curl = Curl(vendor)
        vendor.fault, vendor.fault_times, vendor.fault_after = Fault.GOAWAY, 1, 1
        for _ in range(3):
            assert (await curl.post("/say", b"ok-1"))[1] == 200
        assert vendor.connections == 2
        assert vendor.accepted == {"ok-1": 3}
        async with asyncio.timeout(30):
            while len(vendor._open) > 1:  # noqa: ASYNC110  it is closed a moment after its goodbye
                await asyncio.sleep(GOODBYE_SECONDS / 4)
        assert len(vendor._open) == 1


async def test_time_for_thought() -> None:
    async with Echo() as vendor, client(vendor) as http:
        vendor.delay = 0.2
        await asyncio.gather(*(http.post("/say") for _ in range(5)))
        assert 1 < vendor.most_streams <= 5
        assert vendor.open_streams == 0


@pytest.mark.parametrize("fault", ["name", "expired", "authority", True])
async def test_certificates_that_are_no_good(fault: Any) -> None:
    vendor = Echo()
    vendor.bad_tls = fault
    async with vendor, client(vendor) as http:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await http.post("/say")
    assert not vendor.requests


async def test_certificates_of_clients() -> None:
    async with Echo() as vendor:
        trust = ssl.create_default_context(cafile=vendor.ca_file)
        issued = client_certificate("com.example.shop")
        pem = vendor.ca_file.with_name("client.pem")
        pem.write_bytes(issued.certificate + issued.key)
        trust.load_cert_chain(pem)
        async with httpx.AsyncClient(base_url=vendor.origin, verify=trust, trust_env=False) as http:
            assert (await http.post("/say")).json()["certified"] is True
        async with client(vendor) as http:
            assert (await http.post("/say")).json()["certified"] is False


async def test_what_is_no_http() -> None:
    async with Echo() as vendor:
        context = ssl.create_default_context(cafile=vendor.ca_file)
        port = int(vendor.origin.rsplit(":", 1)[1])
        reader, writer = await asyncio.open_connection("localhost", port, ssl=context)
        writer.write(b"hello there\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
        writer.close()
