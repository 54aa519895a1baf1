"""What the page with the form of a customer shows: the form, what it is filled in with, what stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import prefetch_related_objects

from console.flows import drafts
from console.flows.replace import seconds
from console.forms.asked import Earlier, can_amend, earlier_wishes
from console.forms.edit import EditForm
from console.forms.inputs import text_of
from console.forms.needs import needs_of
from console.forms.restoring import restored
from console.models import Change, Customer, Event, Line, Status, User
from console.permissions import may_retry
from console.views.change_history import RETURNED, Moment, return_of
from console.views.customer_page import CustomerPage, asked, how_known, number_in, unfinished
from console.views.customer_reads import last_applied
from console.views.fixing import fixing_of

if TYPE_CHECKING:
    from django.http import HttpRequest, QueryDict

    from console.flows.drafts import Kept
    from console.forms.entry import Entry
    from console.views.rows import Row


@dataclass(frozen=True, slots=True)
class Beside:
    """A change that has not ended, as said above the form: whether it closes fields, whether the reader may edit it."""

    row: Row
    closes: bool
    can_amend: bool


class Editing:
    """The form of one customer for one person: as they posted it, or filled in with what its address asks for."""

    def __init__(self, customer: Customer, user: User, request: HttpRequest) -> None:
        self.customer, self.user = customer, user
        self._fixing = fixing_of(request, customer, user)
        self.changes: list[Row] = unfinished(customer, user)
        self._asked = asked(self.changes)
        self.again: Change | None = None
        self.too_late: int | None = None
        self.restored: list[str] = []
        self.draft: Kept | None = None
        self.is_taken_up = False
        data = request.POST.dict() if request.method == "POST" else self._filled_in(request.GET)
        self.form = EditForm(customer, data, asked=self._asked, at=request.GET.get("field", ""))
        self.form.name_authors(authors(customer, user))
        self._weigh()
        if self.is_taken_up:
            self.form.judge()
            self.form.ask_whose(self.form.moves)
            self.form.hold_back(self.form.unmet)

    @property
    def amended(self) -> Change | None:
        """The change of the reader's own that the form edits."""
        own = (row.change for row in self.changes if row.change.pk == self.form.amends)
        return next((change for change in own if can_amend(change, by=self.user)), None)

    def let_go(self) -> None:
        """What the form was to edit or to correct has gone on: what was typed becomes a change of its own."""
        self.form.let_go()
        self._weigh()

    def context(self) -> dict[str, object]:
        """What the page shows."""
        known = {field.name: field.label for field in self.customer.provider.fields}
        return {
            "customer": self.customer,
            "form": self.form,
            "page": CustomerPage(self.customer, self.user),
            "beside": self._beside(),
            "amended": self.amended,
            "returned": _last_return(self.amended, self.customer) if self.amended else None,
            "too_late": self.too_late,
            "again": self.again,
            "held_back": self._held_back(),
            "restored": [known[name] for name in self.restored],
            "draft": self.draft,
            "is_taken_up": self.is_taken_up,
            "how_known": how_known(self.customer),
            "reads": self.customer.provider.capabilities.reads,
            "departure": departure(self.form),
            "fixing": self._fixing,
        }

    def _weigh(self) -> None:
        waiting = {name: asked.change for name, asked in self._asked.items() if asked.waits}
        seconds = {name: (change, change.second_wish(by=self.user)) for name, change in waiting.items()}
        weigh(self.form, self.user, earlier_wishes(seconds, by=self.user), self.amended)

    def _filled_in(self, query: QueryDict) -> Mapping[str, str] | None:
        """A draft that is taken up, else what a change asks for, else what a drifted value was; None for nothing."""
        self.draft = drafts.held(self.customer, by=self.user)
        if self.draft and query.get("draft"):
            self.is_taken_up = True
            return self.draft.typed
        if number := number_in(query.get("amend", "")):
            return self._to_amend(number)
        self.again = _tried_before(self.changes, query.get("again", ""))
        if self.again:
            corrects = {"corrects": str(self.again.pk)} if may_retry(self.user, self.again) else {}
            return {**self._typed_again(self.again), **corrects}
        return self._put_back(query.get("restore", ""))

    def _to_amend(self, number: int) -> Mapping[str, str] | None:
        """What the change asks for that is to be edited, if it still can be."""
        for row in self.changes:
            if row.change.pk == number and can_amend(row.change, by=self.user):
                return {**self._typed_again(row.change), "amends": str(number), "amends-as": row.change.asks}
        self.too_late = number
        return None

    def _typed_again(self, change: Change) -> dict[str, str]:
        """What a change asked for, as if just typed; without what is hidden, and what another change asks for."""
        known = {field.name: field for field in self.customer.provider.fields if not field.sensitive}
        asks = [line for line in change.lines.all() if line.state.is_sent and line.field in known]
        free = [line for line in asks if not self._is_held_back(line.field, change)]
        values = {f"v-{line.field}": text_of(known[line.field], line.after) for line in free}
        return values | {"why": change.why, "reference": change.reference}

    def _put_back(self, event: str) -> dict[str, str] | None:
        """What drifted values were before an event saw them moved, as if just typed."""
        if not (number := number_in(event)):
            return None
        values = restored(self.customer, number)
        self.restored = [name for name in values if not self._is_held_back(name)]
        field = self.customer.provider.field
        return {f"v-{name}": text_of(field(name), values[name]) for name in self.restored} or None

    def _beside(self) -> list[Beside]:
        """What has not ended, but for the change that the form edits."""
        closing = {
            entry.earlier.change.pk for entry in self.form.entries.values() if entry.is_blocked and entry.earlier
        }
        others = [row for row in self.changes if row.change.pk != self.form.amends]
        return [Beside(row, row.change.pk in closing, can_amend(row.change, by=self.user)) for row in others]

    def _held_back(self) -> list[Entry]:
        """What is asked for again although another change asks for it by now, so that it is not filled in."""
        lines = self.again.lines.all() if self.again else []
        return [self.form.entries[line.field] for line in lines if self._is_held_back(line.field)]

    def _is_held_back(self, name: str, besides: Change | None = None) -> bool:
        return name in self._asked and self._asked[name].waits and self._asked[name].change != besides


def check(customer: Customer, user: User, data: Mapping[str, str]) -> dict[str, object]:
    """What follows the typing: judged, with what would hold it back by now; and kept as a draft. Asks for little else,
    since it is looked at after every few letters.
    """
    form = EditForm(customer, data)
    waiting = Line.objects.waiting_for(customer, form.wishes) if form.wishes else {}
    earlier = earlier_wishes(seconds(customer, waiting, by=user), by=user) if waiting else {}
    weigh(form, user, earlier, _own(form.amends, customer, user))
    form.judge_left()
    if moves := form.moves:
        form.note(moves)
        form.name_authors(authors(customer, user))
    form.hold_back(form.unmet)
    return {"customer": customer, "form": form, "departure": departure(form), "is_kept": keep(form, user)}


def _last_return(change: Change, customer: Customer) -> Moment | None:
    """Who gave it back to its author, and why, where that is where it stands."""
    if change.state is not Status.RETURNED:
        return None
    returns = Event.objects.filter(change=change, verb=RETURNED).select_related("actor").order_by("-pk")[:1]
    for event in returns:
        event.customer = customer
    return return_of(returns)


def weigh(form: EditForm, user: User, earlier: Mapping[str, Earlier], amended: Change | None) -> None:
    """Says in the form what its wishes meet, where they go, and what saving them would need."""
    form.meet(earlier)
    own = (one.change for name, one in earlier.items() if one.amends and name in form.wishes)
    change = amended or next(own, None)
    if change:
        prefetch_related_objects([change], "lines")
        form.go_into(change)
    form.say_needs(needs_of(form.customer, form.all_wishes, by=user, into=change))


def keep(form: EditForm, user: User) -> bool:
    """Keeps what was typed as a draft, or lets go of it when all of it was put back; says whether it is kept."""
    if form.is_begun:
        fields = tuple({**form.wishes, **form.facts})
        return drafts.keep(form.customer, form.typed, fields, by=user)
    drafts.discard_form(form.customer, form.key, by=user)
    return False


def departure(form: EditForm) -> str:
    """When a change that needs nobody's approval would leave; empty while there is nothing to send, and where somebody
    has to approve it first: nobody knows when that will be.
    """
    connection = form.customer.connection
    if not form.all_wishes or form.approvals:
        return ""
    if connection.is_paused:
        return f"sent once {connection.name} is resumed"
    number = Change.objects.latest_on_its_way(form.customer)
    return f"sent after change {number}" if number else "sent right away"


def authors(customer: Customer, reader: User) -> dict[str, str]:
    """Who set the values that came by a change of ours, by field; what it only carried along was set by nobody."""
    record, rules = customer.record, {field.name: field for field in customer.provider.fields}
    return {
        line.field: "You" if line.change.requester_id == reader.pk else line.change.requester.name
        for line in last_applied(customer)
        if line.field in rules and rules[line.field].same(line.after, record.get(line.field))
    }


def _tried_before(changes: list[Row], number: str) -> Change | None:
    return next((row.change for row in changes if str(row.change.pk) == number and row.change.can_be_tried_again), None)


def _own(number: int | None, customer: Customer, user: User) -> Change | None:
    """A change of this person's own at this customer, with its lines."""
    if number is None:
        return None
    found = Change.objects.filter(pk=number, customer=customer.pk, requester=user).prefetch_related("lines").first()
    if found:
        found.customer, found.connection = customer, customer.connection
    return found
