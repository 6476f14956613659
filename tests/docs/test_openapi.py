"""The description of submit: sound, whole, and what the running function does."""

import socket
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import jsonschema
import pytest

from shared.intake.recipes import overrides
from testbed.cloud import Servers, until
from tests.photos import jpeg
from tests.shared.web.submission.openapi import DOCUMENT, at
from tests.shared.web.submission.submitting import Submitter, quiet_cloud

PHOTO = b"\xff\xd8\xff".ljust(200_000)

Case = Callable[[Submitter], tuple[int, str]]


@pytest.fixture(scope="module")
def quiet(servers: Servers) -> Iterator[Submitter]:
    with quiet_cloud(servers) as started:
        started.accepted(jpeg(), params={"name": "taken"})
        started.accepted(jpeg(), headers={"Idempotency-Key": "used"})
        yield started


def asking(method: str, path: str, **options: Any) -> Case:
    def ask(submit: Submitter) -> tuple[int, str]:
        answer = submit.ask(method, path, **options)
        is_problem = answer.headers["Content-Type"] == "application/problem+json"
        return answer.status_code, answer.json()["code"] if is_problem else ""

    return ask


def sending(data: Any = None, **options: Any) -> Case:
    return asking("POST", "/", data=data, **options)


def cut_off(submit: Submitter) -> tuple[int, str]:
    return submit.say(b"Content-Length: 9", PHOTO[:3])


def meeting_itself(submit: Submitter) -> tuple[int, str]:
    lease = f"submissions/{sha256(b'busy').hexdigest()}.lease.json"
    with submit.begun(b"Content-Length: 200000\r\nIdempotency-Key: busy") as spoken:
        spoken.sendall(PHOTO[:-1])
        until(lambda: submit.cloud.state(lease) is not None)
        return sending(PHOTO, headers={"Idempotency-Key": "busy"})(submit)


def reaching_nobody(submit: Submitter) -> tuple[int, str]:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    return sending(json={"url": f"http://127.0.0.1:{port}/"})(submit)


def finding_nothing(submit: Submitter) -> tuple[int, str]:
    return sending(json={"url": f"{submit.url}nothing-here"})(submit)


def without_a_bucket(submit: Submitter) -> tuple[int, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UPLOADS_BUCKET", "there-is-none")
        return sending(jpeg())(submit)


CASES: list[tuple[int, str, Case]] = [
    (202, "", sending(jpeg())),
    (200, "", asking("GET", "/openapi.json")),
    (200, "", asking("HEAD", "/openapi.json")),
    (400, "bad_parameters", sending(jpeg(), params={"name": "."})),
    (400, "bad_query", sending(jpeg(), params="name=%FF")),
    (400, "bad_json", sending("{", headers={"Content-Type": "application/json"})),
    (400, "empty", sending()),
    (400, "incomplete", cut_off),
    (404, "not_found", asking("GET", "/elsewhere")),
    (405, "method_not_allowed", asking("GET", "/")),
    (409, "name_taken", sending(jpeg(), params={"name": "taken"})),
    (409, "in_progress", meeting_itself),
    (413, "too_large", sending(json={"url": "x" * 70_000})),
    (415, "unsupported_type", sending("text")),
    (422, "key_reused", sending(PHOTO, headers={"Idempotency-Key": "used"})),
    (422, "blocked_url", sending(json={"url": "http://user@example.com"})),
    (422, "bad_status", finding_nothing),
    (500, "", without_a_bucket),
    (502, "unreachable_url", reaching_nobody),
]


@pytest.mark.parametrize(("status", "code", "case"), CASES)
def test_the_running_function_answers_as_described(
    quiet: Submitter, status: int, code: str, case: Case
) -> None:
    assert case(quiet) == (status, code)


def test_every_answer_that_is_described_has_a_case() -> None:
    described = {
        (int(status), code)
        for operations in DOCUMENT["paths"].values()
        for operation in operations.values()
        for status, response in operation["responses"].items()
        for code in codes(response)
    }
    elsewhere = {(404, "not_found"), (405, "method_not_allowed")}

    assert {(status, code) for status, code, _ in CASES} == described | elsewhere


def codes(response: dict[str, Any]) -> list[str]:
    """Those a response may have; an answer that is no problem has none."""
    name = response.get("$ref", "").rpartition("/")[2]
    content = DOCUMENT["components"]["responses"].get(name, response).get("content", {})
    if "application/problem+json" not in content:
        return [""]
    _, own = content["application/problem+json"]["schema"]["allOf"]
    code = own["properties"]["code"]
    return code.get("enum") or [code["const"]]


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object within."""
    if isinstance(tree, dict):
        yield tree
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    for each in inner:
        yield from nodes(each)


def test_every_reference_leads_somewhere() -> None:
    references = {node["$ref"] for node in nodes(DOCUMENT) if "$ref" in node}

    assert all(at(reference.removeprefix("#")) for reference in references)
    assert len(references) > 10


def test_every_schema_is_one() -> None:
    schemas = [node["schema"] for node in nodes(DOCUMENT) if "schema" in node]

    for schema in [*schemas, *DOCUMENT["components"]["schemas"].values()]:
        jsonschema.Draft202012Validator.check_schema(schema)


def test_every_parameter_is_described_both_ways() -> None:
    by_query = {
        each["name"]: each["schema"]
        for each in DOCUMENT["paths"]["/"]["post"]["parameters"]
        if each["in"] == "query"
    }
    by_json = dict(DOCUMENT["components"]["schemas"]["ByUrl"]["properties"])

    assert set(by_query) == {"name", *overrides.NAMES}
    assert set(by_json) == {"url", *by_query}
    assert by_json.items() > by_query.items()
