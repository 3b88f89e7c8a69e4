"""Which invariants are there? All of them, in the order they are checked. Next: checking.py, which runs them."""

from workflows.verify.goods_invariants import GOODS
from workflows.verify.invariant import Invariant
from workflows.verify.order_invariants import ORDERS, WAITING
from workflows.verify.patient_invariants import PATIENTS

INVARIANTS: tuple[Invariant, ...] = GOODS + ORDERS + WAITING + PATIENTS
