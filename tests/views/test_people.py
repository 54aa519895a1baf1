"""The pages of people: who may do what, and how two administrators change it."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from console.flows.inviting import Newcomer
from console.flows.leave import deactivate
from console.flows.rights import Wish, ask_return, ask_roles, ask_way_back, welcome
from console.models import Event, Grant, Invitation, RightsRequest, User
from tests.cast import PASSWORD, connect, person
from tests.views.counting import queries
from tests.views.pages import text_of
from tests.views.test_markup import MARKUP, TURNED, Page
from tests.views.test_why_not import helps, reasons_on

pytestmark = pytest.mark.django_db

ANOTHER = "a pass phrase of their own"
LINK = re.compile(r"http://testserver/invitation/[\w-]+/")


def of(client: Client, username: str) -> Client:
    client.force_login(person(username))
    return client


def roles(user: User) -> set[tuple[str, int | None]]:
    return set(Grant.objects.filter(user=user).values_list("role", "connection"))


class TestTheList:
    def test_it_says_who_has_which_role_where_and_how_they_sign_in(self, client: Client) -> None:
        sqril = connect("sqril")
        ed = person("ed", sqril)
        User.objects.filter(pk=ed.pk).update(seen_at=timezone.now())
        page = text_of(of(client, "max").get("/people/"))
        assert "Ed Kowalski ed Editor Sqril Password no second factor just now" in page
        assert "Max Brandt max Administrator all connections" in page

    def test_what_waits_for_a_second_administrator_stands_first(self, client: Client) -> None:
        sqril, ed, _ = connect("sqril"), person("ed"), person("ida")
        wish = Wish(granted=[("reveal", sqril.pk)], ended=[("editor", None)], why="She calls back.")
        ask_roles(ed.pk, wish, by=person("max"))
        page = text_of(of(client, "ida").get("/people/"))
        assert "Ed Kowalski : other roles no longer Editor at all connections new: Reveal at Sqril" in page
        assert "“ She calls back. ” · you can confirm it Decide on Ed Kowalski" in page
        assert "See it on Ed Kowalski" in text_of(of(client, "max").get("/people/"))

    def test_an_editor_is_told_what_it_takes_and_whom_to_ask(self, client: Client) -> None:
        connect("sqril"), person("max")
        for path in ("/people/", "/people/new/", f"/people/{person('jo').pk}/"):
            answer = of(client, "ed").get(path)
            assert answer.status_code == 403
            assert "it takes the role Administrator at a connection. Ask Max Brandt" in text_of(answer)
        assert 'href="/people/"' not in client.get("/").text

    def test_a_reviewer_reads_it_and_is_told_who_could_change_it(self, client: Client) -> None:
        connect("sqril"), person("ed"), person("max")
        page = of(client, "rae").get("/people/")
        assert "Ed Kowalski" in text_of(page)
        assert all(helps(reason) for reason in reasons_on(page.text))

    def test_it_asks_as_often_for_twenty_as_for_one(self, client: Client) -> None:
        sqril, counts = connect("sqril"), []
        for numbers in (range(1), range(1, 20)):
            for number in numbers:
                user, _ = welcome(Newcomer(f"p{number}"), Wish(), by=None)
                Grant.objects.create(user=user, role="viewer", connection=sqril)
            counts.append(queries(of(client, "max"), "/people/"))
        assert counts[0] == counts[1]

    def test_it_goes_on_by_number_since_an_address_tells_no_name(self, client: Client) -> None:
        connect("sqril")
        User.objects.bulk_create([User(username=f"p{number:03}") for number in range(120)])
        page = of(client, "max").get("/people/")
        [onwards] = re.findall(r'href="(/people/\?after=\d+)" rel="next"', page.text)
        assert "p119" not in page.text
        assert "p119" in client.get(onwards).text
        for nonsense in ("x", "-1", "9" * 40, "٣"):
            assert client.get("/people/", {"after": nonsense}).status_code == 200


class TestOneConnectionsAdministrator:
    def test_sees_who_has_to_do_with_it_and_nobody_else(self, client: Client) -> None:
        sqril, caibo = connect("sqril"), connect("caibo")
        ed, jo = person("ed", sqril), person("jo", caibo)
        Grant.objects.create(user=ed, role="viewer", connection=caibo)
        client.force_login(person("ida", sqril))
        page = text_of(client.get("/people/"))
        assert "Ed Kowalski ed Viewer 1 other Editor Sqril" in page
        assert "Jo Lindqvist" not in page
        assert "Caibo" not in page
        theirs, nobodys = client.get(f"/people/{jo.pk}/"), client.get("/people/987654/")
        assert theirs.status_code == nobodys.status_code == 404
        for step in ("deactivate", "way-back", "invite", "roles", "decide"):
            assert client.post(f"/people/{jo.pk}/{step}/", {"why": "So."}).status_code == 404

    def test_gives_no_role_at_another_connection_whatever_is_posted(self, client: Client) -> None:
        sqril, caibo = connect("sqril"), connect("caibo")
        ed = person("ed", sqril)
        client.force_login(person("ida", sqril))
        for role in (f"viewer@{caibo.pk}", "viewer@all", "king@all", "viewer", "viewer@x", "\0"):
            answer = client.post(f"/people/{ed.pk}/roles/", {"role": role})
            assert answer.status_code == 422
        assert roles(ed) == {("editor", sqril.pk)}
        assert not RightsRequest.objects.exists()

    def test_leaves_roles_at_all_connections_as_they_are(self, client: Client) -> None:
        sqril, ed, _ = connect("sqril"), person("ed"), person("max")
        client.force_login(person("ida", sqril))
        form = client.get(f"/people/{ed.pk}/roles/")
        assert "You may not change people at all connections" in text_of(form)
        assert client.post(f"/people/{ed.pk}/roles/", {"role": f"viewer@{sqril.pk}"}).status_code == 303
        asked = RightsRequest.objects.get()
        assert (asked.granted, asked.ended) == ([["viewer", sqril.pk]], [])


class TestTwoAdministrators:
    def test_change_roles_one_by_asking_and_one_by_confirming(self, client: Client) -> None:
        sqril, ed, _ = connect("sqril"), person("ed"), person("ida")
        body = {"seen": "editor@all", "role": ["editor@all", f"reveal@{sqril.pk}"], "why": "She calls back."}
        asked = of(client, "max").post(f"/people/{ed.pk}/roles/", body)
        assert (asked.status_code, asked["Location"]) == (303, f"/people/{ed.pk}/")
        assert "Asked. It takes effect once a second administrator confirms it." in text_of(
            client.get(asked["Location"])
        )
        own = client.get(f"/people/{ed.pk}/")
        assert "You asked for this, so a second administrator decides. Ask Ida Novak." in text_of(own)
        request = {"request": RightsRequest.objects.get().pk, "do": "approve"}
        assert client.post(f"/people/{ed.pk}/decide/", request).status_code == 403
        of(client, "ida")
        assert "Ed Kowalski : other roles. Max Brandt asked for it" in text_of(client.get("/"))
        assert client.post(f"/people/{ed.pk}/decide/", request).status_code == 303
        assert roles(ed) == {("editor", None), ("reveal", sqril.pk)}
        page = text_of(client.get(f"/people/{ed.pk}/"))
        assert "Ida Novak confirmed reveal at Sqril (“She calls back.”)" in page

    def test_what_was_given_meanwhile_is_not_taken_by_a_form_that_did_not_show_it(self, client: Client) -> None:
        sqril, ed, _ = connect("sqril"), person("ed"), person("ida")
        Grant.objects.create(user=ed, role="compare", connection=sqril)
        body = {"seen": "editor@all", "role": ["editor@all", "viewer@all"]}
        of(client, "max").post(f"/people/{ed.pk}/roles/", body)
        asked = RightsRequest.objects.get()
        assert (asked.granted, asked.ended) == ([["viewer", None]], [])

    def test_reject_with_a_reason_that_is_asked_for(self, client: Client) -> None:
        ed, _ = person("ed"), person("ida")
        asked = ask_roles(ed.pk, Wish(granted=[("approver", None)]), by=person("max")).request
        of(client, "ida")
        for reason, status in (("", 422), ("x" * 501, 422), ("Not yet.", 303), ("Not yet.", 422)):
            body = {"request": asked.pk, "do": "reject", "reason": reason}
            assert client.post(f"/people/{ed.pk}/decide/", body).status_code == status
        assert roles(ed) == {("editor", None)}

    def test_alone_takes_effect_and_the_page_says_so_for_ever(self, client: Client) -> None:
        ed = person("ed")
        of(client, "max").post(f"/people/{ed.pk}/roles/", {"seen": "editor@all", "role": "viewer@all"})
        assert roles(ed) == {("viewer", None)}
        for _ in range(2):
            assert "Without a second administrator: Max Brandt alone decided on" in text_of(
                client.get(f"/people/{ed.pk}/")
            )

    def test_are_told_beforehand_that_nothing_takes_effect_once_they_got_rid_of_the_second_one(
        self, client: Client
    ) -> None:
        ed, max_, ida = person("ed"), person("max"), person("ida")
        ask_roles(ed.pk, Wish(granted=[("approver", None)]), by=max_)
        deactivate(ida.pk, by=max_, why="She left.")
        of(client, "max")
        for told in (text_of(client.get(f"/people/{ida.pk}/")), text_of(client.get(f"/people/{ed.pk}/"))):
            assert "You deactivated an administrator within 30 days" in told
            assert "takes effect at once" not in told
            assert "ask for it again" not in told
        told = text_of(client.get(f"/people/{person('jo').pk}/roles/"))
        assert "You deactivated an administrator within 30 days" in told

    def test_let_somebody_in_again(self, client: Client) -> None:
        ed, ida = person("ed"), person("ida")
        of(client, "max")
        assert client.post(f"/people/{ed.pk}/deactivate/", {"why": ""}).status_code == 422
        assert client.post(f"/people/{ed.pk}/deactivate/", {"why": "She left."}).status_code == 303
        assert not User.objects.get(pk=ed.pk).is_active
        assert client.post(f"/people/{ed.pk}/let-in/", {"why": "She is back."}).status_code == 303
        assert not User.objects.get(pk=ed.pk).is_active
        client.force_login(ida)
        client.post(f"/people/{ed.pk}/decide/", {"request": RightsRequest.objects.get().pk, "do": "approve"})
        assert User.objects.get(pk=ed.pk).is_active


class TestALink:
    def test_a_newcomer_comes_in_by_it_and_only_who_made_it_is_shown_it(self, client: Client) -> None:
        person("ida")
        made = of(client, "max").post("/people/new/", {"username": "zoe", "first_name": "Zoe"}, follow=True)
        [link] = set(LINK.findall(made.text))
        assert LINK.search(of(client, "ida").get(made.request["PATH_INFO"]).text) is None
        newcomer = Client()
        assert "Welcome, Zoe" in text_of(newcomer.get(link))
        assert newcomer.get(link).status_code == 200
        done = newcomer.post(link, {"password": ANOTHER, "again": ANOTHER}, follow=True)
        assert "Your password is set. Sign in as zoe." in text_of(done)
        assert newcomer.post("/sign-in/", {"username": "zoe", "password": ANOTHER})["Location"] == "/"
        assert newcomer.get(link).status_code == 404

    def test_a_password_that_will_not_do_is_refused_at_its_place_and_the_link_still_works(self, client: Client) -> None:
        _, secret = welcome(Newcomer("zoe"), Wish(), by=None)
        url = f"/invitation/{secret}/"
        for first, second in (("", ""), ("short", "short"), (ANOTHER, "another"), ("password1234", "password1234")):
            answer = client.post(url, {"password": first, "again": second})
            assert answer.status_code == 422
            assert 'class="error"' in answer.text
            assert ANOTHER not in answer.text
        assert client.post(url, {"password": ANOTHER, "again": ANOTHER}).status_code == 303

    def test_a_way_back_is_opened_by_two_and_shown_to_the_second(self, client: Client) -> None:
        ed, _ = person("ed"), person("ida")
        of(client, "max").post(f"/people/{ed.pk}/way-back/", {"why": "Lost the phone; I called back."})
        assert not Invitation.objects.exists()
        assert LINK.search(client.get(f"/people/{ed.pk}/").text) is None
        of(client, "ida")
        body = {"request": RightsRequest.objects.get().pk, "do": "approve"}
        page = client.post(f"/people/{ed.pk}/decide/", body, follow=True)
        [link] = set(LINK.findall(page.text))
        assert LINK.search(of(client, "max").get(f"/people/{ed.pk}/").text) is None
        caller = Client()
        assert "Come back in" in text_of(caller.get(link))
        assert Client().login(username="ed", password=PASSWORD)
        caller.post(link, {"password": ANOTHER, "again": ANOTHER})
        assert Event.objects.filter(verb="person.came_back", actor=ed).exists()

    def test_nobody_is_given_a_link_over_a_password_by_one_administrator(self, client: Client) -> None:
        ed, _ = person("ed"), person("ida")
        assert of(client, "max").post(f"/people/{ed.pk}/invite/").status_code == 422
        assert not Invitation.objects.exists()

    def test_whoever_is_signed_in_as_somebody_else_is_told_and_signed_out_by_using_it(self, client: Client) -> None:
        _, secret = welcome(Newcomer("zoe"), Wish(), by=None)
        url = f"/invitation/{secret}/"
        assert "This link is for somebody else." in text_of(of(client, "ed").get(url))
        client.post(url, {"password": ANOTHER, "again": ANOTHER})
        assert client.get("/").status_code == 302


def test_names_and_reasons_stay_text_on_every_page(client: Client) -> None:
    ed, ida, max_ = person("ed"), person("ida"), person("max")
    sqril = connect("sqril")
    for name in (MARKUP, TURNED):
        User.objects.filter(pk=ed.pk).update(first_name=name[:150])
        sqril.name = name[:60]
        sqril.save()
        RightsRequest.objects.filter(status="asked").update(status="withdrawn")
        ask_roles(ed.pk, Wish(granted=[("viewer", sqril.pk)], why=name), by=max_)
        ask_way_back(ed.pk, by=max_, why=name)
        _, secret = welcome(Newcomer(f"p{len(name)}", name[:100]), Wish(), by=None)
        client.force_login(ida)
        paths = ("/", "/people/", f"/people/{ed.pk}/", "/people/new/", f"/people/{max_.pk}/roles/")
        for path in (*paths, f"/invitation/{secret}/"):
            page = Page(client.get(path).text)
            assert (path, page.evil, page.turned) == (path, [], [])


def test_every_button_that_is_off_says_why_and_who_can_help(client: Client) -> None:
    sqril, ed, max_, ida = connect("sqril"), person("ed"), person("max"), person("ida")
    gone = person("jo")
    ask_roles(ed.pk, Wish(granted=[("viewer", sqril.pk)]), by=max_)
    deactivate(gone.pk, by=max_, why="She left.")
    ask_return(gone.pk, by=ida, why="She is back.")
    Grant.objects.create(user=person("vic"), role="administrator", connection=sqril)
    for who in ("rae", "vic"):
        client.force_login(person(who))
        for path in ("/people/", f"/people/{ed.pk}/", f"/people/{gone.pk}/", f"/people/{max_.pk}/"):
            silent = [reason for reason in reasons_on(client.get(path).text) if not helps(reason)]
            assert (who, path, silent) == (who, path, [])
    client.force_login(person("rae"))
    assert reasons_on(client.get(f"/people/{ed.pk}/").text)
