"""Uploads byte for byte as TPNS's published samples and libraries send them. All of them must give a package of two
accounts."""

from __future__ import annotations

from typing import Any

import pytest

from rockdove.api.context import ApiContext
from tests.api.tpns.rest import Client

FILE = b"user-0001\nuser-0002\n"

FORMS: dict[str, tuple[str, bytes, bytes]] = {
    "Python SDK with an opened file, requests files=": (
        "multipart/form-data; boundary=1c21d9f0a1aa47d8b4bb5f02c1d3e1a5",
        b"--1c21d9f0a1aa47d8b4bb5f02c1d3e1a5\r\n"
        b'Content-Disposition: form-data; name="file"; filename="acc.txt"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n",
        b"\r\n--1c21d9f0a1aa47d8b4bb5f02c1d3e1a5--\r\n",
    ),
    "Python SDK with BytesIO: no file name": (
        "multipart/form-data; boundary=0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        b"--0f1e2d3c4b5a69788796a5b4c3d2e1f0\r\n"
        b'Content-Disposition: form-data; name="file"\r\n\r\n',
        b"\r\n--0f1e2d3c4b5a69788796a5b4c3d2e1f0--\r\n",
    ),
    "Python 3 sample: the path given to open() as file name": (
        "multipart/form-data; boundary=9051914041544843365972754266",
        b"--9051914041544843365972754266\r\n"
        b'Content-Disposition: form-data; name="file"; filename="/home/push/upload/acc.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\n",
        b"\r\n--9051914041544843365972754266--\r\n",
    ),
    "token-package Python sample: an extra field fileName": (
        "multipart/form-data; boundary=9051914041544843365972754266",
        b"--9051914041544843365972754266\r\n"
        b'Content-Disposition: form-data; name="fileName"\r\n\r\nacc.txt\r\n'
        b"--9051914041544843365972754266\r\n"
        b'Content-Disposition: form-data; name="file"; filename="acc.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\n",
        b"\r\n--9051914041544843365972754266--\r\n",
    ),
    "urllib3 before 1.25: RFC 5987 name": (
        "multipart/form-data; boundary=76a94b1c1f0d4c8f",
        b"--76a94b1c1f0d4c8f\r\n"
        b"Content-Disposition: form-data; name=\"file\"; filename*=utf-8''%E5%8F%B7%E7%A0%81%E5%8C%85.txt\r\n\r\n",
        b"\r\n--76a94b1c1f0d4c8f--\r\n",
    ),
    "urllib3 today: raw UTF-8 name": (
        "multipart/form-data; boundary=76a94b1c1f0d4c8f",
        b"--76a94b1c1f0d4c8f\r\n"
        b'Content-Disposition: form-data; name="file"; filename="' + "号码包.txt".encode() + b'"\r\n'
        b"Content-Type: text/plain\r\n\r\n",
        b"\r\n--76a94b1c1f0d4c8f--\r\n",
    ),
    "C#: unquoted parameters, quoted boundary, no part type": (
        'multipart/form-data; boundary="5d8b7f3e-4a10-4f43-9e6e-5b1f4a3c9d27"',
        b"--5d8b7f3e-4a10-4f43-9e6e-5b1f4a3c9d27\r\n"
        b"Content-Disposition: form-data; name=file; filename=acc.txt\r\n\r\n",
        b"\r\n--5d8b7f3e-4a10-4f43-9e6e-5b1f4a3c9d27--\r\n",
    ),
    "PHP SDK, Java sample: the part calls itself multipart/form-data": (
        "multipart/form-data; boundary=------------------------b3a6f7a4d9c04c1e",
        b"--------------------------b3a6f7a4d9c04c1e\r\n"
        b'Content-Disposition: form-data; name="file"; filename="acc.txt"\r\n'
        b"Content-Type: multipart/form-data\r\n\r\n",
        b"\r\n--------------------------b3a6f7a4d9c04c1e--\r\n",
    ),
    "OkHttp: length and encoding in the part": (
        "multipart/form-data; boundary=3f7a2b5e-0b7c-4a57-8d75-54a9a2b8c6d1",
        b"--3f7a2b5e-0b7c-4a57-8d75-54a9a2b8c6d1\r\n"
        b'Content-Disposition: form-data; name="file"; filename="acc.txt"\r\n'
        b"Content-Type: multipart/form-data\r\nContent-Length: 20\r\n\r\n",
        b"\r\n--3f7a2b5e-0b7c-4a57-8d75-54a9a2b8c6d1--\r\n",
    ),
    "Go": (
        "multipart/form-data; boundary=c1d8a3e6f2b94705a8d3c6e1f0b2a4978563d1e2f4a6b8c0d9e7f5a3b1c2",
        b"--c1d8a3e6f2b94705a8d3c6e1f0b2a4978563d1e2f4a6b8c0d9e7f5a3b1c2\r\n"
        b'Content-Disposition: form-data; name="file"; filename="acc.txt"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n",
        b"\r\n--c1d8a3e6f2b94705a8d3c6e1f0b2a4978563d1e2f4a6b8c0d9e7f5a3b1c2--\r\n",
    ),
    "curl -F": (
        "multipart/form-data; boundary=------------------------d74496d66958873e",
        b"--------------------------d74496d66958873e\r\n"
        b'Content-Disposition: form-data; name="file"; filename="acc.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\n",
        b"\r\n--------------------------d74496d66958873e--\r\n",
    ),
    "curl -F with the boundary of the 2020 page given by hand": (
        "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW; "
        "boundary=------------------------220da719b7fe8338",
        b"--------------------------220da719b7fe8338\r\n"
        b'Content-Disposition: form-data; name="file"; filename="acc.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\n",
        b"\r\n--------------------------220da719b7fe8338--\r\n",
    ),
    "Python sample of the 2020 page: a comma before the boundary, two line ends too many": (
        "multipart/form-data,boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
        b"------WebKitFormBoundary7MA4YWxkTrZu0gW\r\n"
        b'Content-Disposition: form-data; name="file"; filename="acc.txt"\r\n\r\n',
        b"\r\n\r\n\r\n------WebKitFormBoundary7MA4YWxkTrZu0gW--\r\n",
    ),
    "a browser on Windows, long ago": (
        "multipart/form-data; boundary=---------------------------7e13971310878",
        b"-----------------------------7e13971310878\r\n"
        b'Content-Disposition: form-data; name="file"; filename="C:\\Users\\push\\acc.TXT"\r\n'
        b"Content-Type: text/plain\r\n\r\n",
        b"\r\n-----------------------------7e13971310878--\r\n",
    ),
}  # fmt: skip

EXPECTED_NAMES = {
    "Python SDK with BytesIO: no file name": "package.txt",
    "urllib3 before 1.25: RFC 5987 name": "号码包.txt",
    "urllib3 today: raw UTF-8 name": "号码包.txt",
    "a browser on Windows, long ago": "acc.TXT",
}


def request(client: Client, content_type: str, body: bytes, *, chunked: bool = False, expect: bool = False) -> bytes:
    """The bytes of the whole request."""
    lines = [
        "POST //v3/push/package/upload HTTP/1.1",
        "Host: api.tpns.example",
        f"Authorization: {client.basic['Authorization']}",
        f"Content-Type: {content_type}",
        "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}",
        *(["Expect: 100-continue"] if expect else []),
    ]
    if chunked:
        pieces = [body[start : start + 50] for start in range(0, len(body), 50)]
        body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def test_every_form_gives_a_package(client: Client, context: ApiContext) -> None:
    for name, (content_type, head, tail) in FORMS.items():
        for how in ({}, {"chunked": True}, {"expect": True}):
            reply = await client.raw(request(client, content_type, head + FILE + tail, **how))
            assert (reply.status, reply.code) == (200, 0), (name, how, reply.json)
            answer = reply.json
            counts = [answer[key] for key in ("lineCount", "accountCount", "duplicateCount", "invalidCount")]
            assert counts == [2, 2, 0, 0], name
            assert 0 < answer["uploadId"] < 2**31
            assert answer["errMsg"] == "NO_ERROR"
            package = await context.packages.get(client.access_id, answer["uploadId"])
            assert package.file_name == EXPECTED_NAMES.get(name, "acc.txt"), name


async def test_no_file_name_above_a_megabyte(client: Client) -> None:
    """Web frameworks take such a part for a text field and refuse it there."""
    content_type, head, tail = FORMS["Python SDK with BytesIO: no file name"]
    accounts = b"".join(b"user-%07d\n" % number for number in range(150_000))
    reply = await client.raw(request(client, content_type, head + accounts + tail, expect=True))
    assert (reply.code, reply.json["accountCount"]) == (0, 150_000)


@pytest.mark.parametrize("name", ["File", "file[]", "upload", ""])
async def test_other_field_names(client: Client, name: str) -> None:
    body = (
        b'--XX\r\nContent-Disposition: form-data; name="%s"; filename="a.txt"\r\n\r\nab\r\n--XX--\r\n' % name.encode()
    )
    reply = await client.raw(request(client, "multipart/form-data; boundary=XX", body))
    answer: dict[str, Any] = reply.json
    assert (reply.code, answer["uploadId"]) == (1008002, 0)
