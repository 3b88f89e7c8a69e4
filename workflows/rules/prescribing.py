"""Who may prescribe what? Licence and förskrivningsrätt, of the orderer and of the responsible prescriber.

Both must be licensed and hold a right on the order's own day (S42, S43); they may be the same person. No role
counts here. The code tells who is meant: `-creator` the orderer, `-licence` the prescriber, and `-right` a
line that one or both of them have no right for.
"""

from collections.abc import Iterable, Sequence

from workflows.master_data import Article, MasterData, Person, PrescribingRight
from workflows.rules.known import Known
from workflows.rules.order import Evidence, Order
from workflows.rules.right_choices import as_bestallning
from workflows.violations import Violation, violation

RightsThatDay = dict[str, list[PrescribingRight]]
"""Person id → the rights in force for the orderer's unit on the order's day."""


def judge_prescribing(
    order: Order, known: Known, master: MasterData, equivalents: Iterable[str] = ()
) -> tuple[list[Violation], tuple[Evidence, ...]]:
    """What is wrong with the right to prescribe, and the rights found to cover the order's articles and the
    `equivalents` that may be sent for them.

    Somebody already refused as a whole (`-creator`, `-licence`) is not refused again line by line.
    """
    rights: RightsThatDay = {}
    found = _orderer(order, known, master, rights) + _prescriber(order, known, master, rights)
    for index, article in enumerate(known.articles):
        if article is None:
            continue
        if not article.iso_class:
            found.append(_no_class(f"lines[{index}].article", article))
        elif lacking := _not_covered(article, rights):
            found.append(_no_right(order, f"lines[{index}].article", article, lacking))
    return found, _evidence([*known.articles, *(master.articles[each] for each in equivalents)], master, rights)


def may_all_prescribe(article: Article, order: Order, known: Known, master: MasterData) -> bool:
    """Whether the orderer and the prescriber both hold a right that day for the article."""
    people = {person.id for person in (known.orderer, known.prescriber) if person is not None}
    return not _not_covered(
        article, {person: _held_that_day(master.people[person], order, master) for person in people}
    )


def _orderer(order: Order, known: Known, master: MasterData, rights: RightsThatDay) -> list[Violation]:
    """`forskrivning-creator` unless licensed with some right that day; adds the rights to `rights`."""
    orderer = known.orderer
    if orderer is None:
        return []
    if not orderer.licensed:
        reason_sv, reason_en = "saknar legitimation", "has no licence"
    elif known.unit is None:
        return []
    elif held := _held_that_day(orderer, order, master):
        rights[orderer.id] = held
        return []
    else:
        reason_sv = f"saknar förskrivningsrätt för enhet {order.orderer_unit} den {order.ordered_on}"
        reason_en = f"has no right to prescribe for unit {order.orderer_unit} on {order.ordered_on}"
    return [
        violation(
            "forskrivning-creator",
            "orderer.person",
            person=orderer.id,
            reason_sv=reason_sv,
            reason_en=reason_en,
            choices=[as_bestallning(known.unit)],
        )
    ]


def _prescriber(order: Order, known: Known, master: MasterData, rights: RightsThatDay) -> list[Violation]:
    """`forskrivning-prescriber` or `-licence`; adds the rights to `rights`, also where there are none."""
    prescriber = known.prescriber
    if order.prescriber is None:
        orderer = known.orderer
        choices = [{"prescriber": orderer.id}] if orderer is not None and orderer.licensed else []
        return [violation("forskrivning-prescriber", "prescriber", choices=choices)]
    if prescriber is None:
        return []
    if not prescriber.licensed:
        return [violation("forskrivning-licence", "prescriber", person=prescriber.id)]
    if known.unit is not None and prescriber.id not in rights:
        rights[prescriber.id] = _held_that_day(prescriber, order, master)
    return []


def _held_that_day(person: Person, order: Order, master: MasterData) -> list[PrescribingRight]:
    """The person's rights for the orderer's unit, judged on the order's own date."""
    unit, on = order.orderer_unit, order.ordered_on
    return [right for right in master.rights.get(person.id, ()) if right.holds(unit, on)]


def _not_covered(article: Article, rights: RightsThatDay) -> list[str]:
    """The ids of those who have no right for the article's product group."""
    lacking = []
    for person, held in rights.items():
        for right in held:
            if right.covers(article):
                break
        else:
            lacking.append(person)
    return lacking


def _no_class(field: str, article: Article) -> Violation:
    """`forskrivning-right` for an article that nobody's right covers, whoever orders."""
    return violation(
        "forskrivning-right",
        field,
        reason_sv=f"Artikel {article.number} har ingen ISO-klass och omfattas av ingen förskrivningsrätt",
        reason_en=f"Article {article.number} has no ISO class and is covered by no right to prescribe",
        choice_sv="välj en artikel som har en klass",
        choice_en="choose an article that has a class",
    )


def _no_right(order: Order, field: str, article: Article, lacking: list[str]) -> Violation:
    """`forskrivning-right` for one line, naming those who lack it."""
    what_sv = f"artikel {article.number} (produktgrupp {article.iso_class}) vid enhet {order.orderer_unit}"
    what_en = f"article {article.number} (product group {article.iso_class}) at unit {order.orderer_unit}"
    return violation(
        "forskrivning-right",
        field,
        reason_sv=f"{' och '.join(lacking)} saknar förskrivningsrätt för {what_sv} den {order.ordered_on}",
        reason_en=f"{' and '.join(lacking)} had no right to prescribe {what_en} on {order.ordered_on}",
        choice_sv="välj en artikel som omfattas, eller låt någon med den rätten förskriva",
        choice_en="choose an article that is covered, or let somebody who has that right prescribe",
    )


def _evidence(articles: Sequence[Article | None], master: MasterData, rights: RightsThatDay) -> tuple[Evidence, ...]:
    """Every right found that covers some article of the order, orderer first, in the master data's order."""
    found = []
    for person, held in rights.items():
        for right in held:
            for article in articles:
                if article is not None and right.covers(article):
                    found.append(Evidence(master.people[person], right))
                    break
    return tuple(found)
