"""Mail: who wants it is told what happened, once, in plain words without anything of a customer."""

from __future__ import annotations

import smtplib
import socketserver
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.locmem import EmailBackend as InMemory
from django.db import connection as database

from console.flows import batches
from console.flows.mail import MOST_TOLD, QUEUE, TASK, mail_due
from console.flows.notify import notify_batch
from console.flows.reap import reap
from console.inbox import waiting
from console.models import About, Change, Customer, Grant, Mail, Notice, Origin, User
from console.telling import WORDS
from tests import cast
from tests.deciding import approve, policy, reject
from tests.flows.helpers import side_by_side, wish
from tests.processes import wait_for, worker

if TYPE_CHECKING:
    from pathlib import Path

    from django.core.mail import EmailMessage

    from tests.databases import Database

HERE = "tests.flows.test_mail"


class Unwilling(BaseEmailBackend):
    """A server that fails as it was told; what it takes goes to the outbox."""

    problems: ClassVar[list[Exception]] = []
    opened: ClassVar[list[bool]] = []

    def open(self) -> bool:
        self.opened.append(database.in_atomic_block)
        return True

    def send_messages(self, email_messages: Any) -> int:
        if self.problems:
            raise self.problems.pop(0)
        return InMemory(alias="default").send_messages(email_messages)


class Server(socketserver.StreamRequestHandler):
    """As much of SMTP as it takes to be sent a mail; a silent one says nothing at all."""

    arrived: ClassVar[list[str]] = []
    silent: ClassVar[bool] = False

    def handle(self) -> None:
        if self.silent:
            self.rfile.readline()
            return
        self._say("220 here")
        for line in map(bytes.decode, self.rfile):
            command = line[:4].upper().strip()
            if command == "DATA":
                self._say("354 go on")
                self.arrived.append(b"".join(iter(self.rfile.readline, b".\r\n")).decode())
            self._say("221 bye" if command == "QUIT" else "250 fine")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class Closed(BaseEmailBackend):
    """A server that nobody answers at."""

    def open(self) -> bool:
        raise ConnectionRefusedError


@pytest.fixture(autouse=True)
def sending(settings: LazySettings) -> None:
    settings.STEWARD_SENDS_MAIL = True
    settings.STEWARD_URL = "https://steward.example.com"
    Unwilling.problems.clear()
    Unwilling.opened.clear()


def wants(username: str, what: Mail = Mail.MINE) -> User:
    """Somebody of the cast who is told this by e-mail."""
    user = cast.person(username)
    User.objects.filter(pk=user.pk).update(mail=what, email=f"{username}@example.com")
    return User.objects.get(pk=user.pk)


def send() -> int:
    return mail_due(deciding=lambda user: waiting(user, 100).deciding, stopping=threading.Event())


def told(user: User, change: Change, about: About = About.COMMENTED) -> Notice:
    return Notice.objects.create(user=user, change=change, about=about, by=cast.person("ann"))


def time_passes(words: str) -> None:
    """As if whatever was mailed had been so much earlier."""
    with database.cursor() as cursor:
        for table in ("console_notice", "console_user"):
            cursor.execute(f"UPDATE {table} SET mailed_at = mailed_at - interval '{words}'")  # noqa: S608 - of our own


def to_be_mailed() -> int:
    return Notice.objects.filter(mailed_at=None).count()


def outbox() -> list[EmailMessage]:
    return list(mail.outbox)


@pytest.fixture
def adi(db: None) -> Customer:
    return cast.sample(cast.connect("sqril"))


@pytest.fixture
def ed(db: None) -> User:
    return wants("ed")


@pytest.fixture
def change(adi: Customer, ed: User) -> Change:
    return wish(adi, ed)


def test_ed_is_told_what_became_of_his_change_and_where_to_look(adi: Customer, ed: User) -> None:
    policy("All")
    asked = wish(adi, ed, {"address": "Jl. Melati 5, Bandung", "phone": "+6281299887766"}, why="She moved.")
    reject(asked, cast.person("ann"), "phone", reason="Nobody picks up.")
    approve(asked, cast.person("ann"))
    assert send() == 1
    [letter] = outbox()
    assert letter.to == ["ed@example.com"]
    assert letter.subject == f"Steward: news of change {asked.pk}"
    assert f"Change {asked.pk} (Sqril) was decided on: Phone rejected, the rest on its way." in letter.body
    assert f"https://steward.example.com/changes/{asked.pk}/" in letter.body
    assert "https://steward.example.com/you/" in letter.body
    hidden = ("Adi", "Wijaya", "Melati", "62812", "cus_", "moved", "picks up", "Ann", "Mwangi")
    assert [word for word in hidden if word in letter.message().as_string()] == []


def test_nothing_is_told_twice(ed: User, change: Change) -> None:
    told(ed, change)
    assert [send(), send()] == [1, 0]
    time_passes("1 day")
    assert send() == 0
    assert len(outbox()) == 1


def test_what_happens_within_five_minutes_comes_in_one_mail(ed: User, change: Change) -> None:
    told(ed, change)
    send()
    told(ed, change, About.RETURNED)
    told(ed, change, About.EXPIRED)
    assert send() == 0
    time_passes("4 minutes")
    assert send() == 0
    time_passes("2 minutes")
    assert send() == 1
    body = str(outbox()[-1].body)
    assert f"Change {change.pk} (Sqril) was given back to you: Address." in body
    assert f"Nobody decided in time on change {change.pk} (Sqril): Address." in body


@pytest.mark.parametrize("about", WORDS)
def test_each_kind_is_told_without_a_name(ed: User, change: Change, about: About) -> None:
    told(ed, change, about)
    send()
    [letter] = outbox()
    assert f"hange {change.pk} (Sqril)" in str(letter.body)
    assert "Ann" not in str(letter.body)


def test_a_batch_is_told_by_its_number_and_leads_to_its_page(ed: User, change: Change) -> None:
    batch = batches.begin(change.connection, by=ed, origin=Origin.PAGE, title="Set Phone of many", key="k")
    notify_batch(batch, About.ENDED, by=None)
    send()
    [letter] = outbox()
    assert letter.subject == f"Steward: news of batch {batch.pk}"
    said = f"Batch {batch.pk} (Sqril) has ended: Set Phone of many."
    assert f"{said}\nhttps://steward.example.com/batches/{batch.pk}/" in str(letter.body)


def test_of_very_many_the_mail_tells_some_and_counts_the_rest(ed: User, change: Change) -> None:
    for _ in range(MOST_TOLD + 5):
        told(ed, change)
    send()
    [letter] = outbox()
    assert str(letter.body).count("has a new comment") == MOST_TOLD
    assert "And 5 more.\nhttps://steward.example.com/notices/" in str(letter.body)
    assert to_be_mailed() == 0


def test_who_wants_none_has_no_address_or_was_switched_off_gets_none(change: Change) -> None:
    for username, differs in (("jo", {"mail": Mail.NOTHING}), ("sam", {"email": ""}), ("rae", {"is_active": False})):
        told(wants(username), change)
        User.objects.filter(username=username).update(**differs)
    assert send() == 0
    assert to_be_mailed() == 0


def test_what_was_read_on_the_page_is_not_mailed(ed: User, change: Change) -> None:
    told(ed, change)
    with database.cursor() as cursor:
        cursor.execute("UPDATE console_notice SET read_at = now()")
    assert send() == 0
    assert to_be_mailed() == 0


def test_who_may_not_see_the_change_any_more_gets_none(ed: User, change: Change) -> None:
    told(ed, change)
    Grant.objects.filter(user=ed).delete()
    assert send() == 0
    assert to_be_mailed() == 0


def test_a_console_without_mail_sends_none_and_keeps_none_for_later(
    ed: User, change: Change, settings: LazySettings
) -> None:
    settings.STEWARD_SENDS_MAIL = False
    told(ed, change)
    assert send() == 0
    settings.STEWARD_SENDS_MAIL = True
    assert send() == 0
    assert outbox() == []


def test_ann_is_told_at_most_hourly_how_many_requests_wait_for_her(adi: Customer, ed: User) -> None:
    policy("All")
    ann = wants("ann", Mail.ALL)
    wants("sam", Mail.MINE)
    wish(adi, ed)
    assert send() == 1
    [letter] = outbox()
    assert letter.to == [ann.email]
    assert letter.subject == "Steward: 1 request waits for your decision"
    assert "1 request waits for your decision.\nhttps://steward.example.com/\n" in str(letter.body)
    wish(adi, cast.person("jo"), {"phone": "+6281299887766"})
    time_passes("59 minutes")
    assert send() == 0
    time_passes("2 minutes")
    assert send() == 1
    assert outbox()[-1].subject == "Steward: 2 requests wait for your decision"


def test_the_same_requests_are_no_news_until_a_day_has_passed(adi: Customer, ed: User) -> None:
    policy("All")
    wants("ann", Mail.ALL)
    wish(adi, ed)
    send()
    Change.objects.update(created_at="2020-01-01T00:00:00Z")  # asked long before she was told
    time_passes("3 hours")
    assert send() == 0
    time_passes("22 hours")
    assert send() == 1


def test_where_nothing_waits_nobody_is_told_so(adi: Customer) -> None:
    wants("ann", Mail.ALL)
    assert send() == 0


def test_a_name_with_line_breaks_gets_into_no_header_and_an_address_with_them_is_not_used(
    ed: User, change: Change
) -> None:
    change.connection.name = "SQRIL\r\nBcc: all@example.com"
    change.connection.save()
    told(ed, change)
    assert send() == 1
    [letter] = outbox()
    assert letter.recipients() == ["ed@example.com"]
    assert "\nBcc:" not in letter.message().as_string()
    User.objects.filter(pk=ed.pk).update(email="ed@example.com\nBcc: jo@example.com")
    time_passes("1 hour")
    told(ed, change)
    assert send() == 0
    assert to_be_mailed() == 0


def test_without_an_address_of_the_console_there_are_no_links(ed: User, change: Change, settings: LazySettings) -> None:
    settings.STEWARD_URL = ""
    told(ed, change)
    send()
    assert "/changes/" not in str(outbox()[0].body)


@pytest.fixture
def server(settings: LazySettings) -> Iterator[type[Server]]:
    """A mail server on this machine, to which mails go; whoever waits for it does so for half a second."""
    Server.arrived, Server.silent = [], False
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Server) as listening:
        listening.daemon_threads = True
        options = {"host": "127.0.0.1", "port": listening.server_address[1], "timeout": 0.5}
        settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield Server
        listening.shutdown()


def test_a_mail_server_is_spoken_to(ed: User, change: Change, server: type[Server]) -> None:
    told(ed, change)
    told(wants("jo"), change)
    assert send() == 2
    assert {"To: ed@example.com", "To: jo@example.com"} <= {
        line for letter in server.arrived for line in letter.splitlines()
    }
    assert all("Auto-Submitted: auto-generated\r\n" in letter for letter in server.arrived)


def test_a_mail_server_that_says_nothing_is_waited_for_no_longer_than_set(
    ed: User, change: Change, server: type[Server]
) -> None:
    server.silent = True
    told(ed, change)
    assert send() == 0
    server.silent = False
    assert send() == 1


TRANSIENT: list[Callable[[], Exception]] = [
    lambda: smtplib.SMTPServerDisconnected("gone"),
    lambda: smtplib.SMTPDataError(451, b"try later, ed@example.com"),
    lambda: smtplib.SMTPRecipientsRefused({"ed@example.com": (450, b"greylisted")}),
    lambda: TimeoutError("timed out"),
]


@pytest.mark.parametrize("problem", TRANSIENT)
def test_what_the_server_did_not_take_is_tried_again_and_nobody_else_waits_for_it(
    change: Change, ed: User, problem: Callable[[], Exception], settings: LazySettings, capsys: Any
) -> None:
    settings.MAILERS = {"default": {"BACKEND": f"{HERE}.Unwilling"}}
    told(ed, change)
    told(wants("jo"), change)
    Unwilling.problems.append(problem())
    assert send() == 1
    assert send() == 1
    assert sorted(letter.to[0] for letter in outbox()) == ["ed@example.com", "jo@example.com"]
    assert "@example.com" not in "".join(capsys.readouterr())


def test_a_mailbox_that_is_not_there_is_not_tried_for_ever(change: Change, ed: User, settings: LazySettings) -> None:
    settings.MAILERS = {"default": {"BACKEND": f"{HERE}.Unwilling"}}
    told(ed, change)
    Unwilling.problems.append(smtplib.SMTPRecipientsRefused({"ed@example.com": (550, b"no such user")}))
    assert [send(), send()] == [0, 0]
    assert to_be_mailed() == 0


def test_a_server_that_is_away_loses_nothing(change: Change, ed: User, settings: LazySettings) -> None:
    mailers, settings.MAILERS = settings.MAILERS, {"default": {"BACKEND": f"{HERE}.Closed"}}
    told(ed, change)
    assert send() == 0
    assert to_be_mailed() == 1
    settings.MAILERS = mailers
    assert send() == 1


def test_who_is_to_stop_stops_before_the_next_mail(change: Change, ed: User) -> None:
    told(ed, change)
    stopping = threading.Event()
    stopping.set()
    assert mail_due(deciding=lambda _: 0, stopping=stopping) == 0
    assert to_be_mailed() == 1


@pytest.mark.usefixtures("live_db")
def test_no_transaction_is_open_while_a_mail_goes_out(settings: LazySettings) -> None:
    settings.MAILERS = {"default": {"BACKEND": f"{HERE}.Unwilling"}}
    ed = wants("ed")
    told(ed, wish(cast.sample(cast.connect("sqril")), ed))
    send()
    assert Unwilling.opened == [False]


@pytest.mark.usefixtures("live_db")
def test_several_workers_at_once_send_each_mail_once() -> None:
    ed = wants("ed")
    change = wish(cast.sample(cast.connect("sqril")), ed)
    people = [ed, *(User.objects.create_user(f"p{n}", email=f"p{n}@example.com", mail=Mail.MINE) for n in range(20))]
    for person in people:
        Grant.objects.get_or_create(user=person, role="viewer")
        told(person, change)
    side_by_side(*[send] * 4)
    send()
    assert sorted(letter.to[0] for letter in outbox()) == sorted(person.email for person in people)


def test_a_worker_sends_what_is_due(live_db: Database, tmp_path: Path) -> None:
    ed = wants("ed")
    told(ed, wish(cast.sample(cast.connect("sqril")), ed))
    with worker(live_db, EMAIL_URL=f"filemail:///{tmp_path}", STEWARD_URL="https://steward.example.com/"):
        [letter] = wait_for(lambda: list(tmp_path.glob("*.log")))
        wait_for(lambda: to_be_mailed() == 0)
    assert "To: ed@example.com" in letter.read_text()
    assert "https://steward.example.com/changes/" in letter.read_text()


@pytest.mark.usefixtures("live_db")
def test_a_job_that_a_dead_worker_left_keeps_no_mail_back() -> None:
    with database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES (%s, %s, 'doing')", [QUEUE, TASK]
        )
        assert reap() == 1
        cursor.execute("SELECT status::text FROM procrastinate_jobs")
        assert cursor.fetchall() == [("todo",)]
