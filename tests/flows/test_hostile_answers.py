"""Whatever a provider answers takes little memory and a bounded time, ends in the right class and poisons nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from console.errors import CannotBeRead
from console.flows.refresh import refresh
from console.models import Change, Connection, Customer, Pause, Status
from providers.sandbox import Sandbox
from tests.cast import SAMPLES, SLUGS, connect, person, sample
from tests.flows.helpers import WISH, fresh, make_due, push, pushes, wish
from tests.processes import wait_for, worker
from tests.providers.wire import Wire, answer, answering, saying

if TYPE_CHECKING:
    from tests.databases import Database

GIBIBYTE, MEBIBYTE = 1 << 30, 1 << 20
READABLE = ("finosu", "sqril")
ECHOING = ("finosu", "caibo", "flowwise", "sqril")

# Answers that leave no doubt but this: whether it was applied, nobody can say.
AMBIGUOUS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "a body of a gigabyte": ("huge", {"size": GIBIBYTE}),
    "a body that drips for a minute": ("drip", {"interval": 0.5, "part": "body"}),
    "headers that drip for a minute": ("drip", {"interval": 0.5}),
    "a gigabyte in a small compressed body": ("gzip", {"padding": GIBIBYTE}),
    "a compressed answer": ("gzip", {}),
    "100,000 levels": ("deep", {"depth": 100_000}),
    "a web page with 200": ("html", {"status": 200, "applied": True}),
    "a web page with 502": ("html", {"status": 502}),
    "a redirect after the deed": ("redirect", {"status": 303, "applied": True}),
    "nothing at all": ("empty", {}),
    "half of it": ("malformed", {}),
    "a list": ("not-object", {"document": ["ok"]}),
    "a text": ("not-object", {"document": "ok"}),
    "a number": ("not-object", {"document": 12}),
    "nothing in words": ("not-object", {"document": None}),
}
# Caibo's documentation leaves open what a success holds, so an empty body is one.
SAYS_NOTHING = {"nothing at all", "nothing in words"}


@pytest.fixture
def short(live_db: Database, settings: LazySettings) -> None:
    """Calls end within a second, so that what drips doesn't hold up the tests."""
    settings.STEWARD_CALL_SECONDS = 1.0
    settings.STEWARD_LEASE_SECONDS = 5.0


@pytest.mark.usefixtures("short")
class TestAnUpdate:
    @pytest.mark.parametrize("kind", AMBIGUOUS)
    @pytest.mark.parametrize("slug", SLUGS)
    def test_an_answer_that_says_nothing_clear_leaves_the_outcome_unknown(
        self, slug: str, kind: str, sandbox: Sandbox
    ) -> None:
        customer = _customer(slug, sandbox)
        change = self._answered(customer, sandbox, *AMBIGUOUS[kind])
        if slug == "caibo" and kind in SAYS_NOTHING:
            assert change.state is Status.APPLIED
        else:
            assert (change.state, change.maybe_applied) == (Status.UNKNOWN, True)
            assert change.next_attempt_at
        assert len(pushes(sandbox, slug)) == 1
        _is_sound(fresh(customer))

    @pytest.mark.parametrize(("kind", "status"), [("html", 404), ("redirect", 302)])
    @pytest.mark.parametrize("slug", SLUGS)
    def test_what_is_not_the_provider_at_all_pauses_the_connection(
        self, slug: str, kind: str, status: int, sandbox: Sandbox
    ) -> None:
        customer = sample(connect(slug, sandbox), sandbox)
        change = self._answered(customer, sandbox, kind, {"status": status})
        assert (change.state, change.maybe_applied) == (Status.APPROVED, False)
        assert fresh(customer.connection).pause == Pause.MISROUTED

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_to_an_address_of_ours_is_not_followed(self, status: int) -> None:
        with Wire(saying({})) as inside:
            moved = answering(answer(f"{status} Moved", headers={"Location": f"{inside.url}/latest/meta-data/"}))
            with Wire(moved) as wire:
                customer = sample(_at(wire.url))
                change = wish(customer, person("ed"))
                push(customer)
            assert inside.connections == 0
        assert fresh(change).state is (Status.UNKNOWN if status == 303 else Status.APPROVED)

    @pytest.mark.parametrize("slug", ECHOING)
    @pytest.mark.parametrize("strange", [[["x"]], {"a": [1]}, "x" * 500_000, "9" * 4000], ids=lambda v: str(v)[:9])
    def test_an_impossible_value_in_place_of_ours_leaves_the_outcome_unknown(
        self, slug: str, strange: object, sandbox: Sandbox
    ) -> None:
        customer = sample(connect(slug, sandbox), sandbox)
        document = {**customer.identity, **dict.fromkeys(WISH[slug], strange)}
        change = self._answered(customer, sandbox, "not-object", {"document": document})
        assert (change.state, change.maybe_applied) == (Status.UNKNOWN, True)
        _holds_what_it_held(customer)

    @pytest.mark.parametrize("slug", ECHOING)
    @pytest.mark.parametrize("strange", ["x" * 20_000, [["x"]], {"a": "x" * 30_000}], ids=lambda v: str(v)[:9])
    def test_an_impossible_value_beside_ours_is_kept_out_of_our_copy(
        self, slug: str, strange: object, sandbox: Sandbox
    ) -> None:
        customer = sample(connect(slug, sandbox), sandbox)
        others = set(SAMPLES[slug]) - set(customer.identity) - set(WISH[slug])
        document = {**customer.identity, **WISH[slug], **dict.fromkeys(others, strange)}
        assert self._answered(customer, sandbox, "not-object", {"document": document}).state is Status.APPLIED
        known = fresh(customer)
        assert {name: known.record[name] for name in others} == {name: customer.record[name] for name in others}
        _is_sound(known)

    @pytest.mark.parametrize("slug", SLUGS)
    def test_nul_and_half_characters_reach_no_table(self, slug: str, sandbox: Sandbox) -> None:
        customer = _customer(slug, sandbox)
        change = self._answered(customer, sandbox, "nul", {"field": next(iter(WISH[slug]))})
        assert change.state is Status.APPLIED
        _is_sound(fresh(customer))

    @pytest.mark.parametrize("slug", SLUGS)
    def test_a_refusal_of_a_million_words_takes_a_moment_and_little_room(self, slug: str, sandbox: Sandbox) -> None:
        customer = sample(connect(slug, sandbox), sandbox)
        sandbox.fault(slug, "status", status=400, message="a;" * 400_000)
        began = time.process_time()
        change = wish(customer, person("ed"))
        push(customer)
        assert time.process_time() - began < 5
        assert fresh(change).state is Status.REFUSED
        assert len(json.dumps(fresh(change).problems)) < 2000

    def _answered(self, customer: Customer, sandbox: Sandbox, kind: str, parameters: Mapping[str, Any]) -> Change:
        """The wish of this provider, answered so; the call ends in its time."""
        sandbox.fault(customer.connection.provider_slug, kind, **parameters)
        change = wish(customer, person("ed"))
        began = time.monotonic()
        push(customer)
        assert time.monotonic() - began < 8
        change.refresh_from_db()
        return change


@pytest.mark.usefixtures("short")
class TestAReading:
    @pytest.mark.parametrize("kind", sorted(set(AMBIGUOUS) - {"half of it"}))
    @pytest.mark.parametrize("slug", READABLE)
    def test_nothing_is_sent_after_a_reading_that_says_nothing_clear(
        self, slug: str, kind: str, sandbox: Sandbox
    ) -> None:
        customer = sample(connect(slug, sandbox), sandbox)
        self._spoil(slug, kind, sandbox)
        change = wish(customer, person("ed"))
        push(customer)
        assert (fresh(change).state, fresh(change).maybe_applied) == (Status.APPROVED, False)
        assert pushes(sandbox, slug) == []
        _holds_what_it_held(customer)

    @pytest.mark.parametrize("kind", sorted(set(AMBIGUOUS) - {"half of it"}))
    @pytest.mark.parametrize("slug", READABLE)
    def test_a_reading_back_that_says_nothing_clear_settles_nothing(
        self, slug: str, kind: str, sandbox: Sandbox
    ) -> None:
        customer = sample(connect(slug, sandbox), sandbox)
        sandbox.fault(slug, "apply-drop")
        change = wish(customer, person("ed"))
        push(customer)
        self._spoil(slug, kind, sandbox)
        make_due(change)
        push(customer)
        assert (fresh(change).state, fresh(change).maybe_applied) == (Status.UNKNOWN, True)
        assert fresh(change).next_attempt_at
        sandbox.clear_faults()
        _close_the_breaker(customer.connection)
        make_due(change)
        push(customer)
        assert fresh(change).state is Status.APPLIED

    @pytest.mark.parametrize("kind", ["a body of a gigabyte", "100,000 levels", "a web page with 200", "a list"])
    @pytest.mark.parametrize("slug", READABLE)
    def test_whoever_reads_a_customer_now_is_told_that_it_cannot_be_read(
        self, slug: str, kind: str, sandbox: Sandbox
    ) -> None:
        customer = sample(connect(slug, sandbox), sandbox)
        self._spoil(slug, kind, sandbox)
        with pytest.raises(CannotBeRead, match="did not answer as it should"):
            refresh(customer, by=person("ed"))
        _holds_what_it_held(customer)

    @pytest.mark.parametrize("slug", READABLE)
    def test_an_impossible_value_in_place_of_ours_is_taken_neither_for_old_nor_new(
        self, slug: str, sandbox: Sandbox
    ) -> None:
        [field] = WISH[slug]
        customer = sample(connect(slug, sandbox), sandbox, **({field: ...} if slug == "finosu" else {}))
        garbled = {**customer.record, field: [["x"]]}
        sandbox.fault(slug, "not-object", method="GET", document=garbled, count=99)
        change = wish(customer, person("ed"))
        push(customer)
        assert (fresh(change).state, pushes(sandbox, slug)) == (Status.APPROVED, [])
        sandbox.clear_faults()
        _close_the_breaker(customer.connection)
        sandbox.fault(slug, "apply-drop")
        make_due(change)
        push(customer)
        sandbox.fault(slug, "not-object", method="GET", document=garbled)
        make_due(change)
        push(customer)
        assert (fresh(change).state, fresh(change).maybe_applied) == (Status.UNKNOWN, True)

    @pytest.mark.parametrize("slug", READABLE)
    def test_what_is_read_is_cleaned_and_bounded(self, slug: str, sandbox: Sandbox) -> None:
        customer = sample(connect(slug, sandbox), sandbox)
        texts = [name for name in SAMPLES[slug] if name not in customer.identity]
        document = {**customer.identity, **dict.fromkeys(texts, "x" * 20_000), "address": "a\0b\ud800", "city": "c\0d"}
        sandbox.fault(slug, "not-object", method="GET", document=document)
        refresh(customer, by=person("ed"))
        _is_sound(fresh(customer))

    def _spoil(self, slug: str, kind: str, sandbox: Sandbox) -> None:
        fault, parameters = AMBIGUOUS[kind]
        sandbox.fault(slug, fault, method="GET", count=99, **parameters)  # the next try may come at once


@pytest.mark.usefixtures("short")
def test_nothing_that_a_provider_writes_is_markup_on_a_page(sandbox: Sandbox, client: Client) -> None:
    attack, ed = "<script>alert(1)</script><img src=x onerror=alert(2)>", person("ed")
    connection = connect("sqril", sandbox)
    customer = sample(connection, sandbox)
    sandbox.edit("sqril", customer.external_id, {"name_first": attack, "gender": attack})
    sandbox.fault("sqril", "status", status=400, message=attack)
    refused = wish(customer, ed)
    push(customer)
    other = sample(connection, sandbox, customer_id="cus_other")
    sandbox.fault("sqril", "html", status=502)
    unknown = wish(other, ed)
    push(other)
    assert (fresh(refused).state, fresh(unknown).state) == (Status.REFUSED, Status.UNKNOWN)
    assert fresh(customer).record["name_first"] == attack
    client.force_login(ed)
    about = [("customer", customer), ("change", refused), ("change", unknown), ("connection", connection)]
    texts = [client.get(reverse(name, args=[row.pk])).text for name, row in about]
    texts += [client.get(reverse(name)).text for name in ("work", "customers", "changes", "connections")]
    assert any("&lt;script&gt;alert(1)" in text for text in texts)
    for text in texts:
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert text.lower().count("<!doctype html>") == 1


class TestAWorker:
    """A process of its own, so that memory can be measured from outside."""

    HOSTILE: tuple[tuple[str, dict[str, Any]], ...] = (
        ("huge", {"size": GIBIBYTE}),
        ("gzip", {"padding": GIBIBYTE}),
        ("deep", {"depth": 100_000}),
        ("drip", {"interval": 0.5}),
        ("not-object", {"document": [[{}] * 100_000]}),
        ("status", {"status": 400, "message": "a;" * 400_000}),
    )

    def test_hostile_answers_of_every_provider_at_once_take_little_memory_and_time(
        self, live_db: Database, sandbox: Sandbox
    ) -> None:
        ed, connections = person("ed"), [connect(slug, sandbox) for slug in SLUGS]
        warm = [sample(connection, sandbox) for connection in connections]
        with worker(live_db, STEWARD_CALL_SECONDS="3", STEWARD_LEASE_SECONDS="6") as process:
            first = [wish(customer, ed) for customer in warm]
            wait_for(lambda: all(fresh(change).state is Status.APPLIED for change in first), seconds=60)
            before = _kilobytes(process.pid, "VmRSS")
            changes = [self._hostile(connection, sandbox) for connection in connections]
            began = time.monotonic()
            wait_for(lambda: all(_is_answered(change) for group in changes for change in group), seconds=60)
            assert time.monotonic() - began < 50
            grown = _kilobytes(process.pid, "VmHWM") - before
            assert process.poll() is None
        assert grown * 1024 < 50 * MEBIBYTE
        for group in changes:
            *ambiguous, refused = map(fresh, group)
            assert all(change.maybe_applied or change.state is Status.APPLIED for change in ambiguous)
            assert refused.state is Status.REFUSED

    def _hostile(self, connection: Connection, sandbox: Sandbox) -> list[Change]:
        """A change of a customer of its own for each hostile answer, which the provider gives to that one's update."""
        slug, changes = connection.provider_slug, []
        for number, (kind, parameters) in enumerate(self.HOSTILE, start=7):
            customer = sample(connection, sandbox, **{_id_of(slug): f"{number}00"})
            sandbox.fault(slug, kind, external_id=customer.external_id, **parameters)
            changes.append(wish(customer, person("ed")))
        return changes


def _is_answered(change: Change) -> bool:
    return change.attempts.exclude(outcome="intent").exists()


def _id_of(slug: str) -> str:
    return {"timepay": "loan_id", "finosu": "id", "caibo": "id"}.get(slug, "customer_id")


def _kilobytes(process: int, what: str) -> int:
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{what}:"))


def _customer(slug: str, sandbox: Sandbox) -> Customer:
    """At Caibo with answers that show the record: an empty one leaves nothing to spoil."""
    if slug == "caibo":
        sandbox.configure("caibo", empty_answers=False)
    return sample(connect(slug, sandbox), sandbox)


def _at(url: str) -> Connection:
    connection = connect("caibo")
    connection.base_url = url
    connection.save()
    return connection


def _close_the_breaker(connection: Connection) -> None:
    Connection.objects.filter(pk=connection.pk).update(failures=0, interrupted_at=None, probe_at=None)


def _holds_what_it_held(customer: Customer) -> None:
    known = fresh(customer).record
    assert {name: known.get(name) for name in customer.record} == customer.record


def _is_sound(customer: Customer) -> None:
    """Our copy holds nothing that no table, page or request can carry."""
    texts = list(_texts(customer.record))
    assert all("\0" not in text and len(text) <= 2000 for text in texts)
    "".join(texts).encode()


def _texts(value: object) -> list[str]:
    if isinstance(value, Mapping):
        return [text for inner in value.values() for text in _texts(inner)]
    return [value] if isinstance(value, str) else []
