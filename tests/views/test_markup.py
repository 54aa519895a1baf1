"""Whatever stands in a value, a name, a reason or a provider's answer stays text on every page."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from console.models import Change, Connection, Customer, Pause, Status, User
from providers.fields import Kind
from tests import cast
from tests.views.pages import form_of
from tests.views.standing import asked, standing

pytestmark = pytest.mark.django_db

MARKUP = (
    "<x-evil onclick=evil() hx-get=//evil.example>\"'><x-evil></textarea></title></pre></option></script>"
    "<script>evil()</script><!-- {{ evil|safe }}{% evil %}{# evil #}"
)
TURNED = "\N{RIGHT-TO-LEFT OVERRIDE}evil"
ISOLATING = {"bdi", "textarea", "title", "pre", "option"}
EMPTY = {"input", "meta", "link", "br", "path", "use", "rect"}


class Page(HTMLParser):
    """What a browser makes of a page: its elements, and the texts that are turned round outside of an isolated one."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.evil: list[str] = []
        self.turned: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "x-evil" or (tag == "script" and "src" not in given) or any(name.startswith("on") for name in given):
            self.evil.append(f"{tag} {given}")
        if any((value or "").startswith(("//evil", "javascript:")) for value in given.values()):
            self.evil.append(f"{tag} {given}")
        if tag not in EMPTY:
            self.open.append((tag, tag in ISOLATING or "dir" in given))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Nothing is opened."""

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.text += data
        if TURNED[0] in data and not any(isolating for _, isolating in self.open):
            self.turned.append(f"{[tag for tag, _ in self.open][-3:]} {data.strip()[:120]}")


def filled(slug: str, text: str) -> Customer:
    """A customer whose every value, and every word said of it, is this text; people and the connection too."""
    connection = cast.connect(slug)
    customer = cast.sample(connection)
    ed = _named("ed", text)
    change = standing(customer, ed, Status.REFUSED, wishes={"why": text, "reference": text[:120]})
    problems = [_problem(line.field, text) for line in change.lines.all()]
    Change.objects.filter(pk=change.pk).update(note=text, problems=[*problems, _problem(None, text)])
    shown = {"shown_request": text, "shown_response": text, "url": f"https://example.com/{text}"}
    change.attempts.update(note=text, method="PUT", **shown)
    asked(cast.sample(connection, None, **{customer.provider.identity[0]: "4711"}), ed, why=text)
    _fill(customer, text)
    paused = {"paused_at": timezone.now(), "pause": Pause.BY_A_PERSON, "pause_reason": text}
    Connection.objects.filter(pk=connection.pk).update(name=text[:60], base_url=f"https://example.com/{text}", **paused)
    return Customer.objects.get(pk=customer.pk)


def _named(name: str, text: str) -> User:
    user = cast.person(name)
    User.objects.filter(pk=user.pk).update(first_name=text[:150], last_name=text[:150])
    return User.objects.get(pk=user.pk)


def _problem(field: str | None, text: str) -> dict[str, Any]:
    return {"field": field, "code": "refused_by_provider", "message": text}


def _fill(customer: Customer, text: str) -> None:
    provider = customer.provider
    plain = [field for field in provider.fields if field.name not in provider.identity and not field.sensitive]
    values = {field.name: {"key": text, text: 1} if field.kind is Kind.JSON else text for field in plain}
    said = {"name": text, "sort_name": text, "email": text, "phone": text[:40]}
    Customer.objects.filter(pk=customer.pk).update(values=values, external_id=text, **said)


def addresses(customer: Customer) -> list[str]:
    """Every page that shows something of this customer."""
    change = Change.objects.filter(customer=customer).latest("pk")
    own = [reverse(name, args=[customer.pk]) for name in ("customer", "customer_edit")]
    histories = [reverse("field_history", args=[customer.pk, field.name]) for field in customer.provider.fields]
    lists = [reverse(name) for name in ("work", "customers", "customer_add", "changes", "connections")]
    about = [reverse("change", args=[change.pk]), reverse("connection", args=[customer.connection_id])]
    return [*own, f"{own[1]}?again={change.pk}", *histories, *lists, *about]


@pytest.mark.parametrize("slug", cast.SLUGS)
def test_markup_stays_text_wherever_it_is_stored(client: Client, slug: str) -> None:
    customer = filled(slug, MARKUP)
    for who in ("ed", "ops"):
        client.force_login(_named(who, MARKUP))
        for address in addresses(customer):
            response = client.get(address)
            assert response.status_code in {200, 403}, address
            page = Page(response.content.decode())
            assert page.evil == [], address
            assert "x-evil onclick=evil()" in page.text, address


def test_markup_that_is_typed_stays_text(client: Client) -> None:
    client.force_login(cast.person("ed"))
    customer = cast.sample(cast.connect("caibo"))
    edit, preview = (reverse(name, args=[customer.pk]) for name in ("customer_edit", "customer_preview"))
    form = dict.fromkeys(form_of(client.get(edit), "edit"), MARKUP)
    answers = [client.post(url, form, headers=how) for url in (edit, preview) for how in ({}, {"HX-Request": "true"})]
    answers.append(client.post("/customers/", {"q": MARKUP}, follow=True))
    answers.append(client.post("/customers/add/", {"connection": customer.connection_id, "external_id": MARKUP}))
    answers.append(client.get("/changes/", {"state": MARKUP, MARKUP: MARKUP}))
    answers.append(Client().post("/sign-in/", {"username": MARKUP, "password": MARKUP, "next": MARKUP}))
    for answer in answers:
        assert Page(answer.content.decode()).evil == []


def test_a_value_that_turns_the_direction_of_writing_turns_itself_alone(client: Client) -> None:
    client.force_login(cast.person("ed"))
    customer = cast.sample(cast.connect("caibo"))
    change = standing(customer, cast.person("ed"), Status.APPROVED, wishes={"why": TURNED, "reference": TURNED})
    _fill(customer, TURNED)
    Customer.objects.filter(pk=customer.pk).update(external_id="12345")
    for address in addresses(customer):
        if address != reverse("change", args=[change.pk]):  # its heading ends with the name
            assert Page(client.get(address).content.decode()).turned == [], address
