"""Buckets and their notification configs."""

from local.storage.api.refusals import check_bucket
from local.storage.api.service import Service
from local.storage.errors import invalid, not_found
from local.storage.lifecycle import rules
from local.storage.listing import Query
from local.storage.preconditions import Preconditions
from local.storage.wire import Reply, Request, json_reply


def insert(service: Service, request: Request) -> Reply:
    settings = request.json()
    name = settings.get("name")
    if not isinstance(name, str):
        raise invalid("A bucket needs a name.")
    check_bucket(settings)
    rules(settings)
    return json_reply(service.store.create_bucket(name, settings).resource(request.base))


def list_all(service: Service, request: Request) -> Reply:
    buckets, page = service.store.list_buckets(Query.parse(request.query))
    items = [bucket.resource(request.base) for bucket in buckets]
    token = {"nextPageToken": page.token} if page.token else {}
    return json_reply({"kind": "storage#buckets", "items": items, **token})


def get(service: Service, request: Request, bucket: str) -> Reply:
    found = service.store.bucket(bucket)
    Preconditions.parse(request.query).check(found, reading=True)
    return json_reply(found.resource(request.base))


def patch(service: Service, request: Request, bucket: str) -> Reply:
    conditions = Preconditions.parse(request.query)
    changes = request.json()
    check_bucket(changes)
    rules(changes)
    changed = service.store.patch_bucket(bucket, changes, conditions)
    return json_reply(changed.resource(request.base))


def delete(service: Service, request: Request, bucket: str) -> Reply:
    service.store.delete_bucket(bucket, Preconditions.parse(request.query))
    return Reply(204)


def layout(service: Service, _: Request, bucket: str) -> Reply:
    """No bucket here has a hierarchical namespace; gcloud asks before it copies."""
    service.store.bucket(bucket)
    return json_reply(
        {
            "kind": "storage#storageLayout",
            "bucket": bucket,
            "hierarchicalNamespace": {"enabled": False},
        }
    )


def managed_folders(service: Service, _: Request, bucket: str) -> Reply:
    """There are none: nothing here has permissions of its own; gcloud asks before it deletes."""
    service.store.bucket(bucket)
    return json_reply({"kind": "storage#managedFolders", "items": []})


def insert_notification(service: Service, request: Request, bucket: str) -> Reply:
    taken = service.store.bucket(bucket).notifications
    key = str(max(map(int, taken), default=0) + 1)
    link = f"{request.base}/storage/v1/b/{bucket}/notificationConfigs/{key}"
    config = {
        **request.json(),
        "kind": "storage#notification",
        "id": key,
        "etag": key,
        "selfLink": link,
    }
    service.store.set_notification(bucket, key, config)
    return json_reply(config)


def list_notifications(service: Service, _: Request, bucket: str) -> Reply:
    configs = list(service.store.bucket(bucket).notifications.values())
    return json_reply({"kind": "storage#notifications", "items": configs})


def get_notification(service: Service, _: Request, bucket: str, key: str) -> Reply:
    config = service.store.bucket(bucket).notifications.get(key)
    if config is None:
        raise not_found(f"No such notification: {key}")
    return json_reply(config)


def delete_notification(service: Service, _: Request, bucket: str, key: str) -> Reply:
    service.store.set_notification(bucket, key, None)
    return Reply(204)
