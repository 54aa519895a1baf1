"""Every state that a page can show, brought about by the real flows against the sandbox, each under a name."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page, expect

from console.auditing import Query
from console.exporting import make_all
from console.flows import exports, glass, making, review
from console.flows.adopt import add_by_id
from console.flows.erase import agree as agree_to_erase
from console.flows.erase import ask as ask_to_erase
from console.flows.examine import mark, say, sign_off
from console.flows.import_customers import Row, import_customers
from console.flows.listing import Wanted, keep
from console.flows.opening import Plan, open_review
from console.flows.pausing import pause
from console.flows.policies import Draft, approve_policy, propose_policy, reject_policy
from console.flows.propose import Proposal, propose_one, withdraw
from console.flows.refresh import refresh, take_over
from console.flows.seal import seal
from console.flows.searches import save as save_search
from console.flows.undo import undo
from console.models import (
    About,
    Change,
    Connection,
    Customer,
    Event,
    Export,
    Format,
    Grant,
    Known,
    Mark,
    Minute,
    Notice,
    Origin,
    Outcome,
    Pause,
    Role,
    Sort,
    Status,
    User,
    Wait,
)
from console.models.judging import Scope
from console.telling import WORDS
from tests.browser import factor_scenes, import_scenes, quality_scenes, session_scenes
from tests.browser.batch_scenes import play_batches
from tests.browser.chromium import PHONE
from tests.browser.playing_edits import play_edits, set_two, set_wrongly
from tests.browser.playing_people import BACK, SECRET, play_people
from tests.browser.stage import Stage, send_due
from tests.cast import PASSWORD, person, sample
from tests.deciding import approve, policy, reject
from tests.flows.helpers import make_due
from tests.flows.sealing import happen
from tests.views.standing import asked, standing

A_DAY = timedelta(hours=20)
PEOPLE = ("ed", "jo", "ops", "max", "vic")


@dataclass(frozen=True, slots=True)
class Scene:
    """A page to look at: its address with the names of what was played, who looks, and what they do there first."""

    path: str
    who: str = "ed"
    does: Callable[[Page], object] = bool
    status: int = 200


@dataclass(slots=True)
class Play:
    """Plays on a stage; `numbers` has the keys of the changes, customers and connections that the scenes name."""

    stage: Stage
    people: Mapping[str, User]
    numbers: dict[str, int] = field(default_factory=dict)

    def customer(self, slug: str, number: int) -> Customer:
        external_id = list(self.stage.sandbox.records(slug))[number]
        found = Customer.objects.select_related("connection")
        return found.get(connection=self.stage.connections[slug], external_id=external_id)

    def ask(self, name: str, slug: str, number: int, who: str = "ed", why: str = "", **wishes: Any) -> Change:
        customer = self.customer(slug, number)
        item = Proposal(customer.pk, wishes, uuid.uuid4().hex, why=why, reference="SUP-4471" if why else "")
        change = propose_one(item, by=self.people[who])
        self.numbers[name] = change.pk
        return change

    def push(self, slug: str) -> None:
        send_due(self.stage.connections[slug])

    def spoil(self, slug: str, number: int, kind: str, **parameters: Any) -> None:
        external_id = self.customer(slug, number).external_id
        self.stage.sandbox.fault(slug, kind, external_id=external_id, **parameters)


def play(stage: Stage) -> Mapping[str, int]:
    """Plays everything, and gives the numbers of what came of it."""
    played = Play(stage, {username: person(username) for username in PEOPLE})
    newcomer = User.objects.create_user("kim", password=PASSWORD, first_name="Kim", last_name="Park")
    Grant.objects.create(user=newcomer, role=Role.EDITOR)
    for slug, connection in stage.connections.items():
        _take_in(stage, slug, connection)
        played.numbers[slug] = played.customer(slug, 0).pk
        played.numbers[f"{slug}_connection"] = connection.pk
    for scene in (
        _went_well,
        _went_wrong,
        _nobody_knows,
        _waits,
        _gone_and_never_read,
        _moved_there,
        _paused,
        _on_its_way,
        _measured,
        _push_consoles,
        _needs_approval,
        _policies,
        _requests,
        _reviews,
        _taken_back,
        _hidden,
        _told,
    ):
        scene(played)
    played.numbers |= play_edits(_another_account(played, "edits"))
    places = {slug: connection.pk for slug, connection in stage.connections.items()}
    played.numbers |= play_people(played.people["max"], places)
    factor_scenes.make_people()
    played.numbers |= import_scenes.play_imports(
        stage.connections["caibo"], stage.connections["sqril"], played.people["ed"]
    )
    played.numbers |= play_batches(stage, _another_account(played, "cards"))
    quality_scenes.play(stage.connections)
    _sealed()
    _exported(played)
    keep_views(played)
    told = Event.objects.filter(change=played.numbers["applied"], verb="change.applied").latest("pk")
    played.numbers["event"] = told.pk
    played.numbers["event_seen"] = Event.objects.filter(customer=played.numbers["finosu"]).earliest("pk").pk
    long = Event.objects.filter(change=played.numbers["rq_long"], verb="change.proposed")
    played.numbers["event_long"] = long.latest("pk").pk
    return played.numbers


def _exported(played: Play) -> None:
    """Rae has a pack, and one that waits; Sue, who reviews too, has some in every other state."""
    rae, sue, tim = person("rae"), *(User.objects.create_user(name, password=PASSWORD) for name in ("sue", "tim"))
    Grant.objects.bulk_create(Grant(user=user, role=Role.REVIEWER) for user in (sue, tim))
    pack = exports.ask(Query(change=played.numbers["applied"]), Format.PACK, by=rae)
    gone = exports.ask(Query(kind="decision"), Format.CSV, by=sue)
    make_all(threading.Event())
    exports.stop(gone, by=sue)
    stopped = exports.ask(Query(kind="connection"), Format.JSONL, by=sue)
    exports.stop(stopped, by=sue)
    failed = exports.ask(Query(kind="customer"), Format.CSV, by=sue)
    Export.objects.filter(pk=failed.pk).update(status="failed", note=making.GAVE_UP, ended_at=timezone.now())
    running = exports.ask(Query(), Format.PACK, by=sue)
    taken = making.claim()
    if taken:
        making.beat(taken, running.total // 3)
    waiting = exports.ask(Query(connection=played.numbers["sqril_connection"]), Format.JSONL, by=rae)
    numbers = {"pack": pack, "gone": gone, "stopped": stopped, "failed": failed, "running": running, "waits": waiting}
    played.numbers.update({f"export_{name}": export.pk for name, export in numbers.items()})
    save_search(Query(kind="decision"), "Decisions, every Monday", by=sue)
    save_search(Query(outcome="unknown"), "Nobody knows " + "أرصدة العملاء " * 4, by=sue)


def _sealed() -> None:
    """History is signed three times, and something happens after that."""
    for _ in range(3):
        seal()
        happen(2)


def _take_in(stage: Stage, slug: str, connection: Connection) -> None:
    connection.name = connection.provider.title
    connection.save()
    rows = [Row(number, record) for number, record in enumerate(stage.sandbox.records(slug).values(), 1)]
    import_customers(connection, rows, as_of=timezone.now() - A_DAY)


def _went_well(played: Play) -> None:
    played.ask(
        "applied",
        "sqril",
        1,
        why="Moved to a new flat; verified by call-back.",
        phone="+6281299887766",
        address="Jl. Thamrin No. 88, Jakarta",
    )
    played.push("sqril")
    played.ask("accepted", "caibo", 1, phone="+442079460000")
    played.push("caibo")
    played.ask("jos_applied", "sqril", 7, "jo", phone="+6281299887700")
    played.push("sqril")
    refresh(played.customer("sqril", 1), by=played.people["ed"])
    played.numbers["changed"] = played.customer("sqril", 1).pk


def _went_wrong(played: Play) -> None:
    played.spoil("caibo", 2, "refuse", field="phone", message="The phone number is registered to another customer.")
    played.ask("refused", "caibo", 2, why="New number.", phone="+442079460001", address="7 Mill Lane, Leeds")
    played.push("caibo")
    played.numbers["refused_customer"] = played.customer("caibo", 2).pk
    played.spoil("timepay", 2, "409")
    played.ask("conflict", "timepay", 2, phone_number="+919811122233")
    played.push("timepay")
    moved = played.customer("sqril", 2)
    played.stage.sandbox.edit("sqril", moved.external_id, {"address": "Jl. Sudirman 1, Jakarta"})
    played.ask("moved", "sqril", 2, address="Jl. Melati 5, Bandung")
    played.push("sqril")
    customer = played.customer("flowwise", 4)
    played.numbers["failed"] = standing(customer, played.people["ed"], Status.FAILED).pk


def _nobody_knows(played: Play) -> None:
    played.spoil("finosu", 2, "drop")
    stuck = played.ask("stuck", "finosu", 2, why="Called in, new number.", phoneNumber="+14155550187")
    played.push("finosu")
    make_due(stuck)
    played.push("finosu")
    played.ask("behind", "finosu", 2, "jo", firstName="Helena")
    played.spoil("flowwise", 3, "drop")
    played.ask("unknown", "flowwise", 3, phone="+919811100000")
    played.push("flowwise")
    closed = standing(played.customer("flowwise", 5), played.people["ed"], Status.CLOSED)
    played.numbers["closed"] = closed.pk


def _waits(played: Play) -> None:
    played.spoil("caibo", 3, "429", retry_after=3600)
    played.ask("later", "caibo", 3, phone="+442079460002")
    played.push("caibo")
    held = standing(played.customer("flowwise", 6), played.people["ed"], Status.PROPOSED)
    played.numbers["held"] = held.pk
    played.numbers["sending"] = standing(played.customer("sqril", 4), played.people["ed"], Status.SENDING).pk


def _gone_and_never_read(played: Play) -> None:
    gone = played.customer("flowwise", 7)
    played.numbers["gone"] = gone.pk
    played.stage.sandbox.delete("flowwise", gone.external_id)
    change = propose_one(Proposal(gone.pk, {"phone": "+919811100009"}, uuid.uuid4().hex), by=played.people["jo"])
    played.numbers["refused_as_gone"] = change.pk
    played.push("flowwise")
    unread = add_by_id(played.stage.connections["timepay"], "camp_new/loan:LOAN-7", by=played.people["ed"])
    played.numbers["unread"] = unread.pk
    erased = played.customer("flowwise", 8)
    played.numbers["keyless"] = erased.pk
    standing(erased, played.people["ed"], Status.APPLIED, wishes={"phone": "+919811100000"})
    Customer.objects.filter(pk=erased.pk).update(wrapped_key=None)
    missing = played.customer("sqril", 10)
    played.numbers["gone_at_sqril"] = missing.pk
    played.stage.sandbox.delete("sqril", missing.external_id)


def _moved_there(played: Play) -> None:
    """Somebody edits records at the provider; and a record whose values are as long as they may be."""
    many, one = played.customer("sqril", 8), played.customer("sqril", 9)
    elsewhere = {"address": "Jl. Sudirman 1, Jakarta Pusat", "phone": "+6281100001111", "dob": "1991-02-03"}
    played.stage.sandbox.edit("sqril", many.external_id, elsewhere)
    played.numbers["drifted"], played.numbers["drift"] = many.pk, refresh(many, by=played.people["ed"]).pk
    played.stage.sandbox.edit("sqril", one.external_id, {"occupation": "OCC7"})
    played.numbers["drifted_once"], _ = one.pk, refresh(one, by=played.people["jo"])
    played.numbers["unmoved"] = refresh(one, by=played.people["ed"]).pk
    busy = played.customer("sqril", 11)
    for number in range(4):
        wishes = {"address": f"Jl. Melati {number}, Bandung"}
        standing(busy, played.people["ed"], Status.REFUSED, wishes=wishes)
    played.numbers["busy"] = busy.pk
    often = played.customer("sqril", 12)
    for number in range(60):
        take_over(often, {"address": f"Jl. Melati {number}, Bandung"}, by=played.people["ed"])
        take_over(often, {"occupation": "OCC4"}, by=played.people["jo"])
    played.numbers["often_read"] = often.pk
    long = played.customer("finosu", 7)
    values: dict[str, Any] = {
        "firstName": "\u202eMuhammad\u202c",
        "lastName": "\u05d0\u05d1\u05e8\u05d4\u05dd " * 12,
        "streetAddress1": "Building 7, behind the old customs house, second stair on the left, " * 6,
        "city": "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogoch" * 3,
        "externalMetadata": {"employer": "Acme & Sons", "notes": "Calls back after six. " * 20, "tags": ["a", "b"]},
    }
    long.learn(values, how=Known.READ, at=timezone.now())
    long.save_learnt()
    played.numbers["long"] = long.pk


def _paused(played: Play) -> None:
    """The provider rejects the credentials."""
    played.spoil("timepay", 5, "401")
    played.ask("waiting", "timepay", 5, phone_number="+919811122244")
    played.push("timepay")


def _on_its_way(played: Play) -> None:
    """Nobody pushes any more from here on."""
    taken_back = played.ask("withdrawn", "finosu", 4, city="Oakland")
    withdraw(taken_back.pk, by=played.people["ed"])
    played.ask("going", "finosu", 5, why="Wedding.", lastName="Okafor-Bell")
    played.numbers["waits_for_jo"] = played.customer("finosu", 6).pk
    played.ask("jos", "finosu", 6, "jo", email="new.address@example.com")


def _measured(played: Play) -> None:
    """A day of minutes, with a bad stretch in it, and one that nobody measured."""
    now = timezone.now().replace(second=0, microsecond=0)
    rows = []
    for slug in ("sqril", "caibo"):
        for back in range(1, 26 * 60):
            if 300 < back < 340:
                continue
            busy, bad = (back * 7919) % 13, 20 < back < 26 or 600 < back < 660
            about = {"answered": busy, "refused": int(back % 29 == 0), "unclear": 2 * bad, "unsent": 3 * bad}
            times = {"half_milliseconds": 60 + busy * 9 + 900 * bad, "most_milliseconds": 180 + busy * 40 + 4000 * bad}
            depths = {"waiting": busy // 3 + 40 * bad, "stuck": 1 + (back < 600)}
            at, connection = now - timedelta(minutes=back), played.stage.connections[slug]
            rows.append(Minute(connection=connection, at=at, **about, **(times if busy else {}), **depths))
    Minute.objects.bulk_create(rows)


def _push_consoles(played: Play) -> None:
    """Connections that are stopped in each way, with changes that wait for it."""
    ops, ed, now = played.people["ops"], played.people["ed"], timezone.now()
    for slug, name in (
        ("caibo", "Interrupted"),
        ("flowwise", "Paused by hand"),
        ("sqril", "Restored"),
        ("timepay", ""),
    ):
        connection = Connection.objects.get(pk=played.stage.connections[slug].pk)
        connection.pk, connection._state.adding = None, True  # another account at the same provider
        connection.paused_at, connection.pause, connection.pause_reason = None, "", ""
        connection.name = f"{connection.provider.title} {name or 'أرصدة العملاء ' + 'x' * 38}"[:60]
        connection.save()
        played.numbers[f"console_{name.partition(' ')[0].lower() or 'long'}"] = connection.pk
        customer = sample(connection)
        match name:
            case "Interrupted":
                asked(customer, ed)
                played.numbers["unclear"] = _refused_after_an_unclear_try(
                    sample(connection, id="222", name="Ben Ode"), ed
                )
                later = now + timedelta(minutes=2)
                Connection.objects.filter(pk=connection.pk).update(failures=7, interrupted_at=now, probe_at=later)
            case "Paused by hand":
                asked(customer, ed)
                pause(connection, by=ops, reason="They move to another data centre until noon.")
            case "Restored":
                for number in range(3):
                    held = sample(connection, customer_id=f"cus_{number}")
                    standing(held, ed, Status.PROPOSED, wait=Wait.RESTORED, maybe_applied=True)
                    played.numbers["restored"] = held.changes.get().pk
                paused = {"paused_at": now, "pause": Pause.RESTORED, "pause_reason": Pause.RESTORED.label}
                Connection.objects.filter(pk=connection.pk).update(**paused)
            case _:
                Customer.objects.filter(pk=customer.pk).update(name="ع" * 60 + "x" * 140)
                standing(customer, ed, Status.UNKNOWN)
                pause(connection, by=ops, reason="x" * 300)


def _needs_approval(played: Play) -> None:
    """Accounts at SQRIL where some fields need approval: one with approvers, one that wants much and has none."""
    ed, jo = played.people["ed"], played.people["jo"]
    watched, strict = (_another_account(played, name) for name in ("four eyes", "strict"))
    policy("KYC fields", "occupation", "address", at=[watched, strict])
    long = "Contact data by which a person is reached, as agreed with compliance in 2026"
    policy(long, "email", "phone", at=[strict], approvals=2, asks_reason=True, asks_ticket=True)
    policy("Addresses", "address", at=[strict], asks_reason=True)
    for username in ("ann", "sam"):
        person(username, watched)
    played.numbers["four_eyes"] = sample(watched, customer_id="cus_20").pk
    played.numbers["strict"] = sample(strict, customer_id="cus_22").pk
    waiting = sample(watched, customer_id="cus_21")
    played.numbers["second_wish"] = waiting.pk
    played.numbers["own_request"] = asked(waiting, ed, occupation="OCC10").pk
    asked(waiting, jo, address="Jl. Melati 5, Bandung")


def _policies(played: Play) -> None:
    """Policies in each state, all about an account where nothing else is played."""
    max_, ida, here = played.people["max"], person("ida"), _another_account(played, "policies").pk
    kyc = Draft("KYC data", [here], Scope.NAMED, ["occupation", "address"], why="As agreed with compliance.")
    first = approve_policy(propose_policy(kyc, by=max_).pk, by=ida)
    wider = {"fields": ["occupation", "address", "phone"], "approvals": 2, "asks_ticket": True, "hours": 36}
    propose_policy(Draft.of(first, **wider, why="The audit of October asks for it."), by=max_, policy=first.policy)
    played.numbers["policy"] = first.policy_id
    new = Draft("أرصدة " + "Long" * 16, [here], Scope.SENSITIVE, approvals=3, asks_reason=True, from_size=50)
    played.numbers["policy_new"] = propose_policy(new, by=ida).policy_id
    alone, over = [
        propose_policy(Draft(f"{name}, by command", [here]), by=None, origin=Origin.COMMAND) for name in ("Set", "Over")
    ]
    played.numbers["policy_alone"], played.numbers["policy_over"] = alone.policy_id, over.policy_id
    ended = propose_policy(Draft("", retires=True, why="The pilot is over."), by=ida, policy=over.policy)
    reject_policy(ended.pk, by=max_, reason="It runs until Friday.")
    ended = propose_policy(Draft("", retires=True, why="Now it is over."), by=ida, policy=over.policy)
    approve_policy(ended.pk, by=max_)


def _reviews(played: Play) -> None:
    """A review under way, one that can be signed off, one that was: at the account of the requests, with long texts."""
    here = Connection.objects.get(name="SQRIL, requests")
    rae, ed, now = person("rae"), played.people["ed"], timezone.now()
    new = User.objects.create_user("lea", password=PASSWORD, first_name="Lea", last_name="Sommer")
    Grant.objects.create(user=new, role=Role.REVIEWER, connection=played.stage.connections["timepay"])
    Change.objects.filter(pk__in=[played.numbers["rq_long"], played.numbers["rq_talked"]]).update(ended_at=now)
    Change.objects.filter(pk=played.numbers["alike"]).update(ended_at=now, size=600)
    since, until = now - timedelta(days=1), timezone.now()
    signed = open_review(Plan("A day " + "أرصدة العملاء " * 6, since, until, [here.pk], 3), by=rae)
    under_way = open_review(Plan("Today, with all that is risky", since, until, [here.pk]), by=rae)
    done = open_review(Plan("All looked at", since, until, [here.pk], 3), by=rae)
    for item in [*signed.items.all(), *done.items.all()]:
        mark(item.pk, Mark.FINE, by=rae)
    played.numbers["review_done"] = done.pk
    sign_off(signed.pk, by=rae, conclusion="All in order. " + "What was let through without approval was right. " * 9)
    played.numbers["review"], played.numbers["review_signed"] = under_way.pk, signed.pk
    items = {item.change_id: item for item in under_way.items.all()}
    for name in ("emergency", "looked_into", "partly", "long", "talked"):
        played.numbers[f"item_{name}"] = items[played.numbers[f"rq_{name}"]].pk
    mark(played.numbers["item_looked_into"], Mark.FINE, by=rae, note="Heard the recording of the call.")
    mark(played.numbers["item_partly"], Mark.QUESTIONED, by=rae, note="Who called? " + "Did you call back? " * 20)
    say(played.numbers["item_partly"], "He called from the number we had; I called back.", by=ed)
    say(played.numbers["item_partly"], "أرصدة " + "x" * 200, by=rae)


def _taken_back(played: Play) -> None:
    """Changes that can be undone, in part and in whole; customers of whom somebody asked that they be erased."""
    here, jo = _another_account(played, "taken back"), played.people["jo"]
    policy("Contacts", "email", at=[here])
    wishes = {"email": "adi.new@example.com", "phone": "+6281299887766", "address": "Jl. Thamrin No. 88, Jakarta"}
    for name in ("undo", "undo_partly", "undone", "erase", "erase_asked", "erased"):
        customer = sample(here, played.stage.sandbox, customer_id=f"cus_{name}", name_last=name.title())
        applied = asked(customer, jo, key=f"taken-back-{name}", **wishes)
        approve(applied, person("ann"))
        send_due(here)
        played.numbers |= {f"{name}_customer": customer.pk, name: applied.pk}
        if name == "undo_partly":
            take_over(customer, {"phone": "+62811000222"}, by=jo)
            propose_one(Proposal(customer.pk, {"email": "third@example.com"}, "third"), by=jo)
        if name == "undone":
            undo(applied.pk, by=played.people["ed"], key="undone", fields=["email"], why="She never asked for it.")
    uma, eli = (_eraser(username) for username in ("uma", "eli"))
    ask_to_erase(played.numbers["erase_asked_customer"], by=uma, reference="PRIV-204")
    erasure = ask_to_erase(played.numbers["erased_customer"], by=uma, reference="PRIV-201")
    agree_to_erase(erasure.pk, by=eli)


def take_out(page: Page) -> None:
    """Has all that is held shown."""
    page.get_by_label("Request").fill("PRIV-210")
    page.get_by_role("button", name="Show all of it").click()
    expect(page.get_by_role("heading", name="The record")).to_be_visible()


def keep_a_day(page: Page) -> None:
    """Sets a period without saying that it is meant."""
    page.get_by_label("Customers nobody needs").fill("1")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Not saved.")).to_be_visible()


def _eraser(username: str) -> User:
    user = User.objects.create_user(username, password=PASSWORD, first_name=username.title(), last_name="Sommer")
    for role in (Role.ERASURE, Role.VIEWER):
        Grant.objects.create(user=user, role=role)
    return user


def _hidden(played: Play) -> None:
    """Values that are hidden, one of them asked for; cal compares, ria is also shown them."""
    here = Connection.objects.get(pk=played.stage.connections["finosu"].pk)
    here.pk, here.name, here._state.adding = None, "Finosu, second account", True
    here.save()
    also = {"cal": (Role.EDITOR, Role.COMPARE), "ria": (Role.APPROVER, Role.REVEAL), "sid": (Role.APPROVER,)}
    for username, roles in also.items():
        user = User.objects.create_user(username, password=PASSWORD, first_name=username.title(), last_name="Hart")
        for role in roles:
            Grant.objects.create(user=user, role=role)
    policy("Hidden values", at=[here], scope=Scope.SENSITIVE)
    customer = sample(here, played.stage.sandbox, id="FN-4471")
    wishes = {"ssnLastFour": "1278", "birthday": "1958-06-15"}
    change = asked(customer, played.people["jo"], key="hidden", why="The card was shown", **wishes)
    played.numbers |= {"hidden_customer": customer.pk, "hidden": change.pk}


def open_hidden(label: str) -> Callable[[Page], None]:
    """Opens the dialog of a hidden value."""

    def act(page: Page) -> None:
        page.get_by_role("link", name=f"Compare {label}").click()
        expect(page.locator("#hidden-value")).to_be_visible()

    return act


def compare(label: str, said: str) -> Callable[[Page], None]:
    """Compares a hidden value of the page with what a caller says."""

    def act(page: Page) -> None:
        page.get_by_role("link", name=f"Compare {label}").click()
        dialog = page.locator("#hidden-value")
        dialog.get_by_label("What they say it is").fill(said)
        dialog.get_by_role("button", name="Compare").click()
        expect(dialog.locator(".notice, .error").first).to_be_visible()

    return act


def show_hidden(page: Page) -> None:
    """Has a hidden value shown."""
    page.get_by_role("link", name="Compare SSN").click()
    dialog = page.locator("#hidden-value")
    dialog.get_by_text("Show it instead").click()
    dialog.get_by_label("Why do you have to see it?").fill("The bank asks for it.")
    dialog.get_by_role("button", name="Show it for a minute").click()
    expect(dialog.locator("[data-shown]")).to_be_visible()


THREE: Mapping[str, Any] = {"occupation": "OCC10", "address": "Jl. Thamrin No. 88, Jakarta", "phone": "+6281299887766"}
WHY: Mapping[str, Any] = {"why": "Called; new employer, verified by call-back", "reference": "SUP-48121"}


def _requests(played: Play) -> None:
    """Requests at every stage of being decided on, at an account of their own."""
    here = _another_account(played, "requests")
    for username in ("ann", "sam", "rae"):
        person(username, here)
    Grant.objects.create(user=played.people["ops"], role=Role.BREAK_GLASS, connection=here)
    policy("KYC fields of requests", "occupation", "address", at=[here])
    policy("Two for the e-mail", "email", at=[here], approvals=2)
    _request(played, here, "waiting")
    _request(played, here, "alone", occupation="OCC7")
    waiting = Change.objects.get(pk=played.numbers["rq_waiting"]).customer
    asked(waiting, played.people["jo"], email="adi@example.com")
    _requests_that_moved(played, here)
    _requests_decided_on(played, here)
    _requests_without_approval(played, here)
    _requests_alike(played, here)
    old, new = ("Building 7, behind the old customs house, second stair, " * 4 + place for place in ("left", "right"))
    long = sample(here, played.stage.sandbox, customer_id="cus_long", address=old, name_first="Muhammad" * 12)
    wanted = {"address": f"{new[:60]}new {new[64:]}", "phone": "+6281299887766"}
    played.numbers["rq_long"] = asked(long, played.people["ed"], key="request long", why="x" * 300, **wanted).pk
    played.numbers["rq_long_customer"] = long.pk


def _request(played: Play, here: Connection, name: str, *, there: bool = True, **wishes: Any) -> Change:
    customer = sample(here, played.stage.sandbox if there else None, customer_id=f"cus_{name}")
    change = asked(customer, played.people["ed"], key=f"request {name}", **WHY, **(wishes or THREE))
    played.numbers[f"rq_{name}"], played.numbers[f"rq_{name}_customer"] = change.pk, customer.pk
    return change


def _requests_that_moved(played: Play, here: Connection) -> None:
    moved = _request(played, here, "moved")
    played.stage.sandbox.edit("sqril", "cus_moved", {"address": "Jl. Sudirman 1, Jakarta"})
    refresh(moved.customer, by=person("ann"))
    _request(played, here, "unread", there=False)


def _requests_decided_on(played: Play, here: Connection) -> None:
    ann, sam = person("ann"), person("sam")
    talked = _request(played, here, "talked", email="adi.w@example.com", **THREE)
    approve(talked, sam, "email", "occupation")
    review.comment(talked.pk, by=ann, text="Is this the address on the new card?", field="address")
    review.comment(talked.pk, by=played.people["ed"], text="Yes, he read it out to me.", field="address")
    review.claim(talked.pk, by=sam)
    partly = _request(played, here, "partly")
    approve(partly, ann, "occupation")
    reject(partly, ann, "address")
    send_due(here)
    returned = _request(played, here, "returned")
    review.return_to_author(returned.pk, by=ann, reason="The house number is missing in the address.")


def _requests_without_approval(played: Play, here: Connection) -> None:
    hurried, closed = (_request(played, here, name) for name in ("emergency", "looked_into"))
    reason = "The card is blocked at noon, and nobody who could decide was here."
    for change in (hurried, closed):
        glass.break_glass(change.pk, by=played.people["ops"], reason=reason)
    send_due(here)
    glass.close(closed.pk, by=person("rae"), finding="Heard the recording of the call: it was right.")


def _requests_alike(played: Play, here: Connection) -> None:
    """Some that ask for the same; one of Jo's gives no reason, one names another ticket and ends soon."""
    ed, jo, names = played.people["ed"], played.people["jo"], ("Budi", "Citra", "Dewi", "Eka", "Fajar", "Gita" * 20)
    for number, name in enumerate(names):
        customer = sample(here, customer_id=f"cus_alike_{number}", name_first=name)
        why = {**WHY, **({"reference": "SUP-50007"} if number == 4 else {})}
        by, about = (jo, {}) if number == 3 else (ed, why)
        change = asked(customer, by, key=f"alike {number}", **about, occupation="OCC11")
        played.numbers["alike"] = change.pk
        if number == 4:
            soon = timezone.now() + timedelta(hours=3, minutes=20)
            Change.objects.filter(pk=change.pk).update(expires_at=soon)


def approve_nothing(page: Page) -> None:
    """Takes all ticks away and presses the button."""
    for box in page.get_by_role("checkbox").all():
        box.uncheck()
    page.get_by_role("button", name="Approve those ticked").click()


def refuse_policy(page: Page) -> None:
    """Proposes a policy that says nothing yet."""
    page.get_by_role("radio", name="These alone").check()
    page.get_by_role("textbox", name="Approvals").fill("12")
    page.get_by_role("button", name="Propose").click()
    expect(page.locator(".notice.refused")).to_be_visible()


def refuse_review(page: Page) -> None:
    """Asks for a period that ends before it begins, and no sample."""
    page.get_by_label("First day").fill("2026-10-31")
    page.get_by_label("Last day").fill("2026-10-01")
    page.get_by_role("textbox", name="Sample").fill("0")
    page.get_by_role("button", name="Open").click()
    expect(page.locator(".notice.refused")).to_be_visible()


def _another_account(played: Play, name: str) -> Connection:
    connection = Connection.objects.get(pk=played.stage.connections["sqril"].pk)
    connection.pk, connection._state.adding = None, True
    connection.name = f"SQRIL, {name}"
    connection.save()
    return connection


def _refused_after_an_unclear_try(customer: Customer, by: User) -> int:
    """What the provider answered last says nothing of what it did before."""
    change = standing(customer, by, Status.UNKNOWN, note="The provider answered 400.", tries=2)
    attempt = change.attempts.get()
    attempt.pk, attempt._state.adding = None, True
    attempt.epoch += 1
    attempt.outcome, attempt.note, attempt.status_code = Outcome.REFUSED, change.note, 400
    attempt.save()
    return change.pk


def _told(played: Play) -> None:
    """Jo is told of everything that there is to tell of changes, twice of some, and of a customer with a long name."""
    jo, ed = played.people["jo"], played.people["ed"]
    changes = [played.numbers[name] for name in ("jos_applied", "behind", "jos")]
    for number, about in enumerate([*WORDS, About.COMMENTED, About.REJECTED]):
        Notice.objects.create(user=jo, change_id=changes[number % 3], about=about, by=ed)
    long = Change.objects.filter(customer__name__startswith="ع").first()
    if long:
        Notice.objects.create(user=jo, change=long, about=About.RETURNED, by=ed)


def once_read(page: Page) -> None:
    """Waits for what the page has read by itself."""
    expect(page.locator("#reading")).not_to_contain_text("It is being read now")


def choose_all(page: Page) -> None:
    """Leads to what is said before many changes are tried again."""
    page.get_by_role("button", name=re.compile("^Try all")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("again")


def open_bell(page: Page) -> None:
    """The latest notices, or that there are none."""
    page.get_by_role("button", name="Notices").click()
    expect(page.locator("#bell-list > *").first).to_be_visible()


def open_last_try(page: Page) -> None:
    page.locator("#tries summary").first.click()


def search(text: str) -> Callable[[Page], None]:
    """Types into the search, and waits for what it finds."""

    def act(page: Page) -> None:
        page.get_by_role("searchbox", name="Search customers").fill(text)
        page.wait_for_url("**/customers/?*s=*")
        expect(page.locator("#searching")).not_to_be_visible()

    return act


def keep_views(played: Play) -> None:
    """Ed keeps two views and shares one; Jo shares another."""
    sqril, ed = played.numbers["sqril_connection"], played.people["ed"]
    there = Wanted({"at": str(sqril), "state": "person"}, [sqril], sort=Sort.TOUCHED, is_descending=True)
    keep(there, "Needs a person at SQRIL", shared=True, by=ed)
    long = "The family that calls every week about their address"
    keep(Wanted({}, [sqril], text="sharma"), long, shared=False, by=ed)
    keep(Wanted({"missing": "required"}, [sqril]), "Missing required", shared=True, by=played.people["jo"])


def select_two(page: Page) -> None:
    """Ticks the boxes of the first two rows."""
    for box in page.locator("td.pick input").all()[:2]:
        box.check()


def select_and_go_on(page: Page) -> None:
    """Ticks the first two rows, and goes on to the next page."""
    select_two(page)
    page.get_by_role("link", name="Next").click()
    page.locator("#picked-besides").wait_for()


def look_back(page: Page) -> None:
    """To the list, after a look at a customer."""
    page.goto(f"{page.url.partition('/customers/')[0]}/customers/")
    expect(page.locator(".recent a").first).to_be_visible()


def open_palette(text: str = "") -> Callable[[Page], None]:
    """By its key, then types, and waits for what it finds."""

    def act(page: Page) -> None:
        page.keyboard.press("Control+k")
        page.locator("#palette-q").fill(text)
        expect(page.locator("#palette-busy")).not_to_be_visible()
        expect(page.locator("#palette-found.stale")).to_have_count(0)

    return act


def type_wrongly(page: Page) -> None:
    """Saves a form with two problems."""
    page.locator("#v-email").fill("adi.wijaya@example")
    page.locator("#v-address").fill("")
    page.locator("#v-occupation").select_option("OCC10")
    page.get_by_role("button", name="Save and send").click()
    expect(page.locator("#refusal")).to_be_visible()


def begin(page: Page) -> None:
    """Types into a form, and waits until that is kept as a draft."""
    page.locator("#v-address").fill("44 Mill Lane, Leeds")
    expect(page.locator("#say")).to_contain_text("kept as a draft")


def leave_begun(page: Page) -> None:
    """Is asked before what was typed is left."""
    begin(page)
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def come_back(page: Page) -> None:
    """Finds what was typed on coming back to the form."""
    begin(page)
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator("#draft")).to_be_visible()


def type_away(page: Page) -> None:
    """Types while the console does not answer, which a page by itself calls a failure."""
    page.route("**/check/", lambda route: route.fulfill(status=422, content_type="text/html", body="<!doctype html>"))
    page.locator("#v-address").fill("44 Mill Lane, Leeds")
    expect(page.locator("#unchecked")).not_to_be_empty()


def meet(page: Page) -> None:
    """Saves what somebody else has changed since the form was opened."""
    page.locator("#edit [name=d-address]").evaluate("input => (input.value = 'the digest of another value')")
    page.locator("#v-address").fill("44 Mill Lane, Leeds")
    page.get_by_role("button", name="Save and send").click()
    expect(page.locator(".whose")).to_be_visible()


def search_a_list(page: Page) -> None:
    page.get_by_role("combobox", name="Time zone").fill("new")


def type_rightly(page: Page) -> None:
    """Changes two fields, and waits for the request to stand there."""
    page.locator("#v-phone").fill("+62 812 9988 7766")
    page.locator("#v-occupation").select_option("OCC10")
    expect(page.locator("#say")).to_contain_text("2 fields changed")


def hear_elsewhere(page: Page) -> None:
    """What became of two changes comes while their author looks at something else."""
    words = [page.locator("tr", has=page.locator(".state", has_text=word)).first for word in ("Applied", "Refused")]
    numbers = [(row.locator(".name").get_attribute("id") or "").removeprefix("change-") for row in words]
    page.evaluate("numbers => sessionStorage.setItem('watched-changes', numbers.join('-'))", numbers)
    page.goto(f"{page.url}connections/")
    expect(page.locator("#toasts .toast")).to_have_count(2)


def press(name: str) -> Callable[[Page], None]:
    """Presses a button that opens something."""
    return lambda page: page.get_by_role("button", name=name).first.click()


def open_closing(page: Page) -> None:
    """Closing asks what became of it at the provider, and how one knows."""
    page.get_by_text("Close by hand…").click()
    expect(page.get_by_role("button", name="Close this change")).to_be_visible()


def fail(page: Page) -> None:
    """The server breaks once."""
    page.route("**/customers/", lambda route: route.fulfill(status=502), times=1)
    page.get_by_role("searchbox").fill("wij")
    expect(page.get_by_role("alert")).to_contain_text("does not answer")


def wait_for(address: str, does: Callable[[Page], object]) -> Callable[[Page], None]:
    """Does something whose answer does not come."""

    def act(page: Page) -> None:
        page.route(address, lambda route: route.fallback() if route.request.method == "GET" else None)
        does(page)
        expect(page.locator("[aria-busy=true], .htmx-request").first).to_be_attached()

    return act


def ask_for_approval(page: Page) -> None:
    """Types what needs approval, and one thing that does not, where there is one."""
    page.locator("#v-phone").fill("+62 812 9988 7766")
    page.locator("#v-occupation").select_option("OCC10")
    page.locator("#v-address").fill("Jl. Thamrin No. 88, Jakarta")
    expect(page.locator("#say")).to_contain_text("3 fields changed")


def wish_for_it_too(page: Page) -> None:
    """Types into fields for which requests wait, their own and another's."""
    page.locator("#v-occupation").select_option("OCC7")
    page.locator("#v-address").fill("Jl. Thamrin No. 88, Jakarta")
    expect(page.locator("#say")).to_contain_text("2 fields changed")


def edit_a_request(page: Page) -> None:
    """Changes what their own request asks for."""
    page.locator("#v-phone").fill("+62 812 9988 7766")
    expect(page.locator("#say")).to_contain_text("Asks to change 2 fields")


def give_no_reason(page: Page) -> None:
    """Saves without the reason that a policy wants."""
    ask_for_approval(page)
    page.get_by_role("button", name="Propose change").click()
    expect(page.locator("#refusal")).to_be_visible()


def open_history(page: Page) -> None:
    """Opens the steps of a batch."""
    page.locator("#steps > summary").click()


def press_letters(page: Page) -> None:
    page.get_by_role("searchbox", name="Search customers").press_sequentially("wij")


def save(page: Page) -> None:
    """Saves two changed fields."""
    type_rightly(page)
    page.get_by_role("button", name="Save and send").click()


def add_nobody(page: Page) -> None:
    """Adds a customer by what cannot be an ID there."""
    page.get_by_role("radio", name="TimePay cannot be read").check()
    page.get_by_role("textbox", name="ID").fill("somebody")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("[aria-invalid=true]")).to_be_visible()


def open_menu(page: Page) -> None:
    """Where there is one: beside the page the navigation simply stands."""
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def fail_to_sign_in(page: Page) -> None:
    """With a wrong password."""
    page.get_by_label("Username").fill("ed")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator(".notice.refused")).to_be_visible()


def follow(name: str) -> Callable[[Page], object]:
    """Follows the first link of this name, and waits for the page that it leads to."""

    def does(page: Page) -> None:
        before = page.url
        page.get_by_role("link", name=name).first.click()
        page.wait_for_url(lambda url: url != before)

    return does


def unfold_all(page: Page) -> None:
    """Opens every change of a timeline."""
    for summary in page.locator(".entries summary").all():
        summary.click()


SCENES: Mapping[str, Scene] = {
    "imports": Scene("/imports/"),
    "imports, nowhere": Scene("/imports/", who="vic"),
    "imports of others, to an operator": Scene("/imports/", who="ops"),
    "import with numbers to be told": Scene("/imports/{import_numbers}/"),
    "import cut off": Scene("/imports/{import_cut_off}/"),
    "import to be assigned": Scene("/imports/{import_to_assign}/"),
    "import being looked through": Scene("/imports/{import_going}/"),
    "import looked through": Scene("/imports/{import_looked}/"),
    "import done": Scene("/imports/{import_done}/"),
    "import refused": Scene("/imports/{import_refused}/"),
    "sign-in": Scene("/sign-in/", who=""),
    "sign-in refused": Scene("/sign-in/", who="", does=fail_to_sign_in),
    "sign-in by a second factor": Scene("/sign-in/", who="", does=factor_scenes.come_to_the_second_step),
    "sign-in by a wrong code": Scene("/sign-in/", who="", does=factor_scenes.show_a_wrong_code),
    "sign-in with a link that is over": Scene("/password/1/made-up/", who="", status=404),
    "proof by a password": Scene("/prove/?next=/you/"),
    "proof refused": Scene("/prove/?next=/you/", who="vic", does=factor_scenes.prove_badly),
    "factors, none": Scene("/you/factors/"),
    "factors, some": Scene("/you/factors/", who="nia", does=factor_scenes.have_factors),
    "factors, removing": Scene("/you/factors/", who="nia", does=factor_scenes.ask_to_remove),
    "factors, recovery codes": Scene("/you/factors/", who="nia", does=factor_scenes.show_codes),
    "factors, app": Scene("/you/factors/", does=factor_scenes.begin_an_app),
    "factors, app refused": Scene("/you/factors/", does=factor_scenes.show_no_code),
    "factors, passkey": Scene("/you/factors/passkey/"),
    "factors, password": Scene("/you/password/"),
    "factors, password refused": Scene("/you/password/", does=factor_scenes.choose_badly),
    "sign-in on the way to a page": Scene("/sign-in/?next=/customers/1/edit/", who=""),
    "notices": Scene("/notices/", who="jo"),
    "notices empty": Scene("/notices/", who="kim"),
    "bell opened": Scene("/connections/", who="jo", does=open_bell),
    "bell opened, nothing in it": Scene("/connections/", who="kim", does=open_bell),
    "you": Scene("/you/"),
    "quality": Scene("/quality/"),
    "quality, of a viewer": Scene("/quality/", who="rae"),
    "quality, a rule": Scene("/quality/{sqril_connection}/phone/required/"),
    "quality, wrong values": Scene("/quality/{sqril_connection}/phone/invalid_phone/"),
    "quality, of one who may not": Scene("/quality/{sqril_connection}/phone/required/", who="rae"),
    "quality, nothing left": Scene("/quality/{sqril_connection}/occupation/required/"),
    "quality, fixing": Scene("/quality/{sqril_connection}/phone/required/next/"),
    "your sessions": Scene("/you/sessions/", does=session_scenes.sit_elsewhere_too),
    "you without a role": Scene("/you/", who="vic"),
    "batches": Scene("/batches/", who="ann"),
    "batches, none": Scene("/batches/?state=going&whose=mine", who="ann"),
    "batch to decide on": Scene("/batches/{batch_waiting}/", who="ann"),
    "batch to decide on, asking": Scene("/batches/{batch_waiting}/", who="ann", does=press("Approve")),
    "batch of one's own that waits": Scene("/batches/{batch_waiting}/"),
    "batch being put together": Scene("/batches/{batch_building}/"),
    "batch that arrived in part": Scene("/batches/{batch_done}/"),
    "batch that arrived in part, what needs a person": Scene("/batches/{batch_done}/?show=person", who="ann"),
    "batch paused": Scene("/batches/{batch_paused}/", who="ann"),
    "batch paused, of a reviewer": Scene("/batches/{batch_paused}/", who="rae"),
    "batch stopped": Scene("/batches/{batch_stopped}/", who="ann"),
    "batch stopped, asking to undo": Scene("/batches/{batch_stopped}/", does=press("Undo")),
    "batch rejected": Scene("/batches/{batch_rejected}/"),
    "batch withdrawn": Scene("/batches/{batch_withdrawn}/"),
    "batch expired": Scene("/batches/{batch_expired}/"),
    "batch not put together": Scene("/batches/{batch_failed}/"),
    "batch paused by itself": Scene("/batches/{batch_itself}/", who="ann"),
    "batch paused by a backup": Scene("/batches/{batch_restored}/", who="ann"),
    "batch asked about again": Scene("/batches/{batch_again}/", who="sam"),
    "batch at a paused connection": Scene("/batches/{batch_still}/"),
    "batch whose first few are to be looked at": Scene("/batches/{batch_checking}/", who="ann"),
    "batch accepted and not confirmed": Scene("/batches/{batch_accepted}/", does=open_history),
    "audit": Scene("/audit/", who="rae"),
    "audit, narrowed": Scene("/audit/?kind=change&connection={sqril_connection}&since=2020-01-01", who="rae"),
    "audit, nothing found": Scene("/audit/?kind=installation&change={applied}", who="rae"),
    "audit, what makes no sense": Scene(
        "/audit/?since=2026-05-02&until=2026-05-01&field=shoe_size&change=x", who="rae", status=422
    ),
    "audit, not for an editor": Scene("/audit/", status=403),
    "audit, one event": Scene("/audit/events/{event}/", who="rae"),
    "audit, an event of a record": Scene("/audit/events/{event_seen}/", who="rae"),
    "audit, an event with long contents": Scene("/audit/events/{event_long}/", who="rae"),
    "audit, long contents": Scene("/audit/?change={rq_long}", who="rae"),
    "audit, searches kept": Scene("/audit/?kind=decision", who="sue"),
    "proof": Scene("/audit/proof/", who="rae"),
    "exports": Scene("/audit/exports/?change={applied}", who="rae"),
    "exports in every state": Scene("/audit/exports/", who="sue"),
    "exports, refused": Scene("/audit/exports/?since=2026-05-02&until=2026-05-01", who="rae", status=422),
    "exports, none": Scene("/audit/exports/?kind=change", who="tim"),
    "export, a pack": Scene("/audit/exports/{export_pack}/", who="rae"),
    "export being made": Scene("/audit/exports/{export_running}/", who="sue"),
    "export that waits": Scene("/audit/exports/{export_waits}/", who="rae"),
    "export that failed": Scene("/audit/exports/{export_failed}/", who="sue"),
    "export, its file deleted": Scene("/audit/exports/{export_gone}/", who="sue"),
    "work": Scene("/"),
    "work of an operator": Scene("/", who="ops"),
    "work of an approver": Scene("/", who="ann"),
    "work of an approver, the team": Scene("/?decide=team", who="ann"),
    "work of an approver, all": Scene("/?decide=all", who="ann"),
    "work of an approver, filtered to nothing": Scene("/?connection=1&size=many&soon=1", who="ann"),
    "work of a reviewer": Scene("/", who="rae"),
    "work, a page of requests": Scene("/to-decide/", who="ann"),
    "work, requests of nobody": Scene("/to-decide/", who="vic"),
    "work, alike": Scene("/changes/{alike}/alike/", who="ann"),
    "work, alike, nothing ticked": Scene("/changes/{alike}/alike/", who="ann", does=approve_nothing, status=422),
    "work, none alike": Scene("/changes/{rq_partly}/alike/", who="ann"),
    "work empty": Scene("/", who="kim"),
    "work of an administrator": Scene("/", who="max"),
    "work of nobody": Scene("/", who="vic"),
    "customers": Scene("/customers/"),
    "customers further down": Scene("/customers/", does=lambda page: page.get_by_role("link", name="Next").click()),
    "customers being searched": Scene(
        "/customers/?at={sqril_connection}", does=wait_for("**/customers/", press_letters)
    ),
    "customers at one connection": Scene("/customers/?at={sqril_connection}"),
    "customers found": Scene("/customers/", does=search("sharma")),
    "customers not found": Scene("/customers/", does=search("cus_nobody_here")),
    "customers seen lately": Scene("/customers/{sqril}/", does=look_back),
    "customers, search lost": Scene("/customers/?s=unknown"),
    "customers narrowed": Scene("/customers/?state=in-step&known_from=2026-01-01&sort=known&down=1"),
    "customers narrowed, none left": Scene("/customers/?state=erased"),
    "customers, more filters": Scene("/customers/", does=press("More filters")),
    "customers, views": Scene("/customers/", does=press("Views")),
    "customers, some selected": Scene("/customers/", who="una", does=select_two),
    "customers, some selected on other pages": Scene("/customers/", who="una", does=select_and_go_on),
    "customers, view lost": Scene("/customers/?view=unknown"),
    "customers, a view": Scene("/customers/views/", does=follow("Needs a person at SQRIL")),
    "customers, views kept": Scene("/customers/views/"),
    "customers, columns": Scene("/customers/columns/"),
    "customers, columns at one connection": Scene("/customers/columns/?at={sqril_connection}"),
    "customers of nobody": Scene("/customers/", who="vic"),
    "customers seen by an operator": Scene("/customers/", who="ops"),
    "edit of a selection": Scene("/customers/edit/{edit_open}/", who="una"),
    "edit of a selection, two fields set": Scene("/customers/edit/{edit_open}/", who="una", does=set_two),
    "edit of a selection, refused": Scene("/customers/edit/{edit_open}/", who="una", does=set_wrongly, status=422),
    "edit of a selection, being looked through": Scene("/customers/edit/{edit_waits}/", who="una"),
    "edit of a selection, looked through": Scene("/customers/edit/{edit_looked}/", who="una"),
    "edit of a selection, nothing would change": Scene("/customers/edit/{edit_nothing}/", who="una"),
    "edit of a selection, stopped": Scene("/customers/edit/{edit_stopped}/", who="una"),
    "customer to add": Scene("/customers/add/"),
    "customer to add, refused": Scene("/customers/add/", does=add_nobody),
    "customer at timepay": Scene("/customers/{timepay}/"),
    "customer at finosu": Scene("/customers/{finosu}/"),
    "customer at caibo": Scene("/customers/{caibo}/"),
    "customer at flowwise": Scene("/customers/{flowwise}/"),
    "customer at sqril": Scene("/customers/{sqril}/"),
    "customer with a history": Scene("/customers/{changed}/"),
    "customer with a change that waits": Scene("/customers/{waits_for_jo}/"),
    "customer with requests that wait": Scene("/customers/{second_wish}/"),
    "customer with requests that wait, seen by an approver": Scene("/customers/{second_wish}/", who="ann"),
    "customer gone there": Scene("/customers/{gone}/"),
    "customer never read": Scene("/customers/{unread}/"),
    "customer that moved there": Scene("/customers/{drifted}/"),
    "customer that moved there, seen by an operator": Scene("/customers/{drifted}/", who="ops"),
    "customer just read": Scene("/customers/{drifted}/?read={drift}"),
    "customer just read, unmoved": Scene("/customers/{drifted_once}/?read={unmoved}"),
    "customer being read": Scene("/customers/{sqril}/", does=wait_for("**/read/", press("Read from SQRIL now"))),
    "customer whose key was erased": Scene("/customers/{keyless}/"),
    "customer that cannot be read": Scene("/customers/{gone_at_sqril}/", does=press("Read from SQRIL now")),
    "customer with many changes": Scene("/customers/{busy}/"),
    "customer with long values": Scene("/customers/{long}/"),
    "customer seen by an operator": Scene("/customers/{sqril}/", who="ops"),
    "customer's timeline": Scene("/customers/{changed}/timeline/"),
    "customer's timeline, opened": Scene("/customers/{changed}/timeline/", does=unfold_all),
    "customer's timeline, seen by a reviewer": Scene(
        "/customers/{rq_partly_customer}/timeline/", who="rae", does=unfold_all
    ),
    "customer's timeline with long values": Scene("/customers/{rq_long_customer}/timeline/", does=unfold_all),
    "customer's timeline, very long": Scene("/customers/{often_read}/timeline/"),
    "customer's timeline without a key": Scene("/customers/{erased_customer}/timeline/", does=unfold_all),
    "customer's timeline, no day": Scene("/customers/{changed}/timeline/?on=yesterday", status=422),
    "customer's timeline before there was any": Scene("/customers/{changed}/timeline/?on=2020-01-01"),
    "customer as of": Scene("/customers/{changed}/as-of/"),
    "customer as of the first moment": Scene("/customers/{changed}/as-of/", does=follow("As it was first known")),
    "customer as of a moment, what differs": Scene(
        "/customers/{changed}/as-of/",
        does=lambda page: (follow("As it was first known")(page), follow("Only what differs")(page)),
    ),
    "customer as of a moment, seen by a reviewer": Scene(
        "/customers/{rq_partly_customer}/as-of/", who="rae", does=follow("As it was first known")
    ),
    "customer as of a moment, long values": Scene("/customers/{long}/as-of/", does=follow("As it was first known")),
    "customer as of a moment without a key": Scene(
        "/customers/{erased_customer}/as-of/", does=follow("As it was first known")
    ),
    "customer as of the future": Scene("/customers/{changed}/as-of/?at=2099-01-01T00:00&and=x", status=422),
    "customer looked at": Scene("/customers/{rq_partly_customer}/looked/", who="rae"),
    "hidden values of a customer": Scene("/customers/{hidden_customer}/", who="cal"),
    "hidden values of a customer, seen by an operator": Scene("/customers/{hidden_customer}/", who="ops"),
    "hidden values in a form": Scene("/customers/{hidden_customer}/edit/", who="cal"),
    "hidden value on its page": Scene("/customers/{hidden_customer}/hidden/ssnLastFour/", who="ria"),
    "hidden value on its page, not for an operator": Scene("/customers/{hidden_customer}/hidden/birthday/", who="ops"),
    "hidden value to compare": Scene(
        "/customers/{hidden_customer}/",
        who="cal",
        does=open_hidden("Birthday"),
    ),
    "hidden value that matches": Scene("/customers/{hidden_customer}/", who="cal", does=compare("SSN", "1234")),
    "hidden value that cannot be it": Scene("/customers/{hidden_customer}/", who="cal", does=compare("SSN", "12")),
    "hidden value that does not match, in a form": Scene(
        "/customers/{hidden_customer}/edit/", who="cal", does=compare("Birthday", "1985-06-16")
    ),
    "hidden value that is shown": Scene("/customers/{hidden_customer}/", who="ria", does=show_hidden),
    "hidden values in a request": Scene("/changes/{hidden}/", who="sid"),
    "hidden value that is shown, in a request": Scene("/changes/{hidden}/", who="ria", does=show_hidden),
    "hidden values, who was told": Scene("/customers/{hidden_customer}/looked/", who="rae"),
    "field history, seen by a reviewer": Scene("/customers/{rq_partly_customer}/history/occupation/", who="rae"),
    "field history, very long": Scene("/customers/{often_read}/history/address/"),
    "field history": Scene("/customers/{changed}/history/phone/"),
    "field history of what moved": Scene("/customers/{drifted_once}/history/occupation/"),
    "field history of what was refused": Scene("/customers/{refused_customer}/history/phone/"),
    "field history of what was never asked for": Scene("/customers/{sqril}/history/address/"),
    "edit": Scene("/customers/{sqril}/edit/"),
    "edit filled in": Scene("/customers/{sqril}/edit/", does=type_rightly),
    "edit with errors": Scene("/customers/{sqril}/edit/", does=type_wrongly),
    "edit begun and left": Scene("/customers/{caibo}/edit/", does=leave_begun),
    "edit begun and found again": Scene("/customers/{caibo}/edit/", does=come_back),
    "edit taken up again": Scene("/customers/{caibo}/edit/?draft=1", does=begin),
    "edit while the console is away": Scene("/customers/{caibo}/edit/", does=type_away),
    "edit that meets another": Scene("/customers/{caibo}/edit/", does=meet),
    "edit being saved": Scene("/customers/{sqril}/edit/", does=wait_for("**/edit/", save)),
    "edit with long values": Scene("/customers/{long}/edit/"),
    "edit where values lack": Scene("/customers/{unread}/edit/"),
    "edit beside another's change": Scene("/customers/{waits_for_jo}/edit/"),
    "edit that needs approval": Scene("/customers/{four_eyes}/edit/", does=ask_for_approval),
    "edit that needs much and nobody can give it": Scene("/customers/{strict}/edit/", does=ask_for_approval),
    "edit that lacks a reason": Scene("/customers/{strict}/edit/", does=give_no_reason),
    "edit beside requests that wait": Scene("/customers/{second_wish}/edit/", does=wish_for_it_too),
    "edit of a selection, what una began": Scene("/", who="una"),
    "edit of a selection, what una began, in the list": Scene("/customers/", who="una"),
    "edit of a request": Scene("/customers/{second_wish}/edit/?amend={own_request}", does=edit_a_request),
    "edit at finosu": Scene("/customers/{finosu}/edit/"),
    "edit at timepay": Scene("/customers/{timepay}/edit/"),
    "edit at caibo": Scene("/customers/{caibo}/edit/"),
    "edit with a list open": Scene("/customers/{finosu}/edit/", does=search_a_list),
    "news elsewhere": Scene("/", who="jo", does=hear_elsewhere),
    "audit, reviews": Scene("/audit/reviews/", who="rae"),
    "audit, no reviews": Scene("/audit/reviews/", who="lea"),
    "audit, review to open": Scene("/audit/reviews/new/", who="rae"),
    "audit, review to open, refused": Scene("/audit/reviews/new/", who="rae", does=refuse_review),
    "audit, review": Scene("/audit/reviews/{review}/?check=1", who="rae"),
    "audit, review filtered to nothing": Scene("/audit/reviews/{review_signed}/?show=questioned", who="rae"),
    "audit, review to sign off": Scene("/audit/reviews/{review_done}/", who="rae"),
    "audit, review being signed off": Scene("/audit/reviews/{review_done}/", who="rae", does=press("Sign off…")),
    "audit, review signed off": Scene("/audit/reviews/{review_signed}/", who="rae"),
    "audit, item to look at": Scene("/audit/reviews/{review}/{item_emergency}/", who="rae"),
    "audit, item with long values": Scene("/audit/reviews/{review}/{item_long}/", who="rae"),
    "audit, item, a question": Scene("/audit/reviews/{review}/{item_talked}/", who="rae", does=press("Question")),
    "audit, item that is fine": Scene("/audit/reviews/{review}/{item_looked_into}/", who="rae"),
    "audit, item that is questioned": Scene("/audit/reviews/{review}/{item_partly}/", who="rae"),
    "audit, item, seen by who is asked": Scene("/audit/reviews/{review}/{item_partly}/"),
    "changes": Scene("/changes/"),
    "changes of nobody": Scene("/changes/", who="vic"),
    "changes that need a person": Scene("/changes/?state=person"),
    "changes filtered away": Scene("/changes/?state=ended&connection={caibo_connection}"),
    **{
        f"change {state}": Scene(f"/changes/{{{state.replace(' ', '_')}}}/")
        for state in (
            "applied",
            "accepted",
            "refused",
            "conflict",
            "moved",
            "failed",
            "stuck",
            "behind",
            "unknown",
            "closed",
            "later",
            "held",
            "sending",
            "waiting",
            "withdrawn",
            "going",
            "refused as gone",
        )
    },
    "change stuck, seen by an operator": Scene("/changes/{stuck}/", who="ops"),
    "change to be sent again": Scene("/changes/{refused}/", does=press("Try again")),
    "change to be sent over another's": Scene("/changes/{moved}/", does=press("Send mine all the same")),
    "change to give way to another's": Scene("/changes/{moved}/", does=press("Keep theirs")),
    "change to be withdrawn": Scene("/changes/{going}/", does=press("Withdraw")),
    "change to be closed by hand": Scene("/changes/{failed}/", who="ops", does=open_closing),
    "connections": Scene("/connections/"),
    "connections of nobody": Scene("/connections/", who="vic"),
    "connection at sqril": Scene("/connections/{sqril_connection}/"),
    "connection at finosu": Scene("/connections/{finosu_connection}/", who="max"),
    "connection at flowwise": Scene("/connections/{flowwise_connection}/"),
    "connection that asks for patience": Scene("/connections/{caibo_connection}/"),
    "connection paused": Scene("/connections/{timepay_connection}/"),
    "connection to be resumed": Scene("/connections/{timepay_connection}/", who="ops", does=press("Resume")),
    "connection working, last day": Scene("/connections/{sqril_connection}/?period=day", who="ops", does=open_last_try),
    "connection working, last week": Scene("/connections/{sqril_connection}/?period=week"),
    "connection to be paused": Scene("/connections/{sqril_connection}/", who="ops", does=press("Pause")),
    "connection interrupted": Scene("/connections/{console_interrupted}/", who="ops"),
    "connection to be tried now": Scene("/connections/{console_interrupted}/", who="ops", does=press("Try now")),
    "connection paused by a person": Scene("/connections/{console_paused}/"),
    "connection with stuck changes": Scene("/connections/{caibo_connection}/", who="ops"),
    "connection with changes to try again": Scene("/connections/{sqril_connection}/", who="ops", does=choose_all),
    "connection with none chosen": Scene("/connections/{sqril_connection}/again/", who="ops"),
    "connection after a restored backup": Scene("/connections/{console_restored}/", who="ops"),
    "connection with changes to release": Scene("/connections/{console_restored}/release/", who="ops"),
    "connection with long names": Scene("/connections/{console_long}/", who="ops"),
    "connection seen by an administrator": Scene("/connections/{console_interrupted}/", who="max"),
    "change unclear after a refusal": Scene("/changes/{unclear}/", who="ops"),
    "change held since a backup": Scene("/changes/{restored}/", who="ops"),
    "change to be released": Scene("/changes/{restored}/", who="ops", does=press("Release and send")),
    "undo": Scene("/changes/{undo}/undo/"),
    "undo of some lines": Scene("/changes/{undo_partly}/undo/"),
    "undo of nothing": Scene("/changes/{refused}/undo/"),
    "change that can be undone": Scene("/changes/{undo}/"),
    "change undone in part": Scene("/changes/{undone}/"),
    "erase": Scene("/customers/{erase_customer}/erase/", who="uma"),
    "erase one's own wish": Scene("/customers/{erase_asked_customer}/erase/", who="uma"),
    "erase to agree to": Scene("/customers/{erase_asked_customer}/erase/", who="eli"),
    "erase done": Scene("/customers/{erased_customer}/erase/", who="eli"),
    "disclosure": Scene("/customers/{erase_customer}/disclosure/", who="uma"),
    "disclosure made": Scene("/customers/{erase_customer}/disclosure/", who="uma", does=take_out),
    "keeping": Scene("/connections/{caibo_connection}/keeping/", who="max"),
    "keeping, to be meant": Scene("/connections/{caibo_connection}/keeping/", who="max", does=keep_a_day),
    "customer erased": Scene("/customers/{erased_customer}/"),
    "customer to be erased": Scene("/customers/{erase_asked_customer}/", who="eli"),
    "change of an erased customer": Scene("/changes/{erased}/"),
    "work with an erasure": Scene("/", who="eli"),
    "change to be closed as applied": Scene("/changes/{stuck}/", who="ops", does=press("It was applied")),
    "people": Scene("/people/", who="max"),
    "people seen by a reviewer": Scene("/people/", who="rae"),
    "people, not for an editor": Scene("/people/", status=403),
    "people of one connection": Scene("/people/", who="sub"),
    "person": Scene("/people/{person_ed}/", who="max"),
    "person seen by a reviewer": Scene("/people/{person_ed}/", who="rae"),
    "person that is the reader": Scene("/people/{person_max}/", who="max"),
    "person of other roles": Scene("/people/{person_deda}/", who="max"),
    "person with one's own request": Scene("/people/{person_lost}/", who="max"),
    "person to be rejected": Scene("/people/{person_deda}/", who="max", does=press("Reject")),
    "person to be deactivated": Scene("/people/{person_ed}/", who="max", does=press("Deactivate")),
    "person to come back": Scene("/people/{person_ed}/", who="max", does=press("Way back in")),
    "person deactivated": Scene("/people/{person_gone}/", who="max"),
    "person with a past": Scene("/people/{person_alone}/", who="max"),
    "person invited": Scene("/people/{person_zoe}/", who="max"),
    "person given another link": Scene("/people/{person_zoe}/", who="max", does=press("Another link")),
    "person, new": Scene("/people/new/", who="max"),
    "person, new, refused": Scene("/people/new/", who="max", does=press("Take in")),
    "person, roles": Scene("/people/{person_ed}/roles/", who="max"),
    "person, roles of one connection": Scene("/people/{person_ed}/roles/", who="sub"),
    "invitation": Scene(f"/invitation/{SECRET}/", who=""),
    "invitation, a way back": Scene(f"/invitation/{BACK}/", who=""),
    "invitation that is over": Scene("/invitation/nothing/", who="", status=404),
    "policies": Scene("/policies/", who="ida"),
    "policies seen by an editor": Scene("/policies/"),
    "policies of nobody": Scene("/policies/", who="vic"),
    "policy with a proposal": Scene("/policies/{policy}/", who="ida"),
    "policy with one's own proposal": Scene("/policies/{policy}/", who="max"),
    "policy with a proposal, seen by an editor": Scene("/policies/{policy}/"),
    "policy to be rejected": Scene("/policies/{policy}/", who="ida", does=press("Reject")),
    "policy that is new": Scene("/policies/{policy_new}/", who="max"),
    "policy put in force by command": Scene("/policies/{policy_alone}/", who="max"),
    "policy to be ended": Scene("/policies/{policy_alone}/", who="max", does=press("End")),
    "policy that ended": Scene("/policies/{policy_over}/", who="max"),
    "policy to be written": Scene("/policies/new/", who="max"),
    "policy to be written, refused": Scene("/policies/new/", who="max", does=refuse_policy),
    "policy being edited": Scene("/policies/{policy_alone}/edit/", who="ida"),
    "request that waits for you": Scene("/changes/{rq_waiting}/", who="ann", does=once_read),
    "request to be approved": Scene("/changes/{rq_waiting}/", who="ann", does=press("Approve both")),
    "request with a line to be rejected": Scene("/changes/{rq_waiting}/", who="ann", does=press("Reject : Address")),
    "request of one's own": Scene("/changes/{rq_waiting}/"),
    "request seen by a reviewer": Scene("/changes/{rq_waiting}/", who="rae"),
    "request to be sent without approval": Scene(
        "/changes/{rq_alone}/", who="ops", does=press("Send without approval")
    ),
    "request that moved": Scene("/changes/{rq_moved}/", who="ann"),
    "request of one's own that moved": Scene("/changes/{rq_moved}/"),
    "request talked about": Scene("/changes/{rq_talked}/", who="ann"),
    "request applied in part": Scene("/changes/{rq_partly}/"),
    "request sent without approval": Scene("/changes/{rq_emergency}/", who="rae"),
    "request that was looked into": Scene("/changes/{rq_looked_into}/", who="rae"),
    "request returned": Scene("/changes/{rq_returned}/"),
    "request that cannot be read": Scene("/changes/{rq_unread}/", who="ann", does=once_read),
    "request with long values": Scene("/changes/{rq_long}/", who="ann"),
    "palette": Scene("/customers/{sqril}/", does=open_palette()),
    "palette with results": Scene("/customers/{sqril}/", does=open_palette("a")),
    "palette with a change": Scene("/", does=open_palette("#1")),
    "palette with nobody": Scene("/", does=open_palette("nobody at all")),
    "keys": Scene("/", does=lambda page: page.keyboard.press("?")),
    "request that failed": Scene("/customers/?at={sqril_connection}", does=fail, status=502),
    "menu on a phone": Scene("/connections/", does=open_menu),
    "not here": Scene("/customers/999999/", status=404),
    "not allowed": Scene("/customers/{sqril}/edit/", who="ops", status=403),
}
OF_CUSTOMERS = {name: scene for name, scene in SCENES.items() if name.startswith(("customer", "edit", "field"))}
OTHERS = {name: scene for name, scene in SCENES.items() if name not in OF_CUSTOMERS}
