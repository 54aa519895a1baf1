"""Deciding with what no page of ours lets a browser send, and by people whom it is none of the business."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from console.flows import review
from console.models import (
    Change,
    Connection,
    Customer,
    Decision,
    Emergency,
    Event,
    Grant,
    Notice,
    PolicyStatus,
    PolicyVersion,
    Role,
    Status,
    User,
)
from console.models.rows import BIGGEST_KEY
from providers.sandbox import Sandbox
from tests import cast
from tests.deciding import policy, reword, seen
from tests.flows.helpers import fresh, wish
from tests.views.pages import form_of, text_of

pytestmark = pytest.mark.django_db

SWAP = {"HX-Request": "true"}
STEPS = ("approve", "reject", "return", "comment", "claim", "let-go", "break-glass", "looked-into", "reading")
OTHER_STEPS = ("withdraw", "confirm", "again", "close", "release", "read-back")
WISHES = {"occupation": "OCC10", "address": "Jl. Thamrin No. 88, Jakarta"}
GARBAGE = ["\0", "a\0b", "-1", "²", "9" * 30, "x" * 200_000, "<script>alert(1)</script>", "{{ 7 }}", "\u202e"]


def signed_in(username: str, *connections: Connection) -> Client:
    client = Client()
    client.force_login(cast.person(username, *connections))
    return client


@pytest.fixture
def sqril() -> Connection:
    policy("KYC fields", "occupation", "address")
    return cast.connect("sqril")


@pytest.fixture
def caibo() -> Connection:
    return cast.connect("caibo")


@pytest.fixture
def adi(sqril: Connection) -> Customer:
    return cast.sample(sqril)


@pytest.fixture
def change(adi: Customer) -> Change:
    return wish(adi, cast.person("ed"), WISHES, why="New employer", reference="SUP-48121")


def digests(change: Change, *fields: str) -> dict[str, str]:
    return {f"seen-{field}": digest for field, digest in seen(change, *fields).items()}


def state_of_all() -> list[object]:
    """Whatever a decision could move."""
    changes = Change.objects.order_by("pk").values_list("pk", "status", "wait", "claimed_by", "expires_at", "reference")
    return [
        *changes,
        Decision.objects.count(),
        Emergency.objects.count(),
        Event.objects.exclude(verb="person.refused").count(),
        Notice.objects.count(),
    ]


@pytest.fixture
def nothing_moves() -> Iterator[None]:
    """Checks, at the end of a test, that it left everything as it was when this fixture was made."""
    before = state_of_all()
    yield
    assert state_of_all() == before


class TestAnotherTeam:
    """Sees nothing, learns no name, moves nothing."""

    @pytest.mark.parametrize("step", [*STEPS, *OTHER_STEPS])
    @pytest.mark.parametrize("headers", [{}, SWAP])
    def test_every_step_on_its_change_is_not_found(
        self, change: Change, caibo: Connection, nothing_moves: None, step: str, headers: dict[str, str]
    ) -> None:
        stranger = signed_in("ann", caibo)
        for role in Role:
            Grant.objects.get_or_create(user=cast.person("ann", caibo), connection=caibo, role=role)
        data = {**digests(change), "reason": "R", "text": "T", "finding": "F", "verdict": "applied"}
        answer = stranger.post(f"/changes/{change.pk}/{step}/", data, headers=headers)
        assert answer.status_code == 404
        assert not any(name in answer.text for name in ("Adi", "Wijaya", "Sqril", "Kowalski"))

    def test_it_is_not_alike_to_anything_of_theirs(
        self, change: Change, caibo: Connection, nothing_moves: None
    ) -> None:
        stranger = signed_in("ann", caibo)
        assert stranger.get(f"/changes/{change.pk}/alike/").status_code == 404
        assert stranger.post(f"/changes/{change.pk}/alike/", {"change": ticked(change)}).status_code == 404

    def test_a_request_elsewhere_is_not_approved_among_those_that_are_alike(
        self, change: Change, caibo: Connection
    ) -> None:
        policy("All of it", at=[caibo])
        own = wish(cast.sample(caibo), cast.person("jo"), {"phone": "+441632960961"})
        Change.objects.filter(pk=change.pk).update(shape=fresh(own).shape)  # even if it asked for the same
        before = fresh(change).status
        answer = signed_in("ann", caibo).post(f"/changes/{own.pk}/alike/", {"change": [ticked(change), ticked(own)]})
        assert answer.status_code == 200
        assert (fresh(own).state, fresh(change).status) == (Status.APPROVED, before)
        assert not Decision.objects.filter(change=change).exists()
        assert not any(name in answer.text for name in ("Adi", "Wijaya", "Sqril", "Kowalski"))

    def test_who_sees_two_connections_decides_at_the_one_where_they_may(
        self, change: Change, caibo: Connection, nothing_moves: None
    ) -> None:
        sam = signed_in("sam", caibo)
        Grant.objects.create(user=cast.person("sam", caibo), connection=change.connection, role=Role.VIEWER)
        data = {**digests(change), "reason": "R"}
        for step in ("approve", "reject", "return", "claim", "let-go", "break-glass", "looked-into"):
            assert sam.post(f"/changes/{change.pk}/{step}/", data).status_code == 403, step
        assert sam.get(f"/changes/{change.pk}/alike/").status_code == 403
        assert sam.post(f"/changes/{change.pk}/alike/", {"change": ticked(change)}).status_code == 403

    @pytest.mark.parametrize("name", ["amend", "again", "of"])
    def test_a_change_of_another_customer_is_not_shown_in_the_form_of_ones_own(
        self, change: Change, caibo: Connection, name: str
    ) -> None:
        url = reverse("customer_edit", args=[cast.sample(caibo).pk])
        page = signed_in("jo", caibo).get(url, {name: str(change.pk), "draft": "1"})
        assert not any(said in page.text for said in ("Thamrin", "SUP-48121", "New employer", "Kowalski", "Sqril"))

    def test_a_change_of_another_customer_is_neither_amended_nor_replaced_nor_corrected(
        self, change: Change, caibo: Connection
    ) -> None:
        jo, own = signed_in("jo", caibo), cast.sample(caibo)
        before = Change.objects.filter(pk=change.pk).values().get()
        url = reverse("customer_edit", args=[own.pk])
        form = {**form_of(jo.get(url), "edit"), "phone": "+441632960961"}
        hidden = ("amend", "amends", "corrects", "again", "replacing", "replacing-phone", "replace-phone", "but")
        for number in (str(change.pk), "9" * 19, "-1", "\0"):
            answer = jo.post(url, {**form, **dict.fromkeys(hidden, number)})
            assert answer.status_code in {303, 422}
            assert not any(word in answer.text for word in ("Thamrin", "SUP-48121", "Kowalski", "Wijaya"))
        assert Change.objects.filter(pk=change.pk).values().get() == before

    def test_a_policy_of_elsewhere_does_not_exist(self, caibo: Connection, sqril: Connection) -> None:
        there = policy("Only there", "address", at=[sqril])
        proposed = PolicyVersion.objects.create(
            policy=there.policy, number=2, name="Only there", connection_ids=[sqril.pk], proposed_by=cast.person("ida")
        )
        stranger = signed_in("max", caibo)
        assert "Only there" not in stranger.get("/policies/").text
        for path, data in (
            ("", None),
            ("edit/", {"retire": "1"}),
            ("decide/", {"do": "approve", "version": str(proposed.pk)}),
            ("decide/", {"do": "reject", "version": str(proposed.pk), "reason": "R"}),
            ("withdraw/", {"version": str(proposed.pk)}),
        ):
            url = f"/policies/{there.policy_id}/{path}"
            answer = stranger.get(url) if data is None else stranger.post(url, data)
            assert answer.status_code == 404, url
        assert fresh(proposed).status == PolicyStatus.PROPOSED

    def test_a_version_of_another_policy_is_not_decided_on_through_ones_own(
        self, caibo: Connection, sqril: Connection
    ) -> None:
        there = policy("Only there", "address", at=[sqril])
        proposed = PolicyVersion.objects.create(
            policy=there.policy, number=2, name="Only there", connection_ids=[sqril.pk], proposed_by=cast.person("ida")
        )
        own = policy("Only here", "phone", at=[caibo])
        answer = signed_in("max", caibo).post(
            f"/policies/{own.policy_id}/decide/", {"do": "approve", "version": str(proposed.pk)}
        )
        assert answer.status_code == 422
        assert fresh(proposed).status == PolicyStatus.PROPOSED

    def test_a_policy_of_here_and_elsewhere_names_no_connection_of_elsewhere(
        self, caibo: Connection, sqril: Connection
    ) -> None:
        secret = cast.connect("flowwise")
        Connection.objects.filter(pk=secret.pk).update(name="Quiet merger")
        both = policy("Both", "phone", at=[caibo, secret])
        PolicyVersion.objects.create(
            policy=both.policy, number=2, name="Both", connection_ids=[caibo.pk, secret.pk, sqril.pk],
            proposed_by=cast.person("ida"), approvals=0,
        )  # fmt: skip
        for name in ("max", "ann"):
            stranger = signed_in(name, caibo)
            urls = ["/policies/", *(f"/policies/{both.policy_id}/{path}" for path in ("", "edit/"))]
            answers = [stranger.get(url) for url in urls]
            data = {"do": "approve", "version": str(both.policy.versions.get(number=2).pk), "reason": "R"}
            answers += [stranger.post(f"/policies/{both.policy_id}/decide/", data)]
            answers += [stranger.post(f"/policies/{both.policy_id}/edit/", {"retire": "1"})]
            for answer in answers:
                assert "Quiet merger" not in answer.text, (name, answer.request["PATH_INFO"])
        assert both.policy.versions.get(number=2).status == PolicyStatus.PROPOSED

    def test_notices_about_what_one_may_not_see_any_more_are_not_told(self, change: Change) -> None:
        sam = cast.person("sam", change.connection)
        review.comment(change.pk, by=sam, text="Did you call back?")
        ed = signed_in("ed")
        assert "commented" in ed.get("/notices/").text
        Grant.objects.filter(user=cast.person("ed")).update(connection=cast.connect("caibo"))
        ed = Client()
        ed.force_login(User.objects.get(username="ed"))
        for answer in (ed.get("/notices/"), ed.post("/notices/read/", headers=SWAP)):
            assert not any(name in answer.text for name in ("Adi", "Sqril", "Tanaka", "commented"))

    def test_nobody_reads_the_notices_of_others(self, change: Change) -> None:
        review.comment(change.pk, by=cast.person("sam"), text="Did you call back?")
        notice = Notice.objects.get(user=cast.person("ed"))
        jo = signed_in("jo")
        jo.post("/notices/read/", {"all": "1", "up_to": str(BIGGEST_KEY), "id": str(notice.pk)}, headers=SWAP)
        jo.post("/notices/read/", {"all": "1"})
        assert fresh(notice).read_at is None


def ticked(change: Change) -> str:
    """What its tick in the list of alike requests posts."""
    return " ".join([str(change.pk), *(f"{field}:{digest}" for field, digest in seen(change).items())])


class TestForged:
    """What is posted is not what the page had: a sentence, or a wrong address; nothing is moved, nothing breaks."""

    @pytest.mark.parametrize("garbage", GARBAGE)
    @pytest.mark.parametrize("headers", [{}, SWAP, {**SWAP, "HX-Target": "main", "HX-History-Restore-Request": "true"}])
    def test_garbage_in_any_place_of_any_step_is_refused(
        self, change: Change, nothing_moves: None, garbage: str, headers: dict[str, str]
    ) -> None:
        client = powerful()
        for step in ("approve", "reject", "break-glass", "looked-into"):
            for data in (
                {"seen-occupation": garbage, "reason": "R", "finding": "F"},
                {f"seen-{garbage}": "00", "reason": "R", "finding": "F"},
                {"seen-": garbage, "reason": "R"},
                {"then": garbage, "from": garbage, "back": garbage},
            ):
                answer = client.post(f"/changes/{change.pk}/{step}/", data, headers=headers)
                assert answer.status_code in {400, 403, 422}, (step, data.keys())
                assert "<script>alert" not in answer.text

    @pytest.mark.parametrize("number", ["0", "9" * 18, "9" * 19, "9" * 30, "-1", "²", "1.0", "%00"])
    def test_numbers_beyond_any_change_are_not_found(self, change: Change, nothing_moves: None, number: str) -> None:
        client = powerful()
        for step in (*STEPS, "alike"):
            assert client.post(f"/changes/{number}/{step}/").status_code == 404
        for path in ("", "edit/", "decide/", "withdraw/"):
            answer = client.post(f"/policies/{number}/{path}", {"version": number, "retire": "1"})
            assert answer.status_code in {404, 405}, path

    @pytest.mark.parametrize("step", STEPS)
    def test_visiting_the_address_of_a_step_leads_to_the_page_and_does_nothing(
        self, change: Change, nothing_moves: None, step: str
    ) -> None:
        answer = powerful().get(f"/changes/{change.pk}/{step}/", digests(change))
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/changes/{change.pk}/")

    @pytest.mark.parametrize("step", [*STEPS, "alike"])
    def test_without_the_token_of_a_page_nothing_is_done(self, change: Change, nothing_moves: None, step: str) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(User.objects.get(pk=sam_with_every_role().pk))
        data = {**digests(change), "reason": "R", "text": "T", "finding": "F", "change": ticked(change)}
        for headers in ({}, SWAP):
            assert client.post(f"/changes/{change.pk}/{step}/", data, headers=headers).status_code == 403

    @pytest.mark.parametrize("step", [*STEPS, "alike"])
    @pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
    def test_no_other_method_does_anything(self, change: Change, nothing_moves: None, step: str, method: str) -> None:
        answer = getattr(powerful(), method)(f"/changes/{change.pk}/{step}/")
        assert answer.status_code in {403, 405}

    @pytest.mark.parametrize("garbage", GARBAGE)
    def test_garbage_among_what_is_ticked_counts_as_not_ticked(
        self, change: Change, nothing_moves: None, garbage: str
    ) -> None:
        client = powerful()
        for text in (
            garbage,
            f"{change.pk} {garbage}",
            f"{change.pk} {garbage}:{garbage}",
            f"{change.pk} occupation:{garbage}",
        ):
            answer = client.post(f"/changes/{change.pk}/alike/", {"change": [text, text]})
            assert answer.status_code == 422
            assert "<script>alert" not in answer.text

    def test_ten_thousand_ticks_are_too_many(self, change: Change, nothing_moves: None) -> None:
        answer = powerful().post(f"/changes/{change.pk}/alike/", {"change": [ticked(change)] * 10_000})
        assert answer.status_code in {400, 413}

    def test_one_that_is_ticked_twice_is_approved_once(self, change: Change) -> None:
        answer = signed_in("ann").post(f"/changes/{change.pk}/alike/", {"change": [ticked(change)] * 3})
        assert answer.status_code == 200
        assert fresh(change).state is Status.APPROVED
        assert Event.objects.filter(change=change, verb="decision.approved").count() == 1

    @pytest.mark.parametrize(
        "back",
        [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "javascript:alert(1)",
            "\\\\evil",
            "///evil",
            "/\r\nX-Evil: 1",
        ],
    )
    @pytest.mark.parametrize("headers", [{}, SWAP])
    def test_no_step_leads_to_another_site(self, change: Change, back: str, headers: dict[str, str]) -> None:
        ann = signed_in("ann")
        for step in ("claim", "let-go"):
            for data in ({"back": back, "from": "work"}, {"from": back}, {"then": back}, {"next": back}):
                answer = ann.post(f"/changes/{change.pk}/{step}/", data, headers=headers)
                assert answer.status_code in {200, 303}
                where = answer.headers.get("Location", answer.headers.get("HX-Redirect", "/"))
                assert where.startswith("/")
                assert not where.startswith(("//", "/\\"))
                assert "X-Evil" not in answer.headers
                assert "\t" not in where

    @pytest.mark.parametrize("text", ["\0", "a\0b", "\u202e", "🐟" * 500])
    def test_any_text_may_be_said_as_a_reason(self, change: Change, text: str) -> None:
        answer = signed_in("ann").post(f"/changes/{change.pk}/comment/", {"text": text, "field": "address"})
        assert answer.status_code in {303, 422}
        answer = signed_in("ann").post(f"/changes/{change.pk}/reject/", {**digests(change), "reason": text})
        assert answer.status_code in {303, 422}
        assert signed_in("ed").get(f"/changes/{change.pk}/").status_code == 200

    @pytest.mark.parametrize("text", GARBAGE)
    def test_any_text_may_be_said_of_a_policy(self, sqril: Connection, text: str) -> None:
        there = policy("Every field")
        client = powerful()
        url = f"/policies/{there.policy_id}"
        form = form_of(client.get(f"{url}/edit/"), "policy")
        for data in (dict.fromkeys(form or ["name", "why"], text), {**form, "why": text, "name": text}):
            assert client.post(f"{url}/edit/", data).status_code in {200, 303, 422}
            assert client.post("/policies/new/", data).status_code in {200, 303, 422}
        assert client.post(f"{url}/edit/", {"retire": "1", "why": text}).status_code in {303, 422}
        proposed = PolicyVersion.objects.filter(status=PolicyStatus.PROPOSED).first()
        proposed = proposed or PolicyVersion.objects.create(
            policy=there.policy, number=9, name="X", proposed_by=cast.person("ida")
        )
        proposed = reword(proposed, proposed_by_id=cast.person("ida").pk)
        url = f"/policies/{proposed.policy_id}"
        for version in (text, str(proposed.pk)):
            answer = client.post(f"{url}/decide/", {"do": "reject", "version": version, "reason": text})
            assert answer.status_code in {303, 422}
        assert client.get(f"{url}/").status_code == 200

    @pytest.mark.parametrize("garbage", GARBAGE)
    def test_garbage_in_the_addresses_of_lists_is_no_more_than_a_wrong_address(
        self, change: Change, garbage: str
    ) -> None:
        client = powerful()
        names = (
            "decide",
            "whose",
            "sort",
            "at",
            "before",
            "after",
            "connection",
            "size",
            "page",
            "seen",
            "back",
            "q",
            "of",
            "field",
            "provider",
            "claimed",
        )
        for url in (
            "/",
            "/to-decide/",
            "/notices/",
            "/notices/bell/",
            "/policies/",
            "/policies/new/",
            f"/changes/{change.pk}/",
            f"/changes/{change.pk}/state/",
            f"/changes/{change.pk}/alike/",
        ):
            for headers in ({}, SWAP):
                answer = client.get(url, dict.fromkeys(names, garbage[:3000]), headers=headers)
                assert answer.status_code in {200, 204, 302, 303, 404}, url
                assert "<script>alert" not in answer.text


def test_who_rejects_the_whole_of_it_on_an_old_page_rejects_nothing_around_what_was_added(change: Change) -> None:
    ann, url = signed_in("ann"), f"/changes/{change.pk}/reject/"
    forms = re.findall(rf'<form[^>]*action="{url}".*?</form>', ann.get(f"/changes/{change.pk}/").text, re.DOTALL)
    whole = [dict(re.findall(r'name="([\w-]+)" value="(\w+)"', form)) for form in forms]
    [posted] = [form for form in whole if "whole" in form]
    wish(change.customer, change.requester, {**WISHES, "phone": "+6281299887766"}, amends=change.pk)
    answer = ann.post(url, {**posted, "reason": "Nobody picked up."})
    assert answer.status_code == 422
    assert "Phone is not what was on your page any more" in text_of(answer)
    assert fresh(change).state is Status.PROPOSED


class TestReading:
    """What the provider answers while a request is looked at."""

    MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)>"

    @pytest.fixture
    def change(self, sandbox: Sandbox) -> Change:
        policy("KYC fields", "occupation", "address")
        return wish(cast.sample(cast.connect("sqril", sandbox), sandbox), cast.person("ed"), WISHES)

    @pytest.mark.parametrize("headers", [{}, SWAP])
    def test_markup_is_text(self, change: Change, sandbox: Sandbox, headers: dict[str, str]) -> None:
        sandbox.seed("sqril", [{**change.customer.record, "address": self.MARKUP, "name_first": self.MARKUP}])
        ann = signed_in("ann")
        read = ann.post(f"/changes/{change.pk}/reading/", headers=headers, follow=True)
        pages = [read, ann.get(f"/changes/{change.pk}/"), ann.get("/"), ann.get(f"/changes/{change.pk}/alike/")]
        assert "&lt;script&gt;" in pages[1].text
        for page in pages:
            assert "<script>alert" not in page.text
            assert "<img src=x" not in page.text

    def test_a_customer_who_is_gone_keeps_nobody_from_rejecting(self, change: Change, sandbox: Sandbox) -> None:
        sandbox.reset(people=0)
        ann = signed_in("ann")
        read = ann.post(f"/changes/{change.pk}/reading/", headers=SWAP)
        assert read.status_code == 200
        assert "no longer has this customer" in text_of(read)
        answer = ann.post(f"/changes/{change.pk}/reject/", {**digests(change), "reason": "The customer is gone."})
        assert (answer.status_code, fresh(change).state) == (303, Status.REJECTED)

    def test_what_is_decided_is_not_read_again(self, change: Change, sandbox: Sandbox) -> None:
        review.return_to_author(change.pk, by=cast.person("ann"), reason="Which street?")
        before = len(sandbox.ledger("sqril"))
        for _ in range(5):
            signed_in("sam").post(f"/changes/{change.pk}/reading/", headers=SWAP)
        assert len(sandbox.ledger("sqril")) == before


def sam_with_every_role() -> User:
    """Every role there is, everywhere."""
    sam = cast.person("sam")
    for role in Role:
        Grant.objects.get_or_create(user=sam, connection=None, role=role)
    return sam


def powerful() -> Client:
    """Sam with every role there is, signed in."""
    client = Client()
    client.force_login(User.objects.get(pk=sam_with_every_role().pk))
    return client
