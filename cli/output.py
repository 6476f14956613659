"""What commands print: lines for people, JSON for programs."""

import json

import typer


def lines(*texts: str, err: bool = False) -> None:
    """Print lines; what could steer a terminal is shown instead of obeyed."""
    for text in texts:
        typer.echo("".join(map(_shown, text)), err=err)


def as_json(facts: object) -> None:
    """Print one JSON document."""
    typer.echo(json.dumps(facts, indent=2))


def _shown(character: str) -> str:
    return character if character.isprintable() else repr(character)[1:-1]
