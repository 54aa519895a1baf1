"""System checks: a configuration that cannot keep the console's promises is refused, each in a sentence."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register, run_checks
from django.core.checks import Warning as CheckWarning
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

OLDEST_POSTGRESQL = 15


def refuse_what_cannot_work() -> None:
    """Run all checks, the database's included; raises ImproperlyConfigured with the sentences of all errors.

    Whatever serves, a web server or a worker, calls it before it begins.
    """
    errors = [message for message in run_checks(databases=["default"]) if message.is_serious()]
    if errors:
        raise ImproperlyConfigured("\n".join(f"{error.msg} {error.hint or ''}".strip() for error in errors))


@register(Tags.security)
def keys_are_usable(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Without a key ring no personal value can be kept, without SECRET_KEY nobody can sign in."""
    from console.models.sealing import KeyRing

    found: list[CheckMessage] = []
    if not settings.STEWARD_KEYS:
        found.append(error("E001", "STEWARD_KEYS is not set: personal values could not be sealed.", HOW_TO_MAKE_A_KEY))
    else:
        try:
            KeyRing.parse(settings.STEWARD_KEYS)
        except ValueError as problem:
            found.append(error("E002", str(problem), HOW_TO_MAKE_A_KEY))
    if not has_secret_key():
        found.append(error("E003", "SECRET_KEY is not set: sessions could not be signed.", "Any 50 random characters."))
    return found


def has_secret_key() -> bool:
    """Django refuses to hand out an empty one."""
    try:
        return bool(settings.SECRET_KEY)
    except ImproperlyConfigured:
        return False


HOW_TO_MAKE_A_KEY = "Make one with: printf 'first:%s' \"$(head -c 32 /dev/urandom | base64)\""


@register(Tags.security)
def history_can_be_sealed(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Without a key that signs, nobody outside could tell whether history was rewritten."""
    from console.proof.notes import Ring

    hint = f"{HOW_TO_MAKE_A_KEY}, and keep it where the database's backups are not."
    try:
        if Ring.read(settings.STEWARD_SEALING_KEYS).first:
            return []
    except ValueError as problem:
        return [error("E014", str(problem), hint)]
    return [error("E013", "STEWARD_SEALING_KEYS is not set: history could not be sealed.", hint)]


@register(Tags.security)
def providers_are_bounded(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """In production a connection reaches listed hosts on the public network only."""
    found: list[CheckMessage] = []
    if not settings.STEWARD_LOCAL and not settings.STEWARD_ALLOWED_PROVIDERS:
        hint = 'List the hosts of your providers, for example "api.sqril.com,app.flowwise.app".'
        found.append(error("E004", "STEWARD_ALLOWED_PROVIDERS is empty: no connection could be made.", hint))
    if not settings.STEWARD_LOCAL and settings.STEWARD_PRIVATE_PROVIDERS:
        hint = "Remove STEWARD_PRIVATE_PROVIDERS; it is for the demo and for development."
        found.append(error("E005", "Connections may lead into the private network.", hint))
    return found


@register(Tags.security)
def who_vouches_can_be_believed(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """What is said in plain HTTP anybody on the way could have said; a role that is none is a slip."""
    provider = settings.STEWARD_OIDC
    if provider is None:
        return []
    found: list[CheckMessage] = []
    if not settings.STEWARD_LOCAL and not provider.issuer.startswith("https://"):
        found.append(
            error("E020", "STEWARD_OIDC_ISSUER is no https address.", "Name the issuer as your provider does.")
        )
    known = set(apps.get_model("console", "Grant")._meta.get_field("role").flatchoices)
    unknown = sorted({rule.role for rule in provider.rules} - {role for role, _ in known})
    if unknown:
        hint = f"Roles are: {', '.join(sorted(role for role, _ in known))}."
        found.append(error("E021", f"STEWARD_OIDC_ROLES names a role that there is not: {unknown[0]}.", hint))
    return found


@register()
def a_call_ends_before_its_lease(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """A call that outlives its lease could be sent a second time while it is still on its way."""
    if 0 < settings.STEWARD_CALL_SECONDS < settings.STEWARD_LEASE_SECONDS and settings.STEWARD_SWEEP_SECONDS > 0:
        return []
    hint = "The defaults are STEWARD_CALL_SECONDS=10, STEWARD_LEASE_SECONDS=30 and STEWARD_SWEEP_SECONDS=15."
    return [error("E006", "STEWARD_CALL_SECONDS must be shorter than STEWARD_LEASE_SECONDS, and none may be 0.", hint)]


@register()
def mails_lead_somewhere(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """A mail without a link says that something happened, and leaves its reader to find out where."""
    found: list[CheckMessage] = []
    if not settings.STEWARD_SENDS_MAIL:
        return found
    if not settings.STEWARD_URL.startswith(("https://", "http://")):
        hint = "Set STEWARD_URL to the address in people's browsers, such as https://steward.example.com."
        found.append(warning("W001", "EMAIL_URL is set, but STEWARD_URL is no address: mails have no links.", hint))
    if settings.DEFAULT_FROM_EMAIL.endswith("@localhost") and not settings.STEWARD_LOCAL:
        hint = "Set STEWARD_MAIL_FROM to an address that your mail server sends for."
        found.append(warning("W002", "EMAIL_URL is set, but nobody said who the mails are from.", hint))
    return found


@register()
def the_database_is_postgresql(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Locks, triggers and notifications of PostgreSQL carry the console's promises."""
    if all(connections[alias].vendor == "postgresql" for alias in settings.DATABASES):
        return []
    hint = "DATABASE_URL and DATABASE_OWNER_URL begin with postgresql://."
    return [error("E007", f"The console needs PostgreSQL {OLDEST_POSTGRESQL} or newer.", hint)]


@register(Tags.database)
def the_database_can_be_used(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The application's connection: reachable, new enough, migrated, and unable to rewrite history."""
    if "default" not in (databases or ()) or connections["default"].vendor != "postgresql":
        return []
    try:
        return _problems_of_the_database()
    except DatabaseError as problem:
        said = str(problem).strip().partition("\n")[0]
        return [error("E008", f"The database cannot be used: {said}.", "Is it running, and is DATABASE_URL right?")]


def _problems_of_the_database() -> list[CheckMessage]:
    with connections["default"].cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        version = int(cursor.fetchone()[0]) // 10_000
    if version < OLDEST_POSTGRESQL:
        return [error("E009", f"The console needs PostgreSQL {OLDEST_POSTGRESQL} or newer, this is {version}.", None)]
    executor = MigrationExecutor(connections["default"])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return [error("E010", "The database is not up to date.", "Run manage.py migrate with DATABASE_OWNER_URL set.")]
    return _powers_over_history()


def _powers_over_history() -> list[CheckMessage]:
    table = apps.get_model("console", "Event")._meta.db_table
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT current_user, pg_has_role(relowner, 'MEMBER'),"
            " has_any_column_privilege(oid, 'UPDATE') OR has_table_privilege(oid, 'DELETE, TRUNCATE')"
            " FROM pg_class WHERE oid = to_regclass(%s)",
            [table],
        )
        role, owns, changes = cursor.fetchone()
    if owns:
        hint = "Give the application a role of its own in DATABASE_URL, and the owner's in DATABASE_OWNER_URL."
        return [error("E011", f"The application's role {role} owns the history, so it could rewrite it.", hint)]
    if changes:
        hint = f"Run as the owner: REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role};"
        return [error("E012", f"The application's role {role} may change the history.", hint)]
    return []


def error(code: str, sentence: str, hint: str | None) -> Error:
    """An error of the console's own numbering."""
    return Error(sentence, hint=hint, id=f"steward.{code}")


def warning(code: str, sentence: str, hint: str) -> CheckWarning:
    """What the console can do without, but nobody means."""
    return CheckWarning(sentence, hint=hint, id=f"steward.{code}")
