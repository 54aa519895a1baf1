"""The tables: what is cached, what is asked, what was sent, what happened."""

from console.models.changes import Authorship, Change, Confirmation, Decision, Line, Origin, Wait
from console.models.connections import Connection, Pause
from console.models.customers import Customer, Known, SearchTerm
from console.models.delivery import Attempt, Kind, Outcome
from console.models.desk import Draft, Visit
from console.models.history import Chain, Event
from console.models.installation import Installation
from console.models.measures import Minute
from console.models.people import Grant, Role, User
from console.models.states import Status, Verdict

__all__ = [
    "Attempt",
    "Authorship",
    "Chain",
    "Change",
    "Confirmation",
    "Connection",
    "Customer",
    "Decision",
    "Draft",
    "Event",
    "Grant",
    "Installation",
    "Kind",
    "Known",
    "Line",
    "Minute",
    "Origin",
    "Outcome",
    "Pause",
    "Role",
    "SearchTerm",
    "Status",
    "User",
    "Verdict",
    "Visit",
    "Wait",
]
