"""What a person says of a record, saved as the page saves it."""

from shared.corrections import saving, store
from shared.corrections.correction import Author
from shared.corrections.saving import State
from shared.jobs.record import Found, Record


def corrected(record: Record, found: Found) -> None:
    """Save these findings as the newest correction of a record."""
    original = store.original(record.folder)
    assert original
    state = State.of(original)
    saving.save(state, found, Author("anna", "page"), state.number)
