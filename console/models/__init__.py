"""The tables: what is cached, what is asked, what was sent, what happened."""

from console.models.batches import CANARY, Batch, BatchDecision, BatchRefusal, BatchStatus, BatchTally
from console.models.bulk import (
    Bulk,
    BulkCustomer,
    BulkFormat,
    BulkKind,
    BulkPart,
    BulkProblem,
    BulkStatus,
    ColumnMapping,
)
from console.models.changes import Change, Origin
from console.models.checkpoints import Checkpoint, Leaf, Subtree
from console.models.connections import Connection, Pause
from console.models.customers import Customer, Known
from console.models.decisions import Decision, Emergency
from console.models.delivery import Attempt, Kind, Outcome
from console.models.desk import Draft, Visit
from console.models.erasures import Erasure, ErasureStatus
from console.models.exports import Export, ExportPart, ExportStatus, Format, SavedSearch
from console.models.history import Chain, Event, Mention
from console.models.installation import Installation
from console.models.judging import Act, LineState
from console.models.lines import Authorship, Line
from console.models.listing import Awaits, ListChoice, SavedView, Sort, Standing
from console.models.measures import Minute
from console.models.notices import About, Notice
from console.models.people import Grant, Mail, Role, User
from console.models.policies import Policy, PolicyStatus, PolicyVersion
from console.models.quality import Flaw, FlawDay, LookThrough
from console.models.reveals import Allowance, BlindTerm, Reveal
from console.models.reviews import Mark, Review, ReviewItem, ReviewNote
from console.models.rights import Invitation, RightsKind, RightsRequest, RightsStatus
from console.models.sessions import Session
from console.models.states import Confirmation, Status, Verdict, Wait
from console.models.terms import SearchTerm, SearchText

__all__ = [
    "CANARY",
    "About",
    "Act",
    "Allowance",
    "Attempt",
    "Authorship",
    "Awaits",
    "Batch",
    "BatchDecision",
    "BatchRefusal",
    "BatchStatus",
    "BatchTally",
    "BlindTerm",
    "Bulk",
    "BulkCustomer",
    "BulkFormat",
    "BulkKind",
    "BulkPart",
    "BulkProblem",
    "BulkStatus",
    "Chain",
    "Change",
    "Checkpoint",
    "ColumnMapping",
    "Confirmation",
    "Connection",
    "Customer",
    "Decision",
    "Draft",
    "Emergency",
    "Erasure",
    "ErasureStatus",
    "Event",
    "Export",
    "ExportPart",
    "ExportStatus",
    "Flaw",
    "FlawDay",
    "Format",
    "Grant",
    "Installation",
    "Invitation",
    "Kind",
    "Known",
    "Leaf",
    "Line",
    "LineState",
    "ListChoice",
    "LookThrough",
    "Mail",
    "Mark",
    "Mention",
    "Minute",
    "Notice",
    "Origin",
    "Outcome",
    "Pause",
    "Policy",
    "PolicyStatus",
    "PolicyVersion",
    "Reveal",
    "Review",
    "ReviewItem",
    "ReviewNote",
    "RightsKind",
    "RightsRequest",
    "RightsStatus",
    "Role",
    "SavedSearch",
    "SavedView",
    "SearchTerm",
    "SearchText",
    "Session",
    "Sort",
    "Standing",
    "Status",
    "Subtree",
    "User",
    "Verdict",
    "Visit",
    "Wait",
]
