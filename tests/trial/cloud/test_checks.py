"""Every check, in a world that is as assumed, and in one that is not."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import pytest
from google.cloud import pubsub_v1

from local import declaration
from terraform.target import Target
from testbed.cloud import Cloud
from testbed.target import target
from tests.trial.cloud.conftest import SHORT
from tests.trial.cloud.world import PREFIX, PROJECT, World
from trial.cloud import run
from trial.cloud.check import Check
from trial.cloud.checks import EVERY, made, photos
from trial.cloud.deployment import Deployment

CHECKS = {check.id: check for check in EVERY}
NEVER = {"sign-in"}  # somebody must do it by hand


@dataclass
class Scene:
    """What a test can make wrong."""

    deployment: Deployment
    google: World
    darkroom: Cloud
    monkeypatch: pytest.MonkeyPatch
    folder: Path
    running: ExitStack

    def change(self, **fields: object) -> None:
        self.deployment = replace(self.deployment, **fields)

    def tried(self, name: str) -> run.Result:
        return run.tried(CHECKS[name], self.deployment)


@pytest.fixture
def scene(
    deployment: Deployment,
    google: World,
    darkroom: Cloud,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Scene]:
    with ExitStack() as running:
        yield Scene(deployment, google, darkroom, monkeypatch, tmp_path, running)


def a_build_failed(scene: Scene) -> None:
    failed = {"name": f"projects/{PROJECT}/locations/europe-west1/functions/{PREFIX}-detect"}
    body = json.dumps({"functions": [{**failed, "state": "FAILED"}]}).encode()
    scene.google.say("GET /cloudfunctions/", (200, {}, body))


def a_second_plan_differs(scene: Scene) -> None:
    scene.change(plan=lambda: ("  change     1  google_pubsub_topic",))


def a_queue_pushes_nowhere(scene: Scene) -> None:
    name, topic = declaration.subscriptions()["detect"], declaration.topics()["detect"]
    with pubsub_v1.SubscriberClient() as subscriber:
        subscriber.delete_subscription(subscription=name)
        subscriber.create_subscription(name=name, topic=topic)


def everything_is_open(scene: Scene) -> None:
    scene.google.is_open = True


def the_page_knows_no_member(scene: Scene) -> None:
    scene.google.members.clear()


def the_page_lets_strangers_in(scene: Scene) -> None:
    scene.google.members.add("trigger")


def one_audience_is_refused(scene: Scene) -> None:
    scene.google.refuses.add(scene.google.address("gallery", "second"))


def an_existing_object_is_403(scene: Scene) -> None:
    class Once:
        """The second creation is refused."""

        calls = 0

    answer = scene.google._stored

    def stored(asked, path):
        if asked.method == "POST":
            Once.calls += 1
            if Once.calls == 2:
                body = {"error": {"message": "does not have storage.objects.delete access"}}
                return 403, {}, json.dumps(body).encode()
        return answer(asked, path)

    scene.google._stored = stored


def a_creator_may_not_create(scene: Scene) -> None:
    scene.google.granted.clear()


def conditions_are_ignored(scene: Scene) -> None:
    scene.google.granted[:] = [replace(each, prefixes=None) for each in scene.google.granted]


def conditions_match_nothing(scene: Scene) -> None:
    scene.google.granted[:] = [
        replace(each, prefixes=()) if each.prefixes else each for each in scene.google.granted
    ]


def conditions_hide_the_list(scene: Scene) -> None:
    scene.google.granted[:] = [
        replace(each, verbs=each.verbs - {"list"}) if each.prefixes else each
        for each in scene.google.granted
    ]


def the_budget_stays(scene: Scene) -> None:
    patience = replace(scene.deployment.patience, backlog=2.0)
    scene.change(set_budget=lambda usd: None, patience=patience)


def there_is_no_budget(scene: Scene) -> None:
    scene.monkeypatch.setenv("DAILY_BUDGET_USD", "1000")
    scene.change(patience=SHORT)


def no_incident_is_opened(scene: Scene) -> None:
    scene.google.say(r"GET /monitoring/v3/.*/alerts", (200, {}, b"{}"))
    scene.change(patience=SHORT)


def there_is_no_policy(scene: Scene) -> None:
    scene.google.say(r"GET /monitoring/v3/.*/alertPolicies", (200, {}, b"{}"))


def nothing_takes_uploads_in(scene: Scene) -> None:
    scene.darkroom.trigger.close()
    scene.change(patience=SHORT)


def the_trigger_is_another(scene: Scene) -> None:
    _upload_one(scene)
    scene.google.say("GET /eventarc/", (200, {}, b'{"eventFilters": []}'))


def events_name_another_version(scene: Scene) -> None:
    _upload_one(scene)
    (known,) = scene.deployment.uploaded
    ref = replace(known.ref, generation=known.ref.generation + 1)
    scene.deployment.uploaded[:] = [replace(known, ref=ref)]


def workers_call_all_the_same(scene: Scene) -> None:
    scene.monkeypatch.setenv("DAILY_BUDGET_USD", "1000")
    scene.change(patience=SHORT)


def notify_refuses_its_caller(scene: Scene) -> None:
    scene.monkeypatch.setenv("NOTIFY_URL", scene.google.address("notify"))
    scene.change(patience=SHORT)


def the_endpoint_answers_500(scene: Scene) -> None:
    _endpoint(scene, 500)
    _upload_one(scene)
    scene.change(patience=SHORT)


def no_row_arrives(scene: Scene) -> None:
    _upload_one(scene)
    scene.google.say("POST /bigquery/", (200, {}, b'{"rows": [{"f": [{"v": "0"}]}]}'))
    scene.change(patience=SHORT)


def something_is_left_of_a_photo(scene: Scene) -> None:
    body = b'{"items": [{"name": "samples/duck.jpg"}]}'
    scene.google.say(r"GET /storage\.googleapis\.com/storage/v1/b/[^/]+/o\?", (200, {}, body))


WRONG: MappingProxyType[Callable[[Scene], None], tuple[str, str]] = MappingProxyType(
    {
        a_build_failed: ("builds", "0 of 9 functions are active."),
        a_second_plan_differs: ("second-plan", "A second plan changes something."),
        a_queue_pushes_nowhere: ("doctor", "doctor ended with 1."),
        everything_is_open: ("refused", "Open to everybody: dead_letter, describe,"),
        the_page_knows_no_member: ("page", "The page does not answer its member."),
        the_page_lets_strangers_in: ("page", "The page does not refuse another account."),
        one_audience_is_refused: ("audiences", "Not taken at its own URL: "),
        an_existing_object_is_403: ("creator", "The second time is answered by 403, and the"),
        a_creator_may_not_create: ("creator", "A creator may not create an object."),
        conditions_are_ignored: ("prefixes", "Not as granted: detect may not create webhooks/"),
        conditions_match_nothing: ("prefixes", "Not as granted: detect may create jobs/ in state"),
        conditions_hide_the_list: ("listing", "Not as granted: "),
        the_budget_stays: ("budget", "Only 0 of 30 jobs are done."),
        there_is_no_budget: ("budget", "Not all 30 jobs were put aside."),
        no_incident_is_opened: ("alert", "No incident after 0 s; its condition was true."),
        there_is_no_policy: ("alert", "There is no policy budget-reached of this prefix."),
        nothing_takes_uploads_in: ("photos", "Not all done: samples/duck.jpg, "),
        the_trigger_is_another: ("trigger", "The trigger's filters are not those of Terraform."),
        events_name_another_version: ("trigger", "Other versions than were uploaded: samples/"),
        workers_call_all_the_same: ("refusals", "Not all 30 jobs waited for the model."),
        notify_refuses_its_caller: ("tasks", "The task is still in the queue: notify does not"),
        the_endpoint_answers_500: ("webhook", "Not every endpoint took its events."),
        no_row_arrives: ("bigquery", "Not every photo has a row."),
        something_is_left_of_a_photo: ("erase", "Left of samples/duck.jpg: 2 objects."),
    }
)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.__name__)
def test_a_check_fails_where_the_world_is_not_as_assumed(
    scene: Scene, wrong: Callable[[Scene], None]
) -> None:
    name, sentence = WRONG[wrong]
    wrong(scene)

    ended = scene.tried(name)

    assert (ended.outcome, ended.seen[0][: len(sentence)]) == ("fails", sentence), ended.seen


def test_every_check_has_a_world_in_which_it_fails() -> None:
    assert {name for name, _ in WRONG.values()} | NEVER == {*CHECKS}


@pytest.mark.parametrize(
    "name", ["builds", "second-plan", "doctor", "refused", "page", "audiences"]
)
def test_what_was_made_is_as_assumed(scene: Scene, name: str) -> None:
    ended = scene.tried(name)

    assert ended.outcome == "holds", "\n".join(ended.seen)


@pytest.mark.parametrize("name", ["creator", "prefixes", "listing", "alert", "tasks"])
def test_grants_alert_and_tasks_are_as_assumed(scene: Scene, name: str) -> None:
    ended = scene.tried(name)

    assert ended.outcome == "holds", "\n".join(ended.seen)


def test_the_grants_are_tried_without_a_trace(scene: Scene) -> None:
    before = {blob.name for blob in scene.darkroom.client.list_blobs(os.environ["STATE_BUCKET"])}

    scene.tried("prefixes")

    listed = scene.darkroom.client.list_blobs(os.environ["STATE_BUCKET"])
    assert {blob.name for blob in listed} == before


@pytest.mark.slow
def test_jobs_without_money_are_put_aside_and_end(scene: Scene) -> None:
    ended = scene.tried("budget")

    assert ended.outcome == "holds", "\n".join(ended.seen)
    assert "put aside at a budget of 0: {'budget': 30}" in ended.seen


def test_a_signed_webhook_arrives(scene: Scene) -> None:
    _endpoint(scene, 200)
    _upload_one(scene)

    ended = scene.tried("webhook")

    assert ended.outcome == "holds", "\n".join(ended.seen)


@pytest.mark.slow
def test_photos_events_rows_and_erasure_are_as_assumed(scene: Scene) -> None:
    scene.monkeypatch.setenv("DAILY_BUDGET_USD", "1000")

    ended = [scene.tried(name) for name in ("photos", "trigger", "bigquery", "erase")]

    assert {each.outcome for each in ended} == {"holds"}, ended
    assert f"All {len(photos.FORMATS)} formats are read." in ended[0].seen


@pytest.mark.slow
def test_jobs_that_are_refused_for_minutes_all_end(scene: Scene) -> None:
    scene.monkeypatch.setenv("DAILY_BUDGET_USD", "1000")

    ended = scene.tried("refusals")

    assert ended.outcome == "holds", "\n".join(ended.seen)
    assert "answers of 429 in the log of detect: 31" in ended.seen


@pytest.mark.parametrize("name", ["sign-in", "webhook"])
def test_what_cannot_be_tried_here_says_why(scene: Scene, name: str) -> None:
    ended = scene.tried(name)

    assert ended.outcome == "not tried"
    assert len(ended.seen[0]) > 40


ACTS = ["creator", "prefixes", "listing", "page", "audiences"]


@pytest.mark.parametrize("name", ACTS)
def test_without_the_right_to_act_as_an_account_a_check_is_not_tried(
    scene: Scene, name: str
) -> None:
    scene.google.may_act = scene.google.may_grant = False

    ended = scene.tried(name)

    assert ended.outcome == "not tried"
    assert "may not act as dt-1231-tst-" in ended.seen[0]
    assert "403 Permission 'iam.serviceAccounts.setIamPolicy' denied" in ended.seen[0]


@pytest.mark.parametrize("name", ACTS)
def test_the_right_to_act_as_an_account_is_granted_first(scene: Scene, name: str) -> None:
    scene.google.may_act = False

    ended = scene.tried(name)

    assert ended.outcome == "holds", "\n".join(ended.seen)


def test_a_check_that_breaks_off_fails_with_its_message(scene: Scene) -> None:
    def broken(_: Deployment) -> None:
        raise ConnectionError("reset by peer")

    check = Check("broken", "It works.", "deploy.md", broken)

    ended = run.tried(check, scene.deployment)

    assert ended.outcome == "fails"
    assert ended.seen == ("It broke off: ConnectionError: reset by peer",)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("pubsub/v1/projects/.*/topics", {"topics": [{"name": f"projects/p/topics/{PREFIX}-x"}]}),
        ("iam/v1/.*", {"accounts": [{"email": f"{PREFIX}-push@p.iam.gserviceaccount.com"}]}),
        ("logging/v2/.*/metrics", {"metrics": [{"name": f"{PREFIX}/results"}]}),
        ("bigquery/.*", {"datasets": [{"id": f"p:{PREFIX.replace('-', '_')}"}]}),
        ("monitoring/v1/.*", {"dashboards": [{"displayName": f"Darkroom ({PREFIX})"}]}),
        (r"storage\.googleapis\.com/.*", {"items": [{"name": f"{PROJECT}-{PREFIX}-state"}]}),
    ],
)
def test_what_destroy_leaves_is_found(google: World, deployment: Deployment, path, body) -> None:
    google.is_gone = lambda: True
    google.say(f"GET /{path}", (200, {}, json.dumps(body).encode()))

    found = made.nothing_left(deployment.google, deployment.target)

    assert found.outcome == "fails"
    assert PREFIX in found.seen[1] or PREFIX.replace("-", "_") in found.seen[1]


def test_what_others_have_is_not_left_over(google: World, deployment: Deployment) -> None:
    others = {"topics": [{"name": "projects/p/topics/darkroom-detect"}]}
    google.say("GET /pubsub/v1/.*/topics", (200, {}, json.dumps(others).encode()))
    google.is_gone = lambda: True

    found = made.nothing_left(deployment.google, deployment.target)

    assert found.outcome == "holds", found.seen


def test_kinds_that_may_not_be_listed_are_named(google: World, deployment: Deployment) -> None:
    google.is_gone = lambda: True
    google.say("GET /run/", (403, {}, b'{"error": {"message": "denied"}}'))

    found = made.nothing_left(deployment.google, deployment.target)

    assert "not listed: service: 403 denied" in found.seen
    assert found.seen[0] == f"Nothing of {len(made.KINDS) - 1} kinds is left."


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        (f"projects/p/locations/l/functions/{PREFIX}-detect", True),
        (f"{PROJECT}-{PREFIX}-uploads", True),
        ("darkroom-test-darkroom-uploads", False),
        ("The budget is nearly used up (darkroom)", False),
        (f"The budget is nearly used up ({PREFIX})", True),
        ("p:darkroom", False),
    ],
)
def test_a_name_is_of_its_prefix(name: str, ours: bool) -> None:
    assert made.is_of(Target(PROJECT, PREFIX), name) == ours


def _upload_one(scene: Scene) -> None:
    scene.monkeypatch.setenv("DAILY_BUDGET_USD", "1000")
    name, (file, kind) = next(iter(photos.FORMATS.items()))
    upload = scene.deployment.upload(name, (photos.SAMPLES / file).read_bytes(), kind)
    assert scene.deployment.until(lambda: scene.deployment.records(upload), 180.0)


def _endpoint(scene: Scene, status: int) -> None:
    """An endpoint of webhooks.toml, until the test ends."""
    receiver = scene.running.enter_context(target(status))
    file = scene.folder / "webhooks.toml"
    file.write_text(
        f'[[endpoint]]\nname = "shop"\nurl = "{receiver.url}/hook"\nsecrets = ["SHOP_SECRET"]\n'
    )
    scene.monkeypatch.setenv("WEBHOOKS", str(file))
    scene.monkeypatch.setenv("SHOP_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
