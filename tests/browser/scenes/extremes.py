"""What is very long or very many, at an account of Finosu that Lou alone works on: its list, views and imports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from console.flows import bulk as flow
from console.flows import working
from console.flows.listing import Wanted, choose, keep
from console.models import Bulk, BulkKind, BulkStatus, Connection, Grant, Role, Sort, User
from tests.browser.scenes.acts import press
from tests.browser.scenes.playing import Play, Scene
from tests.cast import PASSWORD, sample
from tests.importing_files import checked, read, table, uploaded

if TYPE_CHECKING:
    from console.models import Customer

COLUMNS = ("id", "email", "phone", "state", "known", "mend", "finosu:streetAddress1", "finosu:city")
FIELDS = (
    *("id", "firstName", "lastName", "email", "phoneNumber", "streetAddress1", "city", "state", "zipCode"),
    *("timezone", "birthday", "ssnLastFour", "doNotCall", "isTest", "externalMetadata"),
)
RIGHT = (
    *("Lena", "Okafor-Bell", "lena@example.com", "+14155550199", "9 Mill Lane", "Reno", "NV", "89501"),
    *("America/Los_Angeles", "1985-06-15", "1278", "no", "no", ""),
)
WRONG = (
    *("", "", "lena at example", "call her son", "", "", "Nevada!", "SW1A 1AA"),
    *("Mars/Olympus", "1885-06-15", "12", "?", "?", "{"),
)
CALLED = "Whoever called about the letter of 14 November and waits for an answer"
WIDE = tuple(
    f"Column {number} of the yearly export, as the core banking system names it (CUST_MASTER_V7.ATTR_{number:04})"
    for number in range(1, 60)
)
WIDE_ROW = ("Unit 4, behind the old customs house, second stair on the left, ring twice", "x" * 90, "")
PEOPLE: tuple[dict[str, Any], ...] = (
    {"firstName": "Wolfeschlegelsteinhausenbergerdorff" * 2, "lastName": "Zeus", "email": f"{'w' * 63}@{'d.' * 93}com"},
    {"firstName": "عبد الرحمن بن", "lastName": "محمد الهاشمي القرشي", "streetAddress1": "شارع الملك فهد ١٢"},
    {"firstName": "Zoë 👩‍👩‍👧‍👦🏳️‍🌈", "lastName": "O'Neill-Ọ̀ṣun", "city": "München 🥨"},
    {"firstName": "María de los Ángeles", "lastName": "Fernández-Villaverde y Gómez de la Serna " * 2},
    {"firstName": "Bo", "lastName": "Li", "email": None, "phoneNumber": None, "zipCode": "none"},
    {"firstName": "", "lastName": "", "email": f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 57}.org"},
)


def play(played: Play) -> None:
    """Lou's account, with customers, as many views as one may want, and imports at each bad end."""
    here = Connection.objects.get(pk=played.stage.connections["finosu"].pk)
    here.pk, here._state.adding, here.name = None, True, "Finosu, everything that is as long as it may be"
    here.save()
    lou = User.objects.create_user("lou", password=PASSWORD, first_name="Lou", last_name="Amara")
    Grant.objects.create(user=lou, role=Role.EDITOR, connection=here)
    known = [_customer(here, number, about) for number, about in enumerate(PEOPLE)]
    known += [_customer(here, number, {}) for number in range(len(PEOPLE), 40)]
    choose(COLUMNS, Sort.NAME, is_descending=False, by=lou)
    for number in range(24):
        wanted = Wanted({"at": str(here.pk)}, [here.pk])
        keep(wanted, f"{number:02} {CALLED[: 12 + 3 * number]}", shared=number % 3 == 0, by=lou)
    played.numbers |= {"long_connection": here.pk, **_imports(here, known, lou)}


def _customer(here: Connection, number: int, about: Mapping[str, Any]) -> Customer:
    return sample(here, id=f"{'finosu-customer-of-the-merged-books-':-<58}{number:06}", **about)


def _imports(here: Connection, known: list[Customer], lou: User) -> dict[str, int]:
    """One with many columns; one in which nearly everything is wrong; two that ended before their end."""
    wide = [[f"id-{row}", *(WIDE_ROW[(row + at) % 3] for at in range(len(WIDE)))] for row in range(4)]
    columns = read(here, table(wide, ("id", *WIDE)), by=lou, kind=BulkKind.PROPOSE, filename="wide.csv")
    name = f"{'Everybody whom the merger brought, with corrections, ' * 3}final (2).csv"
    wrong = checked(here, table(_wrong(known), FIELDS), by=lou, kind=BulkKind.PROPOSE, filename=name)
    shapes = wrong.summary["shapes"]
    for *_, turns in shapes["fields"]:
        turns.update({turn: count * 977 for turn, count in turns.items()})
    shapes |= {count: shapes[count] * 977 for count in ("rows", "wanted", "stays", "refused")}
    for reason in shapes["reasons"]:
        reason[-1] *= 977
    Bulk.objects.filter(pk=wrong.pk).update(summary=wrong.summary, rows=shapes["rows"])
    stopped = _under_way(here, lou, "everybody, twice.csv")
    flow.stop(stopped.pk, by=lou)
    failed = _under_way(here, lou, "everybody.csv")
    with transaction.atomic():
        working.give_up(failed)
    told = {"columns": columns, "wrong": wrong, "stopped": stopped, "failed": failed}
    return {f"import_long_{name}": bulk.pk for name, bulk in told.items()}


def _wrong(known: list[Customer]) -> Iterator[tuple[str, ...]]:
    """For each who is known a row, in most of them something wrong; and some rows of nobody."""
    for number, customer in enumerate(known):
        place = number % len(RIGHT)
        wrong = (*RIGHT[:place], WRONG[place], *RIGHT[place + 1 :])
        yield customer.external_id, *(wrong if number % 3 else RIGHT)
    for number in range(30):
        yield f"nobody-{number}", *RIGHT


def _under_way(here: Connection, lou: User, filename: str) -> Bulk:
    """A file that a worker took in for a while."""
    bulk = uploaded(here, table([("id-1", "Lena")], FIELDS[:2]), by=lou, filename=filename)
    steps = (BulkStatus.READING, BulkStatus.MAPPING, BulkStatus.TO_CHECK, BulkStatus.CHECKING, BulkStatus.CHECKED)
    for status in (*steps, BulkStatus.TO_RUN):
        Bulk.objects.filter(pk=bulk.pk).update(status=status)
    taken = {"taken": {"added": 199_000, "updated": 1_402, "unchanged": 0}}
    now = timezone.now()
    Bulk.objects.filter(pk=bulk.pk).update(
        status=BulkStatus.RUNNING, rows=812_400, done=200_402, summary=taken, started_at=now, beat_at=now
    )
    bulk.refresh_from_db()
    return bulk


SCENES: Mapping[str, Scene] = {
    "customers, very long": Scene("/customers/?at={long_connection}", who="lou"),
    "customers, many views": Scene("/customers/", who="lou", does=press("Views")),
    "customers, many views kept": Scene("/customers/views/", who="lou"),
    "customers, no views kept": Scene("/customers/views/", who="una"),
    "imports that ended badly": Scene("/imports/", who="lou"),
    "import of many columns": Scene("/imports/{import_long_columns}/", who="lou"),
    "import with much that is wrong": Scene("/imports/{import_long_wrong}/", who="lou"),
    "import stopped": Scene("/imports/{import_long_stopped}/", who="lou"),
    "import that failed": Scene("/imports/{import_long_failed}/", who="lou"),
}
