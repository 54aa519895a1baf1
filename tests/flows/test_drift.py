"""What moves at a provider without our asking stays told until a person has seen to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from console.errors import NotPermitted, StepNotPossible
from console.flows.accept import accept
from console.flows.drift import drifted
from console.flows.import_customers import Row, import_customers
from console.flows.record import database_now
from console.flows.refresh import take_over
from console.flows.resolve import close, try_again
from console.forms.restoring import restored
from console.models import Customer, Event, Status, Verdict
from console.sentences import event_sentence
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.flows.helpers import fresh, make_due, push, wish

pytestmark = pytest.mark.usefixtures("live_db", "quick")

WAS, NOW = "Jl. Kebon Sirih 12, Jakarta", "Jl. Sudirman 1, Jakarta"


@pytest.fixture
def adi() -> Customer:
    return sample(connect("sqril"))


@pytest.fixture
def adi_there(sandbox: Sandbox) -> Customer:
    """The same, held by a provider that answers."""
    customer = sample(connect("sqril", sandbox), sandbox)
    take_over(customer, {"updated_at": "2026-11-21T09:00:00Z"}, by=None)
    return fresh(customer)  # type: ignore[no-any-return]


def see(customer: Customer, **values: Any) -> Event:
    """A reading that shows these values."""
    return take_over(customer, values, by=None)


def drift_of(customer: Customer) -> dict[str, tuple[object, object]]:
    return {known.field.name: (known.was, known.now) for known in drifted(fresh(customer))}


def shown(customer: Customer, *names: str) -> dict[str, str]:
    """What the page posts: the digest of each value as it shows it."""
    now = fresh(customer)
    return {name: now.shown_digest(name, now.record.get(name)) for name in names}


def test_a_value_that_a_reading_finds_moved_drifts_since_that_reading(adi: Customer) -> None:
    event = see(adi, address=NOW)
    assert drift_of(adi) == {"address": (WAS, NOW)}
    assert fresh(adi).drift == {"address": event.pk}


def test_what_it_was_stays_what_we_last_knew_however_often_it_moves(adi: Customer) -> None:
    first = see(adi, address=NOW)
    see(adi, address="Jl. Melati 5, Bandung")
    assert drift_of(adi) == {"address": (WAS, "Jl. Melati 5, Bandung")}
    assert fresh(adi).drift == {"address": first.pk}


def test_what_moves_back_drifts_no_longer(adi: Customer) -> None:
    see(adi, address=NOW, phone="+6281111111111")
    see(adi, address=WAS)
    assert list(drift_of(adi)) == ["phone"]


def test_another_spelling_of_one_value_does_not_drift(adi: Customer) -> None:
    see(adi, phone="+62 812 34 56 79")
    assert drift_of(adi) == {}


def test_what_we_had_never_known_does_not_drift() -> None:
    adi = sample(connect("sqril"), address=...)
    see(adi, address=NOW)
    assert drift_of(adi) == {}


def test_a_moment_that_the_provider_writes_by_itself_does_not_drift(adi: Customer) -> None:
    see(adi, updated_at="2026-11-21T09:00:00Z")
    see(adi, updated_at="2026-11-21T10:00:00Z", address=NOW)
    assert list(drift_of(adi)) == ["address"]


def test_what_the_worker_finds_beside_its_change_drifts(sandbox: Sandbox, adi_there: Customer) -> None:
    wish(adi_there, person("ed"), {"occupation": "OCC7"})
    sandbox.edit("sqril", adi_there.external_id, {"address": NOW})
    push(adi_there)
    assert drift_of(adi_there) == {"address": (WAS, NOW)}
    told = fresh(adi_there).events.get(verb="customer.moved")
    assert (
        event_sentence(told, adi_there.provider.fields)
        == f"Sqril showed another value for Address than we knew: {NOW} instead of {WAS}"
    )


def test_what_keeps_a_change_from_being_sent_drifts(sandbox: Sandbox, adi_there: Customer) -> None:
    change = wish(adi_there, person("ed"), {"address": "Jl. Melati 5, Bandung"})
    sandbox.edit("sqril", adi_there.external_id, {"address": NOW})
    push(adi_there)
    assert fresh(change).state is Status.CONFLICT
    assert drift_of(adi_there) == {"address": (WAS, NOW)}


def test_what_a_change_of_ours_set_does_not_drift(adi_there: Customer) -> None:
    change = wish(adi_there, person("ed"), {"address": NOW})
    push(adi_there)
    assert fresh(change).state is Status.APPLIED
    assert drift_of(adi_there) == {}


def test_a_reading_that_shows_what_an_unknown_change_asked_for_is_no_drift(
    sandbox: Sandbox, adi_there: Customer
) -> None:
    sandbox.fault("sqril", "apply-drop")
    change = wish(adi_there, person("ed"), {"address": NOW})
    push(adi_there)
    assert fresh(change).state is Status.UNKNOWN
    see(adi_there, address=NOW)
    assert drift_of(adi_there) == {}
    make_due(change)
    push(adi_there)
    assert fresh(change).state is Status.APPLIED


@pytest.mark.parametrize("verdict", [Verdict.NOT_KNOWN, Verdict.NOT_APPLIED])
def test_a_reading_that_shows_what_a_change_asked_for_that_was_closed_unknown_is_no_drift(
    sandbox: Sandbox, adi_there: Customer, verdict: Verdict
) -> None:
    sandbox.fault("sqril", "drop")
    change = wish(adi_there, person("ed"), {"address": NOW})
    push(adi_there)
    close(change.pk, by=person("ops"), verdict=verdict, reason="Nobody there remembers.")
    see(adi_there, address=NOW, phone="+6281111111111")
    assert list(drift_of(adi_there)) == ["phone"]


def test_a_reading_that_shows_what_is_about_to_be_sent_once_more_is_no_drift(
    sandbox: Sandbox, adi_there: Customer
) -> None:
    sandbox.fault("sqril", "apply-drop")
    change = wish(adi_there, person("ed"), {"address": NOW})
    push(adi_there)
    try_again(change.pk, by=person("ops"), reason="Nothing arrived there")
    see(adi_there, address=NOW)
    assert drift_of(adi_there) == {}


def test_a_change_of_the_field_that_is_applied_ends_it(sandbox: Sandbox, adi_there: Customer) -> None:
    sandbox.edit("sqril", adi_there.external_id, {"address": NOW, "occupation": "OCC7"})
    see(adi_there, address=NOW, occupation="OCC7")
    change = wish(adi_there, person("ed"), {"address": WAS})
    push(adi_there)
    assert fresh(change).state is Status.APPLIED
    assert list(drift_of(adi_there)) == ["occupation"]


def test_a_change_that_is_not_applied_does_not_end_it(sandbox: Sandbox, adi_there: Customer) -> None:
    sandbox.edit("sqril", adi_there.external_id, {"address": NOW})
    see(adi_there, address=NOW)
    sandbox.fault("sqril", "refuse", field="address", message="No such street.")
    change = wish(adi_there, person("ed"), {"address": WAS})
    push(adi_there)
    assert fresh(change).state is Status.REFUSED
    assert drift_of(adi_there) == {"address": (WAS, NOW)}


def test_a_change_that_a_person_found_applied_ends_it(sandbox: Sandbox, adi_there: Customer) -> None:
    sandbox.edit("sqril", adi_there.external_id, {"address": NOW})
    see(adi_there, address=NOW)
    sandbox.fault("sqril", "drop")
    change = wish(adi_there, person("ed"), {"address": WAS})
    push(adi_there)
    close(change.pk, by=person("ops"), verdict=Verdict.APPLIED, reason="Seen in their console.")
    assert drift_of(adi_there) == {}


def test_an_import_that_brings_the_former_value_back_ends_it(adi: Customer) -> None:
    see(adi, address=NOW)
    row = Row(2, {"external_id": adi.external_id, "address": WAS})
    import_customers(adi.connection, [row], as_of=database_now() + timedelta(seconds=1))
    assert drift_of(adi) == {}


class TestAccepting:
    def test_it_ends_what_was_accepted_and_nothing_else(self, adi: Customer) -> None:
        see(adi, address=NOW, phone="+6281111111111")
        assert accept(adi, shown(adi, "address"), by=person("ed")) == ["Address"]
        assert list(drift_of(adi)) == ["phone"]

    def test_it_changes_no_value_and_sends_nothing(self, adi: Customer) -> None:
        see(adi, address=NOW)
        before = fresh(adi)
        accept(adi, shown(adi, "address"), by=person("ed"))
        assert (fresh(adi).record, fresh(adi).version) == (before.record, before.version)
        assert not adi.changes.exists()

    def test_history_tells_who_accepted_what(self, adi: Customer) -> None:
        see(adi, address=NOW)
        accept(adi, shown(adi, "address"), by=person("ed"))
        event = fresh(adi).events.latest("pk")
        assert (event.verb, event.actor) == ("drift.accepted", person("ed"))
        assert (
            event_sentence(event, adi.provider.fields)
            == f"Ed Kowalski accepted what Sqril holds for Address: {NOW} instead of {WAS}"
        )

    def test_a_hidden_value_stays_hidden_in_history(self, adi: Customer) -> None:
        see(adi, ic_number="3174019999999999")
        accept(adi, shown(adi, "ic_number"), by=person("ed"))
        said = [event_sentence(event, adi.provider.fields) for event in fresh(adi).events.all()]
        assert not any("3174" in sentence for sentence in said)

    def test_who_may_not_edit_may_not_accept(self, adi: Customer) -> None:
        see(adi, address=NOW)
        with pytest.raises(NotPermitted):
            accept(adi, shown(adi, "address"), by=person("ops"))
        assert "address" in drift_of(adi)

    def test_what_moved_once_more_since_it_was_shown_is_not_accepted_unseen(self, adi: Customer) -> None:
        see(adi, address=NOW)
        seen = shown(adi, "address")
        see(adi, address="Jl. Melati 5, Bandung")
        with pytest.raises(StepNotPossible, match="Address moved once more"):
            accept(adi, seen, by=person("ed"))
        assert "address" in drift_of(adi)

    def test_twice_is_once(self, adi: Customer) -> None:
        see(adi, address=NOW)
        seen = shown(adi, "address")
        accept(adi, seen, by=person("ed"))
        with pytest.raises(StepNotPossible, match="seen to already"):
            accept(adi, seen, by=person("jo"))


class TestRestoring:
    def test_it_gives_what_the_event_replaced(self, adi: Customer) -> None:
        event = see(adi, address=NOW, phone="+6281111111111")
        assert restored(fresh(adi), event.pk) == {"address": WAS, "phone": "+62812345679"}

    def test_what_is_settled_is_not_put_back(self, adi: Customer) -> None:
        event = see(adi, address=NOW, phone="+6281111111111")
        accept(adi, shown(adi, "address"), by=person("ed"))
        assert list(restored(fresh(adi), event.pk)) == ["phone"]

    def test_what_is_locked_or_hidden_is_not_put_back(self, adi: Customer) -> None:
        event = see(adi, name_first="Budi", dob="1991-01-01", address=NOW)
        assert list(restored(fresh(adi), event.pk)) == ["address"]

    def test_an_event_of_somebody_else_puts_nothing_back(self, adi: Customer) -> None:
        other = sample(adi.connection, customer_id="cus_other")
        event = see(other, address=NOW)
        see(adi, address=NOW)
        assert restored(fresh(adi), event.pk) == {}
