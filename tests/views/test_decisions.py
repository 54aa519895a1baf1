"""Deciding at the page of a change: what it shows to whom, what each post does, and what a wrong one is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from console.flows import expire, glass, propose, review
from console.models import (
    Change,
    Connection,
    Customer,
    Decision,
    Emergency,
    Event,
    Grant,
    LineState,
    Role,
    Status,
    Wait,
)
from console.templatetags.steward import differing
from providers.sandbox import Sandbox
from tests import cast
from tests.deciding import approve, policy, reject, seen
from tests.flows.helpers import fresh, push, pushes, wish
from tests.forcing import force
from tests.views.counting import queries
from tests.views.pages import text_of

pytestmark = pytest.mark.django_db

SWAP = {"HX-Request": "true"}
WISHES = {"occupation": "OCC10", "address": "Jl. Thamrin No. 88, Jakarta", "phone": "+6281299887766"}
REASON = "The call-back did not confirm it."


def signed_in(username: str, *connections: Connection) -> Client:
    client = Client()
    client.force_login(cast.person(username, *connections))
    return client


@pytest.fixture
def adi() -> Customer:
    """At a connection where occupation and address need one approval, and nothing is read."""
    for username in ("ann", "sam", "max"):
        cast.person(username)
    policy("KYC fields", "occupation", "address")
    return cast.sample(cast.connect("sqril"))


@pytest.fixture
def request_of_eds(adi: Customer) -> Change:
    return wish(adi, cast.person("ed"), WISHES, why="New employer; verified by call-back", reference="SUP-48121")


@pytest.fixture
def ann(adi: Customer) -> Client:
    return signed_in("ann")


def on_page(page: str, action: str) -> dict[str, str]:
    """The digests in the first form of the page that posts there."""
    form = re.search(rf'<form[^>]*action="[^"]*/{action}/".*?</form>', page, re.DOTALL)
    assert form, action
    return dict(re.findall(r'name="(seen-\w+)" value="(\w+)"', form[0]))


def post(client: Client, change: Change, step: str, data: Mapping[str, str] | None = None, **how: Any) -> Any:
    return client.post(f"/changes/{change.pk}/{step}/", data or {}, **how)


def digests(change: Change, *fields: str) -> dict[str, str]:
    return {f"seen-{field}": digest for field, digest in seen(change, *fields).items()}


# What the page shows.


def test_who_can_decide_sees_what_it_was_what_is_asked_and_why_it_needs_them(
    ann: Client, request_of_eds: Change
) -> None:
    page = ann.get(f"/changes/{request_of_eds.pk}/")
    said = text_of(page)
    assert "Changes / To decide (1) /" in said
    assert "Ed Kowalski asks to change 3 fields of Adi Wijaya Waiting for you" in said
    assert "“ New employer; verified by call-back ” · SUP-48121" in said
    assert "Policy “KYC fields”, version 1 one approver; not Ed Kowalski" in said
    assert "no approval needed leaves with the others" in said
    assert "Jl. <del>Kebon Sirih 12</del>, Jakarta" in page.text
    assert "Jl. <ins>Thamrin No. 88</ins>, Jakarta" in page.text
    assert "marked : what you approve · unmarked: required by Sqril, as known then" in said
    assert "Approve both" in said
    assert re.search(r"ends <time[^>]*>\w{3} \d+ \w{3}, \d\d:\d\d</time>", page.text)


def test_its_author_sees_who_can_decide_and_can_edit_or_withdraw_it(request_of_eds: Change) -> None:
    page = signed_in("ed").get(f"/changes/{request_of_eds.pk}/")
    assert "You asked for this yourself; Ann Mwangi or Sam Tanaka can decide." in text_of(page)
    assert page.text.count('disabled aria-describedby="why-not-decide"') == 3
    assert f"/edit/?amend={request_of_eds.pk}" in page.text
    assert 'id="ask-withdraw"' in page.text
    assert "do-approve" not in page.text


def test_where_nobody_else_may_decide_it_says_whom_to_ask(adi: Customer) -> None:
    Grant.objects.filter(role=Role.APPROVER).delete()
    change = wish(adi, cast.person("ed"), WISHES)
    said = text_of(signed_in("ed").get(f"/changes/{change.pk}/"))
    assert "You asked for this yourself; nobody else may decide at Sqril so far. Ask Max Brandt." in said


def test_an_administrator_who_may_look_is_told_which_right_it_takes(request_of_eds: Change) -> None:
    max_ = signed_in("max")
    assert max_.get(f"/changes/{request_of_eds.pk}/").status_code == 404
    Grant.objects.create(user=cast.person("max"), role=Role.VIEWER)
    said = text_of(max_.get(f"/changes/{request_of_eds.pk}/"))
    assert "You may not decide on others' changes at Sqril: it takes the role Approver there. Ask Ann Mwangi" in said
    answer = post(max_, request_of_eds, "approve", digests(request_of_eds))
    assert answer.status_code == 403
    assert "it takes the role Approver there" in text_of(answer)
    assert not Decision.objects.exists()


def test_the_review_page_takes_few_queries_however_many_lines_and_words_there_are(adi: Customer) -> None:
    ed, ann = cast.person("ed"), signed_in("ann")
    one = wish(adi, ed, {"occupation": "OCC10"})
    few = queries(ann, f"/changes/{one.pk}/")
    other = cast.sample(adi.connection, customer_id="cus_2")
    many = wish(other, ed, {**WISHES, "email": "adi@example.com"})
    approve(many, cast.person("sam"), "occupation")
    for number in range(5):
        review.comment(many.pk, by=ed, text=f"Number {number}", field="address")
    assert queries(ann, f"/changes/{many.pk}/") <= few + 3  # who approved, and may, is asked where somebody did
    assert few <= 16  # one of them keeps who looked


def test_what_differs_inside_a_long_text_is_marked_and_what_stays_is_not() -> None:
    before = "Building 7, behind the old customs house, second stair on the left, Jakarta"
    after = "Building 9, behind the old customs house, second stair on the right, Jakarta"
    assert [part for part, differs in differing(after, before) if differs] == ["9", "right"]
    assert differing("same", "same") == [("same", False)]
    assert [part for part, differs in differing("one two three", "four five six") if differs] == ["one two three"]


# What is decided.


def test_a_line_is_approved_and_another_rejected_and_the_rest_is_sent_as_previewed(sandbox: Sandbox) -> None:
    policy("KYC fields", "occupation", "address")
    adi, ann = cast.sample(cast.connect("sqril", sandbox), sandbox), signed_in("ann")
    change = wish(adi, cast.person("ed"), WISHES)
    assert post(ann, change, "approve", digests(change, "occupation")).status_code == 303
    assert post(ann, change, "reject", {**digests(change, "address"), "reason": REASON}).status_code == 303
    assert fresh(change).state is Status.APPROVED
    assert push(adi) == 1
    [sent] = pushes(sandbox, "sqril")
    assert (sent["body"]["occupation"], sent["body"]["address"]) == ("OCC10", "Jl. Kebon Sirih 12, Jakarta")
    said = text_of(signed_in("ed").get(f"/changes/{change.pk}/"))
    assert "Ed Kowalski changed 2 of 3 fields of Adi Wijaya Applied in part" in said
    assert f"Not sent: rejected by Ann Mwangi: {REASON}" in said
    assert "approved by Ann Mwangi" in said


def test_all_that_the_page_showed_is_approved_at_once(ann: Client, request_of_eds: Change) -> None:
    data = on_page(ann.get(f"/changes/{request_of_eds.pk}/").text, "approve")
    assert set(data) == {"seen-occupation", "seen-address"}
    assert post(ann, request_of_eds, "approve", data).status_code == 303
    assert fresh(request_of_eds).state is Status.APPROVED


def test_all_of_it_is_rejected_for_a_reason_that_its_author_reads(ann: Client, request_of_eds: Change) -> None:
    data = on_page(ann.get(f"/changes/{request_of_eds.pk}/").text, "reject")
    assert len(data) == 3
    answer = post(ann, request_of_eds, "reject", data)
    assert answer.status_code == 422
    assert "Say why, so that its author knows what to do." in text_of(answer)
    post(ann, request_of_eds, "reject", {**data, "reason": REASON})
    assert fresh(request_of_eds).state is Status.REJECTED
    assert REASON in text_of(signed_in("ed").get(f"/changes/{request_of_eds.pk}/"))


def test_what_was_returned_shows_the_reason_and_leads_into_the_form(ann: Client, request_of_eds: Change) -> None:
    post(ann, request_of_eds, "return", {"reason": "The house number is missing."})
    assert fresh(request_of_eds).state is Status.RETURNED
    page = signed_in("ed").get(f"/changes/{request_of_eds.pk}/")
    assert "Ann Mwangi returned it: The house number is missing." in text_of(page)
    assert f'class="button primary" href="/customers/{request_of_eds.customer_id}/edit/?amend=' in page.text
    assert "Edit and propose again" in page.text


def test_two_approvers_see_who_has_given_theirs(request_of_eds: Change, ann: Client) -> None:
    policy("Two pairs of eyes", "occupation", approvals=2)
    said = text_of(ann.get(f"/changes/{request_of_eds.pk}/"))
    assert "Nothing is sent yet: Occupation still needs the approval of somebody else." in said
    approve(request_of_eds, cast.person("sam"), "occupation")
    said = text_of(ann.get(f"/changes/{request_of_eds.pk}/"))
    assert "1 of 2 approvers; not Ed Kowalski Approved by Sam Tanaka" in said
    approve(request_of_eds, cast.person("ann"), "occupation")
    assert "Approved by Sam Tanaka and you" in text_of(ann.get(f"/changes/{request_of_eds.pk}/"))


def test_after_a_decision_the_next_request_opens_and_after_the_last_one_the_work(adi: Customer, ann: Client) -> None:
    ed = cast.person("ed")
    first = wish(adi, ed, {"occupation": "OCC10"})
    second = wish(cast.sample(adi.connection, customer_id="cus_2"), ed, {"occupation": "OCC10"})
    page = ann.get(f"/changes/{first.pk}/").text
    assert f'href="/changes/{second.pk}/" data-key="n"' in page
    assert 'name="then" value="next"' in page
    answer = post(ann, first, "approve", {**digests(first), "then": "next"})
    assert answer.headers["Location"] == f"/changes/{second.pk}/"
    assert f"Change {first.pk}: on its way." in text_of(ann.get(f"/changes/{second.pk}/"))
    answer = post(ann, second, "approve", {**digests(second), "then": "next"}, headers=SWAP)
    assert answer.headers["HX-Redirect"] == "/"
    assert "Nothing else waits for your decision." in text_of(ann.get("/"))


@pytest.mark.parametrize(
    ("back", "leads_to"),
    [("", "/"), ("/?decide=team", "/?decide=team"), ("//evil.example/", "/"), ("https://evil.example/", "/")],
)
def test_a_step_from_the_list_of_work_leads_back_to_it(
    ann: Client, request_of_eds: Change, back: str, leads_to: str
) -> None:
    answer = post(ann, request_of_eds, "claim", {"from": "work", "back": back})
    assert answer.headers["Location"] == leads_to


def test_who_has_taken_it_is_said_and_others_can_decide_all_the_same(ann: Client, request_of_eds: Change) -> None:
    post(ann, request_of_eds, "claim")
    sam = signed_in("sam")
    said = text_of(sam.get(f"/changes/{request_of_eds.pk}/"))
    assert "Ann Mwangi took it" in said
    assert "Approve both" in said
    answer = post(sam, request_of_eds, "claim", headers=SWAP)
    assert answer.status_code == 422
    assert "Ann Mwangi has taken it already." in answer.text
    post(ann, request_of_eds, "let-go")
    assert fresh(request_of_eds).claimed_by is None


def test_comments_stand_at_their_line_and_in_what_happened(ann: Client, request_of_eds: Change) -> None:
    post(ann, request_of_eds, "comment", {"text": "Is this on the new card?", "field": "address"})
    post(signed_in("ed"), request_of_eds, "comment", {"text": "He called again at noon."})
    page = ann.get(f"/changes/{request_of_eds.pk}/").text
    row = page.partition('id="line-address"')[2].partition("</tbody>")[0]
    assert "Is this on the new card?" in row
    assert "He called again" not in row
    assert page.count("Is this on the new card?") == 2
    assert "He called again at noon." in page.partition("What happens")[2]
    assert post(ann, request_of_eds, "comment", {"text": " "}).status_code == 422
    assert post(ann, request_of_eds, "comment", {"text": "x", "field": "nonsense"}).status_code == 422


def test_what_else_is_pending_for_this_customer_is_listed(ann: Client, request_of_eds: Change) -> None:
    other = wish(request_of_eds.customer, cast.person("jo"), {"email": "adi@example.com"})
    page = ann.get(f"/changes/{request_of_eds.pk}/").text
    beside = page.partition("Also pending for this customer")[2].partition("</section>")[0]
    assert f'href="/changes/{other.pk}/"' in beside
    assert "by Jo Lindqvist" in beside
    assert f'href="/changes/{request_of_eds.pk}/"' not in beside


# What moved, and how fresh that is.


@pytest.fixture
def moved(sandbox: Sandbox) -> Change:
    """Asked, and edited at the provider since."""
    policy("KYC fields", "occupation", "address")
    cast.person("ann")
    adi = cast.sample(cast.connect("sqril", sandbox), sandbox)
    change = wish(adi, cast.person("ed"), WISHES)
    sandbox.edit("sqril", "cus_8f31c2", {"address": "Jl. Sudirman 1, Jakarta", "email": "other@example.com"})
    return change


def test_a_reading_tells_what_moved_and_puts_new_lines_in_place(moved: Change) -> None:
    ann = signed_in("ann")
    before = ann.get(f"/changes/{moved.pk}/").text
    assert f'hx-post="/changes/{moved.pk}/reading/" hx-trigger="load"' in before
    answer = post(ann, moved, "reading", headers=SWAP)
    assert "Read from Sqril just now: Address has moved since Ed Kowalski asked." in answer.text
    for part in ("reading", "lines", "head", "asks", "sending"):
        assert re.search(rf'id="{part}"[^>]*hx-swap-oob="true"', answer.text), part
    assert "data-yields" in answer.text
    assert 'id="record"' not in answer.text
    assert "Jl. Kebon Sirih 12, Jakarta" in answer.text
    assert "E-mail has moved" not in answer.text
    assert "hx-trigger" not in ann.get(f"/changes/{moved.pk}/").text.partition('id="reading"')[2].partition("<form")[0]


def test_a_reading_that_finds_nothing_new_is_one_quiet_line(sandbox: Sandbox) -> None:
    policy("KYC fields", "occupation")
    change = wish(cast.sample(cast.connect("sqril", sandbox), sandbox), cast.person("ed"), {"occupation": "OCC10"})
    answer = post(signed_in("ann"), change, "reading", headers=SWAP)
    assert "nothing has moved since Ed Kowalski asked." in answer.text
    assert answer.text.count("hx-swap-oob") == 1


def test_without_a_script_one_reads_by_a_button_and_is_led_back(moved: Change) -> None:
    ann = signed_in("ann")
    assert post(ann, moved, "reading").headers["Location"] == f"/changes/{moved.pk}/"
    assert "Address has moved since Ed Kowalski asked." in text_of(ann.get(f"/changes/{moved.pk}/"))


def test_a_provider_that_cannot_be_read_says_so_and_keeps_nobody_from_deciding(request_of_eds: Change) -> None:
    ann = signed_in("ann")
    answer = post(ann, request_of_eds, "reading", headers=SWAP)
    assert answer.status_code == 200
    assert "Sqril cannot be reached right now: try again in a minute." in text_of(answer)
    assert "You can decide all the same: it is read again just before anything is sent." in text_of(answer)
    assert post(ann, request_of_eds, "approve", digests(request_of_eds)).status_code == 303


def test_where_nothing_can_be_read_it_says_what_now_means(adi: Customer) -> None:
    policy("All", at=[caibo := cast.connect("caibo")])
    change = wish(cast.sample(caibo), cast.person("ed"), {"phone": "+441632960961"})
    page = signed_in("ann").get(f"/changes/{change.pk}/").text
    assert "Caibo offers no way to read a record, so “now” is what was imported just now." in page
    assert "Read now" not in page


def test_a_moved_line_asks_for_theirs_or_ours_before_it_can_be_approved(moved: Change) -> None:
    ann = signed_in("ann")
    post(ann, moved, "reading")
    page = ann.get(f"/changes/{moved.pk}/").text
    assert "moved since: it was" in page
    assert on_page(page, "approve").keys() == {"seen-occupation"}
    assert "Approve Occupation" in page
    assert "Address moved, so say at its line what is to stay." in page
    row = page.partition('id="line-address"')[2].partition("</tr>")[0]
    for choice in ("Keep theirs", "Approve ours", "A new value…"):
        assert choice in row


def test_ours_is_approved_from_the_present_value_on_and_the_choice_is_recorded(moved: Change) -> None:
    ann = signed_in("ann")
    post(ann, moved, "reading")
    row = ann.get(f"/changes/{moved.pk}/").text.partition('id="line-address"')[2].partition("</tr>")[0]
    post(ann, moved, "approve", on_page(row, "approve"))
    line = moved.lines.get(field="address")
    line.change = Change.objects.select_related("customer__connection").get(pk=moved.pk)
    assert line.before == "Jl. Sudirman 1, Jakarta"
    assert Event.objects.get(verb="decision.approved").details["kept though moved"] == ["address"]


def test_theirs_leaves_the_line_out_with_that_as_its_reason(moved: Change) -> None:
    ann = signed_in("ann")
    post(ann, moved, "reading")
    page = ann.get(f"/changes/{moved.pk}/").text
    dialog = page.partition('id="do-theirs-address"')[2].partition("</dialog>")[0]
    hidden = dict(re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', dialog))
    post(ann, moved, "reject", hidden)
    assert moved.lines.get(field="address").state is LineState.REJECTED
    said = text_of(ann.get(f"/changes/{moved.pk}/"))
    assert "Rejected by you: What Sqril holds now is kept." in said


def test_its_author_is_led_to_the_form_where_a_value_moved(moved: Change) -> None:
    post(signed_in("ann"), moved, "reading")
    page = signed_in("ed").get(f"/changes/{moved.pk}/").text
    assert f"/edit/?amend={moved.pk}&amp;field=address" in page
    assert "A new value" in page


# Without approval.


def test_who_may_sends_without_approval_and_a_reviewer_says_what_they_found(request_of_eds: Change) -> None:
    Grant.objects.create(user=cast.person("ops"), role=Role.BREAK_GLASS)
    ops, rae = signed_in("ops"), signed_in("rae")
    page = ops.get(f"/changes/{request_of_eds.pk}/").text
    assert "a reviewer will ask you why" in page
    assert "Send without approval" not in rae.get(f"/changes/{request_of_eds.pk}/").text
    data = on_page(page, "break-glass")
    assert post(ops, request_of_eds, "break-glass", data).status_code == 422
    assert post(ops, request_of_eds, "break-glass", {**data, "reason": "The card ends at noon."}).status_code == 303
    assert fresh(request_of_eds).state is Status.APPROVED
    for client in (ops, signed_in("ed")):
        page = client.get(f"/changes/{request_of_eds.pk}/").text
        assert "Let through without its approvals" in page
        assert "do-looked-into" not in page
    assert "do-looked-into" in rae.get(f"/changes/{request_of_eds.pk}/").text
    post(rae, request_of_eds, "looked-into", {"finding": "The call was recorded."})
    assert Emergency.objects.get().closed_at
    said = text_of(rae.get(f"/changes/{request_of_eds.pk}/"))
    assert "Rae Okafor looked into it, just now : The call was recorded." in said


# What is too late, forged, or not one's own.


def withdrawn(change: Change) -> None:
    propose.withdraw(change.pk, by=cast.person("ed"))


def expired(change: Change) -> None:
    Change.objects.filter(pk=change.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    expire.expire()


def about_to_expire(change: Change) -> None:
    Change.objects.filter(pk=change.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


def without_role(change: Change) -> None:
    Grant.objects.filter(user__username="sam").update(role=Role.VIEWER)


def rejected_by_ann(change: Change) -> None:
    reject(change, cast.person("ann"), *WISHES)


def approved_by_ann(change: Change) -> None:
    approve(change, cast.person("ann"))


def sent_without_approval(change: Change) -> None:
    Grant.objects.create(user=cast.person("ops"), role=Role.BREAK_GLASS)
    glass.break_glass(change.pk, by=cast.person("ops"), reason="Now.")


@pytest.mark.parametrize(
    ("happens", "told"),
    [
        (withdrawn, "Ed Kowalski withdrew it"),
        (expired, "“Expired”"),
        (about_to_expire, "The time for deciding on this change is over"),
        (without_role, "You may not decide on others' changes at Sqril"),
        (rejected_by_ann, "Ann Mwangi rejected it"),
        (approved_by_ann, "“On its way” now: Ann Mwangi"),
        (sent_without_approval, "“On its way” now: Olu Peters"),
    ],
)
def test_whoever_comes_too_late_is_told_what_happened_and_nothing_changes(
    request_of_eds: Change, happens: Any, told: str
) -> None:
    sam = signed_in("sam")
    data = {**digests(request_of_eds), "reason": REASON}
    happens(request_of_eds)
    before = [fresh(request_of_eds).status, Decision.objects.count(), happened()]
    for step in ("approve", "reject", "return", "claim"):
        answer, swap = (post(sam, request_of_eds, step, data, headers=headers) for headers in ({}, SWAP))
        assert answer.status_code == (403 if happens is without_role else 422)
        assert swap.status_code == 422
        assert told in text_of(answer)
        assert told in text_of(swap)
    assert [fresh(request_of_eds).status, Decision.objects.count(), happened()] == before


def happened() -> int:
    """How much happened, but for somebody's being refused."""
    return Event.objects.exclude(verb="person.refused").count()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({}, "Choose at least one line to decide on."),
        ({"seen-occupation": ""}, "Occupation is not what was on your page any more."),
        ({"seen-occupation": "00" * 32}, "Occupation is not what was on your page any more."),
        ({"seen-occupation": "é" * 9000}, "Occupation is not what was on your page any more."),
        ({"seen-nonsense": "00" * 32}, "This change is not what was on your page any more."),
        ({"seen-": "x"}, "This change is not what was on your page any more."),
    ],
)
def test_a_forged_or_empty_digest_decides_nothing(
    ann: Client, request_of_eds: Change, data: dict[str, str], told: str
) -> None:
    for step in ("approve", "reject"):
        answer = post(ann, request_of_eds, step, {**data, "reason": REASON})
        assert answer.status_code == 422
        assert told in text_of(answer)
    assert not Decision.objects.exists()
    assert fresh(request_of_eds).wait == Wait.DECISION


def test_a_double_click_gets_a_sentence(ann: Client, request_of_eds: Change) -> None:
    data = digests(request_of_eds, "occupation")
    assert post(ann, request_of_eds, "approve", data, headers=SWAP).status_code == 200
    answer = post(ann, request_of_eds, "approve", data, headers=SWAP)
    assert answer.status_code == 422
    assert "Not done." in answer.text
    assert "Ann Mwangi approved Occupation already." in text_of(answer)
    assert Decision.objects.count() == 1


def test_a_page_from_before_a_move_decides_nothing(moved: Change) -> None:
    ann = signed_in("ann")
    stale = on_page(ann.get(f"/changes/{moved.pk}/").text, "approve")
    post(ann, moved, "reading")
    answer = post(ann, moved, "approve", stale, headers=SWAP)
    assert answer.status_code == 422
    assert "Address is not what was on your page any more. Nothing was decided" in answer.text
    assert not Decision.objects.exists()


def test_a_reason_that_was_refused_stays_in_its_dialog_alone(ann: Client, request_of_eds: Change) -> None:
    data = {**digests(request_of_eds, "address"), "reason": "x" * 501, "about": "reject-address"}
    page = post(ann, request_of_eds, "reject", data, headers=SWAP).text
    assert "Shorten the reason: it may have 500 characters, not 501." in page
    assert page.count("x" * 501) == 1


def test_the_author_cannot_decide_by_a_post_of_their_own(request_of_eds: Change) -> None:
    ed = signed_in("ed")
    Grant.objects.create(user=cast.person("ed"), role=Role.APPROVER)
    for step in ("approve", "reject", "return", "claim", "let-go"):
        answer = post(ed, request_of_eds, step, {**digests(request_of_eds), "reason": REASON})
        assert answer.status_code == 403
        assert "You asked for this change yourself, so somebody else decides on it." in text_of(answer)
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    "step",
    ["approve", "reject", "return", "comment", "claim", "let-go", "break-glass", "looked-into", "reading"],
)
def test_another_teams_request_does_not_exist(request_of_eds: Change, step: str) -> None:
    stranger = signed_in("ops", cast.connect("caibo"))
    Grant.objects.create(user=cast.person("ops"), role=Role.APPROVER, connection=Connection.objects.get(name="Caibo"))
    data = {**digests(request_of_eds), "reason": REASON, "text": "x", "finding": "x"}
    Grant.objects.filter(user__username="ops", connection=None).delete()
    assert post(stranger, request_of_eds, step, data).status_code == 404
    assert fresh(request_of_eds).wait == Wait.DECISION


def test_who_has_just_decided_is_led_to_the_next_request(adi: Customer, ann: Client) -> None:
    ed = cast.person("ed")
    first = wish(adi, ed, {"occupation": "OCC10"})
    second = wish(cast.sample(adi.connection, customer_id="cus_2"), ed, {"occupation": "OCC10"})
    shown = post(ann, first, "approve", digests(first), headers=SWAP).text
    assert f'class="button primary" id="next-request" href="/changes/{second.pk}/" data-key="n"' in shown
    assert "next-request" not in signed_in("sam").get(f"/changes/{first.pk}/").text


def test_others_that_ask_for_the_same_are_counted_and_led_to(adi: Customer, ann: Client) -> None:
    ed = cast.person("ed")
    first = wish(adi, ed, {"occupation": "OCC10"})
    wish(cast.sample(adi.connection, customer_id="cus_2"), ed, {"occupation": "OCC10"})
    page = ann.get(f"/changes/{first.pk}/").text
    assert f'href="/changes/{first.pk}/alike/"' in page
    assert "1 other asks for the same</a>" in page
    assert "ask for the same" not in signed_in("ed").get(f"/changes/{first.pk}/").text


def test_what_was_replaced_leads_to_what_took_its_place(request_of_eds: Change) -> None:
    later = wish(request_of_eds.customer, cast.person("jo"), {"email": "adi@example.com"})
    force(request_of_eds, Status.SUPERSEDED, wait="", superseded_by=later)
    page = signed_in("ed").get(f"/changes/{request_of_eds.pk}/").text
    assert f'<a href="/changes/{later.pk}/">See change <span' in page
