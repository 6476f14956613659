"""Checks answers of submit against their OpenAPI description."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

DOCUMENT = json.loads(
    (Path(__file__).parents[4] / "shared/web/submission/openapi.json").read_text()
)
_REGISTRY = Registry().with_resource("openapi", Resource(DOCUMENT, DRAFT202012))


def assert_documented(
    method: str, path: str, status: int, headers: Mapping[str, str], body: bytes
) -> None:
    """Fails if an answer differs from the description."""
    places = _documented(method, path)
    assert str(status) in places, body
    place = places[str(status)]
    described = at(place)
    for name, header in described.get("headers", {}).items():
        if value := headers.get(name):
            number = header["schema"]["type"] == "integer"
            _validate(int(value) if number else value, f"{place}/headers/{name}/schema")
        else:
            assert not header.get("required"), name
    if "content" not in described:
        assert body == b""
        return
    kind = headers["Content-Type"].partition(";")[0]
    assert kind in described["content"]
    value = json.loads(body) if kind.endswith("json") else body.decode()
    _validate(value, f"{place}/content/{kind.replace('/', '~1')}/schema")


def _documented(method: str, path: str) -> dict[str, str]:
    """Where in the document an answer to such a request is described, by its status."""
    operations = DOCUMENT["paths"].get(path)
    if operations is None:
        return {"404": "/components/responses/NotFound"}
    if method.lower() not in operations:
        return {"405": "/components/responses/MethodNotAllowed"}
    place = f"/paths/{path.replace('/', '~1')}/{method.lower()}/responses"
    return {
        status: response.get("$ref", f"#{place}/{status}").removeprefix("#")
        for status, response in operations[method.lower()]["responses"].items()
    }


def at(place: str) -> dict[str, Any]:
    """What stands at a place of the document. Raises if there is none."""
    return _REGISTRY.resolver().lookup(f"openapi#{place}").contents


def _validate(value: object, place: str) -> None:
    schema = {"$ref": f"openapi#{place}"}
    jsonschema.Draft202012Validator(schema, registry=_REGISTRY).validate(value)
