"""Many small requests in one (cloud.google.com/storage/docs/batch)."""

from collections.abc import Callable
from email import message_from_bytes
from email.message import Message
from http import HTTPStatus
from http.client import parse_headers
from io import BytesIO
from uuid import uuid4

from local.emulator.body import Body
from local.storage.errors import invalid, not_implemented
from local.storage.wire import Extract, Reply, Request, json_reply

Answer = Callable[[str, str, Message, Body, str], Reply]


def run(request: Request, answer: Answer) -> Reply:
    """The replies of `answer` to the requests within `request`."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    envelope = message_from_bytes(head + request.text())
    if not envelope.is_multipart():
        raise invalid("A batch is a multipart document.")
    boundary = uuid4().hex
    parts = [_part(part, request.base, answer) for part in envelope.walk() if part is not envelope]
    body = b"".join(b"--%b\r\n%b\r\n" % (boundary.encode(), part) for part in parts)
    closing = f"--{boundary}--\r\n".encode()
    return Reply(200, {"Content-Type": f"multipart/mixed; boundary={boundary}"}, body + closing)


def _part(part: Message, base: str, answer: Answer) -> bytes:
    content = part.get_payload(decode=True)
    stream = BytesIO(content if isinstance(content, bytes) else b"")
    line = stream.readline().decode("ascii", "replace").split()
    if len(line) < 2:
        raise invalid("A part of the batch is not a request.")
    headers = parse_headers(stream)
    rest = stream.read()
    reply = answer(line[0], line[1], headers, Body(BytesIO(rest), len(rest)), base)
    if isinstance(reply.body, Extract):
        reply.body.file.close()
        refusal = not_implemented("Bytes cannot be downloaded in a batch.")
        reply = json_reply(refusal.resource(), refusal.status)
    return _head(part, reply) + (reply.body if isinstance(reply.body, bytes) else b"")


def _head(part: Message, reply: Reply) -> bytes:
    lines = ["Content-Type: application/http"]
    if key := part["content-id"]:
        lines.append(f"Content-ID: <response-{str(key).strip('<>')}>")
    lines += ["", f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    lines += [f"Content-Length: {reply.length}", "", ""]
    return "\r\n".join(lines).encode()
