"""The pages of policies: what asks for approvals, in plain words, and how an administrator changes it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from console.flows.policies import Draft, approve_policy, propose_policy
from console.models import Grant, Origin, PolicyVersion, Status, User
from console.models.judging import Scope
from tests.cast import connect, person, sample
from tests.deciding import no_policies, policy, reword
from tests.flows.helpers import wish
from tests.views.pages import text_of
from tests.views.test_markup import MARKUP, TURNED, Page
from tests.views.test_why_not import reasons_on

pytestmark = pytest.mark.django_db

NUMBERS = {"approvals": "1", "from_size": "1", "hours": "72"}
KYC = {**NUMBERS, "name": "KYC fields", "where": "all", "scope": "named", "field": ["occupation", "address"]}


def of(client: Client, username: str) -> Client:
    client.force_login(person(username))
    return client


def proposal(**more: Any) -> PolicyVersion:
    """The next version of a policy in force, by Max; Ida may approve it."""
    max_, ida = person("max"), person("ida")
    draft = Draft("KYC fields", scope=Scope.NAMED, fields=["occupation", "address"], asks_reason=True)
    first = approve_policy(propose_policy(draft, by=max_).pk, by=ida)
    about: dict[str, Any] = {"approvals": 2, "hours": 36, "why": "The audit asks for it.", **more}
    return propose_policy(Draft.of(first, **about), by=max_, policy=first.policy)


class TestTheWork:
    def test_who_can_decide_on_a_proposal_finds_it_there_and_nobody_else_does(self, client: Client) -> None:
        connect("sqril")
        made = proposal()
        page = of(client, "ida").get("/")
        assert "The policy “ KYC fields ” waits for you. Max Brandt proposed version 2 of it" in text_of(page)
        assert f'href="/policies/{made.policy_id}/">Decide' in page.text
        for username in ("max", "ann"):
            assert "waits for you." not in text_of(of(client, username).get("/"))

    def test_an_administrator_of_some_places_is_not_asked_about_all(self, client: Client) -> None:
        Grant.objects.create(user=person("vic"), connection=connect("sqril"), role="administrator")
        proposal()
        client.force_login(person("vic"))
        assert "waits for you." not in text_of(client.get("/"))


class TestTheList:
    def test_it_says_in_plain_words_what_each_asks_for(self, client: Client) -> None:
        sqril = connect("sqril")
        policy("KYC fields", "occupation", "address", at=[sqril], asks_reason=True)
        policy("Large batches", from_size=50, approvals=2, asks_ticket=True, hours=36)
        policy("Secrets", scope="sensitive")
        page = text_of(of(client, "ed").get("/policies/"))
        assert "Sqril: Occupation and Address need 1 approval reason required · requests live 3 days" in page
        assert "All connections: every field needs 2 approvals from 50 changes proposed together" in page
        assert "ticket required · requests live 36 hours" in page
        assert "All connections: sensitive fields need 1 approval" in page
        assert "All connections: no field needs an approval" in page

    def test_it_counts_the_open_requests_that_each_is_about(self, client: Client) -> None:
        sqril, ed = connect("sqril"), person("ed")
        policy("KYC fields", "occupation", "address", at=[sqril])
        policy("Phones", "phone")
        for number, wishes in enumerate(({"occupation": "OCC10"}, {"occupation": "OCC7", "phone": "+6281299887766"})):
            wish(sample(sqril, customer_id=f"cus_{number}"), ed, wishes)
        page = of(client, "max").get("/policies/").text
        assert re.findall(r'data-label="Open requests">(\d+)', page) == ["2", "2", "1"]  # KYC, No approval, Phones

    def test_it_warns_where_nothing_needs_approval(self, client: Client) -> None:
        connect("sqril")
        assert "Nothing needs approval." in text_of(of(client, "ed").get("/policies/"))
        policy("KYC fields", "occupation")
        assert "Nothing needs approval." not in text_of(client.get("/policies/"))

    def test_it_warns_where_everything_does(self, client: Client) -> None:
        connect("sqril")
        no_policies()
        page = text_of(of(client, "ed").get("/policies/"))
        assert "Everything needs one approval: no policy says otherwise." in page
        assert "No policy is in force" in page

    def test_what_took_effect_without_a_second_administrator_stands_out(self, client: Client) -> None:
        connect("sqril")
        made = propose_policy(Draft("Mine alone"), by=person("max"))
        for page in ("/policies/", f"/policies/{made.policy_id}/"):
            assert re.search("without a second administrator", text_of(of(client, "ed").get(page)), re.IGNORECASE)
        assert "the only administrator there at that time" in text_of(client.get(f"/policies/{made.policy_id}/"))

    def test_what_is_proposed_says_what_differs_and_who_can_approve_it(self, client: Client) -> None:
        connect("sqril")
        proposal()
        page = text_of(of(client, "ed").get("/policies/"))
        assert "Approvals: 1 becomes 2, by different people" in page
        assert "“ The audit asks for it. ” · Ida Novak can approve it" in page
        assert "you can approve it" in text_of(of(client, "ida").get("/policies/"))

    def test_only_administrators_may_press_and_the_others_are_told_who(self, client: Client) -> None:
        connect("sqril")
        person("max"), person("ida")
        [reason] = reasons_on(of(client, "ed").get("/policies/").text)
        assert reason == (
            "You may not change policies: it takes the role Administrator at a connection. Ask Ida Novak or Max Brandt."
        )
        assert not reasons_on(of(client, "max").get("/policies/").text)

    def test_a_policy_about_connections_of_others_is_not_shown_nor_are_their_names(self, client: Client) -> None:
        sqril, caibo = connect("sqril"), connect("caibo")
        person("jo", sqril)
        hidden = policy("Theirs", at=[caibo])
        both = policy("Both", at=[caibo, sqril])
        client.force_login(User.objects.get(username="jo"))
        page = text_of(client.get("/policies/"))
        assert "Theirs" not in page
        assert "Sqril and 1 other: every field needs 1 approval" in page
        assert client.get(f"/policies/{hidden.policy_id}/").status_code == 404
        assert "Caibo" not in text_of(client.get(f"/policies/{both.policy_id}/"))

    def test_somebody_without_a_role_reads_none_and_is_told_whom_to_ask(self, client: Client) -> None:
        connect("sqril")
        person("max")
        page = text_of(of(client, "vic").get("/policies/"))
        assert "Ask Max Brandt, who can give you one." in page
        assert "No approval needed" not in page

    def test_it_asks_the_database_as_often_for_many_as_for_few(
        self, client: Client, django_assert_max_num_queries: Any
    ) -> None:
        sqril = connect("sqril")
        for number in range(20):
            policy(f"Number {number}", "occupation", at=[sqril])
        of(client, "ed").get("/policies/")
        with django_assert_max_num_queries(12):
            client.get("/policies/")


class TestOne:
    def test_it_compares_what_is_proposed_with_what_holds(self, client: Client) -> None:
        connect("sqril")
        version = proposal()
        page = of(client, "ida").get(f"/policies/{version.policy_id}/").text
        assert re.findall(r"<del><bdi>([^<]*)</bdi></del>", page) == ["1", "3 days"]
        assert re.findall(r"<ins><bdi>([^<]*)</bdi></ins>", page) == ["2, by different people", "36 hours"]

    def test_it_says_what_would_become_of_what_is_open(self, client: Client) -> None:
        sqril, ed = connect("sqril"), person("ed")
        version = proposal()
        wish(sample(sqril), ed, {"occupation": "OCC10"}, why="New job.")
        page = text_of(of(client, "ida").get(f"/policies/{version.policy_id}/"))
        assert "1 open request would need more than now." in page
        reword(version, approvals=0)
        page = text_of(client.get(f"/policies/{version.policy_id}/"))
        assert "1 open request would need less than now; what then needs nobody leaves by itself." in page

    def test_the_second_administrator_approves_and_its_history_tells(self, client: Client) -> None:
        connect("sqril")
        version = proposal()
        url = f"/policies/{version.policy_id}/"
        answer = of(client, "ida").post(f"{url}decide/", {"version": version.pk, "do": "approve"}, follow=True)
        page = text_of(answer)
        assert "Approved: it is in force from now on." in page
        assert "Ida Novak approved version 2" in page
        assert "Approvals: 2, by different people instead of 1" in page

    def test_who_proposed_it_can_only_withdraw_it(self, client: Client) -> None:
        connect("sqril")
        version = proposal()
        url = f"/policies/{version.policy_id}/"
        page = of(client, "max").get(url)
        own = "You proposed this, so a second administrator decides. Ask Ida Novak."
        assert reasons_on(page.text).count(own) == 2
        refused = client.post(f"{url}decide/", {"version": version.pk, "do": "approve"})
        assert refused.status_code == 403
        assert own in text_of(refused)
        client.post(f"{url}withdraw/", {"version": version.pk})
        assert PolicyVersion.objects.get(pk=version.pk).status == "withdrawn"

    def test_a_rejection_asks_for_its_reason_and_keeps_what_was_typed(self, client: Client) -> None:
        connect("sqril")
        version = proposal()
        url = f"/policies/{version.policy_id}/"
        answer = of(client, "ida").post(f"{url}decide/", {"version": version.pk, "do": "reject", "reason": " "})
        assert answer.status_code == 422
        assert "Say why it should not take effect" in text_of(answer)
        too_long = client.post(f"{url}decide/", {"version": version.pk, "do": "reject", "reason": "x" * 501})
        assert "x" * 501 in too_long.text
        client.post(f"{url}decide/", {"version": version.pk, "do": "reject", "reason": "Not now."})
        assert "“Not now.”" in text_of(client.get(url))

    @pytest.mark.parametrize("step", ["decide", "withdraw"])
    def test_a_page_that_is_too_old_is_told_so(self, client: Client, step: str) -> None:
        connect("sqril")
        version = proposal()
        url = f"/policies/{version.policy_id}/"
        approve_policy(version.pk, by=person("ida"))
        answer = of(client, "ida" if step == "decide" else "max").post(f"{url}{step}/", {"version": version.pk})
        assert answer.status_code == 422
        assert "Ida Novak approved version 2 already. Nothing was changed by this." in text_of(answer)

    @pytest.mark.parametrize("number", ["", "x", "987654321987654321987654321"])
    def test_a_version_that_is_not_here_is_not_decided_on(self, client: Client, number: str) -> None:
        connect("sqril")
        version = proposal()
        answer = of(client, "ida").post(f"/policies/{version.policy_id}/decide/", {"version": number, "do": "approve"})
        assert answer.status_code == 422
        assert PolicyVersion.objects.get(pk=version.pk).status == "proposed"

    def test_it_ends_once_a_second_administrator_approves_that(self, client: Client) -> None:
        connect("sqril")
        version = proposal()
        approve_policy(version.pk, by=person("ida"))
        url = f"/policies/{version.policy_id}/"
        of(client, "max").post(f"{url}edit/", {"retire": "1", "why": "The pilot is over."})
        page = text_of(of(client, "ida").get(url))
        assert "Proposed: it ends" in page
        ending = PolicyVersion.objects.get(policy=version.policy_id, retires=True)
        client.post(f"{url}decide/", {"version": ending.pk, "do": "approve"})
        assert "Ida Novak approved version 3: the policy ended" in text_of(client.get(url))

    def test_what_came_from_the_command_line_says_so(self, client: Client) -> None:
        connect("sqril")
        made = propose_policy(Draft("By command"), by=None, origin=Origin.COMMAND)
        page = text_of(of(client, "ed").get(f"/policies/{made.policy_id}/"))
        assert "The command line put version 1 in force, without a second administrator" in page

    def test_the_one_of_the_installation_says_that_it_began_with_it(self, client: Client) -> None:
        connect("sqril")
        first = PolicyVersion.objects.get(name="No approval needed")
        assert "The installation began with it" in text_of(of(client, "ed").get(f"/policies/{first.policy_id}/"))


class TestTheForm:
    def test_a_policy_is_proposed_with_the_fields_that_were_ticked(self, client: Client) -> None:
        sqril = connect("sqril")
        person("ida")
        about = {**KYC, "where": "these", "connections": [sqril.pk], "asks_reason": "on", "why": "The regulator."}
        answer = of(client, "max").post("/policies/new/", about, follow=True)
        assert "Proposed. It takes effect once a second administrator approves it." in text_of(answer)
        made = PolicyVersion.objects.get(name="KYC fields")
        assert (made.fields, made.connection_ids) == (["address", "occupation"], [sqril.pk])
        assert (made.asks_reason, made.asks_ticket, made.why) == (True, False, "The regulator.")

    def test_alone_it_takes_effect_at_once_and_the_form_said_so(self, client: Client) -> None:
        connect("sqril")
        form = text_of(of(client, "max").get("/policies/new/"))
        assert "Nobody else could approve it , so it takes effect at once" in form
        answer = client.post("/policies/new/", KYC, follow=True)
        assert "It took effect at once, since nobody else could approve it." in text_of(answer)

    @pytest.mark.parametrize(
        ("about", "sentences"),
        [
            ({"name": " "}, ["Give it a name by which people know why their change waits"]),
            ({"name": "No approval needed"}, ["Another policy in force is called “No approval needed” already."]),
            ({"approvals": "6"}, ["Enter a number of approvals from 0 to 5."]),
            ({"hours": "many"}, ["Enter a number of hours from 1 to 720."]),
            ({"from_size": "0"}, ["Enter a number of changes proposed together from 1 to 100,000."]),
            ({"where": "these"}, ["Tick at least one connection, or choose all of them."]),
            ({"where": "these", "connections": ["987654321"]}, ["Choose connections from the list."]),
            ({"where": ""}, ["Say where it holds."]),
            ({"scope": "none"}, ["Say which fields it is about."]),
            ({"field": []}, ["Name at least one field"]),
            ({"field": ["shoe"]}, ["There is no field “shoe” at any of the connections."]),
            ({"why": "x" * 501}, ["Shorten it to 500 characters."]),
            ({"name": "", "approvals": "", "hours": ""}, ["Give it a name", "number of approvals", "number of hours"]),
        ],
    )
    def test_what_does_not_fit_is_told_at_its_place(
        self, client: Client, about: dict[str, Any], sentences: list[str]
    ) -> None:
        connect("sqril")
        answer = of(client, "max").post("/policies/new/", {**KYC, **about})
        assert answer.status_code == 422
        errors = re.findall(r'class="error"[^>]*>(.*?)</span></span>', answer.text)
        assert len(errors) == len(sentences)
        assert all(sentence in text_of(answer) for sentence in sentences)
        assert PolicyVersion.objects.count() == 1

    def test_saying_the_same_again_is_told(self, client: Client) -> None:
        connect("sqril")
        made = propose_policy(
            Draft("KYC fields", scope=Scope.NAMED, fields=["occupation", "address"]), by=person("max")
        )
        answer = of(client, "max").post(f"/policies/{made.policy_id}/edit/", KYC)
        assert answer.status_code == 422
        assert "Nothing is different from what holds now." in text_of(answer)

    def test_while_a_version_is_proposed_no_other_is(self, client: Client) -> None:
        connect("sqril")
        version = proposal()
        answer = of(client, "ida").post(f"/policies/{version.policy_id}/edit/", KYC)
        assert answer.status_code == 422
        assert "A version is proposed: it is decided on first, or withdrawn." in text_of(answer)

    def test_it_stands_as_the_policy_does(self, client: Client) -> None:
        sqril = connect("sqril")
        made = propose_policy(
            Draft("Secrets", [sqril.pk], Scope.NAMED, ["occupation"], approvals=3, hours=5), by=person("max")
        )
        page = of(client, "max").get(f"/policies/{made.policy_id}/edit/").text
        assert 'value="Secrets"' in page
        assert set(re.findall(r'value="(\w+)" checked', page)) == {"these", str(sqril.pk), "named", "occupation"}

    def test_who_administers_one_connection_is_offered_that_one_alone(self, client: Client) -> None:
        sqril, _ = connect("sqril"), connect("caibo")
        person("max"), person("ida", sqril)
        client.force_login(User.objects.get(username="ida"))
        page = client.get("/policies/new/")
        assert "Caibo" not in page.text
        [reason] = reasons_on(page.text)
        assert reason.startswith("You may not change policies at all connections: it takes the role Administrator")
        forged = client.post("/policies/new/", KYC)
        assert forged.status_code == 422
        assert "You may not change policies at all connections" in text_of(forged)
        assert client.post("/policies/new/", {**KYC, "where": "these", "connections": [sqril.pk]}).status_code == 303

    def test_locked_fields_are_not_offered(self, client: Client) -> None:
        connect("sqril")
        page = of(client, "max").get("/policies/new/").text
        offered = re.findall(r'name="field" value="(\w+)"', page)
        assert {"occupation", "address", "phone", "email"} == set(offered)


def test_a_change_that_waits_is_not_in_the_request_of_whoever_changes_the_policy(client: Client) -> None:
    sqril = connect("sqril")
    asking = policy("KYC fields", "occupation")
    change = wish(sample(sqril), person("ed"), {"occupation": "OCC10"})
    of(client, "max").post(f"/policies/{asking.policy_id}/edit/", {"retire": "1"})
    change.refresh_from_db()
    assert change.status == Status.PROPOSED


@pytest.mark.parametrize("text", [MARKUP[:80], TURNED])
def test_whatever_a_policy_or_its_people_are_called_stays_text(client: Client, text: str) -> None:
    sqril = connect("sqril")
    sqril.name = text[:60]
    sqril.save()
    User.objects.filter(pk=person("ida").pk).update(first_name=text, last_name="")
    made = policy(text, at=[sqril], why=text)
    propose_policy(Draft.of(made, approvals=2, name=f"{text[:70]} 2", why=text), by=person("ida"), policy=made.policy)
    one = f"/policies/{made.policy_id}/"
    for who in ("ed", "max"):
        for path in ("/policies/", one, f"{one}edit/", "/policies/new/"):
            answer = of(client, who).get(path)
            page = Page(answer.text if answer.status_code == 200 else "")
            assert (page.evil, page.turned) == ([], [])
