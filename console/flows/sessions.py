"""Sessions: where a person is signed in, when they last did something there, and how that is ended from elsewhere."""

from __future__ import annotations

from django.db import connection as database
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from console.flows.administrators import locked, reach, require_administrator
from console.flows.record import record
from console.models import Origin, Session, User
from console.models.sessions import IDLE


def of(user: User) -> QuerySet[Session]:
    """Those in which this person is signed in now, the one that was used last first."""
    alive = Session.objects.filter(user_id=user.pk, ends_at__gt=Now(), seen_at__gt=timezone.now() - IDLE)
    return alive.order_by("-seen_at", "-pk")


def heard_from(digest: str, *, browser: str, address: str | None) -> None:
    """Keeps that the person of this session did something just now, and where; ended meanwhile, it stays ended."""
    with database.cursor() as cursor:
        cursor.execute(_HEARD, [browser, address, digest])


def came(user_id: int) -> None:
    """Keeps that somebody who has just signed in is here."""
    User.objects.filter(pk=user_id).update(seen_at=Now())


@transaction.atomic
def end(session_id: int, *, by: User) -> Session | None:
    """Ends one of a person's own sessions; gives it back, or None if there is none of theirs (any more)."""
    user = locked(by.pk)
    found = of(user).filter(pk=session_id).first()
    if found:
        _end(user, [found], by=by, origin=Origin.PAGE)
    return found


@transaction.atomic
def end_others(*, but: str, by: User) -> int:
    """Ends all of a person's own sessions but the one with this digest; gives how many there were."""
    user = locked(by.pk)
    return _end(user, list(of(user).exclude(key_digest=but)), by=by, origin=Origin.PAGE)


@transaction.atomic
def end_all(user_id: int, *, by: User | None, origin: Origin = Origin.PAGE) -> int:
    """Signs somebody out everywhere; gives how many sessions there were.

    An administrator of wherever their roles reach, or whoever runs the console (None). Raises NotPermitted.
    """
    user = locked(user_id)
    require_administrator(by, reach(user))
    return _end(user, list(of(user)), by=by, origin=origin)


def _end(user: User, found: list[Session], *, by: User | None, origin: Origin) -> int:
    """What a request of theirs still holds is not saved again: `SessionStore.save` makes no row anew."""
    if found:
        Session.objects.filter(pk__in=[session.pk for session in found]).delete()
        browsers = sorted({session.browser for session in found if session.browser})
        details = {"count": len(found), "browsers": browsers}
        record(user, "person.session_ended", by=by, origin=origin, details=details)
    return len(found)


_HEARD = """
    WITH heard AS (
        UPDATE console_session SET seen_at = now(), browser = %s, address = %s WHERE key_digest = %s RETURNING user_id
    )
    UPDATE console_user SET seen_at = now() FROM heard WHERE console_user.id = heard.user_id"""
