"""Which invariants are there? All of them, in the order they are checked. Next: checking.py, which runs them."""

from workflows.verify.counts_invariants import COUNTS
from workflows.verify.devices_invariants import DEVICES
from workflows.verify.goods_invariants import GOODS
from workflows.verify.intake_invariants import INTAKE
from workflows.verify.invariant import Invariant
from workflows.verify.order_invariants import ORDERS, WAITING
from workflows.verify.patient_invariants import PATIENTS
from workflows.verify.returns_invariants import RETURNS
from workflows.verify.smaller_order_invariants import SMALLER
from workflows.verify.swaps_invariants import SWAPS

INVARIANTS: tuple[Invariant, ...] = (
    GOODS + ORDERS + INTAKE + WAITING + SMALLER + DEVICES + SWAPS + RETURNS + COUNTS + PATIENTS
)
