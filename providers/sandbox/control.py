"""The control address: verbs that set the scene, spoil requests, and tell what the providers saw.

Over HTTP it is `POST /_sandbox/<verb>` with a JSON object of arguments (a GET with a query does for verbs that read);
the answer is `{"result": …}`, or 400 with `{"error": sentence}`.
"""

import http.client
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, override
from urllib.parse import urlsplit

from providers.sandbox import documents, exchange, faults, people
from providers.sandbox.auth import Scheme, credentials
from providers.sandbox.catalogue import APIS, api
from providers.sandbox.misuse import Misuse, Stopped
from providers.sandbox.state import State

PREFIX = "/_sandbox/"
_PAUSE = 0.02
"""Seconds between two looks at the ledger."""

type Entry = dict[str, Any]


class Verbs(ABC):
    """What one can do with a sandbox, in this process or from another."""

    url: str

    @abstractmethod
    def _call(self, verb: str, **arguments: Any) -> Any: ...

    def base_url(self, slug: str) -> str:
        return f"{self.url}/{api(slug).slug}"

    def credentials(self, slug: str, auth: str | None = None) -> dict[str, str]:
        """The fixed credentials this provider accepts, for its first scheme unless another is named."""
        return credentials(slug, Scheme(auth) if auth else api(slug).schemes[0])

    def seed(self, slug: str, records: Iterable[Mapping[str, Any]]) -> list[str]:
        """Add or replace records, identity included; answers their external ids."""
        return list(self._call("seed", slug=slug, records=[dict(record) for record in records]))

    def record(self, slug: str, external_id: str) -> dict[str, Any] | None:
        """What the provider holds now, numbers as text with their digits."""
        found: dict[str, Any] | None = self._call("record", slug=slug, external_id=external_id)
        return found

    def records(self, slug: str) -> dict[str, dict[str, Any]]:
        """All records of a provider by external id, in the order they were added."""
        return dict(self._call("records", slug=slug))

    def edit(self, slug: str, external_id: str, values: Mapping[str, Any]) -> None:
        """Change a record as somebody else would, past the rules and the ledger."""
        self._call("edit", slug=slug, external_id=external_id, values=dict(values))

    def delete(self, slug: str, external_id: str) -> None:
        self._call("delete", slug=slug, external_id=external_id)

    def configure(self, slug: str, **settings: Any) -> None:
        """Set `path`, `auth`, or a provider's own setting; None takes it back."""
        self._call("configure", slug=slug, settings=settings)

    def ledger(self, slug: str | None = None, after: int = 0) -> list[Entry]:
        """Every request so far, oldest first; only those after the entry with this id."""
        return list(self._call("ledger", slug=slug, after=after))

    def await_ledger(
        self, predicate: Callable[[Entry], object], timeout: float = 10.0, slug: str | None = None
    ) -> Entry:
        """The first entry the predicate accepts, as soon as there is one; TimeoutError after so many seconds."""
        end = time.monotonic() + timeout
        while True:
            entries = self.ledger(slug)
            for entry in entries:
                if predicate(entry):
                    return entry
            if time.monotonic() > end:
                raise TimeoutError(f"No such entry among {len(entries)} in the ledger after {timeout:g} s.")
            time.sleep(_PAUSE)

    def fault(self, slug: str, kind: str, count: int = 1, **parameters: Any) -> int:
        """Spoil the next requests that match.

        For every kind: `method` ("PUT"; "*" for any), `external_id` (any), `skip` (how many to let pass first).
        """
        return int(self._call("fault", slug=slug, kind=kind, count=count, parameters=parameters))

    def faults(self, slug: str | None = None) -> list[dict[str, Any]]:
        """The faults that still wait for requests."""
        return list(self._call("faults", slug=slug))

    def clear_faults(self, slug: str | None = None) -> None:
        self._call("clear_faults", slug=slug)

    def reset(self, people: int | None = None) -> None:
        """Forget everything and begin anew with the sample customers, or only the first so many per provider."""
        self._call("reset", people=people)


class Control(Verbs):
    """The verbs over HTTP, for a sandbox in another process; raises Misuse, and Stopped when nothing answers."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    @override
    def _call(self, verb: str, **arguments: Any) -> Any:
        address = urlsplit(self.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=30)
        try:
            body = documents.write(arguments)
            connection.request("POST", PREFIX + verb, body, {"Content-Type": "application/json"})
            answer = documents.read(connection.getresponse().read())
        except (OSError, http.client.HTTPException) as error:
            raise Stopped(f"No sandbox answers at {self.url}.") from error
        finally:
            connection.close()
        if not isinstance(answer, dict) or "result" not in answer:
            raise Misuse(answer["error"] if isinstance(answer, dict) else f"There is no sandbox at {self.url}.")
        return answer["result"]


def perform(state: State, verb: str, arguments: Any) -> Any:
    """Do what a verb says; raises Misuse for one that makes no sense."""
    if verb not in _VERBS or not isinstance(arguments, dict):
        raise Misuse(f"The control address knows {', '.join(_VERBS)}, each with a JSON object of arguments.")
    try:
        return _VERBS[verb](state, **arguments)
    except (TypeError, AttributeError, KeyError, OverflowError) as error:
        raise Misuse(f"The verb {verb} does not take these arguments: {error}.") from error


def begin(state: State, count: int | None = None) -> None:
    """Fill an empty state with the sample customers."""
    with state.transaction() as book:
        if book.is_empty():
            for slug in APIS:
                _put(book, slug, people.customers(slug)[:count])


def _put(book: Any, slug: str, records: Iterable[Mapping[str, Any]]) -> list[str]:
    provider = api(slug)
    kept = [provider.stored(record) for record in records]
    rows = [(provider.external_id(values), provider.other_name(values), values) for values in kept]
    book.put(slug, rows)
    book.add_campaigns({values["campaignId"] for values in kept if "campaignId" in values})
    return [row[0] for row in rows]


def _seed(state: State, slug: str, records: list[dict[str, Any]]) -> list[str]:
    with state.transaction() as book:
        return _put(book, slug, records)


def _record(state: State, slug: str, external_id: str) -> dict[str, Any] | None:
    with state.transaction() as book:
        found = book.find(api(slug).slug, external_id)
    return found[1] if found else None


def _records(state: State, slug: str) -> dict[str, dict[str, Any]]:
    with state.transaction() as book:
        return book.records(api(slug).slug)


def _edit(state: State, slug: str, external_id: str, values: dict[str, Any]) -> None:
    with state.transaction() as book:
        if not exchange.edit(book, api(slug), external_id, values):
            raise Misuse(f"{api(slug).title} has no record {external_id!r}.")


def _delete(state: State, slug: str, external_id: str) -> None:
    with state.transaction() as book:
        if not book.delete(api(slug).slug, external_id):
            raise Misuse(f"{api(slug).title} has no record {external_id!r}.")


def _configure(state: State, slug: str, settings: dict[str, Any]) -> None:
    strange = sorted(set(settings) - api(slug).settings - {"path", "auth"})
    if strange:
        raise Misuse(f"{api(slug).title} has no setting {', '.join(strange)}.")
    if settings.get("auth") not in {None, *Scheme}:
        raise Misuse(f"The schemes are {', '.join(Scheme)}.")
    with state.transaction() as book:
        book.configure(slug, settings)


def _ledger(state: State, slug: str | None = None, after: int | str = 0) -> list[Entry]:
    with state.transaction() as book:
        return book.ledger(api(slug).slug if slug else None, int(after))


def _fault(state: State, slug: str, kind: str, count: object = 1, parameters: Mapping[str, Any] | None = None) -> int:
    own = json.loads(documents.write(parameters or {}))
    method, external_id, skip = str(own.pop("method", "PUT")), own.pop("external_id", None), int(own.pop("skip", 0))
    faults.check(kind, own)
    api(slug).stored(own.get("values", {}))
    if not isinstance(count, int) or count < 1 or skip < 0:
        raise Misuse("A fault spoils at least one request, and skips none or some.")
    with state.transaction() as book:
        return book.add_fault(slug, kind, (method, external_id, skip, count), json.dumps(own))


def _faults(state: State, slug: str | None = None) -> list[dict[str, Any]]:
    with state.transaction() as book:
        return book.faults(slug)


def _clear_faults(state: State, slug: str | None = None) -> None:
    with state.transaction() as book:
        book.clear_faults(slug)


def _reset(state: State, people: int | None = None) -> None:
    with state.transaction() as book:
        book.forget()
    begin(state, people)


def _about(_: State) -> dict[str, Any]:
    return {
        slug: {"title": each.title, "credentials": credentials(slug, each.schemes[0])} for slug, each in APIS.items()
    }


_VERBS: dict[str, Callable[..., Any]] = {
    "about": _about,
    "seed": _seed,
    "record": _record,
    "records": _records,
    "edit": _edit,
    "delete": _delete,
    "configure": _configure,
    "ledger": _ledger,
    "fault": _fault,
    "faults": _faults,
    "clear_faults": _clear_faults,
    "reset": _reset,
}
