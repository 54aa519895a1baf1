"""The push console: what moves, waits and is stuck at a connection, its limits and charts, and what people decide."""

from __future__ import annotations

import html
import re
import time
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from console.flows.pausing import pause
from console.models import Attempt, Change, Connection, Event, Minute, Outcome, Pause, Status, Wait
from console.views.charts import HEIGHT, HOUR, PERIODS, WIDTH, Step, draw, nice
from tests import cast
from tests.views.counting import queries
from tests.views.pages import words
from tests.views.standing import asked, standing

pytestmark = pytest.mark.django_db

SWAP = {"HX-Request": "true"}


def part(page: str, name: str) -> str:
    """The words of one part of the page."""
    found = re.search(rf'<section class="card" id="{name}".*?</section>', page, re.DOTALL)
    assert found, f"no part {name}"
    return words(found[0])


def ops_at(client: Client, connection: Connection, query: str = "") -> str:
    client.force_login(cast.person("ops"))
    return client.get(f"/connections/{connection.pk}/{query}").text


def interrupt(connection: Connection) -> None:
    connection.failures, connection.interrupted_at = 7, timezone.now()
    connection.probe_at = timezone.now() + timedelta(seconds=40)
    connection.save()


# What it shows.


def test_what_moves_what_waits_and_what_needs_a_person_stand_apart_each_with_why(client: Client) -> None:
    sqril, ed = cast.connect("sqril"), cast.person("ed")
    names = ("Uma", "Wim", "Rob")
    customers = [cast.sample(sqril, customer_id=f"cus_{name}", name_first=name) for name in names]
    under_way, waiting = standing(customers[0], ed, Status.SENDING), asked(customers[1], ed)
    stuck = standing(customers[2], ed, Status.REFUSED)
    page = ops_at(client, sqril)
    moving, person = part(page, "moving"), part(page, "stuck")
    assert re.search(r"Under way now .*Uma Wijaya .*Being sent to Sqril right now\..* Waiting, .*Wim Wijaya", moving)
    assert "Rob Wijaya" not in moving
    assert "Rob Wijaya" in person
    assert "Sqril refused it. Nothing was changed there." in person
    for change in (under_way, waiting, stuck):
        assert f'href="/changes/{change.pk}/"' in page


def test_a_connection_where_nothing_happened_says_so_everywhere(client: Client) -> None:
    page = words(ops_at(client, cast.connect("sqril")))
    for sentence in (
        "Nothing needs a person",
        "Nothing is on its way",
        "Nothing was tried yet",
        "Nothing was tried in the last hour.",
        "Nothing was exchanged in the last hour.",
        "Nothing was measured in the last hour.",
    ):
        assert sentence in page


def test_the_last_tries_unfold_to_what_was_sent_and_what_came_back_redacted(client: Client) -> None:
    sqril = cast.connect("sqril")
    change = standing(cast.sample(sqril), cast.person("ed"), Status.APPLIED)
    told = {"method": "PUT", "url": "https://sqril.example.com/updateCustomer", "milliseconds": 84}
    bodies = {"shown_request": '{"phone":"+62","ic_number":"••••"}', "shown_response": "x" * 5000}
    Attempt.objects.filter(change=change).update(**told, **bodies)
    tries = part(ops_at(client, sqril), "tries")
    assert f"Sent: applied, confirmed by the answer Adi Wijaya · change {change.pk} 200 · 84 ms" in tries
    assert '"ic_number": "••••"' in tries
    assert "x" * 4000 in tries
    assert "x" * 4001 not in tries
    assert "What is long is cut off here and whole on the page of the change." in tries


def test_the_limits_are_told_in_words_with_how_far_they_are_used(client: Client) -> None:
    sqril = cast.connect("sqril")
    Connection.objects.filter(pk=sqril.pk).update(rate=20, slots=2, tokens=5, tokens_at=timezone.now() + timedelta(9))
    standing(cast.sample(sqril), cast.person("ed"), Status.SENDING)
    limits = part(ops_at(client, sqril), "limits")
    assert "Rate 15 of 20 requests of this second are used" in limits
    assert "At once 1 of 2 requests under way" in limits
    assert "Circuit breaker closed: the last call got its answer" in limits
    Connection.objects.filter(pk=sqril.pk).update(failures=3)
    assert "closed, though the last 3 calls got no proper answer" in part(ops_at(client, sqril), "limits")


def test_of_a_new_connection_nothing_is_used_up(client: Client) -> None:
    sqril = cast.connect("sqril")
    Connection.objects.update(rate=20, tokens=1, tokens_at=timezone.now() + timedelta(9))
    assert "Rate 0 of 20 requests of this second are used" in part(ops_at(client, sqril), "limits")


def test_an_interruption_says_since_when_why_and_when_it_is_tried_again(client: Client) -> None:
    sqril = cast.connect("sqril")
    change = asked(cast.sample(sqril), cast.person("ed"))
    interrupt(sqril)
    page = words(ops_at(client, sqril))
    assert "Sqril Interrupted SQRIL" in page
    assert "Sqril has not answered 7 times in a row, so nothing is sent for now. One call tries again within" in page
    assert "Interrupted just now" in page
    assert "Try now…" in page
    assert "Interrupted" in words(client.get("/connections/").text)
    assert "once it is answered, this change leaves by itself" in words(client.get(f"/changes/{change.pk}/").text)


def test_somebody_who_knows_better_ends_an_interruption(client: Client) -> None:
    sqril = cast.connect("sqril")
    interrupt(sqril)
    client.force_login(cast.person("ops"))
    assert client.post(f"/connections/{sqril.pk}/resume/", {"reason": "They are back."}).status_code == 303
    sqril.refresh_from_db()
    assert not sqril.is_interrupted


def test_an_administrator_sees_limits_and_charts_but_no_change(client: Client) -> None:
    sqril = cast.connect("sqril")
    standing(cast.sample(sqril), cast.person("ed"), Status.REFUSED)
    client.force_login(cast.person("max"))
    page = client.get(f"/connections/{sqril.pk}/").text
    assert "Adi" not in page
    assert "Circuit breaker" in page
    assert 'id="stuck"' not in page


@pytest.mark.parametrize("many", [1, 20])
def test_the_page_takes_as_many_queries_for_20_of_each_as_for_1(client: Client, many: int) -> None:
    sqril, ed = cast.connect("sqril"), cast.person("ed")
    for number in range(many):
        for status in (Status.APPROVED, Status.REFUSED, Status.APPLIED):
            standing(cast.sample(sqril, customer_id=f"{status}_{number}"), ed, status)
    client.force_login(cast.person("ops"))
    assert queries(client, f"/connections/{sqril.pk}/") == 13


# Looking again.


def look(client: Client, page: str, seen: str | None = None) -> str:
    """What the page hears when it asks again as it would by itself."""
    found = re.search(r'id="asking".*?hx-get="([^"]+)"', page, re.DOTALL)
    assert found
    url = html.unescape(found[1])
    url = re.sub(r"seen=[\w-]*", f"seen={seen}", url) if seen is not None else url
    answer = client.get(url, headers=SWAP)
    assert answer.status_code in {200, 204}
    return answer.text


def test_while_nothing_moves_the_page_hears_nothing(client: Client) -> None:
    sqril = cast.connect("sqril")
    Connection.objects.update(tokens=1000)  # all of this second's requests are free
    standing(cast.sample(sqril), cast.person("ed"), Status.REFUSED)
    assert look(client, ops_at(client, sqril)) == ""


def test_what_moves_comes_alone_so_that_what_somebody_chose_or_typed_stays(client: Client) -> None:
    sqril, ed = cast.connect("sqril"), cast.person("ed")
    standing(cast.sample(sqril), ed, Status.REFUSED)
    page = ops_at(client, sqril)
    asked(cast.sample(sqril, customer_id="cus_2", name_first="Neu"), ed)
    heard = look(client, page)
    assert "Neu Wijaya" in heard
    assert 'id="moving" aria-labelledby="on-their-way" hx-swap-oob="true"' in heard
    for other in ('id="stuck"', 'id="tries"', 'id="charts"', "<dialog", "<html"):
        assert other not in heard


def test_a_pause_by_somebody_else_is_seen_without_asking(client: Client) -> None:
    sqril = cast.connect("sqril")
    page = ops_at(client, sqril)
    Connection.objects.filter(pk=sqril.pk).update(
        paused_at=timezone.now(), pause=Pause.BY_A_PERSON, pause_reason="Why."
    )
    heard = look(client, page)
    assert "Nothing is sent." in heard
    assert 'id="head" hx-swap-oob="true"' in heard


def test_a_look_from_an_unheard_of_page_gets_all_parts(client: Client) -> None:
    heard = look(client, ops_at(client, cast.connect("sqril")), seen="nonsense")
    for name in ("head", "standing", "limits", "charts", "stuck", "moving", "tries"):
        assert f'id="{name}"' in heard


# Pausing.


def test_an_operator_pauses_with_a_reason_that_everybody_who_waits_reads(client: Client) -> None:
    sqril, ed = cast.connect("sqril"), cast.person("ed")
    change = asked(cast.sample(sqril), ed)
    client.force_login(cast.person("ops"))
    assert client.post(f"/connections/{sqril.pk}/pause/", {"reason": "They move house."}).status_code == 303
    client.force_login(ed)
    page = words(client.get(f"/connections/{sqril.pk}/").text)
    assert "by Olu Peters . The reason given: “ They move house. ”" in page
    assert "The reason given: “They move house.”" in words(client.get(f"/changes/{change.pk}/").text)


@pytest.mark.parametrize("step", ["pause", "resume"])
def test_neither_is_done_without_a_reason(client: Client, step: str) -> None:
    sqril = cast.connect("sqril")
    if step == "resume":
        Connection.objects.filter(pk=sqril.pk).update(paused_at=timezone.now(), pause=Pause.NOT_ALLOWED)
    client.force_login(cast.person("ops"))
    answer = client.post(f"/connections/{sqril.pk}/{step}/", {"reason": " "})
    assert answer.status_code == 422
    assert "Say in a sentence why" in answer.text
    assert Connection.objects.get(pk=sqril.pk).is_paused == (step == "resume")


def test_what_was_typed_is_kept_when_it_is_too_long(client: Client) -> None:
    sqril = cast.connect("sqril")
    client.force_login(cast.person("ops"))
    answer = client.post(f"/connections/{sqril.pk}/pause/", {"reason": "long " * 70})
    assert answer.status_code == 422
    assert "it may have 300 characters" in answer.text
    assert "long long long" in answer.text


# Trying many again.


def again(client: Client, connection: Connection, **posted: object) -> str:
    answer = client.post(f"/connections/{connection.pk}/again/", posted)
    if answer.status_code == 303:
        answer = client.get(answer.headers["Location"])
    return words(answer.text)


def test_before_many_are_tried_again_it_says_how_many_and_why_the_others_are_not(client: Client) -> None:
    caibo, finosu, ed = cast.connect("caibo"), cast.connect("finosu"), cast.person("ed")
    able = [standing(cast.sample(caibo, id=str(number)), ed, Status.FAILED) for number in range(10, 12)]
    unknown = standing(cast.sample(caibo, id="30"), ed, Status.UNKNOWN)
    kept = standing(cast.sample(caibo, id="31"), ed, Status.CONFLICT)
    held = standing(cast.sample(caibo, id="32"), ed, Status.PROPOSED)
    client.force_login(cast.person("ops"))
    page = words(client.get(f"/connections/{caibo.pk}/again/?all=1").text)
    assert "Try 3 changes again?" in page
    assert "1 of them may have been applied already; the same values once more do no harm" in page
    assert "Caibo would keep another value again: edit it." in page
    assert "It waits for Ed Kowalski to confirm or to withdraw it." in page
    assert (
        Change.objects.filter(pk__in=[*(change.pk for change in able), unknown.pk]).filter(status="approved").count()
        == 0
    )
    alone = standing(cast.sample(finosu), ed, Status.UNKNOWN)
    page = words(client.get(f"/connections/{finosu.pk}/again/?change={alone.pk}").text)
    assert "sending it again is not harmless at Finosu: decide on its page." in page
    assert {kept.state, held.state} == {Status.CONFLICT, Status.PROPOSED}


def test_those_that_were_chosen_are_tried_again_each_with_the_reason(client: Client) -> None:
    sqril, ed = cast.connect("sqril"), cast.person("ed")
    first, second, third = (
        standing(cast.sample(sqril, customer_id=f"cus_{number}"), ed, Status.FAILED) for number in range(3)
    )
    client.force_login(cast.person("ops"))
    page = again(client, sqril, change=[first.pk, second.pk], reason="They mended it.")
    assert "2 changes are on their way again." in page
    states = [Change.objects.get(pk=change.pk).state for change in (first, second, third)]
    assert states == [Status.APPROVED, Status.APPROVED, Status.FAILED]
    reasons = [event.values["reason"] for event in Event.objects.filter(verb="change.approved", actor__username="ops")]
    assert reasons == ["They mended it."] * 2


def test_of_refused_ones_it_is_said_that_the_same_may_be_refused_again(client: Client) -> None:
    caibo = cast.connect("caibo")
    change = standing(cast.sample(caibo), cast.person("ed"), Status.REFUSED)
    client.force_login(cast.person("ops"))
    page = words(client.get(f"/connections/{caibo.pk}/again/?change={change.pk}").text)
    assert "The same values of 1 change are sent to Caibo once more. Its records are not read before" in page
    assert "1 was refused as it stands: trying again helps only if Caibo takes those values by now." in page


def test_nothing_is_tried_again_without_a_reason_or_by_a_visit(client: Client) -> None:
    sqril = cast.connect("sqril")
    change = standing(cast.sample(sqril), cast.person("ed"), Status.FAILED)
    client.force_login(cast.person("ops"))
    assert "Say in a sentence why" in again(client, sqril, change=[change.pk], reason=" ")
    client.get(f"/connections/{sqril.pk}/again/?change={change.pk}&reason=x")
    assert Change.objects.get(pk=change.pk).state is Status.FAILED


def test_an_author_tries_their_own_again_and_nobody_elses(client: Client) -> None:
    sqril, ed, jo = cast.connect("sqril"), cast.person("ed"), cast.person("jo")
    mine = standing(cast.sample(sqril), ed, Status.FAILED)
    hers = standing(cast.sample(sqril, customer_id="cus_2"), jo, Status.FAILED)
    client.force_login(ed)
    page = words(client.get(f"/connections/{sqril.pk}/again/?all=1").text)
    assert "Try 1 change again?" in page
    assert "Only its author, Jo Lindqvist, or an operator can do this." in page
    again(client, sqril, change=[mine.pk, hers.pk], reason="Because.")
    assert [Change.objects.get(pk=change.pk).state for change in (mine, hers)] == [Status.APPROVED, Status.FAILED]


def test_changes_of_another_connection_are_not_reached_by_their_number(client: Client) -> None:
    sqril, caibo = cast.connect("sqril"), cast.connect("caibo")
    change = standing(cast.sample(caibo), cast.person("ed"), Status.FAILED)
    client.force_login(cast.person("ops", sqril))
    page = again(client, sqril, change=[change.pk], reason="Because.")
    assert "There is nothing left of it to decide on." in page
    assert "Ann Whitfield" not in page
    assert Change.objects.get(pk=change.pk).state is Status.FAILED


@pytest.mark.parametrize("number", ["x", "-1", "9" * 40, "٣", ""])
def test_a_number_that_is_none_is_left_out(client: Client, number: str) -> None:
    client.force_login(cast.person("ops"))
    answer = client.get(f"/connections/{cast.connect('sqril').pk}/again/", {"change": number})
    assert answer.status_code == 200
    assert "None was chosen" in answer.text


def test_a_field_that_another_change_asks_for_is_said_before(client: Client) -> None:
    sqril, ed = cast.connect("sqril"), cast.person("ed")
    customer = cast.sample(sqril)
    failed = standing(customer, ed, Status.FAILED)
    newer = asked(customer, ed, address="Jl. Baru 1, Jakarta")
    client.force_login(cast.person("ops"))
    page = words(client.get(f"/connections/{sqril.pk}/again/?change={failed.pk}").text)
    assert f"Change {newer.pk} asks for the same field already and waits." in page


# After a restored backup.


def held_at(connection: Connection, many: int) -> list[Change]:
    ed = cast.person("ed")
    key = connection.provider.identity[0]
    customers = [cast.sample(connection, **{key: f"cus_{number}"}) for number in range(many)]  # type: ignore[arg-type]
    about = {"wait": Wait.RESTORED, "maybe_applied": True}
    return [standing(customer, ed, Status.PROPOSED, **about) for customer in customers]


def test_what_is_held_after_a_restored_backup_is_counted_and_leads_to_the_decision(client: Client) -> None:
    sqril = cast.connect("sqril")
    held_at(sqril, 3)
    page = ops_at(client, sqril)
    assert "3 changes are held: the database was restored from a backup." in words(page)
    assert f'href="/connections/{sqril.pk}/release/"' in page
    pause(sqril, by=cast.person("ops"), reason="Wait.")
    paused_page = words(client.get(f"/connections/{sqril.pk}/").text)
    assert "what is held stays held until it is released" in paused_page
    assert "Saved changes are kept and leave" not in paused_page
    asks = words(client.get(f"/connections/{sqril.pk}/release/").text)
    assert "Release 3 changes?" in asks
    assert "after the record was read and compared" in asks


@pytest.mark.parametrize(("way", "status"), [("release", Status.APPROVED), ("withdraw", Status.WITHDRAWN)])
def test_all_that_is_held_is_released_or_withdrawn_with_a_reason(client: Client, way: str, status: Status) -> None:
    sqril = cast.connect("sqril")
    changes = held_at(sqril, 3)
    client.force_login(cast.person("ops"))
    url = f"/connections/{sqril.pk}/release/"
    assert client.post(url, {"do": way}).status_code == 422
    assert client.post(url, {"do": way, "reason": "Looked at each of them."}).status_code == 303
    after = [Change.objects.get(pk=change.pk) for change in changes]
    assert {change.state for change in after} == {status}
    assert all(change.maybe_applied for change in after)
    events = Event.objects.filter(verb=f"change.{status}", actor__username="ops")
    assert [event.values["reason"] for event in events] == ["Looked at each of them."] * 3


def test_one_held_change_is_released_on_its_page(client: Client) -> None:
    [change] = held_at(cast.connect("sqril"), 1)
    client.force_login(cast.person("ops"))
    assert "Held since a backup" in client.get(f"/changes/{change.pk}/").text
    assert client.post(f"/changes/{change.pk}/release/", {"reason": " "}).status_code == 422
    assert client.post(f"/changes/{change.pk}/release/", {"reason": "Not there yet."}).status_code == 303
    page = words(client.get(f"/changes/{change.pk}/").text)
    assert "Olu Peters released it to be sent after all (“Not there yet.”)" in page


def test_its_author_alone_neither_releases_nor_withdraws_what_is_held(client: Client) -> None:
    [change] = held_at(cast.connect("sqril"), 1)
    client.force_login(cast.person("ed"))
    for step in ("release", "withdraw"):
        assert client.post(f"/changes/{change.pk}/{step}/", {"reason": "x"}).status_code == 403
    assert Change.objects.get(pk=change.pk).state is Status.PROPOSED


def test_what_its_author_holds_and_may_be_applied_an_operator_withdraws_on_its_page(client: Client) -> None:
    about = {"wait": Wait.AUTHOR, "maybe_applied": True}
    change = standing(cast.sample(cast.connect("sqril")), cast.person("ed"), Status.PROPOSED, **about)
    client.force_login(cast.person("ops"))
    page = words(client.get(f"/changes/{change.pk}/").text)
    assert "Nothing more of it is sent. Whether an earlier try was applied, nobody here knows." in page
    assert client.post(f"/changes/{change.pk}/withdraw/", {"reason": "Not wanted."}).status_code == 303
    assert Change.objects.get(pk=change.pk).state is Status.WITHDRAWN


# An unknown before a person.


def test_the_evidence_about_an_unknown_stands_in_one_place(client: Client) -> None:
    finosu, ed = cast.connect("finosu"), cast.person("ed")
    change = standing(cast.sample(finosu), ed, Status.UNKNOWN)
    push = change.attempts.get()
    Attempt.objects.filter(pk=push.pk).update(milliseconds=30000, status_code=None)
    push.pk, push.kind, push.outcome = None, "check", Outcome.STILL_OLD
    push.save()
    client.force_login(cast.person("ops"))
    page = client.get(f"/changes/{change.pk}/").text
    evidence = part(page, "evidence")
    assert re.search(r"The change was sent to Finosu try 1 No telling whether it was applied\. 30\.0 s", evidence)
    assert re.search(r"The record was read at Finosu try 2 The old values stand\.", evidence)
    for label in ("Read back now…", "Send again…", "It was applied…", "It was not applied…", "Nobody can find out…"):
        assert label in evidence
    assert page.count('name="reason" maxlength="500" rows="2" required') == 4  # all but reading back


def test_what_somebody_else_set_meanwhile_is_evidence(client: Client) -> None:
    from console.flows.refresh import take_over

    sqril, ed = cast.connect("sqril"), cast.person("ed")
    customer = cast.sample(sqril)
    change = standing(customer, ed, Status.UNKNOWN)
    customer.refresh_from_db()
    take_over(customer, {"email": "somebody.else@example.com"}, by=ed)
    client.force_login(cast.person("ops"))
    evidence = part(client.get(f"/changes/{change.pk}/").text, "evidence")
    assert "The record was seen to have changed" in evidence
    assert "somebody.else@example.com" in evidence


def test_an_operator_has_an_unknown_read_back_at_once(client: Client) -> None:
    change = standing(cast.sample(cast.connect("finosu")), cast.person("ed"), Status.UNKNOWN)
    client.force_login(cast.person("ops"))
    assert client.post(f"/changes/{change.pk}/read-back/").status_code == 303
    change.refresh_from_db()
    assert (change.state, change.wait) == (Status.UNKNOWN, Wait.READ_BACK)
    assert change.next_attempt_at is not None
    assert change.next_attempt_at <= timezone.now()
    assert "Olu Peters asked to read it back now" in client.get(f"/changes/{change.pk}/").text


def test_what_cannot_be_read_is_not_offered_to_be_read_back(client: Client) -> None:
    change = standing(cast.sample(cast.connect("timepay")), cast.person("ed"), Status.UNKNOWN)
    client.force_login(cast.person("ops"))
    assert "Read back now" not in client.get(f"/changes/{change.pk}/").text
    answer = client.post(f"/changes/{change.pk}/read-back/")
    assert answer.status_code == 422
    assert "offers no way to read a record" in answer.text


# The charts.

NOW = timezone.now().replace(second=30, microsecond=0)


def test_a_scale_ends_at_a_round_number_that_holds_all() -> None:
    assert [nice(most) for most in (0, 1, 2, 3, 5, 6, 11, 21, 99, 101, 4700)] == [
        1, 1, 2, 5, 5, 10, 20, 50, 100, 200, 5000,
    ]  # fmt: skip


@pytest.mark.parametrize("period", PERIODS, ids=lambda period: str(period.key))
def test_a_period_ends_with_the_step_that_is_now(period: object) -> None:
    assert period in PERIODS
    for each in PERIODS:
        begins = each.begins(NOW)
        assert begins + each.step * (each.steps - 1) <= NOW < begins + each.step * each.steps


def test_bars_stand_upon_each_other_and_stay_inside() -> None:
    begins = HOUR.begins(NOW)
    steps = [Step(begins, 5, 3, 1, 1), Step(begins + HOUR.step * 59, 10)]
    [tries, _, _] = draw(steps, HOUR, NOW).charts
    assert (tries.figure, tries.top) == ("75 % taken", "10 a minute")
    assert tries.sentence == (
        "Of 20 tries in the last hour: 15 taken, 3 not applied, 1 nobody knows, 1 not sent or put off."
    )
    tops = [re.match(r"M0 ([\d.]+)h7\.8v([\d.]+)", series.path) for series in tries.series]
    assert [(float(top[1]), float(top[2])) for top in tops if top] == [(60, 60), (24, 36), (12, 12), (0, 12)]
    numbers = [float(x) for series in tries.series for x in re.findall(r"M([\d.]+)", series.path)]
    assert max(numbers) < WIDTH
    assert HEIGHT == 120


def test_a_line_is_broken_where_nothing_was_measured() -> None:
    begins = HOUR.begins(NOW)
    measured = [Step(begins + HOUR.step * number, 1, half=50, most=100, waiting=1, stuck=0) for number in (0, 1, 5)]
    [_, times, depths] = draw(measured, HOUR, NOW).charts
    assert times.series[0].path == "M5 60L15 60M50 60h10"
    assert depths.series[0].path == "M0 120V0h10V0h10V120zM50 120V0h10V120z"


def test_what_the_pictures_show_stands_in_a_table_as_well(client: Client) -> None:
    sqril = cast.connect("sqril")
    at = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=5)
    about = {"answered": 41, "refused": 1, "half_milliseconds": 84, "most_milliseconds": 1200, "waiting": 3, "stuck": 2}
    Minute.objects.create(connection=sqril, at=at, **about)
    page = ops_at(client, sqril)
    charts = part(page, "charts")
    assert "97 % taken" in charts
    assert re.search(r"The same as a table .* 41 1 0 0 84 ms 1\.2 s 3 2", charts)
    assert page.count('role="img" aria-labelledby="chart-') == 3


@pytest.mark.parametrize(("query", "shown"), [("", "1 h"), ("?period=day", "24 h"), ("?period=week", "7 days")])
def test_a_period_is_a_link_and_the_shown_one_is_marked(client: Client, query: str, shown: str) -> None:
    page = ops_at(client, cast.connect("sqril"), query)
    assert re.search(rf'aria-current="true">{shown}</a>', page)


def test_a_week_of_minutes_is_drawn_quickly(client: Client) -> None:
    sqril, ed = cast.connect("sqril"), cast.person("ed")
    now = timezone.now().replace(second=0, microsecond=0)
    minutes = [Minute(connection=sqril, at=now - timedelta(minutes=back), answered=9) for back in range(1, 10080)]
    Minute.objects.bulk_create(minutes)
    for number in range(10):
        standing(cast.sample(sqril, customer_id=f"cus_{number}"), ed, Status.REFUSED)
    ops_at(client, sqril)
    took = []
    for _ in range(5):
        began = time.perf_counter()
        ops_at(client, sqril, "?period=week")
        took.append(time.perf_counter() - began)
    assert min(took) < 0.5  # on a busy machine; alone some 20 ms
