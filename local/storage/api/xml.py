"""Objects by the path `/bucket/name`: signed URLs, and uploads in parts."""

import re
from dataclasses import replace

from local.storage.api import media, uploads
from local.storage.api.drafts import checksums, xml_conditions, xml_draft
from local.storage.api.service import Service
from local.storage.errors import invalid
from local.storage.objects import StoredObject
from local.storage.wire import Reply, Request

_PART = re.compile(rb"<PartNumber>\s*(\d+)\s*</PartNumber>")
_RESPONSE_HEADERS = {
    "response-content-type": "Content-Type",
    "response-content-disposition": "Content-Disposition",
}
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def get(service: Service, request: Request, bucket: str, name: str) -> Reply:
    """The bytes; signatures are not checked."""
    found = service.store.get(bucket, name, request.generation)
    xml_conditions(request.headers).check(found, reading=True)
    reply = media.download(service, request, bucket, name)
    chosen = {
        header: request.query[each]
        for each, header in _RESPONSE_HEADERS.items()
        if each in request.query
    }
    return replace(reply, headers={**reply.headers, **chosen})


def put(service: Service, request: Request, bucket: str, name: str) -> Reply:
    if "uploadId" in request.query:
        return _put_part(service, request)
    if "upload_id" in request.query:
        reached = uploads.reach(service, request)
        return reached if isinstance(reached, Reply) else _stored(reached)
    service.store.bucket(bucket)
    with service.store.spool() as spool:
        spool.fill(request.body)
        return _stored(service.store.put(xml_draft(request, bucket, name), spool))


def post(service: Service, request: Request, bucket: str, name: str) -> Reply:
    """Begins an upload, in parts or resumable, or ends one in parts."""
    if request.headers.get("x-goog-resumable", "").lower() == "start":
        return _start(service, request, bucket, name)
    if "uploads" in request.query:
        key = service.parts.start(xml_draft(request, bucket, name))
        return _document("InitiateMultipartUploadResult", f"<UploadId>{key}</UploadId>")
    numbers = [int(number) for number in _PART.findall(request.text())]
    stored = service.parts.finish(request.query.get("uploadId", ""), numbers)
    return _document("CompleteMultipartUploadResult", f"<ETag>{stored.etag}</ETag>")


def delete(service: Service, request: Request, bucket: str, name: str) -> Reply:
    if "uploadId" in request.query:
        service.parts.cancel(request.query["uploadId"])
    elif "upload_id" in request.query:
        return uploads.cancel(service, request)
    else:
        service.store.delete(bucket, name, request.generation, xml_conditions(request.headers))
    return Reply(204)


def _start(service: Service, request: Request, bucket: str, name: str) -> Reply:
    key = service.sessions.start(xml_draft(request, bucket, name))
    link = f"{request.base}{request.path}?upload_id={key}"
    return Reply(201, {"Location": link, "X-GUploader-UploadID": key})


def _put_part(service: Service, request: Request) -> Reply:
    number = request.query.get("partNumber", "")
    if not number.isdecimal():
        raise invalid(f"Invalid part number: {number!r}")
    spool = service.store.spool()
    try:
        spool.fill(request.body)
        spool.verify(checksums(request.headers))
        service.parts.add(request.query["uploadId"], int(number), spool)
    except BaseException:
        spool.discard()
        raise
    hashes = f"crc32c={spool.crc32c},md5={spool.md5}"
    return Reply(200, {"ETag": f'"{spool.md5}"', "X-Goog-Hash": hashes})


def _stored(stored: StoredObject) -> Reply:
    return Reply(
        200,
        {
            "ETag": stored.etag,
            "X-Goog-Generation": str(stored.generation),
            "X-Goog-Hash": f"crc32c={stored.crc32c},md5={stored.md5}",
            "X-Goog-Metageneration": str(stored.metageneration),
        },
    )


def _document(root: str, content: str) -> Reply:
    text = f'<?xml version="1.0"?><{root} xmlns="{_NAMESPACE}">{content}</{root}>'
    return Reply(200, {"Content-Type": "application/xml; charset=UTF-8"}, text.encode())
