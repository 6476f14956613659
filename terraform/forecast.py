"""What a plan will take of the project, told before it is applied: quotas, and where photos go."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_FUNCTION = "google_cloudfunctions2_function"
_GIB = {"Mi": 1 / 1024, "Gi": 1.0}
# What a new project has in a region, by reports of 2026: of CPUs and memory for each function.
_NEW_CPUS, _NEW_GIB = 20.0, 40.0


@dataclass(frozen=True, slots=True)
class Size:
    """A function with all its instances."""

    name: str
    instances: int
    cpus: float
    gib: float


def lines(plan: Mapping[str, Any]) -> list[str]:
    """Lines for people: of a first deploy the quotas; and where photos lie and are read."""
    changes = [each for each in plan.get("resource_changes", []) if each["type"] == _FUNCTION]
    made = [_size(each["change"]["after"]) for each in changes if _is_made(each)]
    return [*(_quotas(made) if made else []), *_residency(changes)]


def _is_made(change: Mapping[str, Any]) -> bool:
    return bool(change["change"]["actions"] == ["create"])


def _size(after: Mapping[str, Any]) -> Size:
    (config,) = after["service_config"]
    instances = int(config["max_instance_count"])
    memory = str(config["available_memory"])
    each = int(memory[:-2]) * _GIB[memory[-2:]]
    cpus = instances * float(config["available_cpu"])
    return Size(after["name"], instances, cpus, instances * each)


def _quotas(made: list[Size]) -> Iterator[str]:
    """What the new functions take at most; Cloud Run compares each by itself with the quota."""
    yield f"{len(made)} functions are built at once, by as many builds of Cloud Build."
    cpus, gib = max(made, key=lambda each: each.cpus), max(made, key=lambda each: each.gib)
    yield (
        f"The largest may take {cpus.cpus:g} CPUs ({cpus.name}) and {gib.gib:g} GiB ({gib.name}) "
        "of your quota of Cloud Run in the region."
    )
    over = [each.name for each in made if each.cpus > _NEW_CPUS or each.gib > _NEW_GIB]
    if over:
        yield (
            f"New projects have {_NEW_CPUS:g} CPUs and {_NEW_GIB:g} GiB: {', '.join(over)} will be "
            "refused there. Lower max_instances in `functions`, or ask for more."
        )
    most = max(each.instances for each in made)
    yield f"A free trial allows 10 instances of a function; the most here are {most}."
    yield "How many calls a minute your model's quota allows, Terraform cannot see."


def _residency(changes: list[Mapping[str, Any]]) -> Iterator[str]:
    for after in (each["change"].get("after") or {} for each in changes):
        if place := _settings(after).get("GOOGLE_CLOUD_LOCATION"):
            where = " Google may do so in any region." if place == "global" else ""
            yield f"Photos lie in {after['location']}; Gemini reads them in {place}.{where}"
            return


def _settings(after: Mapping[str, Any]) -> Mapping[str, str]:
    (config,) = after.get("service_config") or [{}]
    return config.get("environment_variables") or {}
