"""Mail: tells people by e-mail what they chose to be told so, once it happened.

A mail is sent first and marked afterwards, outside of any transaction, by one process at a time. So nobody gets the
same twice, unless a process dies, or stands still for minutes, between the two: then that one mail goes out once more.
A server that fails loses nothing: what it did not take is tried again in the next round.
"""

from __future__ import annotations

import contextlib
import smtplib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, mailers
from django.core.validators import validate_email
from django.db import connection as database
from django.db.models.functions import Now
from django.urls import reverse

from console.flows.alone import alone
from console.flows.notices import about_what_is_seen, visible
from console.flows.record import database_now
from console.models import About, BulkKind, Mail, Notice, User
from console.permissions import Right, places_where
from console.telling import told

if TYPE_CHECKING:
    from django.core.mail.backends.base import BaseEmailBackend

log = structlog.get_logger()

TASK = QUEUE = "mail"
ONE_MAILER = 7_203_115
LONGEST_STANDSTILL = "120s"  # longer than a conversation with a server of which each answer takes its whole timeout
PEOPLE_AT_ONCE = 50
NOTICES_AT_ONCE = 1000
MOST_TOLD = 30
BETWEEN_MAILS = timedelta(minutes=5)
BETWEEN_COUNTS = timedelta(hours=1)
REMINDED_AFTER = timedelta(hours=24)
NO_MAILBOX = 500  # from here on a server says that trying again does not help

_PLURALS = {"change": "changes", "batch": "batches", "records": "records", "work": "work"}

type Deciding = Callable[[User], int]


@dataclass(frozen=True, slots=True)
class Letter:
    """What one person is to be told now: what happened, and how many requests wait for them; 0: nothing of that."""

    to: User
    notices: list[Notice]
    deciding: int

    def message(self) -> EmailMessage:
        """Plain text without any customer's value or name. Nothing that anybody typed gets into a header."""
        headers = {"Auto-Submitted": "auto-generated"}
        return EmailMessage(self._subject(), self._body(), to=[self.to.email], headers=headers)

    def _subject(self) -> str:
        about = {_named(notice) for notice in self.notices}
        if not about:
            return f"Steward: {_waiting(self.deciding)}"
        return f"Steward: news of {about.pop() if len(about) == 1 else f'{len(about)} {self._kinds}'}"

    @property
    def _kinds(self) -> str:
        """What there is news of, in the plural."""
        kinds = {_named(notice).split()[0] for notice in self.notices}
        words = [word for kind, word in _PLURALS.items() if kind in kinds]
        return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)

    def _body(self) -> str:
        parts = [_paragraph(f"{told(one, naming=False)}.", _leads_to(one)) for one in self.notices[:MOST_TOLD]]
        if len(self.notices) > MOST_TOLD:
            parts.append(_paragraph(f"And {len(self.notices) - MOST_TOLD} more.", _link("notices")))
        if self.deciding:
            parts.append(_paragraph(f"{_waiting(self.deciding)}.", _link("work")))
        why = "You chose to be told this by e-mail. What is sent to you, and where, you set on your page in Steward."
        return "\n\n".join([*parts, "-- ", _paragraph(why, _link("you"))]) + "\n"


def mail_due(*, deciding: Deciding, stopping: threading.Event) -> int:
    """Sends what is due, to some people at a time; gives how many mails went out.

    `deciding` counts what waits for a person's decision, as their pages do.
    """
    with alone(ONE_MAILER, standstill=LONGEST_STANDSTILL) as is_alone:
        if not is_alone:
            return 0
        while _leave_out() == NOTICES_AT_ONCE:
            pass
        if not settings.STEWARD_SENDS_MAIL:
            return 0
        return _send_all(_due(deciding), stopping)


def _leave_out() -> int:
    """Marks what nobody wants by e-mail, or what was read meanwhile, so that it is not looked at again."""
    asked: dict[str, Any] = {"sends": settings.STEWARD_SENDS_MAIL, "nothing": Mail.NOTHING, "most": NOTICES_AT_ONCE}
    with database.cursor() as cursor:
        cursor.execute(_LEAVE_OUT, asked)
        left: int = cursor.rowcount
    return left


def _due(deciding: Deciding) -> Iterator[Letter]:
    """What is due for each, read at the moment at which it is sent."""
    asked: dict[str, Any] = {"all": Mail.ALL, "nothing": Mail.NOTHING, "most": PEOPLE_AT_ONCE}
    with database.cursor() as cursor:
        cursor.execute(_PEOPLE, asked | {"pause": BETWEEN_MAILS, "hour": BETWEEN_COUNTS})
        found = cursor.fetchall()
    for number, has_news, may_be_counted in found:
        user = User.objects.prefetch_related("grants").get(pk=number)
        notices = _news(user) if has_news else []
        letter = Letter(user, notices, _counted(user, deciding) if may_be_counted else 0)
        if letter.notices or letter.deciding:
            yield letter


def _news(user: User) -> list[Notice]:
    """What this person was not told yet; what they may not see any more they are not told by e-mail either."""
    waiting, told_of = Notice.objects.filter(user=user, mailed_at=None), about_what_is_seen(user)
    waiting.exclude(pk__in=told_of.values("pk")).update(mailed_at=Now())
    return list(visible(user).filter(mailed_at=None).order_by("pk"))


def _counted(user: User, deciding: Deciding) -> int:
    """How many requests wait for this person, if one of them is new since they were last told, or that is long ago."""
    count = deciding(user)
    return count if count and _is_news(user) else 0


def _is_news(user: User) -> bool:
    if user.mailed_at is None or database_now() - user.mailed_at >= REMINDED_AFTER:
        return True
    where = places_where(user, Right.DECIDE)
    asked: dict[str, Any] = {"person": user.pk, "everywhere": where.everywhere, "ids": where.ids}
    with database.cursor() as cursor:
        cursor.execute(_NEW, asked | {"told": user.mailed_at})
        [is_new] = cursor.fetchone()
    return bool(is_new)


def _send_all(letters: Iterator[Letter], stopping: threading.Event) -> int:
    """Until somebody stops it, or the server does not even open."""
    sent, backend = 0, mailers.default
    try:
        for letter in letters:
            if stopping.is_set() or not _is_open(backend):
                break
            sent += _send(letter, backend)
    finally:
        with contextlib.suppress(OSError):
            backend.close()
    return sent


def _is_open(backend: BaseEmailBackend) -> bool:
    try:
        backend.open()
    except OSError as problem:
        log.warning("mail.server_away", problem=type(problem).__name__)
        return False
    return True


def _send(letter: Letter, backend: BaseEmailBackend) -> bool:
    """Sends one and marks what it told. What no server will ever take is marked, too; the rest is tried again later.

    Neither addresses nor what a server says, which may repeat them, get into the log.
    """
    now = database_now()
    try:
        validate_email(letter.to.email)
        backend.send_messages([letter.message()])
    except (ValidationError, ValueError) as problem:
        log.warning("mail.no_address", person=letter.to.pk, problem=type(problem).__name__)
        _mark(letter, now)
        return False
    except OSError as problem:
        log.warning("mail.not_sent", person=letter.to.pk, problem=type(problem).__name__)
        with contextlib.suppress(OSError):
            backend.close()
        if _is_for_good(problem):
            _mark(letter, now)
        return False
    _mark(letter, now)
    return True


def _is_for_good(problem: OSError) -> bool:
    """Whether the server knows no such mailbox."""
    refused = problem.recipients.values() if isinstance(problem, smtplib.SMTPRecipientsRefused) else ()
    return bool(refused) and all(code >= NO_MAILBOX for code, _ in refused)


def _mark(letter: Letter, at: datetime) -> None:
    if letter.notices:
        Notice.objects.filter(pk__in=[notice.pk for notice in letter.notices]).update(mailed_at=at)
    if letter.deciding:
        User.objects.filter(pk=letter.to.pk).update(mailed_at=at)


def _waiting(count: int) -> str:
    counted = f"{count if count < 100 else '99+'} request{' waits' if count == 1 else 's wait'}"
    return f"{counted} for your decision"


def _paragraph(words: str, link: str) -> str:
    return f"{words}\n{link}" if link else words


def _named(notice: Notice) -> str:
    if notice.bulk_id:
        return f"work {notice.bulk_id} on many customers"
    if notice.connection_id:
        return f"records to put right at connection {notice.connection_id}"
    return f"batch {notice.batch_id}" if notice.batch_id else f"change {notice.change_id}"


def _leads_to(notice: Notice) -> str:
    """What is questioned in a review is answered there, and the page of notices leads to it."""
    if notice.batch_id:
        return _link("batch", notice.batch_id)
    if notice.bulk:
        return _link("bulk_edit" if notice.bulk.kind == BulkKind.EDIT else "import", notice.bulk.pk)
    if notice.connection_id:
        return _link("quality_rule", notice.connection_id, notice.field, notice.code)
    return _link("notices") if notice.about == About.QUESTIONED else _link("change", notice.change_id)


def _link(view: str, *arguments: object) -> str:
    """The address of a page; empty where nobody said at which address people reach this console."""
    return f"{settings.STEWARD_URL}{reverse(view, args=arguments)}" if settings.STEWARD_URL else ""


# What somebody else is just writing is left to the next round.
_LEAVE_OUT = """
    UPDATE console_notice SET mailed_at = statement_timestamp()
    WHERE id IN (
        SELECT notice.id FROM console_notice notice JOIN console_user person ON person.id = notice.user_id
        WHERE notice.mailed_at IS NULL AND (
            NOT %(sends)s OR notice.read_at IS NOT NULL
            OR person.mail = %(nothing)s OR person.email = '' OR NOT person.is_active
        )
        LIMIT %(most)s FOR UPDATE OF notice SKIP LOCKED
    )
"""
# Who has news, and whom a count may be told again; nobody who got a mail, or read a notice on a page, just now. In no
# order, so that those whose mail fails keep nobody else from theirs.
_PEOPLE = """
    SELECT id, has_news, may_be_counted FROM (
        SELECT person.id,
            EXISTS (
                SELECT FROM console_notice fresh WHERE fresh.user_id = person.id AND fresh.mailed_at IS NULL
            ) AS has_news,
            person.mail = %(all)s
                AND (person.mailed_at IS NULL OR person.mailed_at <= now() - %(hour)s) AS may_be_counted
        FROM console_user person
        WHERE person.is_active AND person.email <> '' AND person.mail <> %(nothing)s
            AND (person.mailed_at IS NULL OR person.mailed_at <= now() - %(pause)s)
            AND NOT EXISTS (
                SELECT FROM console_notice told
                WHERE told.user_id = person.id AND told.mailed_at > now() - %(pause)s
            )
    ) AS people
    WHERE has_news OR may_be_counted ORDER BY has_news DESC, random() LIMIT %(most)s
"""
_NEW = """
    SELECT EXISTS (
        SELECT FROM console_change
        WHERE status = 'proposed' AND wait = 'decision' AND requester_id <> %(person)s AND created_at > %(told)s
            AND (%(everywhere)s OR connection_id = ANY(%(ids)s))
    )
"""
