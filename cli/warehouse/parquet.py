"""The files of `export --format parquet`: the views, of the rows that were exported."""

from pathlib import Path
from tempfile import TemporaryDirectory

from cli.warehouse import database
from shared.exports import SINGLE

FILES = {  # costs and failures are columns of results
    "results": "created DESC, id",
    "objects": "created DESC, id, object_index",
    "fields": "created DESC, id, field",
}


def make(content: Path) -> None:
    """Make the files in the folder that has the rows, and remove those."""
    with TemporaryDirectory(dir=content.parent) as folder:
        place = Path(folder) / "database"
        database.make(content / SINGLE, place)
        database.write_parquet(place, content, FILES)
    (content / SINGLE).unlink()
