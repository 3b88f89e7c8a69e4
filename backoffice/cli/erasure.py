"""Commands for what a patient may ask for: `patient export` tells all that is kept, `patient erase` lets it go."""

from pathlib import Path
from typing import Annotated

import typer

from backoffice.cli.environment import opened
from backoffice.cli.numbers import index_given, read_numbers
from backoffice.cli.output import UNUSABLE, fail, print_json, print_text, refusals_told
from backoffice.cli.patients import Json, Reason, patient_app
from backoffice.json_text import json_text
from exchange.outgoing.document_store import remove_documents
from exchange.outgoing.whole_file import OWNER_ONLY, whole_file
from workflows.free_text import PersonalNumberInText
from workflows.patient_erasure import ErasureRefused, erase_person, told_to_subject
from workflows.patient_looks import PatientNotFound
from workflows.steps.cancel import ReasonMissing

_NUMBER = "Patientens nummer (the patient's number)"
_REFUSALS = (PatientNotFound, ErasureRefused, ReasonMissing, PersonalNumberInText)


def add_to(_: typer.Typer) -> None:
    """Add this module's commands; they stand under `patient`."""
    patient_app.command("export")(export)
    patient_app.command("erase")(erase)


def export(
    reason: Reason,
    out: Annotated[Path, typer.Option(help="JSON-fil att skriva, läsbar bara för dig (readable by you alone)")],
    as_json: Json = False,
) -> None:
    """Skriv allt som sparas om en person, till personen; numret läses från standard in (all that is kept of one)."""
    (number,) = read_numbers(_NUMBER)
    with opened() as environment, refusals_told(*_REFUSALS):
        told = told_to_subject(environment.database, index_given(environment, number), environment.look(reason))
        try:
            with whole_file(out, mode=OWNER_ONLY) as file:
                file.write(json_text(told, indent=2))
        except OSError as error:
            fail(f"{out.name} kan inte skrivas: {error.strerror} (cannot be written)", UNUSABLE)
    if as_json:
        print_json({"file": str(out), "orders": len(told["orders"]), "looks": len(told["looks"])})
    else:
        print_text(f"{out}: {len(told['orders'])} ordrar, {len(told['looks'])} åtkomster (orders, looks)")


def erase(
    reason: Reason,
    decision: Annotated[
        str | None, typer.Option(help="Myndighetens beslut, före tio år (the authority's decision, before ten years)")
    ] = None,
    as_json: Json = False,
) -> None:
    """Radera en persons uppgifter för gott; ordrarna behåller sina rader (erase a person's data for good)."""
    (number,) = read_numbers(_NUMBER)
    with opened() as environment, refusals_told(*_REFUSALS):
        ids, hashes = erase_person(
            environment.database, index_given(environment, number), environment.look(reason),
            years=environment.settings.keep_records_years, decision=decision,
        )  # fmt: skip
        remove_documents(environment.settings.document_folder, hashes)
    if as_json:
        print_json({"patients": ids, "documents": len(hashes)})
    else:
        print_text(f"Patient {', '.join(map(str, ids))} är raderad (erased)")
