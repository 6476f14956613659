"""Checks of whether the settings that are sent are honoured."""

from trial.gemini.checks.finding import Finding, Seen, unseen
from trial.gemini.kept import Call

_FLEX = "flex"


def schema(seen: Seen) -> Finding:
    """Whether answers are JSON that fits the schema that was sent."""
    name, assumption = "schema", "A schema is honoured: answers are JSON that fits it."
    if not seen.model.structured:
        return unseen(name, assumption, "models.toml says that none is sent.")
    faults = {
        each.question.about: each.reading.schema_fault
        for each in seen.read
        if each.reading and each.reading.schema_fault is not None
    }
    if not faults:
        return unseen(name, assumption, "No answer to a question with a schema has a text.")
    broken = [f"{about}: {fault}" for about, fault in faults.items() if fault]
    evidence = "; ".join(broken[:3]) if broken else f"{len(faults)} answers fit."
    return Finding(name, assumption, "no" if broken else "yes", evidence)


def media_resolution(seen: Seen) -> Finding:
    """Whether a photo costs less when it is looked at less closely."""
    name = "media_resolution"
    assumption = "The media resolution is honoured: a photo at LOW takes fewer tokens."
    low, usual = _image(seen.probe("low")), _image(seen.unprobed("low"))
    if low is None or usual is None:
        return unseen(name, assumption, "There are no counts of a photo at both resolutions.")
    level = seen.model.media_resolution or "without a level"
    evidence = f"The same photo: {usual} tokens {level}, {low} LOW."
    return Finding(name, assumption, "yes" if low < usual else "no", evidence)


def length(seen: Seen) -> Finding:
    """Whether an answer ends at the limit of tokens that was sent."""
    name = "length"
    assumption = "The limit of an answer's tokens is honoured, thoughts included."
    probe = seen.probe("short")
    if probe is None or probe.reading is None:
        return unseen(name, assumption, "The call with a small limit was not answered.")
    tokens, most = probe.reading.told.tokens, probe.question.most_tokens
    spent = (tokens.output or 0) + (tokens.thoughts or 0)
    finish = probe.reading.told.finish or "no finish reason"
    evidence = f"Limit {most}: {spent} tokens, {finish}."
    if spent > most:
        return Finding(name, assumption, "no", evidence)
    ended = probe.reading.told.finish == "MAX_TOKENS"
    return Finding(name, assumption, "yes" if ended else "cannot tell", evidence)


def tier(seen: Seen) -> Finding:
    """Whether a flex call was answered by the flex tier, by what the service says."""
    name, assumption = "tier", "The flex tier is honoured: the service says that flex answered."
    probe = seen.probe("flex")
    if probe is None:
        why = "models.toml knows no flex tier." if seen.model.flex is None else "It was not asked."
        return unseen(name, assumption, why)
    if probe.trouble:
        return unseen(name, assumption, probe.trouble.sentence)
    said = probe.reading.told.tier if probe.reading else ""
    if not said:
        return unseen(name, assumption, "The service does not say which tier answered.")
    return Finding(name, assumption, "yes" if _FLEX in said else "no", f"It says {said!r}.")


def temperature(seen: Seen) -> Finding:
    """Whether a temperature is taken; one answer does not show what it does."""
    name, assumption = "temperature", "The temperature is taken by the models that are sent one."
    if seen.model.temperature is None:
        return unseen(name, assumption, "None is sent, and no seed either.")
    refused = [
        each.trouble.sentence
        for each in seen.calls
        if each.trouble and "temperature" in each.trouble.sentence.lower()
    ]
    if refused:
        return Finding(name, assumption, "no", refused[0])
    taken = bool(seen.read)
    evidence = f"{seen.model.temperature:g} was sent; what it does does not show in one answer."
    return Finding(name, assumption, "yes", evidence) if taken else unseen(name, assumption)


def _image(call: Call | None) -> int | None:
    return call.reading.told.tokens.image if call and call.reading else None
