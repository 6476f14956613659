"""`darkroom doctor`: every fault that it must find is made, and found."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import pubsub_v1, scheduler_v1
from google.protobuf.field_mask_pb2 import FieldMask
from google.pubsub_v1 import types
from typer.testing import CliRunner, Result

from cli.app import app
from cli.checks import models, schedules
from local import declaration
from shared.border.gemini.models import Price
from shared.border.storage import STATE
from shared.errors import Failed, Throttled
from shared.intake import recipes
from shared.jobs import verdicts
from shared.spending import shards, throttle
from shared.webhooks import store
from shared.webhooks.health import Disabled, Health
from testbed.cloud import Cloud
from testbed.proxy import FaultProxy
from testbed.target import target
from tests.credentials import service_account
from tests.photos import jpeg

ROOT = Path(__file__).parents[2]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # the example of Standard Webhooks
SWEEP = "projects/p/locations/l/jobs/sweep"
ENDPOINT = """
[[endpoint]]
name    = "orders"
url     = "https://orders.example/hook"
events  = ["dev.darkroom.result.v1.*"]
secrets = ["ORDERS_SECRET"]
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["doctor", *map(str, arguments)])


def found(group: str) -> list[tuple[str, str]]:
    """Level and sentence of what is found in a group."""
    ended = run("--json")
    assert ended.exit_code in {0, 1}, ended.output
    return [(each["level"], each["sentence"]) for each in json.loads(ended.stdout)[group]]


def test_a_sound_cloud_is_well(darkroom: Cloud) -> None:
    ended = run()

    lines = ended.stdout.splitlines()
    assert ended.exit_code == 0, ended.stdout
    assert {line.split()[0] for line in lines if line.startswith("  ")} - {"->"} == {
        "ok",
        "unchecked",  # permissions, which the emulator does not know
        "warning",  # models.toml has no row for the scripted model
    }
    assert lines[-1] == "0 wrong, one warning."
    assert "  ok        detect exists, with one subscription." in lines
    assert "  ok        scripted-model exists." in lines


def test_a_setting_that_is_missing_is_named_with_those_who_need_it(
    darkroom: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MODEL")

    assert found("settings") == [
        (
            "wrong",
            "MODEL is not set: the model that is asked where neither recipe nor upload names one.",
        )
    ]
    assert found("models") == [("unchecked", "MODEL has no valid value.")]
    assert run().exit_code == 1


def test_a_malformed_setting_stops_no_other_check(
    darkroom: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAILY_BUDGET_USD", "much")

    assert found("settings") == [
        ("wrong", "DAILY_BUDGET_USD must be an amount of money of at least 0, not 'much'.")
    ]
    assert found("budget")[0][0] == "wrong"
    assert {level for level, _ in found("topics")} == {"ok"}


def test_a_lease_that_a_call_outlasts_is_wrong(
    darkroom: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEASE_SECONDS", "60")

    ((level, sentence),) = found("settings")

    assert level == "wrong"
    assert sentence.startswith("LEASE_SECONDS is 60 and must be more than MODEL_TIMEOUT_SECONDS")


def test_one_bucket_for_two_things_is_wrong(
    darkroom: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESULTS_BUCKET", os.environ["UPLOADS_BUCKET"])

    assert "must name three different buckets" in found("settings")[0][1]


def test_a_bucket_that_is_not_there_is_wrong(
    darkroom: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESULTS_BUCKET", "no-such-bucket")

    assert ("wrong", "gs://no-such-bucket (RESULTS_BUCKET) does not exist.") in found("buckets")


def test_an_uploads_bucket_that_keeps_no_versions_is_a_warning(darkroom: Cloud) -> None:
    bucket = darkroom.client.get_bucket(os.environ["UPLOADS_BUCKET"])
    bucket.versioning_enabled = False
    bucket.patch()

    (level, sentence), *_ = [each for each in found("buckets") if "versions" in each[1]]
    assert (level, sentence) == (
        "warning",
        f"gs://{bucket.name} keeps no versions: a photo that is overwritten while its job waits "
        "cannot be read.",
    )


@pytest.mark.parametrize(
    ("path", "status", "body", "finding"),
    [
        pytest.param(
            "/o",
            403,
            {"error": {"code": 403, "message": "x lacks storage.objects.list access."}},
            (
                "wrong",
                "gs://{} (UPLOADS_BUCKET): You lack the permission storage.objects.list: ",
            ),
            id="listing is forbidden",
        ),
        pytest.param(
            "testPermissions",
            200,
            {"permissions": ["storage.objects.get"]},
            ("warning", "You lack storage.objects.list in gs://{}."),
            id="a permission is lacking",
        ),
    ],
)
def test_what_one_may_not_do_is_named(
    darkroom: Cloud,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    status: int,
    body: dict,
    finding: tuple[str, str],
) -> None:
    with FaultProxy(os.environ["STORAGE_EMULATOR_HOST"]) as proxy:
        kind = {"Content-Type": "application/json"}
        uploads = os.environ["UPLOADS_BUCKET"]
        proxy.rule(
            "GET",
            f"{uploads}.*{path}",
            status=status,
            headers=kind,
            body=json.dumps(body).encode(),
            times=None,
        )
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.url)

        told = found("buckets")

    level, beginning = finding
    assert any(
        each[0] == level and each[1].startswith(beginning.format(uploads)) for each in told
    ), told


def change(name: str, **settings: object) -> None:
    """Change a subscription of the test's cloud."""
    wanted = types.Subscription(name=declaration.subscriptions()[name], **settings)
    with pubsub_v1.SubscriberClient() as client:
        client.update_subscription(subscription=wanted, update_mask=FieldMask(paths=list(settings)))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        pytest.param(
            {"ack_deadline_seconds": 60},
            "{} waits 60 s for an answer, and a lease lasts up to 540 s: a job would be delivered "
            "again while it is worked on.",
            id="ack deadline",
        ),
        pytest.param(
            {"dead_letter_policy": None},
            "{} has no dead-letter topic: a job of detect may be lost.",
            id="no dead letters",
        ),
        pytest.param(
            {"dead_letter_policy": 5},
            "{} gives up after 5 deliveries, and at least 20 are needed: a job that only waits is "
            "delivered often.",
            id="few attempts",
        ),
    ],
)
def test_a_subscription_that_breaks_the_protocol_is_wrong(
    darkroom: Cloud, settings: dict, sentence: str
) -> None:
    if settings.get("dead_letter_policy"):
        settings["dead_letter_policy"] = types.DeadLetterPolicy(
            dead_letter_topic=declaration.topics()["dead-letter"], max_delivery_attempts=5
        )
    change("detect", **settings)

    short = declaration.subscriptions()["detect"].rpartition("/")[2]
    assert ("wrong", sentence.format(short)) in found("topics")


def test_a_topic_without_subscription_is_wrong(darkroom: Cloud) -> None:
    name, topic = declaration.subscriptions()["dead-letter"], declaration.topics()["dead-letter"]
    with pubsub_v1.SubscriberClient() as client:
        kept = client.get_subscription(subscription=name)
        client.delete_subscription(subscription=name)

        told = found("topics")

        client.create_subscription(request=kept)
    assert ("wrong", f"The topic {topic} has no subscription: what is published is lost.") in told


def test_topics_that_are_not_there_are_wrong(
    darkroom: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOPIC_PREFIX", "elsewhere")

    told = found("topics")

    assert len(told) == 5
    assert (
        "wrong",
        "The topic projects/darkroom-test/topics/elsewhere-detect does not exist.",
    ) in told


@pytest.mark.days
def test_a_model_that_was_shut_down_is_wrong(
    darkroom: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL", "gemini-2.0-flash")

    told = found("models")

    assert told[1:] == [
        ("wrong", "gemini-2.0-flash was shut down on 2026-06-01 by the Developer API.")
    ]


@pytest.mark.days
@pytest.mark.parametrize(
    ("days", "level"), [(0, "wrong"), (1, "warning"), (60, "warning"), (61, "ok")]
)
def test_the_day_a_model_is_shut_down_comes_nearer(days: int, level: str) -> None:
    end = datetime.now(UTC).date() + timedelta(days=days)

    (told,) = models.shut_down("m", end)

    assert (told.level, str(end) in told.sentence) == (level, True)


@pytest.mark.days
@pytest.mark.parametrize(
    ("days", "level", "sentence"),
    [
        (-30, "warning", "any day now."),
        (1, "warning", "in one day."),
        (60, "warning", "in 60 days."),
        (61, "ok", "on."),
    ],
)
def test_a_day_of_vertex_ai_is_the_first_possible_one(days: int, level: str, sentence: str) -> None:
    told = models.may_be_shut_down("m", datetime.now(UTC).date() + timedelta(days=days))

    assert told.level == level
    assert told.sentence.startswith("m may be shut down by Vertex AI from ")
    assert told.sentence.endswith(sentence)


@pytest.mark.days
@pytest.mark.slow
def test_on_vertex_ai_the_service_is_asked_whether_the_model_is_there(
    darkroom: Cloud, tmp_path: Path
) -> None:
    gone = "Publisher Model `publishers/google/models/gemini-2.5-pro` was not found"
    said = {"error": {"code": 404, "message": gone, "status": "NOT_FOUND"}}
    with FaultProxy(os.environ["GOOGLE_GEMINI_BASE_URL"]) as proxy:
        kind = {"Content-Type": "application/json"}
        signed = {"access_token": "t", "expires_in": 3600, "token_type": "Bearer"}
        proxy.rule("POST", "token", status=200, headers=kind, body=json.dumps(signed).encode())
        proxy.rule(
            "GET", "gemini-2.5-pro", status=404, headers=kind, body=json.dumps(said).encode()
        )
        vertex = {
            "GOOGLE_GENAI_USE_VERTEXAI": "true",
            "GOOGLE_CLOUD_LOCATION": "global",
            "GOOGLE_VERTEX_BASE_URL": proxy.url,
            "GOOGLE_APPLICATION_CREDENTIALS": str(service_account(tmp_path, proxy.url)),
            "MODEL": "gemini-2.5-pro",
        }
        ended = subprocess.run(  # a process of its own, as a client keeps its address
            [sys.executable, "-m", "cli", "doctor", "--json"],
            cwd=ROOT,
            env={**os.environ, **vertex},
            capture_output=True,
            text=True,
            check=False,
        )

    told = [(each["level"], each["sentence"]) for each in json.loads(ended.stdout)["models"]]
    assert ended.returncode == 1
    assert told[0][0] == "wrong"
    assert told[0][1].startswith("Gemini has no model 'gemini-2.5-pro' for us: ")
    assert told[1:] == [
        ("warning", "gemini-2.5-pro may be shut down by Vertex AI from 2026-10-16 on: any day now.")
    ]


@pytest.mark.days
@pytest.mark.parametrize(("days", "level"), [(1, "warning"), (60, "warning"), (61, "ok")])
def test_a_price_that_changes_is_reported_before(days: int, level: str) -> None:
    since = datetime.now(UTC).date() + timedelta(days=days)

    told = models.price_change("m", Price(1.5, 7.5, since))

    assert told.level == level
    assert told.sentence == (
        f"From {since} on m costs $1.50 per million tokens of questions and $7.50 of answers."
    )


@pytest.mark.parametrize("model", ["gemini-4-argon", "gemini-9-krypton"])
@pytest.mark.parametrize(("budget", "level"), [("", "warning"), ("5", "wrong")])
def test_a_model_without_a_price_is_wrong_where_there_is_a_budget(
    darkroom: Cloud, monkeypatch: pytest.MonkeyPatch, model: str, budget: str, level: str
) -> None:
    monkeypatch.setenv("MODEL", model)
    monkeypatch.setenv("DAILY_BUDGET_USD", budget)

    (told,) = [each for each in found("models") if "price" in each[1]]

    assert told[0] == level
    assert f"{model}: its records have no cost" in told[1]


@pytest.mark.slow
def test_a_model_the_service_does_not_have_is_wrong(darkroom: Cloud) -> None:
    said = {
        "error": {"code": 404, "message": "models/gemini-9 is not found", "status": "NOT_FOUND"}
    }
    with FaultProxy(os.environ["GOOGLE_GEMINI_BASE_URL"]) as proxy:
        kind = {"Content-Type": "application/json"}
        proxy.rule("GET", "gemini-9", status=404, headers=kind, body=json.dumps(said).encode())

        ended = subprocess.run(  # a process of its own, as a client keeps its address
            [sys.executable, "-m", "cli", "doctor", "--json"],
            cwd=ROOT,
            env={**os.environ, "GOOGLE_GEMINI_BASE_URL": proxy.url, "MODEL": "gemini-9"},
            capture_output=True,
            text=True,
            check=False,
        )

    told = json.loads(ended.stdout)["models"][0]
    assert (ended.returncode, told["level"]) == (1, "wrong")
    assert told["sentence"].startswith("Gemini has no model 'gemini-9' for us: ")


def test_without_a_key_the_model_is_not_looked_up(
    darkroom: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GEMINI_API_KEY")

    assert found("models")[0] == (
        "unchecked",
        "Whether scripted-model exists: no Gemini key is set here.",
    )


def test_a_model_without_patience_is_a_warning(darkroom: Cloud) -> None:
    until = datetime(2100, 1, 1, 12, tzinfo=UTC).timestamp()
    with (
        pytest.raises(Throttled),
        throttle.remembered("scripted-model"),
    ):
        raise Throttled("the model's quota for today is used up", until)

    assert (
        "warning",
        "scripted-model is rate limited until 2100-01-01 12:00: the model's quota for today is "
        "used up.",
    ) in found("models")


@pytest.mark.parametrize(
    ("limit", "level", "ending"),
    [
        ("", "ok", "DAILY_BUDGET_USD, MONTHLY_BUDGET_USD and recipes set no limit."),
        ("100", "ok", "are spent or reserved."),
        ("9", "warning", "soon jobs will wait."),
        ("7.5", "warning", "jobs wait."),
    ],
)
def test_it_says_how_much_of_the_budget_is_used(
    darkroom: Cloud, monkeypatch: pytest.MonkeyPatch, limit: str, level: str, ending: str
) -> None:
    monkeypatch.setenv("DAILY_BUDGET_USD", limit)
    shards.add(datetime.now(UTC).date().isoformat(), 7.5)

    ((said, sentence),) = found("budget")

    assert said == level
    assert sentence.endswith(ending)


@pytest.fixture
def orders(darkroom: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A cloud with one webhook, whose secret is there."""
    file = tmp_path / "webhooks.toml"
    file.write_text(ENDPOINT)
    monkeypatch.setenv("WEBHOOKS", str(file))
    monkeypatch.setenv("ORDERS_SECRET", SECRET)
    return "orders"


def test_a_webhook_is_well(orders: str) -> None:
    assert found("webhooks") == [("ok", "orders works.")]


@pytest.mark.parametrize(
    ("value", "what"), [("", "is not set"), ("whsec_short", "holds no secret for webhooks")]
)
def test_a_secret_is_not_judged_by_the_shell_of_the_doctor(
    orders: str, monkeypatch: pytest.MonkeyPatch, value: str, what: str
) -> None:
    monkeypatch.setenv("ORDERS_SECRET", value)

    unchecked, well = found("webhooks")

    assert unchecked[0] == "unchecked"
    assert unchecked[1].startswith(f"orders: ORDERS_SECRET {what}")
    assert unchecked[1].endswith("This is the shell's environment; notify has its own.")
    assert well == ("ok", "orders works.")


def test_a_webhook_that_is_disabled_is_wrong_and_one_that_fails_a_warning(orders: str) -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp()
    assert store.note(orders, Health(failing_since=noon), 0)
    failing = found("webhooks")
    _, generation = store.health(orders)
    assert store.note(orders, Health(noon, Disabled(noon, "gone")), generation)

    disabled = found("webhooks")

    assert failing == [("warning", "orders has been failing since 2026-01-01 12:00.")]
    assert disabled == [("wrong", "orders has been disabled since 2026-01-01 12:00 (gone).")]


def test_a_bad_webhooks_file_is_wrong(orders: str) -> None:
    Path(os.environ["WEBHOOKS"]).write_text("[[endpoint]]\nname = 1\n")

    assert {level for level, _ in found("webhooks")} == {"wrong"}


def test_a_queue_that_does_not_run_or_is_not_there_is_wrong(
    darkroom: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = os.environ["TASKS_QUEUE"]
    short = name.rpartition("/")[2]
    running = found("tasks")
    with declaration.tasks_client() as client:
        client.pause_queue(name=name)
    paused = found("tasks")
    monkeypatch.setenv("TASKS_QUEUE", f"{name}-other")

    assert running == [("ok", f"The queue {short} runs.")]
    assert paused == [("wrong", f"The queue {short} is PAUSED: no webhook is retried.")]
    assert found("tasks") == [
        ("wrong", f"The queue {short}-other does not exist: no webhook is retried.")
    ]


@contextmanager
def scheduler(status: int, job: dict) -> Iterator[scheduler_v1.CloudSchedulerClient]:
    """Google's client, and a service on loopback that gives this answer to every request."""

    said = (status, {"Content-Type": "application/json"}, json.dumps(job).encode())
    with target(said) as service:
        rest = scheduler_v1.CloudSchedulerClient.get_transport_class("rest")
        transport = rest(
            host=service.url.removeprefix("http://"),
            url_scheme="http",
            credentials=AnonymousCredentials(),
        )
        with scheduler_v1.CloudSchedulerClient(transport=transport) as client:
            yield client


@pytest.mark.parametrize(
    ("status", "job", "level", "sentence"),
    [
        pytest.param(
            200,
            {"state": "ENABLED", "lastAttemptTime": "2026-01-01T12:00:00Z", "status": {}},
            "ok",
            "The last sweep was on 2026-01-01 at 12:00.",
            id="it ran",
        ),
        pytest.param(
            200,
            {"state": "ENABLED", "schedule": "*/15 * * * *"},
            "ok",
            "The schedule sweep (*/15 * * * *) has not been due yet.",
            id="new",
        ),
        pytest.param(
            200,
            {
                "state": "ENABLED",
                "lastAttemptTime": "2026-01-01T12:00:00Z",
                "status": {"code": 13},
            },
            "warning",
            "The sweep of 2026-01-01 12:00 failed: code 13.",
            id="it failed",
        ),
        pytest.param(
            200,
            {"state": "PAUSED"},
            "wrong",
            "The schedule sweep is PAUSED: nothing is swept.",
            id="paused",
        ),
        pytest.param(
            404,
            {"error": {"code": 404, "message": "Job not found.", "status": "NOT_FOUND"}},
            "wrong",
            "The schedule sweep does not exist.",
            id="gone",
        ),
    ],
)
def test_the_schedule_of_the_sweep_is_looked_at(
    status: int, job: dict, level: str, sentence: str
) -> None:
    with scheduler(status, job) as client:
        (finding,) = schedules.sweep(client, SWEEP)

    assert (finding.level, finding.sentence) == (level, sentence)


def test_without_a_schedule_only_the_local_cloud_sweeps(
    darkroom: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    (local,) = schedules.look_at_sweep()
    monkeypatch.delenv("STORAGE_EMULATOR_HOST")
    (elsewhere,) = schedules.look_at_sweep()

    assert (local.level, elsewhere.level) == ("ok", "warning")


def test_what_was_given_up_is_a_warning(darkroom: Cloud) -> None:
    darkroom.trigger.close()
    (job,) = recipes.jobs(darkroom.upload("a.jpg", jpeg()))
    verdicts.give_up(job, Failed("dead_lettered", "It was delivered too often."))
    STATE.keep("poison/abc", b"no job")

    assert found("given up") == [
        ("warning", "One job given up in the last 7 days."),
        (
            "warning",
            "One message in poison/ of the state bucket cannot be read as a job.",
        ),
    ]


def test_where_nothing_answers_only_what_needs_no_cloud_is_looked_at(
    darkroom: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9")

    ended = run()

    assert ended.exit_code == 1
    assert "  wrong     Nothing answers at 127.0.0.1:9; is `make run` still running?" in (
        ended.stdout.splitlines()
    )
    assert found("topics") == [("unchecked", "Nothing answers.")]
    assert found("recipes")[-1][0] == "ok"


@pytest.mark.parametrize(
    ("place", "settings", "level", "said"),
    [
        ("US", {}, "ok", "Photos lie in US, and the Developer API says of no place"),
        (
            "US",
            {"GOOGLE_GENAI_USE_VERTEXAI": "true"},
            "ok",
            "Gemini is asked in global: Google may process them in any region.",
        ),
        (
            "US-CENTRAL1",
            {"GOOGLE_GENAI_USE_VERTEXAI": "true", "GOOGLE_CLOUD_LOCATION": "us"},
            "ok",
            "Photos lie in US-CENTRAL1, and Gemini is asked in us.",
        ),
        ("EU", {}, "warning", "the Developer API says of no place"),
        ("EU", {"GOOGLE_GENAI_USE_VERTEXAI": "true"}, "warning", "asked in global: they may be"),
        (
            "EUROPE-WEST1",
            {"GOOGLE_GENAI_USE_VERTEXAI": "true", "GOOGLE_CLOUD_LOCATION": "us"},
            "warning",
            "Photos lie in EUROPE-WEST1, and Gemini is asked in us",
        ),
        (
            "EUROPE-WEST1",
            {"GOOGLE_GENAI_USE_VERTEXAI": "true", "GOOGLE_CLOUD_LOCATION": "eu"},
            "ok",
            "and Gemini is asked in eu.",
        ),
    ],
)
def test_photos_in_europe_that_are_processed_elsewhere_are_a_warning(
    darkroom: Cloud,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    settings: dict[str, str],
    level: str,
    said: str,
) -> None:
    name = f"{os.environ['UPLOADS_BUCKET']}-{place.lower()}"
    darkroom.client.create_bucket(name, location=place)
    monkeypatch.setenv("UPLOADS_BUCKET", name)
    for each, value in settings.items():
        monkeypatch.setenv(each, value)

    ((seen, sentence),) = found("residency")

    assert seen == level
    assert said in sentence
