"""The tables: what is cached, what is asked, what was sent, what happened."""

from console.models.changes import Authorship, Change, Confirmation, Line, Origin, Wait
from console.models.connections import Connection, Pause
from console.models.customers import Customer, Known, SearchTerm
from console.models.decisions import Decision, Emergency
from console.models.delivery import Attempt, Kind, Outcome
from console.models.desk import Draft, Visit
from console.models.history import Chain, Event
from console.models.installation import Installation
from console.models.judging import Act, LineState
from console.models.measures import Minute
from console.models.notices import About, Notice
from console.models.people import Grant, Mail, Role, User
from console.models.policies import Policy, PolicyStatus, PolicyVersion
from console.models.states import Status, Verdict

__all__ = [
    "About",
    "Act",
    "Attempt",
    "Authorship",
    "Chain",
    "Change",
    "Confirmation",
    "Connection",
    "Customer",
    "Decision",
    "Draft",
    "Emergency",
    "Event",
    "Grant",
    "Installation",
    "Kind",
    "Known",
    "Line",
    "LineState",
    "Mail",
    "Minute",
    "Notice",
    "Origin",
    "Outcome",
    "Pause",
    "Policy",
    "PolicyStatus",
    "PolicyVersion",
    "Role",
    "SearchTerm",
    "Status",
    "User",
    "Verdict",
    "Visit",
    "Wait",
]
