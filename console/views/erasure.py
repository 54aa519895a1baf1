"""An erasure as the pages tell of it: that a customer was erased, and by whom; or that somebody has asked for it."""

from __future__ import annotations

from dataclasses import dataclass

from console.flows.erase import helpers, in_the_way
from console.models import Customer, Erasure, ErasureStatus, User
from console.permissions import Right, may


@dataclass(frozen=True, slots=True)
class Erasing:
    """How a customer stands with erasing, for one reader. `done` and `asked`: at most one of them is there."""

    customer: Customer
    reader: User
    may_erase: bool
    done: Erasure | None = None
    asked: Erasure | None = None

    @property
    def is_own(self) -> bool:
        """Whether the reader asked for it, so that somebody else has to agree."""
        return self.asked is not None and self.asked.asked_by_id == self.reader.pk

    @property
    def who_agrees(self) -> str:
        """Who could agree beside the reader; said to who asks or has asked."""
        return helpers(self.customer, but=self.reader)

    @property
    def why_not_yet(self) -> list[str]:
        """What has to end before anybody can erase it."""
        return in_the_way(self.customer)


def erasing_of(customer: Customer, reader: User) -> Erasing:
    """Asks the database only for who may have customers erased, and about those who were."""
    allowed = may(reader, Right.ERASE, customer.connection)
    if not (allowed or customer.is_erased):
        return Erasing(customer, reader, may_erase=False)
    status = ErasureStatus.DONE if customer.is_erased else ErasureStatus.ASKED
    found = Erasure.objects.filter(customer=customer, status=status).select_related("asked_by", "decided_by").first()
    about = {"done" if customer.is_erased else "asked": found}
    return Erasing(customer, reader, may_erase=allowed and not customer.is_erased, **about)
