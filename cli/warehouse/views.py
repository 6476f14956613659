"""The SQL of the raw table and of the views over it, which Terraform makes in BigQuery."""

import json
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "terraform" / "darkroom" / "bigquery"
NAMES = ("results", "objects", "fields", "costs", "failures")  # each may read those before it
COLUMNS: Mapping[str, str] = {
    each["name"]: each["type"] for each in json.loads((FOLDER / "raw.json").read_text("utf-8"))
}
_DATASET = "${dataset}"


def sql(name: str, dataset: str) -> str:
    """A view, or the statement "erase", in BigQuery's dialect; `dataset` may be "project.name"."""
    return (FOLDER / f"{name}.sql").read_text("utf-8").replace(_DATASET, dataset)


def erasing(table: str) -> str:
    """The statement that deletes what is known of erased photos; `table` is "project.dataset.raw".

    It names no photo: it goes by the events of erasures, which lie in the table, too.
    """
    return sql("erase", table.rpartition(".")[0])
