"""The two roles and the database on a real server, as SQL: what an administrator of the server runs, once or again.

The owner migrates; the application reads history and adds to it. What stands already is left as it is, but for rights
over history that the application must not have.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import LiteralString

import psycopg
from psycopg.sql import SQL, Composed, Identifier, Literal


@dataclass(frozen=True, slots=True)
class Names:
    """How they are called."""

    owner: str
    application: str
    database: str

    def put_into(self, statement: LiteralString) -> Composed:
        """A statement with these names in it: {owner}, or {owner_text} where SQL wants a text."""
        names = {"owner": self.owner, "application": self.application, "database": self.database}
        texts = {f"{name}_text": Literal(text) for name, text in names.items()}
        return SQL(statement).format(**{name: Identifier(text) for name, text in names.items()}, **texts)


@dataclass(frozen=True, slots=True)
class Made:
    """Something that is made unless it is there; `role` names the one that may want a password then."""

    unless: LiteralString
    statement: LiteralString
    role: str = ""


ON_THE_SERVER: tuple[Made | LiteralString, ...] = (
    Made("SELECT FROM pg_roles WHERE rolname = {owner_text}", "CREATE ROLE {owner} LOGIN", "owner"),
    Made("SELECT FROM pg_roles WHERE rolname = {application_text}", "CREATE ROLE {application} LOGIN", "application"),
    # Neither may get round what keeps history: a superuser passes every privilege, whoever makes roles gives them.
    """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname IN ({owner_text}, {application_text}) AND rolsuper)
        OR EXISTS (SELECT FROM pg_roles WHERE rolname = {application_text}
            AND (rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls))
    THEN RAISE EXCEPTION 'one of the roles has powers over the server that it must not have: see \\du';
    ELSIF pg_has_role({application_text}, {owner_text}, 'MEMBER')
    THEN RAISE EXCEPTION 'the application must not be a member of the owner: REVOKE one from the other';
    END IF;
END $$""",
    # An administrator who is no superuser makes the database in the owner's name.
    """
DO $$ BEGIN
    IF NOT pg_has_role(current_user, {owner_text}, 'USAGE') THEN GRANT {owner} TO CURRENT_USER; END IF;
END $$""",
    # So that the owner can end the application's connections; it gives the application nothing.
    "GRANT {application} TO {owner}",
    Made("SELECT FROM pg_database WHERE datname = {database_text}", "CREATE DATABASE {database} OWNER {owner}"),
    "ALTER DATABASE {database} OWNER TO {owner}",
    "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
    "GRANT CONNECT ON DATABASE {database} TO {application}",
)
IN_THE_DATABASE: tuple[LiteralString, ...] = (
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC, {application}",
    "GRANT USAGE ON SCHEMA public TO {application}",
    # Of what is migrated already: whatever keeps history is the owner's, and guarded.
    """
DO $$ DECLARE kept record; BEGIN
    FOR kept IN
        SELECT tgrelid::regclass AS name, tgname FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
        WHERE proname = 'console_history_is_append_only'
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO %I', kept.name, {owner_text});
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE, TRIGGER ON %s FROM PUBLIC, %I', kept.name, {application_text});
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', kept.name, kept.tgname);
    END LOOP;
END $$""",
)


@dataclass(slots=True)
class Setup:
    """What was made. `passwords` of new roles, by role, are set; those in `generated` are to be told once."""

    names: Names
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)
    generates: bool = False
    generated: dict[str, str] = field(default_factory=dict, repr=False)
    without: list[str] = field(default_factory=list)

    def run(self, url: str) -> None:
        """Does it, as the administrator whose URL that is. Raises psycopg.Error."""
        with psycopg.connect(url, autocommit=True) as server:
            for step in ON_THE_SERVER:
                if isinstance(step, str):
                    server.execute(self.names.put_into(step))
                elif server.execute(self.names.put_into(step.unless)).fetchone() is None:
                    server.execute(self.names.put_into(step.statement))
                    self._set_password(server, step.role)
        with psycopg.connect(url, dbname=self.names.database, autocommit=True) as database:
            for statement in IN_THE_DATABASE:
                database.execute(self.names.put_into(statement))

    def _set_password(self, server: psycopg.Connection, role: str) -> None:
        """As a verifier, so that neither the server's log nor its memory of statements holds the password."""
        if not role:
            return
        name: str = getattr(self.names, role)
        password = self.passwords.get(role, "")
        if not password and self.generates:
            password = self.generated[name] = secrets.token_urlsafe(24)
        if not password:
            self.without.append(name)
            return
        verifier = server.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
        server.execute(SQL("ALTER ROLE {} PASSWORD {}").format(Identifier(name), Literal(verifier)))


def script(names: Names) -> Iterator[str]:
    """The same for psql, line by line; it asks for the passwords."""
    yield "-- For psql, as an administrator of the server; to run it again changes nothing."
    yield "\\set ON_ERROR_STOP on"
    yield "SET client_min_messages = warning;"
    for step in ON_THE_SERVER:
        yield _written(names, step)
    yield f"\\connect {names.put_into('{database}').as_string()}"
    for statement in IN_THE_DATABASE:
        yield _written(names, statement)
    yield "-- Then give each role its password, which psql asks for:"
    for name in (names.owner, names.application):
        yield f"--   \\password {Identifier(name).as_string()}"


def _written(names: Names, step: Made | LiteralString) -> str:
    if isinstance(step, str):
        return f"{names.put_into(step).as_string().strip()};"
    statement = Literal(names.put_into(step.statement).as_string()).as_string()
    return f"SELECT {statement} WHERE NOT EXISTS ({names.put_into(step.unless).as_string()}) \\gexec"
