"""manage.py audit: verifies history, seals it, tells the key, and exports from it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, transaction

from console.auditing import PARAMETERS, parse
from console.checks import refuse_what_cannot_work
from console.errors import CannotSeal, ConsoleError
from console.exporting import ENDINGS, write
from console.flows import seal as sealing
from console.flows.making import Result
from console.flows.record import record
from console.management.lookups import connections_named
from console.management.verification import CannotVerify, keys_told, said, timed, wanted
from console.models import Checkpoint, Format, Origin, User
from console.proof.verify import check
from console.verifying import Report

ALTERED, CANNOT_CHECK = 1, 2


class Command(BaseCommand):
    """Verifying needs no more than to read the database, or nothing but a pack; so no check comes before it."""

    help = "History that proves itself: verify it, seal what is new, tell the key, export events."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """One word says what is to be done; each has options of its own."""
        doing = parser.add_subparsers(dest="what", required=True)
        _verify_arguments(doing.add_parser("verify", help="the database, or an evidence pack; exit code 0, 1 or 2"))
        seal = doing.add_parser("seal", help="seals what is new, once")
        seal.add_argument(
            "--accept-restored", metavar="REASON", help="goes on from the database as it is, and says why"
        )
        doing.add_parser("key", help="the fingerprints of the keys that sign checkpoints")
        _export_arguments(doing.add_parser("export", help="writes events to a file"))

    def handle(self, *_: Any, **options: Any) -> None:
        """Does it. Exit codes of verify: 0 everything fits, 1 something does not, 2 it cannot be verified."""
        work: Mapping[str, Callable[[dict[str, Any]], None]] = {
            "verify": self._verify,
            "seal": self._seal,
            "key": self._key,
            "export": self._export,
        }
        try:
            work[options["what"]](options)
        except CannotVerify as reason:
            raise CommandError(str(reason), returncode=CANNOT_CHECK) from None
        except ConsoleError as reason:
            raise CommandError(str(reason)) from None
        except OSError as problem:
            raise CommandError(
                f"{problem.filename} cannot be used: {problem.strerror}.", returncode=CANNOT_CHECK
            ) from None

    def _verify(self, options: dict[str, Any]) -> None:
        if options["pack"]:
            self._verify_pack(options)
            return
        by = _person(options["by"]) if options["by"] else None
        try:
            against = wanted(options["keys"], options["checkpoints"], values=options["values"])
            report, seconds = timed(against, self._progress)
        except (DatabaseError, psycopg.Error) as problem:
            raise CannotVerify(f"The database cannot be read: {_first_line(problem)}.") from None
        if not against.anchors:
            self.stderr.write("No checkpoint from outside the database: that it was set back would not show.")
        for line in said(report, seconds):
            self.stdout.write(line)
        if by:
            _tell(report, by)
        if not report.fits:
            raise CommandError(f"History does not fit: {report.found:,} findings.", returncode=ALTERED)
        self.stdout.write("Everything fits.")

    def _verify_pack(self, options: dict[str, Any]) -> None:
        [checkpoint] = options["checkpoints"] or [None]
        report = check(
            options["pack"], keys=options["keys"], installation=options["installation"], checkpoint=checkpoint
        )
        self.stdout.write(report.text, ending="")
        if report.code:
            verdict = {ALTERED: "The pack was altered, or does not fit."}.get(
                report.code, "The pack cannot be checked."
            )
            raise CommandError(verdict, returncode=report.code)

    def _seal(self, options: dict[str, Any]) -> None:
        refuse_what_cannot_work()
        if options["accept_restored"] is not None:
            sealing.accept_restored(by=None, reason=options["accept_restored"])
            self.stdout.write("Accepted: history goes on from the database as it is.")
        count = sealing.seal()
        last = Checkpoint.objects.order_by("size").last()
        covered = f" The last checkpoint covers {last.size:,} events." if last else ""
        self.stdout.write(f"{count:,} events sealed.{covered}")

    def _key(self, _: dict[str, Any]) -> None:
        ring = sealing.ring()
        if ring.first is None:
            raise CannotSeal(sealing.NO_KEY)
        for line in keys_told(ring):
            self.stdout.write(line)

    def _export(self, options: dict[str, Any]) -> None:
        refuse_what_cannot_work()
        asked = parse({name: options.get(name) for name in PARAMETERS} | _named(options), None)
        if not asked.fits:
            wrong = "\n".join(f"--{name}: {sentence}" for name, sentence in asked.problems.items())
            raise CommandError(wrong, returncode=CANNOT_CHECK)
        by = _person(options["by"]) if options["by"] else None
        made = _written(options["output"], lambda file: write(file, asked.query, Format(options["format"]), by=by))
        self.stdout.write(f"{made.count:,} events in {options['output']}, {made.size:,} bytes. {made.note}".rstrip())
        self.stdout.write(f"SHA-256: {made.digest}")

    def _progress(self, what: str, count: int) -> None:
        if sys.stderr.isatty() and what != "comparisons":
            self.stderr.write(f"\r{count:,} {what}", ending="")


def _verify_arguments(parser: CommandParser) -> None:
    parser.add_argument("pack", nargs="?", type=Path, help="an evidence pack, checked as its own verify.py checks it")
    parser.add_argument(
        "--checkpoint",
        action="append",
        type=Path,
        default=[],
        dest="checkpoints",
        metavar="FILE",
        help="one that was copied from this installation: it has to fit",
    )
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        dest="keys",
        metavar="FINGERPRINT",
        help="of a key that may have signed; unless given, those of this host",
    )
    parser.add_argument("--installation", metavar="UUID", help="of which a pack has to be")
    parser.add_argument("--values", action="store_true", help="opens all values and compares our copies with history")
    parser.add_argument(
        "--by", metavar="USERNAME", help="whose history is to say that this was done, and what it found"
    )


def _export_arguments(parser: CommandParser) -> None:
    for name in ("since", "until"):
        parser.add_argument(f"--{name}", metavar="DATE", help="a day, UTC, such as 2026-11-01")
    parser.add_argument("--person", metavar="USERNAME", help="who did it")
    parser.add_argument("--connection", metavar="NAME")
    for name in ("customer", "change"):
        parser.add_argument(f"--{name}", metavar="NUMBER")
    for name in ("field", "kind", "outcome", "request"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--format", choices=[str(kind) for kind in ENDINGS], default=Format.PACK.value)
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="a file that is not there yet")
    parser.add_argument("--by", metavar="USERNAME", help="whose history is to say so")


def _named(options: dict[str, Any]) -> dict[str, Any]:
    """People and connections are given by name, and searched by number."""
    person, connection = options["person"], options["connection"]
    found: dict[str, Any] = {"person": _person(person).pk} if person else {}
    return found | ({"connection": connections_named([connection])[0].pk} if connection else {})


def _person(username: str) -> User:
    found = User.objects.filter(username=username).first()
    if found is None:
        raise CommandError(f"There is no person {username!r}.", returncode=CANNOT_CHECK)
    return found


def _written(path: Path, writing: Callable[[IO[bytes]], Result]) -> Result:
    """A new file, there only once it is whole."""
    half = path.with_name(f"{path.name}.part")
    try:
        if path.exists():
            raise CommandError(f"{path} is there already: give another name.", returncode=CANNOT_CHECK)
        with half.open("xb") as file:
            made = writing(file)
        half.rename(path)
    except OSError as problem:
        raise CommandError(f"{path} cannot be written: {problem.strerror}.", returncode=CANNOT_CHECK) from None
    except BaseException:
        half.unlink(missing_ok=True)
        raise
    return made


@transaction.atomic
def _tell(report: Report, by: User) -> None:
    counts = {"events": report.events, "leaves": report.leaves, "checkpoints": report.checkpoints}
    details = {**counts, "found": report.found}
    record(by, "audit.verified", by=by, origin=Origin.COMMAND, details=details)


def _first_line(problem: Exception) -> str:
    return str(problem).strip().partition("\n")[0].rstrip(".")
