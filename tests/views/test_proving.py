"""Step-up: what needs a fresh proof asks for it first, does afterwards what was posted, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client, RequestFactory
from django.urls import reverse

from console.backend import SessionStore
from console.models import Change, Decision, Policy, Role, Status, User
from console.urls import urlpatterns
from console.views.proving import EIGHT_HOURS, LARGEST, TEN_MINUTES, WAITING, go_on
from tests.cast import connect, person, sample
from tests.deciding import no_policies, policy, reject, seen
from tests.flows.helpers import wish
from tests.views.pages import text_of

pytestmark = pytest.mark.django_db

# Every address that asks for a proof, and how old it may be. Whoever adds one adds its line.
NEEDS: Mapping[str, timedelta] = {
    **dict.fromkeys(("password", "factor_app", "factor_passkey", "factor_codes", "factor_remove"), TEN_MINUTES),
    **dict.fromkeys(("change_approve", "change_reject", "change_return", "change_break_glass"), EIGHT_HOURS),
    **dict.fromkeys(("change_alike", "erasure_decide"), EIGHT_HOURS),
    **dict.fromkeys(("bulk_edit_new", "bulk_edit_run"), EIGHT_HOURS),
    **dict.fromkeys(("imports", "import_columns", "import_reading", "import_run", "import_refused"), EIGHT_HOURS),
    **dict.fromkeys(("batch_approve", "batch_reject", "batch_go_on", "batch_undo"), EIGHT_HOURS),
    **dict.fromkeys(("policy_new", "policy_edit", "policy_decide", "policy_withdraw"), TEN_MINUTES),
    **dict.fromkeys(("connection_keeping", "customer_disclosure"), TEN_MINUTES),
    **dict.fromkeys(("exports", "export_download", "batch_results"), TEN_MINUTES),
    **dict.fromkeys(("customers_export", "customers_exported_download"), TEN_MINUTES),
    **dict.fromkeys(("person_new", "person_roles", "person_decide", "person_withdraw", "person_invite"), TEN_MINUTES),
    **dict.fromkeys(("person_deactivate", "person_let_in", "person_way_back"), TEN_MINUTES),
    **dict.fromkeys(("person_sessions_end", "hidden_reveal"), TEN_MINUTES),
}

# The safe direction: whoever looks for their second factor while something goes wrong loses the time that counts.
STOPS = ("connection_pause", "batch_pause", "batch_stop", "import_stop", "import_end", "bulk_edit_stop")

A_MOMENT = timedelta(seconds=5)
SWAP = {"HX-Request": "true"}
PASSWORD = "ann says yes, and means it"
METHODS, OF_WHOM = "account_authentication_methods", "account_authentication_methods_user"


def proved_ago(client: Client, user: User, *ago: tuple[str, timedelta]) -> None:
    """The person is signed in, and proved who they are in these ways, so long ago."""
    client.force_login(user)
    session = client.session
    session[METHODS] = [{"method": method, "at": time.time() - since.total_seconds()} for method, since in ago]
    session[OF_WHOM] = str(user.pk)
    session.save()


def long_ago(client: Client, user: User) -> None:
    proved_ago(client, user, ("password", timedelta(hours=11)))


def prove(client: Client, answer: Any, password: str = PASSWORD) -> Any:
    """Goes where the answer leads, and proves it there."""
    return client.post(reverse("prove"), {"password": password, "next": led_to(answer)})


def led_to(answer: Any) -> str:
    """What comes after the proof."""
    where = urlsplit(answer.headers.get("Location") or answer.headers["HX-Redirect"])
    assert where.path == reverse("prove")
    return str(parse_qs(where.query)["next"][0])


@pytest.fixture
def ann() -> User:
    user = person("ann")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def change() -> Change:
    """Ed's, of a phone number; one approval is asked for."""
    connection = connect("caibo")
    no_policies()
    policy("Phones", "phone")
    return wish(sample(connection), person("ed"))


def approval(change: Change) -> dict[str, str]:
    return {f"seen-{field}": digest for field, digest in seen(change).items()}


def approve(client: Client, change: Change, **how: Any) -> Any:
    return client.post(reverse("change_approve", args=[change.pk]), approval(change), **how)


def state_of(change: Change) -> Status:
    return Change.objects.get(pk=change.pk).state


def test_the_table_names_every_address_that_asks_for_a_proof_and_how_old_it_may_be() -> None:
    asks = {pattern.name: getattr(pattern.callback, "proof_within", None) for pattern in urlpatterns}
    assert {name: within for name, within in asks.items() if within} == dict(NEEDS)


def test_stopping_asks_for_none_whatever_is_stopped() -> None:
    asks = {pattern.name: getattr(pattern.callback, "proof_within", None) for pattern in urlpatterns}
    assert {name: asks[name] for name in STOPS} == dict.fromkeys(STOPS)


class TestWhoProvedItTooLongAgo:
    def test_is_led_to_prove_it_and_nothing_is_decided(self, client: Client, ann: User, change: Change) -> None:
        proved_ago(client, ann, ("password", EIGHT_HOURS + A_MOMENT))
        answer = approve(client, change)
        assert answer.status_code == 303
        assert led_to(answer) == f"/changes/{change.pk}/approve/"
        assert state_of(change) is Status.PROPOSED
        assert not Decision.objects.exists()

    def test_is_told_how_old_a_proof_may_be(self, client: Client, ann: User, change: Change) -> None:
        long_ago(client, ann)
        page = client.get(approve(client, change).headers["Location"]).text
        assert "takes a proof of the last eight hours that it is you" in page
        assert "takes a proof from just now that it is you" in client.get("/prove/?next=/").text

    def test_within_eight_hours_one_decides_without_being_asked(
        self, client: Client, ann: User, change: Change
    ) -> None:
        proved_ago(client, ann, ("password", EIGHT_HOURS - timedelta(minutes=1)))
        assert approve(client, change).headers["Location"] == f"/changes/{change.pk}/"
        assert state_of(change) is Status.APPROVED

    def test_has_it_done_by_the_proof_and_stands_on_the_page_after_it(
        self, client: Client, ann: User, change: Change
    ) -> None:
        long_ago(client, ann)
        answer = prove(client, approve(client, change))
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/changes/{change.pk}/")
        assert state_of(change) is Status.APPROVED
        assert Decision.objects.get().by == ann

    def test_is_not_believed_with_a_wrong_password(self, client: Client, ann: User, change: Change) -> None:
        long_ago(client, ann)
        assert prove(client, approve(client, change), "a guess").status_code == 422
        assert state_of(change) is Status.PROPOSED
        assert led_to(approve(client, change))

    def test_gets_a_fragment_that_leads_the_whole_page_there(self, client: Client, ann: User, change: Change) -> None:
        long_ago(client, ann)
        answer = approve(client, change, headers=SWAP)
        assert (answer.status_code, answer.content) == (200, b"")
        assert state_of(change) is Status.PROPOSED
        after = prove(client, answer)
        assert (after.status_code, after.headers["Location"]) == (303, f"/changes/{change.pk}/")
        assert state_of(change) is Status.APPROVED

    def test_may_read_the_page_of_which_only_the_form_needs_it(self, client: Client, ann: User, change: Change) -> None:
        long_ago(client, ann)
        alike = reverse("change_alike", args=[change.pk])
        assert client.get(alike).status_code == 200
        assert led_to(client.post(alike)) == alike

    def test_comes_to_a_form_only_after_the_proof(self, client: Client) -> None:
        connect("caibo")
        proved_ago(client, person("max"), ("password", TEN_MINUTES + A_MOMENT))
        assert led_to(client.get("/policies/new/?from=here")) == "/policies/new/?from=here"

    def test_does_not_lose_what_they_typed_for_longer_than_ten_minutes(self, client: Client, ann: User) -> None:
        connect("caibo")
        ann.grants.update(role=Role.ADMINISTRATOR)
        typed = {"name": "Phones", "where": "all", "scope": "named", "field": "phone"}
        numbers = {"approvals": "1", "from_size": "1", "hours": "72"}
        proved_ago(client, ann, ("password", TEN_MINUTES + A_MOMENT))
        before = Policy.objects.count()
        assert prove(client, client.post("/policies/new/", {**typed, **numbers})).status_code == 303
        assert Policy.objects.count() == before + 1

    def test_fetches_a_file_from_its_page_once_it_is_proved(self, client: Client, ann: User) -> None:
        proved_ago(client, person("rae"), ("password", TEN_MINUTES + A_MOMENT))
        assert led_to(client.get("/audit/exports/7/download/")) == "/audit/exports/7/"


class TestAProof:
    def test_counts_where_it_was_given_in_this_very_session(self, client: Client, ann: User, change: Change) -> None:
        client.force_login(ann)
        session = client.session
        session[OF_WHOM] = str(person("sam").pk)
        session.save()
        assert led_to(approve(client, change))

    @pytest.mark.parametrize("at", [None, "now", [], {"a": 1}])
    def test_without_a_time_is_none(self, client: Client, ann: User, change: Change, at: object) -> None:
        client.force_login(ann)
        session = client.session
        session[METHODS] = [{"method": "password", "at": at}, {"method": "password"}]
        session.save()
        assert led_to(approve(client, change))

    def test_from_the_future_is_none(self, client: Client, ann: User, change: Change) -> None:
        proved_ago(client, ann, ("password", -timedelta(hours=1)))
        assert led_to(approve(client, change))

    def test_is_the_newest_one(self, client: Client, ann: User, change: Change) -> None:
        proved_ago(client, ann, ("password", A_MOMENT), ("password", timedelta(hours=9)))
        assert approve(client, change).headers["Location"] == f"/changes/{change.pk}/"

    @pytest.mark.parametrize("kind", [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])
    def test_is_the_second_factor_alone_of_whoever_has_one(
        self, client: Client, ann: User, change: Change, kind: str
    ) -> None:
        Authenticator.objects.create(user=ann, type=kind, data={})
        proved_ago(client, ann, ("password", A_MOMENT), ("socialaccount", A_MOMENT))
        assert led_to(approve(client, change))
        assert state_of(change) is Status.PROPOSED
        proved_ago(client, ann, ("mfa", A_MOMENT), ("password", timedelta(hours=9)))
        assert approve(client, change).headers["Location"] == f"/changes/{change.pk}/"

    def test_by_a_password_does_for_those_whose_codes_are_all_they_kept(
        self, client: Client, ann: User, change: Change
    ) -> None:
        Authenticator.objects.create(user=ann, type=Authenticator.Type.RECOVERY_CODES, data={})
        proved_ago(client, ann, ("password", A_MOMENT))
        assert approve(client, change).headers["Location"] == f"/changes/{change.pk}/"

    @pytest.mark.parametrize("method", ["password", "socialaccount", "mfa"])
    def test_of_any_kind_does_for_whoever_has_no_second_factor(
        self, client: Client, ann: User, change: Change, method: str
    ) -> None:
        proved_ago(client, ann, (method, A_MOMENT))
        assert approve(client, change).headers["Location"] == f"/changes/{change.pk}/"

    def test_of_an_unknown_kind_does_for_nobody(self, client: Client, ann: User, change: Change) -> None:
        proved_ago(client, ann, ("a promise", A_MOMENT))
        assert led_to(approve(client, change))


class TestWhatWaits:
    @pytest.fixture
    def waits(self, client: Client, ann: User, change: Change) -> Callable[[], Any]:
        """Ann wanted to approve and was asked for a proof; gives how to prove it."""
        long_ago(client, ann)
        answer = approve(client, change)
        return lambda: prove(client, answer)

    def test_is_done_once(self, client: Client, change: Change, waits: Callable[[], Any]) -> None:
        waits()
        again = waits()
        assert (again.status_code, again.headers["Location"]) == (303, f"/changes/{change.pk}/approve/")
        assert client.get(again.headers["Location"]).headers["Location"] == f"/changes/{change.pk}/"
        assert Decision.objects.count() == 1

    def test_is_not_done_by_a_proof_for_something_else(
        self, client: Client, change: Change, waits: Callable[[], Any]
    ) -> None:
        after = client.post(reverse("prove"), {"password": PASSWORD, "next": "/work/"})
        assert after.headers["Location"] == "/"  # there is no such page
        assert waits().headers["Location"] == f"/changes/{change.pk}/approve/"
        assert state_of(change) is Status.PROPOSED

    def test_is_given_up_once_something_else_is_wanted(
        self, client: Client, change: Change, waits: Callable[[], Any]
    ) -> None:
        client.post(reverse("change_reject", args=[change.pk]), {"reason": "He did not confirm it.", "whole": "1"})
        waits()
        assert state_of(change) is Status.PROPOSED
        assert not Decision.objects.exists()

    def test_is_given_up_after_ten_minutes(self, change: Change, waits: Callable[[], Any]) -> None:
        with time_machine.travel(time.time() + TEN_MINUTES.total_seconds() + 1):
            waits()
        assert state_of(change) is Status.PROPOSED

    def test_is_never_done_for_somebody_else(self, client: Client, change: Change, waits: Callable[[], Any]) -> None:
        kept = client.session[WAITING]
        sam = person("sam")
        sam.set_password(PASSWORD)
        sam.save()
        client.force_login(sam)
        session = client.session
        session[WAITING] = kept
        session.save()
        waits()
        assert state_of(change) is Status.PROPOSED

    def test_still_needs_the_right(self, client: Client, ann: User, change: Change, waits: Callable[[], Any]) -> None:
        ann.grants.update(role=Role.VIEWER)
        assert waits().status_code == 403
        assert state_of(change) is Status.PROPOSED

    def test_is_refused_where_somebody_else_decided_meanwhile(self, change: Change, waits: Callable[[], Any]) -> None:
        reject(change, person("sam"))
        answer = waits()
        assert answer.status_code == 422
        assert "/prove/" not in answer.text
        assert state_of(change) is Status.REJECTED

    def test_is_nothing_where_it_is_too_much_to_keep(self, client: Client, ann: User, change: Change) -> None:
        long_ago(client, ann)
        about = {**approval(change), "reason": "x" * LARGEST}
        answer = client.post(reverse("change_approve", args=[change.pk]), about)
        assert prove(client, answer).headers["Location"] == f"/changes/{change.pk}/approve/"
        assert state_of(change) is Status.PROPOSED


@pytest.mark.parametrize(
    "next_", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "/\\evil", "", "?"]
)
def test_nobody_is_led_off_the_console(client: Client, ann: User, next_: str) -> None:
    long_ago(client, ann)
    answer = client.post(reverse("prove"), {"password": PASSWORD, "next": next_})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("next_", ["//evil.example/", "https://evil.example/", "/\\evil", "/no/such/page/"])
def test_going_on_leads_to_pages_of_ours_alone(next_: str) -> None:
    request = RequestFactory().post(reverse("prove"))
    request.session = SessionStore()
    assert go_on(request, next_).headers["Location"] == "/"


@pytest.mark.parametrize(
    ("shown", "back"),
    [
        ("http://testserver/changes/?state=going", "/changes/?state=going"),
        ("http://evil.example/changes/", "/"),
        ("http://testserver//evil.example/", "/"),
        ("nonsense", "/"),
        ("", "/"),
    ],
)
def test_a_fragment_that_only_reads_leads_back_to_the_page_it_is_part_of(client: Client, shown: str, back: str) -> None:
    connect("caibo")
    long_ago(client, person("max"))
    answer = client.get("/policies/new/", headers={**SWAP, "HX-Current-URL": shown})
    assert led_to(answer) == back


def test_a_form_that_was_done_after_the_proof_and_refused_leads_to_its_own_address(client: Client, ann: User) -> None:
    connect("caibo")
    ann.grants.update(role=Role.ADMINISTRATOR)
    long_ago(client, ann)
    answer = prove(client, client.post("/policies/new/", {"name": "", "why": "They asked."}))
    assert answer.status_code == 422
    assert 'method="post" action="/policies/new/"' in answer.text
    assert "They asked." in text_of(answer)
