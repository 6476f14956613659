"""A progress bar for what goes through many records."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def bar(total: Callable[[], int], done: str) -> Iterator[Callable[[int], None]]:
    """A bar, if standard error is a terminal; yields what is called with the number so far.

    `done` says what was done with them, as "exported".
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # a tenth of a second, paid only to draw
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    said = TextColumn(f"{done} {{task.completed:,}} of {{task.total:,}}")
    columns = (BarColumn(), said, TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        drawn = progress.add_task("records", total=total())
        yield lambda count: progress.update(drawn, completed=count)
