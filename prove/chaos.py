"""Many jobs in a storm, each delivered several times: violations, and every extra payment."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from random import Random

from prove import judge
from prove.diary import Call, Diary, Extra, Kill, Stall, extras
from prove.lane import lane
from prove.report import Part, say
from prove.storm import Plan, Storm
from prove.weather import Weather
from testbed.stage import Stage

LEASE = 12.0  # seconds; a job with two or three retried requests takes six
MODEL_TIMEOUT = 3.0  # seconds
_HOSTS = 2
_BACKOFF = (0.5, 5.0)  # seconds
_ON_ITS_WAY = 60.0  # seconds at most that Google's emulator keeps a message, by that backoff
_SETTINGS = {"LEASE_SECONDS": f"{LEASE}", "MODEL_TIMEOUT_SECONDS": f"{MODEL_TIMEOUT}"}


def run(stage: Stage, plan: Plan, name: str = "chaos") -> Part:
    """Run a plan's storm. It holds if no promise was broken and every payment has a cause."""
    began = time.monotonic()
    diary, photos = Diary(), dict[str, int]()
    weathers = [
        Weather(number, Random(f"{plan.seed}/{number}"), diary, photos, plan.climate)
        for number in range(_HOSTS)
    ]
    rules = [weather.rules() for weather in weathers]
    with lane(
        stage, plan.copies, rules=rules, settings=_SETTINGS, backoff=_BACKOFF, write_seconds=1.0
    ) as mine:
        for weather, host in zip(weathers, mine.hosts, strict=True):
            weather.host = host
        storm = Storm(plan, mine, diary, weathers, photos)
        wrong = [] if storm.run() else ["nothing moved any more before all was done"]
        wrong += _wrong_at_last(storm) if stage.broker is None else _wrong(storm)
        deliveries = sum(met.path == "/detect/" for each in mine.hosts for met in each.front.log)
    beyond = extras(diary, LEASE, MODEL_TIMEOUT)
    _tell(beyond, wrong)
    figures = {
        "jobs": plan.jobs,
        "copies": plan.copies,
        "seed": plan.seed,
        "deliveries": deliveries,
        "kills": len(diary.of(Kill)),
        "stalls": len(diary.of(Stall)),
        **{each: storm.met()[each] for each in ("storage_down", "storage_lost")},
        **{each: storm.met()[each] for each in ("model_429", "model_503")},
        "paid": len(diary.of(Call)),
        "extra": len(beyond),
        "unaccounted": sum(not extra.why for extra in beyond),
        "violations": len(wrong),
        "payments": [asdict(extra) for extra in beyond],
        "complaints": wrong,
    }
    holds = not wrong and all(extra.why for extra in beyond)
    return Part(name, holds, time.monotonic() - began, figures)


def _wrong_at_last(storm: Storm) -> list[str]:
    """The same once all is well, or late: Google's emulator does not show what is on its way."""
    deadline = time.monotonic() + _ON_ITS_WAY
    while (wrong := _wrong(storm)) and time.monotonic() < deadline:
        time.sleep(1.0)
    return wrong


def _wrong(storm: Storm) -> list[str]:
    """Every broken promise; the diary explains payments beyond one call."""
    evidence = judge.Evidence.of(storm.lane)
    paid = Counter(call.photo for call in storm.diary.of(Call))
    return [
        f"{ref.name}: {sentence}"
        for key, ref in storm.refs.items()
        for calls in [paid[storm.photos[key]]]
        for sentence in judge.complaints(evidence.about(ref, key), "done", calls, max(calls, 1))
    ]


def _tell(beyond: Sequence[Extra], wrong: Sequence[str]) -> None:
    for extra in beyond:
        say(f"  photo {extra.photo} was paid once more: {extra.why or 'NOTHING ACCOUNTS FOR IT'}")
    for sentence in wrong:
        say(f"  VIOLATION: {sentence}")
