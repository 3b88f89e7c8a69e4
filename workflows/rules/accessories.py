"""Does an accessory belong to a device that is there? Its main device is in the same order, or with the receiver.

So that what was lent together can come back together, from the right device. A sentence never tells whose a device is.
"""

from workflows.identity import is_personal_number
from workflows.rules.order import Order
from workflows.violations import Violation, violation


def judge_accessories(order: Order) -> list[Violation]:
    """`accessory-main-device`, for each line whose main device is on no other line and not with the receiver."""
    return [
        violation(
            "accessory-main-device",
            f"lines[{index}].accessory_to",
            serial=_shown(line.accessory_to),
            choices=[{f"lines[{index}].accessory_to": None}],
        )
        for index, line in enumerate(order.lines)
        if line.accessory_to is not None
        and line.accessory_to not in order.with_receiver
        and not any(
            line.accessory_to in other.serial_numbers for place, other in enumerate(order.lines) if place != index
        )
    ]


def _shown(serial: str) -> str:
    return "…" if is_personal_number(serial) else serial
