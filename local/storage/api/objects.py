"""Objects: their metadata, lists of them, and new ones made from old ones."""

from contextlib import ExitStack
from typing import Any, BinaryIO

from local.storage.api import media
from local.storage.api.refusals import check_object
from local.storage.api.service import Service
from local.storage.errors import invalid
from local.storage.listing import Query
from local.storage.objects import Draft, StoredObject, patched, properties_of
from local.storage.preconditions import Preconditions, number
from local.storage.wire import Reply, Request, json_reply

MOST_COMPONENTS = 32  # that one request can compose


def list_all(service: Service, request: Request, bucket: str) -> Reply:
    """The live generations, or with `versions` all."""
    objects, page = service.store.list(bucket, Query.parse(request.query))
    document: dict[str, Any] = {"kind": "storage#objects", "prefixes": page.prefixes}
    document["items"] = [stored.resource(request.base) for stored in objects]
    if page.token:
        document["nextPageToken"] = page.token
    return json_reply(document)


def get(service: Service, request: Request, bucket: str, name: str) -> Reply:
    if request.query.get("alt") == "media":
        return media.download(service, request, bucket, name)
    conditions = Preconditions.parse(request.query)
    stored = service.store.get(bucket, name, request.generation, conditions)
    media.check_etag(request, stored)
    return json_reply(stored.resource(request.base))


def patch(service: Service, request: Request, bucket: str, name: str) -> Reply:
    conditions = Preconditions.parse(request.query)
    changes = request.json()
    check_object(changes)
    draft = Draft(bucket, name, changes, conditions)
    whole = request.method == "PUT"
    stored = service.store.patch(draft, request.generation, whole=whole)
    return json_reply(stored.resource(request.base))


def delete(service: Service, request: Request, bucket: str, name: str) -> Reply:
    conditions = Preconditions.parse(request.query)
    service.store.delete(bucket, name, request.generation, conditions)
    return Reply(204)


def copy(service: Service, request: Request, **names: str) -> Reply:
    return json_reply(_copy(service, request, **names).resource(request.base))


def rewrite(service: Service, request: Request, **names: str) -> Reply:
    """Always done in one go, whatever the size."""
    stored = _copy(service, request, **names)
    return json_reply(
        {
            "kind": "storage#rewriteResponse",
            "done": True,
            "objectSize": str(stored.size),
            "totalBytesRewritten": str(stored.size),
            "resource": stored.resource(request.base),
        }
    )


def compose(service: Service, request: Request, bucket: str, name: str) -> Reply:
    document = request.json()
    listed = document.get("sourceObjects")
    destination = document.get("destination") or {}
    check_object(destination)
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_COMPONENTS:
        raise invalid(f"Compose takes 1 to {MOST_COMPONENTS} objects.")
    with ExitStack() as stack, service.store.spool() as spool:
        sources: list[StoredObject] = []
        for each in listed:
            source, file = _component(service, bucket, each)
            stack.enter_context(file)
            sources.append(source)
            spool.fill(file)
        properties = properties_of(destination, sources[0].properties.get("contentType"))
        draft = Draft(bucket, name, properties, Preconditions.parse(request.query))
        components = sum(source.components or 1 for source in sources)
        stored = service.store.put(draft, spool, components)
    return json_reply(stored.resource(request.base))


def _component(service: Service, bucket: str, named: Any) -> tuple[StoredObject, BinaryIO]:
    match named:
        case {"name": str(name)}:
            conditions = Preconditions.parse(named.get("objectPreconditions") or {})
            return service.store.open(bucket, name, number(named, "generation"), conditions)
    raise invalid("A source object has a name.")


def _copy(
    service: Service, request: Request, bucket: str, name: str, to_bucket: str, to_name: str
) -> StoredObject:
    conditions = Preconditions.parse(request.query, "ifSource")
    source, file = service.store.open(bucket, name, number(request.query, "sourceGeneration"))
    with file, service.store.spool() as spool:
        conditions.check(source)
        changes = request.json()
        check_object(changes)
        given = {key: value for key, value in changes.items() if value is not None}
        properties = patched(source.properties, given)
        draft = Draft(to_bucket, to_name, properties, Preconditions.parse(request.query))
        spool.fill(file)
        return service.store.put(draft, spool, source.components)
