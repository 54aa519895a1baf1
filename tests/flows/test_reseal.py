"""A connection calls further fields sensitive: they are sealed and masked from then on, and so is what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from console.finding import find
from console.flows.connect import Account, connect
from console.flows.reseal import reseal
from console.models import Connection, Customer, Origin
from providers import registry
from providers.base import BadOptions
from tests.cast import SAMPLES, person, sample
from tests.cast import connect as connection_to
from tests.deciding import policy
from tests.flows.erasing import erased, left_of
from tests.flows.helpers import fresh, push, wish
from tests.views.pages import text_of

if TYPE_CHECKING:
    from providers.sandbox import Sandbox

pytestmark = pytest.mark.django_db
ADDRESS, NEW = SAMPLES["caibo"]["address"], "7 Canary Row, Leeds"


def hide(connection: Connection, *fields: str) -> Connection:
    account = Account(connection.name, options={"sensitive": ", ".join(fields)})
    return connect(account, by=None, origin=Origin.COMMAND)[0]


def test_what_was_kept_in_the_open_is_sealed_and_stands_nowhere_any_more(sandbox: Sandbox) -> None:
    caibo = connection_to("caibo", sandbox)
    ann = sample(caibo, sandbox)
    wish(ann, person("ed"), {"address": NEW})
    push(ann)
    version = fresh(ann).version
    assert left_of([NEW])
    assert reseal(hide(caibo, "address")) == 1
    assert left_of([ADDRESS, NEW]) == {}
    assert (fresh(ann).record["address"], fresh(ann).version) == (NEW, version)
    assert "address" in fresh(ann).sealed
    assert reseal(fresh(caibo)) == 0


def test_pages_mask_it_at_once(client: Client) -> None:
    caibo = connection_to("caibo")
    ann = sample(caibo)
    hide(caibo, "address", "email")
    reseal(fresh(caibo))
    client.force_login(person("ed"))
    for name in ("customer", "customer_edit", "customer_timeline"):
        page = text_of(client.get(reverse(name, args=[ann.pk])))
        assert ADDRESS not in page
        assert "ann.whitfield@example.com" not in page
    assert [hit.pk for hit in find([fresh(caibo)], "ann.whitfield@example.com").hits] == []
    assert [hit.pk for hit in find([fresh(caibo)], "ann whitfield").hits] == [ann.pk]


def test_what_is_asked_from_then_on_is_masked_and_under_policies_for_sensitive_fields(sandbox: Sandbox) -> None:
    caibo = hide(connection_to("caibo", sandbox), "address")
    policy("Sensitive ones", "address", at=[caibo])
    ann = sample(caibo, sandbox)
    assert ann.provider.field("address").sensitive
    change = wish(ann, person("ed"), {"address": NEW})
    assert fresh(change).shape is None
    assert left_of([NEW, ADDRESS]) == {}


def test_taken_back_it_is_open_again_but_for_what_is_always_sensitive() -> None:
    finosu = connection_to("finosu")
    lena = sample(finosu)
    reseal(hide(finosu, "city"))
    assert fresh(lena).sealed.keys() == {"city", "birthday", "ssnLastFour"}
    reseal(hide(fresh(finosu)))
    assert fresh(lena).sealed.keys() == {"birthday", "ssnLastFour"}
    assert fresh(lena).values["city"] == "San Francisco"


def test_who_was_erased_keeps_nothing_up() -> None:
    caibo = connection_to("caibo")
    erased(sample(caibo))
    assert reseal(hide(caibo, "address")) == 0
    assert Customer.objects.get().sealed == {}


@pytest.mark.parametrize(("names", "why"), [("nope", "no field"), ("id", "names the record")])
def test_a_field_that_is_none_or_names_the_record_is_refused(names: str, why: str) -> None:
    with pytest.raises(BadOptions, match=why):
        registry.get("caibo").configured({"sensitive": names})
