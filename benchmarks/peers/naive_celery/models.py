"""Which rows does it work with? SQLAlchemy's declarative models of the common schema (../schema.sql).

Columns that the database fills in by itself are left to it. Next: machine.py.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Identity
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """The models' common base."""


class Order(Base):
    """An order: the state machine's model."""

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]
    version: Mapped[int]
    state_since: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    sender: Mapped[str]
    receiver_kind: Mapped[str]
    receiver_code: Mapped[str]
    utleverans_id: Mapped[int | None] = mapped_column("utleverans", ForeignKey("utleverans.id"))

    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.line_no", lazy="selectin")
    utleverans: Mapped["Utleverans | None"] = relationship()

    @property
    def has_utleverans(self) -> bool:
        """What the machine's guard asks."""
        return self.utleverans_id is not None


class OrderLine(Base):
    """One article of an order."""

    __tablename__ = "order_line"

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True)
    article: Mapped[str]
    quantity: Mapped[int]


class History(Base):
    """One transition of an order."""

    __tablename__ = "history"

    order_id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    actor: Mapped[str]


class StockBalance(Base):
    """What a store has of an article."""

    __tablename__ = "stock_balance"

    store: Mapped[str] = mapped_column(primary_key=True)
    article: Mapped[str] = mapped_column(primary_key=True)
    on_hand: Mapped[int]
    reserved: Mapped[int]
    outbound: Mapped[int]


class Movement(Base):
    """Goods that went from one place to another."""

    __tablename__ = "movement"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    kind: Mapped[str]
    article: Mapped[str]
    quantity: Mapped[int]
    from_place: Mapped[str]
    from_store: Mapped[str]
    to_place: Mapped[str]
    to_store: Mapped[str]
    order_id: Mapped[int]
    order_version: Mapped[int]
    line_no: Mapped[int]
    actor: Mapped[str]


class NumberCounter(Base):
    """The last number given in a store and year."""

    __tablename__ = "number_counter"

    store: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class Utleverans(Base):
    """A numbered outbound delivery."""

    __tablename__ = "utleverans"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    order_id: Mapped[int]
    store: Mapped[str]
    year: Mapped[int]
    sequence: Mapped[int]

    lines: Mapped[list["UtleveransLine"]] = relationship()


class UtleveransLine(Base):
    """One article of an utleverans."""

    __tablename__ = "utleverans_line"

    utleverans: Mapped[int] = mapped_column(ForeignKey("utleverans.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True)
    article: Mapped[str]
    quantity: Mapped[int]
