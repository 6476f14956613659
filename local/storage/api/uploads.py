"""Uploads of the JSON API: media, multipart and resumable."""

from local.storage.api.drafts import checksums, json_draft
from local.storage.api.service import Service
from local.storage.errors import invalid
from local.storage.objects import StoredObject
from local.storage.related import related
from local.storage.sessions import ContentRange
from local.storage.wire import Reply, Request, json_reply

_CANCELLED = 499  # the service's answer to a cancelled upload


def insert(service: Service, request: Request, bucket: str) -> Reply:
    if "upload_id" in request.query:  # Go's client and gcsfs send their chunks by POST, too
        return advance(service, request)
    service.store.bucket(bucket)
    match request.query.get("uploadType"):
        case "media":
            return _media(service, request, bucket)
        case "multipart":
            return _multipart(service, request, bucket)
        case "resumable":
            return _start(service, request, bucket)
    raise invalid("uploadType is one of media, multipart, resumable.")


def advance(service: Service, request: Request) -> Reply:
    """A chunk of a resumable upload, or a query how much of it has arrived."""
    reached = reach(service, request)
    return reached if isinstance(reached, Reply) else json_reply(reached.resource(request.base))


def reach(service: Service, request: Request) -> StoredObject | Reply:
    """The object, or how much of it has arrived: a 308, or a 200 for clients that ask for one."""
    place = ContentRange.parse(request.headers.get("content-range"))
    key = request.query.get("upload_id", "")
    reached = service.sessions.advance(key, request.body, place, checksums(request.headers))
    if not isinstance(reached, int):
        return reached
    headers = {"Range": f"bytes=0-{reached - 1}"} if reached else {}
    if request.headers.get("x-guploader-no-308", "").lower() == "yes":
        return Reply(200, headers | {"X-Http-Status-Code-Override": "308"})
    return Reply(308, headers)


def cancel(service: Service, request: Request) -> Reply:
    service.sessions.cancel(request.query.get("upload_id", ""))
    return Reply(_CANCELLED)


def _media(service: Service, request: Request, bucket: str) -> Reply:
    draft = json_draft(request, bucket, {}, request.headers["content-type"])
    with service.store.spool() as spool:
        spool.fill(request.body)
        return json_reply(service.store.put(draft, spool).resource(request.base))


def _multipart(service: Service, request: Request, bucket: str) -> Reply:
    upload = related(request.body)
    draft = json_draft(request, bucket, upload.metadata, upload.content_type)
    with service.store.spool() as spool:
        for block in upload.blocks:
            spool.write(block)
        return json_reply(service.store.put(draft, spool).resource(request.base))


def _start(service: Service, request: Request, bucket: str) -> Reply:
    content_type = request.headers["x-upload-content-type"]
    draft = json_draft(request, bucket, request.json(), content_type)
    key = service.sessions.start(draft)
    link = f"{request.base}{request.path}?uploadType=resumable&upload_id={key}"
    return Reply(200, {"Location": link, "X-GUploader-UploadID": key})
