"""Which invariants are there? All of them, in the order they are checked. Next: checking.py, which runs them."""

from workflows.verify.goods_invariants import GOODS
from workflows.verify.intake_invariants import INTAKE
from workflows.verify.invariant import Invariant
from workflows.verify.order_invariants import ORDERS, WAITING

INVARIANTS: tuple[Invariant, ...] = GOODS + ORDERS + INTAKE + WAITING
