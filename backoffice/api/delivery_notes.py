"""Who may have a delivery note, and what is on it? The same by API and by page: a patient's note is a look, logged.

Next: exchange/outgoing/document_store.py, where notes are kept sealed.
"""

from collections.abc import Sequence

from backoffice.api.desk import Desk
from backoffice.api.looks import AskedFor, kept_back
from backoffice.api.problems import Problem
from exchange.outgoing.document_store import DocumentStore
from workflows.permissions import Actor, Permission, demand
from workflows.utleveranser import Seen, utleverans_seen

WHY = "följesedel"
"""The purpose of the look: the note goes with the goods."""


def seen_by(desk: Desk, who: Actor, number: str) -> Seen:
    """The utleverans with that number; raises Problem 404, also for another kommun's."""
    with desk.seen_by(who) as tx:
        seen = utleverans_seen(tx, number, who.kommun)
    if seen is None:
        raise Problem(404, "not-found", "Utleveransen finns inte (there is no such utleverans)")
    return seen


def note_for(asked: AskedFor, number: str) -> bytes:
    """The utleverans's delivery note (PDF), once the look is logged where it is a patient's.

    Raises NotPermitted (logged, where a patient's is asked for), Problem 404 and 503.
    """
    documents = _documents_for(asked, [number])
    with kept_back():
        pdf = documents.delivery_note(number, asked.look(WHY))
    assert pdf is not None, "an utleverans is never removed"
    return pdf


def notes_for(asked: AskedFor, numbers: Sequence[str]) -> bytes:
    """The notes of several utleveranser as one PDF; all of them, or none. Raises as note_for."""
    documents = _documents_for(asked, numbers)
    with kept_back():
        return documents.delivery_notes(numbers, asked.look(WHY))


def _documents_for(asked: AskedFor, numbers: Sequence[str]) -> DocumentStore:
    """Where the notes are, for whoever may have each of them."""
    desk, who = asked.desk, asked.actor
    demand(who, Permission.PRINT)
    patients = {seen_by(desk, who, number).patient for number in numbers} - {None}
    if patients and not who.may(Permission.SEE_PATIENT):
        raise asked.denied(WHY, Permission.SEE_PATIENT, patients=[each for each in patients if each is not None])
    return DocumentStore(desk.database, desk.keys, desk.settings.document_folder)
