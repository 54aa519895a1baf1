"""A small world for each address: one customer with a change, and everybody in a relation of their own to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from console.auditing import Query
from console.exporting import make_all
from console.flows import batches
from console.flows.bulk import Import, begin
from console.flows.bulk_edit import select
from console.flows.examine import mark
from console.flows.export_customers import Wish as Taken
from console.flows.export_customers import ask as ask_for
from console.flows.exports import ask
from console.flows.glass import break_glass
from console.flows.inviting import digest_of
from console.flows.listing import Wanted, keep
from console.flows.opening import Plan, open_review
from console.flows.resolve import close
from console.flows.rights import Wish, ask_roles
from console.flows.seal import seal
from console.models import (
    Batch,
    Bulk,
    BulkKind,
    Change,
    Connection,
    Customer,
    Event,
    Format,
    Grant,
    Invitation,
    Mark,
    Notice,
    Pause,
    PolicyVersion,
    ReviewItem,
    Role,
    SavedSearch,
    Status,
    User,
    Verdict,
    Wait,
)
from tests import cast, importing_files
from tests.batches import approved, batch_of
from tests.deciding import policy, reword, seen
from tests.views.answers_declared import ANSWERS, WHO
from tests.views.standing import standing

# What is about one export of customers, which the editor asked for.
EXPORTED = ("customers_exported", "customers_exported_download", "customers_exported_stop")

# What tells something of a hidden value; a POST keeps whom.
HIDDEN = ("customer_hidden", "hidden_compare", "hidden_reveal")

NUMBERS = {"approvals": "1", "from_size": "1", "hours": "72"}

# What a POST says when it is meant well; empty where nothing is asked.
POSTED: Mapping[str, dict[str, str]] = {
    "change_reject": {"reason": "The call-back did not confirm it."},
    "batch_reject": {"reason": "The call-back did not confirm it."},
    "batch_undo": {"key": "a key", "why": "It was the wrong list."},
    "change_return": {"reason": "The house number is missing."},
    "bulk_edit": {"v-phone": "+442079460000"},
    "bulk_edit_check": {"v-phone": "+442079460000"},
    "imports": {"kind": "fill", "as_of": "2026-01-01T09:30", "key": "a-key"},
    "import_columns": {"column-0": "external_id", "column-1": "name"},
    "change_comment": {"text": "He read it out to me."},
    "change_break_glass": {"reason": "It cannot wait."},
    "change_looked_into": {"finding": "It was right."},
    "factor_passkey": {"credential": "made up"},
    "sign_in": {"username": "editor", "password": "wrong"},
    "you": {"time_zone": "Asia/Jakarta"},
    "customers": {"q": "Ann"},
    "customer_add": {"external_id": "777"},
    "list_columns": {"column": "email", "sort": "known"},
    "view_keep": {"name": "Mine", "state": "person"},
    "view_share": {"shared": "1"},
    "customer_edit": {"v-address": "2 Low Street, Leeds", "key": "a key"},
    "customer_preview": {"v-address": "2 Low Street, Leeds", "key": "a key"},
    "customer_check": {"v-address": "2 Low Street, Leeds", "key": "a key"},
    "change_close": {"verdict": "not known", "reason": "Nobody there remembers."},
    "change_again": {"reason": "They mended it."},
    "change_release": {"reason": "It is not there yet."},
    "change_undo": {"key": "a key", "field": "phone"},
    "connection_resume": {"reason": "They are done."},
    "connection_keeping": {"bodies": "30", "sure": "yes"},
    "connection_pause": {"reason": "They asked us to."},
    "import_end": {"reason": "They asked us to."},
    "connection_again": {"all": "1", "reason": "They mended it."},
    "connection_release": {"do": "release", "reason": "None of it is there yet."},
    "policy_new": {**NUMBERS, "name": "Phones", "where": "these", "scope": "named", "field": "phone"},
    "policy_edit": {**NUMBERS, "name": "KYC fields", "where": "these", "scope": "sensitive"},
    "policy_decide": {"do": "approve"},
    "person_decide": {"do": "approve"},
    "person_deactivate": {"why": "They left."},
    "person_let_in": {"why": "They are back."},
    "person_way_back": {"why": "The phone is lost."},
    "invitation": dict.fromkeys(("password", "again"), "a pass phrase of their own"),
    "review_new": {"title": "Yesterday", "where": "all", "sample": "25"},
    "review_mark": {"mark": "settled", "seen": "questioned"},
    "review_say": {"text": "He called."},
    "quality_give": {"who": "0", "do": "chosen", "flaw": "1"},
    "review_sign_off": {"conclusion": "All in order."},
    "audit_customer": {"q": "Ann Whitfield"},
    "audit_save": {"kind": "change", "name": "Changes"},
    "exports": {"kind": "change", "format": "csv"},
    "customers_export": {"format": "csv"},
    "hidden_compare": {"said": "1990-02-01"},
    "hidden_reveal": {"reason": "The branch reads it out."},
}

# Addresses of a review, and the numbers that each takes.
REVIEWED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("review", "review_sign_off"), ("review",)),
    **dict.fromkeys(("review_item", "review_mark", "review_say"), ("review", "pk")),
}

# What is done about a change while somebody else has to decide on it.
WAITING = (
    *("change_approve", "change_reject", "change_return", "change_comment", "change_claim", "change_let_go"),
    *("change_break_glass", "change_looked_into", "change_reading"),
)

# The state in which a step of a change can be taken.
STATES: Mapping[str, Status] = {
    "change_confirm": Status.PROPOSED,
    "change_again": Status.REFUSED,
    "change_close": Status.UNKNOWN,
    "change_release": Status.PROPOSED,
    "change_read_back": Status.UNKNOWN,
    "change_undo": Status.UNKNOWN,
    "connection_again": Status.REFUSED,
    "connection_release": Status.PROPOSED,
}


def begun(connection: Connection, content: bytes, *, by: User) -> Bulk:
    """An import of whose file nothing came yet."""
    return begin(Import(connection, BulkKind.FILL, "customers.csv", len(content), "a-key", timezone.now()), by=by)


@dataclass(frozen=True, slots=True)
class World:
    """One customer with a change at a paused connection; everybody stands in their own relation to it."""

    people: Mapping[str, User]
    connection: Connection
    customer: Customer
    change: Change
    policy: PolicyVersion

    def url(self, name: str) -> str:
        """The address of this world's customer, change or connection, or of a list."""
        if name in ARGUMENTS:
            return reverse(name, args=ARGUMENTS[name](self))
        if name in REVIEWED:
            return reverse(name, args=ReviewItem.objects.values_list(*REVIEWED[name]).get())
        subject = name.partition("_")[0]
        kinds: dict[str, Any] = {
            "customer": self.customer,
            "erasure": self.customer,
            "change": self.change,
            "connection": self.connection,
            "batch": Batch.objects.first(),
        }
        about = {**kinds, "policy": self.policy.policy}.get(subject)
        return reverse(
            name,
            args=[about.pk]
            if about and name not in {"customer_add", "policy_new", "review_new", "audit_customer"}
            else [],
        )

    def body(self, name: str) -> dict[str, Any]:
        """What is posted there."""
        here: dict[str, Any] = {"connection": str(self.connection.pk)} if name in {"customer_add", "imports"} else {}
        if name == "imports":
            here["file"] = SimpleUploadedFile("customers.csv", importing_files.many(1))
        if name in {"bulk_edit_new", "customers_export_chosen"}:
            here = {"customer": str(self.customer.pk)}
        if name == "customers_export":
            here = {"connection": str(self.connection.pk)}
        if name.startswith("policy_"):
            here = {"connections": str(self.connection.pk), "version": str(self.policy.pk)}
        if name in {"person_new", "person_roles"}:
            here = {"username": "newcomer", "role": f"viewer@{self.connection.pk}"}
        if name in {"person_decide", "person_withdraw"}:
            here = {"request": str(self.concerned.rights_requests.get().pk)}
        if name == "review_new":
            today = timezone.localdate()
            here = {"since": f"{today - timedelta(days=1):%Y-%m-%d}", "until": f"{today:%Y-%m-%d}"}
        if name in {"batch_approve", "batch_reject"}:
            here = {"digest": bytes(Batch.objects.get().digest).hex()}
        if name in {"change_approve", "change_reject"}:
            here = {f"seen-{field}": digest for field, digest in seen(self.change).items()}
        return {**POSTED.get(name, {}), **here}

    @property
    def concerned(self) -> User:
        """Whom the pages of people are about."""
        return User.objects.get(username="concerned")

    def client(self, who: str, **how: Any) -> Client:
        """A browser in which this person is signed in."""
        client = Client(**how)
        if who != "nobody":
            client.force_login(self.people[who])
        return client


# What is about one person, and the secret of the link that is open for them.
ABOUT_SOMEBODY = [name for name in ANSWERS if name.startswith("person") and name != "person_new"]
SECRET = "the secret of a link"

# How far an import has to be for each step.
IMPORTING: Mapping[str, Callable[..., Bulk]] = {
    "piece": begun,
    **dict.fromkeys(("stop", "end"), importing_files.uploaded),
    **dict.fromkeys(("reading", "columns"), importing_files.read),
    **dict.fromkeys(("anew", "run", "refused"), importing_files.checked),
}

# What stands in addresses of which the name alone does not say it.
ARGUMENTS: Mapping[str, Callable[[World], list[object]]] = {
    "password_reset": lambda here: [here.people["editor"].pk, "made-up"],
    "factor_remove": lambda _: [0],
    "field_history": lambda here: [here.customer.pk, "phone"],
    "look_error": lambda _: ["404"],
    "session_end": lambda _: [7],
    **dict.fromkeys(HIDDEN, lambda here: [here.customer.pk, "dob"]),
    **dict.fromkeys(
        ("bulk_edit", "bulk_edit_check", "bulk_edit_run", "bulk_edit_stop"),
        lambda here: [here.people["editor"].bulks.get().pk],
    ),
    **dict.fromkeys(
        ("import", *(f"import_{step}" for step in IMPORTING)), lambda here: [here.people["editor"].bulks.get().pk]
    ),
    "audit_event": lambda here: [Event.objects.filter(customer=here.customer).earliest("pk").pk],
    **dict.fromkeys(ABOUT_SOMEBODY, lambda here: [here.concerned.pk]),
    "invitation": lambda _: [SECRET],
    **dict.fromkeys(
        ("quality_rule", "quality_next", "quality_give"), lambda here: [here.connection.pk, "email", "required"]
    ),
    "audit_forget": lambda here: [here.people["reviewer"].searches.get().pk],
    **dict.fromkeys(("view_share", "view_forget"), lambda here: [here.people["editor"].views.get().pk]),
    **dict.fromkeys(
        ("export", "export_download", "export_stop"), lambda here: [here.people["reviewer"].exports.get().pk]
    ),
    **dict.fromkeys(EXPORTED, lambda here: [here.people["editor"].exports.get().pk]),
}


def world(name: str) -> World:
    """Made so that a POST to this address can be done by whoever may."""
    slugs = (
        ("sqril", "flowwise") if name in {"change_read_back", *HIDDEN} else ("caibo", "sqril")
    )  # caibo's can't be read
    here, elsewhere = map(cast.connect, slugs)
    if name != "connection_pause":
        here.paused_at, here.pause = timezone.now(), Pause.BY_A_PERSON
        here.save()
    people = {who: User.objects.create_user(who) for who in WHO if who != "nobody"}
    for who, user in people.items():
        if who != "stranger":
            role = Role.EDITOR if who == "outsider" else Role(who)
            Grant.objects.create(user=user, role=role, connection=elsewhere if who == "outsider" else here)
    if name in HIDDEN:
        Grant.objects.create(user=people["editor"], role=Role.COMPARE, connection=here)
        Grant.objects.create(user=people["approver"], role=Role.REVEAL, connection=here)
    customer = cast.sample(here)
    about = {"wait": Wait.RESTORED, "maybe_applied": True} if name.endswith("_release") else {}
    wishes = {"phone": "+6281299887766" if slugs[0] == "sqril" else "+442079460000"}
    if name in WAITING:
        policy("Whatever it is", at=[here])
    state = STATES.get(name, Status.APPROVED)
    change = standing(customer, people["editor"], state, wishes=wishes, **about)
    if name == "change_undo":
        close(change.pk, by=people["operator"], verdict=Verdict.APPLIED, reason="They told me.")
    auditing(name, people["reviewer"])
    concerning(name, here, people["administrator"])
    if name.startswith("review"):
        reviewing(name, change, people["reviewer"])
    if name == "change_looked_into":
        hasty = User.objects.create_user("hasty")
        Grant.objects.create(user=hasty, role=Role.BREAK_GLASS, connection=here)
        break_glass(change.pk, by=hasty, reason="It could not wait.")
    return World(people, here, customer, change, asking(name, here, people["administrator"]))


def auditing(name: str, by: User) -> None:
    """What the reviewer keeps: a search, an export that waits or is made; and history sealed. What the editor keeps."""
    if name in {"view_share", "view_forget"}:
        keep(Wanted({}, []), "Mine", shared=False, by=User.objects.get(username="editor"))
    if name in {"bulk_edit", "bulk_edit_check", "bulk_edit_run", "bulk_edit_stop"}:
        editor = User.objects.get(username="editor")
        select(Customer.objects.all(), connection=Connection.objects.earliest("pk"), key="an edit", by=editor)
    if name.startswith("import") and name != "imports":
        step = IMPORTING.get(name.removeprefix("import_"), importing_files.checked)
        step(Connection.objects.earliest("pk"), importing_files.many(2), by=User.objects.get(username="editor"))
    if name == "audit_forget":
        SavedSearch.objects.create(owner=by, name="Changes", query={"kind": "change"})
    if name == "checkpoint":
        seal()
    if name.startswith("export_") or name == "export":
        ask(Query(), Format.CSV, by=by)
    if name in EXPORTED:
        connection = Connection.objects.earliest("pk")
        ask_for(Taken(connection, Format.XLSX), Customer.objects.all(), by=User.objects.get(username="editor"))
    if name in {"export_download", "customers_exported_download"}:
        make_all(threading.Event())


def batching(name: str, customer: Customer) -> None:
    """A batch of one change, as it stands where somebody can take this step."""
    if not name.startswith("batch") or name == "batches":
        return
    by = User.objects.get(username="editor")
    batch = batch_of([customer], by, {"memberId": "M-78"})
    if name in {"batch_pause", "batch_stop", "batch_go_on", "batch_undo"}:
        approved(batch, User.objects.get(username="approver"))
    if name == "batch_go_on":
        batches.pause(batch.pk, by=by)
    if name == "batch_undo":
        batches.stop(batch.pk, by=by)
    Notice.objects.all().delete()  # which a look at the page would mark as read


def reviewing(name: str, change: Change, by: User) -> None:
    """A review in which the change is questioned, or, to be signed off, fine."""
    now = timezone.now()
    Change.objects.filter(pk=change.pk).update(ended_at=now)
    if name in {"reviews", "review_new"}:
        return
    yesterday = Plan("Yesterday", now - timedelta(days=1), now + timedelta(microseconds=1))
    item = open_review(yesterday, by=by).items.get()
    to = Mark.FINE if name == "review_sign_off" else Mark.QUESTIONED
    mark(item.pk, to, by=by, note="Who called?")
    Notice.objects.all().delete()  # which a look at the page would mark as read


def concerning(name: str, here: Connection, by: User) -> None:
    """A person at this connection, about whom something is asked where somebody decides on it."""
    if name not in {*ABOUT_SOMEBODY, "invitation"}:
        return
    user = User.objects.create_user("concerned", is_active=name != "person_let_in")
    Grant.objects.create(user=user, role=Role.EDITOR, connection=here)
    second = User.objects.create_user("second")
    Grant.objects.create(user=second, role=Role.ADMINISTRATOR, connection=here)
    if name in {"person_decide", "person_withdraw"}:
        wish = Wish(granted=[("viewer", here.pk)])
        ask_roles(user.pk, wish, by=by if name == "person_withdraw" else second)
    if name == "invitation":
        ends_at = timezone.now() + timedelta(hours=1)
        Invitation.objects.create(user=user, token_digest=digest_of(SECRET), ends_at=ends_at)


def asking(name: str, here: Connection, by: User) -> PolicyVersion:
    """A policy about this connection: in force, or proposed by whoever does not decide on it."""
    made = policy("KYC fields", "memberId", at=[here])
    batching(name, here.customers.get())
    if name in {"policy_decide", "policy_withdraw"}:
        other = User.objects.create_user("second")
        Grant.objects.create(user=other, role=Role.ADMINISTRATOR, connection=here)
        author = by if name == "policy_withdraw" else other
        return reword(made, status="proposed", proposed_by_id=author.pk, decided_at=None)
    return made
