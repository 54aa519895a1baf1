"""What every provider is: its fields and rules, the requests it takes, and a client that sends them.

A provider's own file fills in the gaps: the table of fields, the shape of the body, and how its refusals read.
"""

import contextlib
import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from types import MappingProxyType, TracebackType
from typing import Any, ClassVar, Self

from providers.auth import CREDENTIAL_LABELS, SCHEMES, Scheme
from providers.body import Leaf, Node, Span, compact, spans
from providers.errors import NotReadable, OutcomeUnknown, Refused, Unreadable
from providers.fields import Clearing, Field, Kind, Locked, Meaning, Required, Sent, Unfit, Value, Violation
from providers.http import Answer, BaseTransport, Budget, Exchange, Http, build_url, check_base_url, judge
from providers.identity import checked_id, id_problem
from providers.options import (
    BadOptions,
    Option,
    auth_option,
    editable_option,
    path_option,
    problems_of,
    sensitive_option,
    split,
)
from providers.redaction import hidden, redact, unread
from providers.refusals import MOST_REASONS, said
from providers.rules import judge as judge_rules
from providers.shapes import Accepted, BadIdentity, Capabilities, Preview, Reading, Record, Request

__all__ = [
    "Accepted",
    "Answer",
    "BadIdentity",
    "BadOptions",
    "Capabilities",
    "Client",
    "Leaf",
    "Node",
    "Option",
    "Preview",
    "Provider",
    "Reading",
    "Record",
    "Request",
    "Span",
]

_PARTS: Mapping[Meaning, tuple[tuple[Meaning, ...], str]] = MappingProxyType(
    {
        Meaning.FULL_NAME: ((Meaning.GIVEN_NAME, Meaning.FAMILY_NAME), " "),
        Meaning.ADDRESS: (
            (Meaning.STREET, Meaning.STREET_EXTRA, Meaning.CITY, Meaning.REGION, Meaning.POSTAL_CODE),
            ", ",
        ),
    }
)
_NEVER_EMPTY = frozenset({Kind.YES_NO, Kind.JSON})  # an empty text is none of their values


class Provider:
    """One provider under one connection's options. Immutable; `configured` makes another one."""

    slug: ClassVar[str]
    title: ClassVar[str]
    source_url: ClassVar[str]
    sources: ClassVar[Mapping[str, str]] = MappingProxyType({})  # the address of each page that a field's source names
    default_base_url: ClassVar[str]
    default_path: ClassVar[str]
    default_auth: ClassVar[str]
    identity: ClassVar[tuple[str, ...]]
    one_of: ClassVar[tuple[tuple[str, ...], ...]] = ()
    table: ClassVar[tuple[Field, ...]]
    can: ClassVar[Capabilities]
    own_options: ClassVar[tuple[Option, ...]] = ()

    def __init__(self, settings: Mapping[str, str] = MappingProxyType({})) -> None:
        self.settings = settings
        self.options = self._options()
        self.fields = tuple(self._adjusted(field) for field in self.under_settings())
        self._by_name = {field.name: field for field in self.fields}
        self._by_meaning = {
            meaning: tuple(field.name for field in self.fields if field.meaning is meaning) for meaning in Meaning
        }

    def __repr__(self) -> str:
        return f"<{self.title} {self.rules_version}>"

    def configured(self, options: Mapping[str, str]) -> Self:
        """This provider under a connection's options; BadOptions, which names each, for those that cannot work."""
        problems = tuple(problems_of(options, self.options, self.table)) or tuple(self.option_problems(options))
        problems = problems or tuple(self._named_by_a_secret(options))
        if problems:
            raise BadOptions(problems)
        return type(self)(MappingProxyType({name: value for name, value in options.items() if value}))

    # What a provider fills in.

    def option_problems(self, options: Mapping[str, str]) -> Iterable[Violation]:  # noqa: ARG002 -- few have any
        """What is wrong with the options that only this provider understands."""
        return ()

    def under_settings(self) -> tuple[Field, ...]:
        """The table of fields as the settings shape it, before cautions are opened and clearing is decided."""
        return self.table

    def query(self, before: Record) -> Mapping[str, str]:  # noqa: ARG002 -- few have one
        """The query of every request about a record."""
        return {}

    def names_in_body(self, before: Record) -> tuple[str, ...]:  # noqa: ARG002 -- for those who choose among ids
        """The names of the identity that stand in the body of an update."""
        return ()

    def body(self, before: Record, members: Mapping[str, Leaf]) -> Node:  # noqa: ARG002 -- for those who nest it
        """The body of an update, made of the values that it asks and carries."""
        return members

    def reasons(self, document: Mapping[str, Any], status: int) -> Iterator[Violation]:
        """The provider's reasons for refusing, read out of the JSON object that it answered."""
        raise NotImplementedError

    def is_own_404(self, document: Mapping[str, Any]) -> bool:
        """Whether this is the provider saying that it has no such record."""
        raise NotImplementedError

    def accepted(self, answer: Answer, before: Record) -> Mapping[str, Value] | None:
        """The record in the answer to an update; OutcomeUnknown for an answer that an update never gets."""
        return self.record(answer.json(), before)

    # What follows from it.

    @property
    def capabilities(self) -> Capabilities:
        """What this connection can do."""
        if self.settings.get("read") == "off":
            return dataclasses.replace(self.can, reads=False, reads_before_sending=False)
        return self.can

    @property
    def auth(self) -> Scheme:
        """How requests authenticate."""
        return SCHEMES[self.settings.get("auth", self.default_auth)]

    @property
    def credential_keys(self) -> tuple[str, ...]:
        """The credentials that `connect` needs."""
        return self.auth.keys

    @staticmethod
    def credential_label(key: str) -> str:
        """A credential's name for a person."""
        return CREDENTIAL_LABELS.get(key, key)

    @property
    def rules_version(self) -> str:
        """A fingerprint of everything that decides what is sent; equal only for equal rules."""
        told = repr((self.slug, self.fields, sorted(self.settings.items()), self.default_path, self.default_auth))
        return hashlib.sha256(told.encode()).hexdigest()[:12]

    def field(self, name: str) -> Field:
        """The field of that name; KeyError if there is none."""
        return self._by_name[name]

    def page_of(self, field: Field) -> str:
        """The address of the page that a field's source names; "" where the source is none."""
        return self.sources.get(field.source.partition(",")[0], "")

    def violations(self, before: Record, after: Record) -> tuple[Violation, ...]:
        """What is wrong with changing `before` by `after`; see `providers.rules.judge`. Pure, and never raises."""
        found = judge_rules(self.fields, before, after, title=self.title, one_of=self.one_of)
        return (*found, *self._identity_violations(before))

    def asked_and_carried(self, before: Record, after: Record) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names that an update changes, and those it carries unchanged, each in the order of the fields."""
        members = self._members(before, after)
        asked = tuple(name for name, leaf in members.items() if leaf.asked)
        return asked, tuple(name for name in members if name not in asked)

    def preview(self, base_url: str, before: Record, after: Record) -> Preview:
        """The update that `connect(…).update(before, after)` would send, without secrets and sensitive values.

        Raises Misrouted for a base URL that cannot be one and Refused for an id that no address can carry.
        """
        request = self.request(before, after)
        url = build_url(check_base_url(base_url or self.default_base_url), request.path_parts, request.query)
        headers = (*self.auth.masked(), ("Content-Type", "application/json"))
        asked, carried = self.asked_and_carried(before, after)
        return Preview(request.method, url, headers, spans(request.body or {}), asked, carried)

    def request(self, before: Record, after: Record) -> Request:
        """The update itself: what `preview` shows and a client sends."""
        path = _filled(self.settings.get("path", self.default_path), before)
        return Request("PUT", path, self.query(before), self.body(before, self._members(before, after)))

    def reading(self, before: Record) -> Request:
        """The request that reads a record; NotReadable where there is none."""
        if not self.capabilities.reads:
            raise NotReadable
        default = next(option.default for option in self.options if option.name == "read_path")
        return Request("GET", _filled(self.settings.get("read_path", default), before), self.query(before))

    def external_id(self, values: Record) -> str:
        """The record's id as the console shows and finds it; BadIdentity if the values lack it."""
        return checked_id(values.get(self.identity[0]))

    def identify(self, external_id: str) -> dict[str, Value]:
        """The identity that an id stands for; BadIdentity, with a sentence for a person, if it cannot be one."""
        return {self.identity[0]: checked_id(external_id.strip())}

    def name_of(self, values: Record) -> str:
        """The person's name to show, or ""."""
        return self.meaning(values, Meaning.FULL_NAME) or ""

    def meaning(self, values: Record, meaning: Meaning) -> str | None:
        """What a record says about a person, put together from parts where this provider keeps parts."""
        if direct := self._said_by(values, meaning):
            return direct
        parts, joint = _PARTS.get(meaning, ((), ""))
        return joint.join(text for part in parts if (text := self._said_by(values, part))) or None

    def redact(self, body: bytes | str, hide: Iterable[object] = ()) -> str:
        """A body fit to show: sensitive values masked, and every text of `hide` too; never raises."""
        return redact(body, [field.name for field in self.fields if field.sensitive], hide)

    def refusal(self, answer: Answer, hide: Iterable[object] = ()) -> tuple[Violation, ...]:
        """Why the provider refused, by field as far as it says; `hide` are values that its words must not repeat."""
        try:
            document = answer.json()
        except Unreadable:
            document = None
        found = self.reasons(document, answer.status) if isinstance(document, dict) else ()
        reasons = tuple(islice(found, MOST_REASONS))
        if answer.status == 404:  # it is the record that is missing, whatever words the sentence is made of
            reasons = tuple(dataclasses.replace(reason, field=None) for reason in reasons)
        return tuple(_masked(reason, hide) for reason in reasons) or (self._unexplained(answer, hide),)

    def record(self, document: object, before: Record) -> dict[str, Value]:
        """The record in an answer, in stored form: unknown names ignored, values of a wrong type kept out.

        Raises Unreadable for what is no record, OutcomeUnknown for a record other than `before`.
        """
        if not isinstance(document, dict):
            raise Unreadable("the answer is not a record")
        values = dict(_received(self.fields, document))
        for name in self.identity:
            if not self.field(name).same(values.get(name), before.get(name)):
                raise OutcomeUnknown("the answer is about another record, or does not say about which")
        return values

    def garbled(self, document: object, values: Record) -> frozenset[str]:
        """The fields that a document has and its `record` lacks, since what stands there can be no value of theirs."""
        names = document.keys() if isinstance(document, dict) else ()
        return frozenset(name for name in names if name in self._by_name and name not in values)

    def connect(
        self, *, base_url: str, credentials: Mapping[str, str], transport: BaseTransport | None = None
    ) -> "Client":
        """A client that is kept open by one thread; NotAllowed or Misrouted if these cannot make a request."""
        headers = self.auth.headers(credentials)
        return Client(self, Http(base_url or self.default_base_url, headers=headers, transport=transport))

    def nothing_carried(self) -> dict[str, Value]:
        """None for every value that updates always carry: one that a read lacks must not be filled from old copies."""
        return {f.name: None for f in self.fields if f.sent is Sent.ALWAYS and f.name not in self.identity}

    def sensitive_texts(self, *records: Record) -> set[str]:
        """Every sensitive value of some records, as stored and as shown: what must stand in no message.

        But for what stands in a value of theirs that is none: everybody reads it there, and to mask that alone would
        say of a guess that it is right.
        """
        held = [(field, record[field.name]) for record in records for field in self.fields if field.name in record]
        hidden_ones = [(field, value) for field, value in held if field.sensitive and isinstance(value, str)]
        texts = {text for field, value in hidden_ones for text in (value, field.display(value))}
        return unread(texts, (value for field, value in held if not field.sensitive))

    def _named_by_a_secret(self, options: Mapping[str, str]) -> Iterator[Violation]:
        """What names a record stands in addresses and lists: it can be no secret."""
        for name in split(options.get("sensitive", "")):
            if name in self.identity:
                message = f"“{name}” names the record, so it stands in addresses and cannot be hidden."
                yield Violation("sensitive", "names_the_record", message, {"name": name})

    def _options(self) -> tuple[Option, ...]:
        common = (path_option(self.default_path), auth_option(self.default_auth), sensitive_option())
        cautions = any(field.locked is Locked.CAUTION for field in self.table)
        return (*common, *self.own_options, *((editable_option(self.table),) if cautions else ()))

    def _adjusted(self, field: Field) -> Field:
        if field.name in split(self.settings.get("sensitive", "")):
            field = dataclasses.replace(field, sensitive=True)
        if field.locked is Locked.CAUTION and field.name in split(self.settings.get("editable", "")):
            field = dataclasses.replace(field, locked=Locked.NO, locked_reason="", sent=Sent.WHEN_CHANGED)
        if field.locked is not Locked.NO:
            return field
        if (
            self.settings.get("clear_as") == "empty"
            and field.required is Required.NO
            and field.kind not in _NEVER_EMPTY
        ):
            field = dataclasses.replace(field, clearing=Clearing.EMPTY)
        if self.settings.get("send") == "held" and field.sent is Sent.WHEN_CHANGED:
            field = dataclasses.replace(field, sent=Sent.WHEN_HELD)
        return field

    def _members(self, before: Record, after: Record) -> dict[str, Leaf]:
        """The values of an update by name: everything that asks, carries, previews or sends goes through here."""
        outside = set(self.identity) - set(self.names_in_body(before))
        members = ((field.name, _leaf(field, before, after)) for field in self.fields if field.name not in outside)
        return {name: leaf for name, leaf in members if leaf}

    def _identity_violations(self, before: object) -> Iterator[Violation]:
        if isinstance(before, Mapping):
            for name in self.identity:
                if self.field(name).is_sendable(before.get(name)) and (problem := id_problem(before[name])):
                    yield Violation(name, problem.code, problem.message, problem.parameters)

    def _said_by(self, values: Record, meaning: Meaning) -> str | None:
        for name in self._by_meaning[meaning]:
            value = values.get(name)
            if isinstance(value, str) and value.strip():
                return value
        return None

    def _unexplained(self, answer: Answer, hide: Iterable[object]) -> Violation:
        text = "" if answer.is_html or answer.is_compressed else self.redact(answer.body, hide)
        unexplained = said(self.title, text, status=answer.status)
        return dataclasses.replace(unexplained, message=f"{unexplained.message} (Status {answer.status}.)")


class Client:
    """A provider's API under one connection's credentials: a context manager, kept open, for one thread."""

    def __init__(self, provider: Provider, http: Http) -> None:
        self._provider = provider
        self._http = http

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def update(self, before: Record, after: Record, *, budget: Budget | None = None) -> Accepted:
        """Send one update, once, without reading first; returns if the provider took it.

        Raises an error of the tree in `providers.errors`; Refused without an exchange if the change breaks a rule, so
        that nothing was sent; Unreadable if the echo has something impossible where a value was asked for. The default
        budget is 10 seconds.
        """
        violations = self._provider.violations(before, after) or self._nothing_asked(before, after)
        if violations:
            raise Refused("the change breaks a rule of the provider; nothing was sent", violations=violations)
        hide = self._provider.sensitive_texts(before, after)
        answer, exchange = self._send(self._provider.request(before, after), hide, budget)
        with _attached(exchange):
            values = self._provider.accepted(answer, before)
            if values is not None and self._provider.garbled(answer.json(), values) & after.keys():
                raise Unreadable("the answer does not show what was asked for as anything that its field can hold")
            return Accepted(values, exchange)

    def read(self, before: Record, *, budget: Budget | None = None) -> Reading:
        """Read the record that `before` identifies; a value that updates always carry and the answer lacks is None.

        A read raises errors of the same tree, but nothing is ever applied by one: OutcomeUnknown says only that the
        values are not known. The provider's own 404 is Refused with `gone`; NotReadable: there is no way to read.
        """
        request = self._provider.reading(before)
        answer, exchange = self._send(request, self._provider.sensitive_texts(before), budget)
        with _attached(exchange):
            values = self._provider.record(answer.json(), before)
            garbled = self._provider.garbled(answer.json(), values)
            return Reading({**self._provider.nothing_carried(), **values}, exchange, garbled)

    def _nothing_asked(self, before: Record, after: Record) -> tuple[Violation, ...]:
        asked, _ = self._provider.asked_and_carried(before, after)
        return () if asked else (Violation(None, "nothing_asked", "There is nothing to change."),)

    def _send(self, request: Request, hide: Iterable[object], budget: Budget | None) -> tuple[Answer, Exchange]:
        answer, exchange = self._http.send(
            request.method,
            request.path_parts,
            query=request.query,
            raw_json=None if request.body is None else compact(request.body),
            budget=budget or Budget.of(),
        )
        judge(
            answer,
            exchange,
            refusal=lambda refused: self._provider.refusal(refused, hide),
            is_own_404=lambda refused: self._is_own_404(refused.json()),
        )
        return answer, exchange

    def _is_own_404(self, document: object) -> bool:
        return isinstance(document, dict) and self._provider.is_own_404(document)


@contextlib.contextmanager
def _attached(exchange: Exchange) -> Iterator[None]:
    """Whatever an answer turns out to be, the exchange goes with it as evidence."""
    try:
        yield
    except OutcomeUnknown as unknown:
        unknown.exchange = exchange
        raise


def _leaf(field: Field, before: Record, after: Record) -> Leaf | None:
    blank = field.name in after and field.is_blank(after[field.name])
    asks = field.name in after and not (blank and field.clearing is Clearing.NO)
    if asks and field.locked is Locked.NO and field.sent is not Sent.NEVER:
        empty = "" if field.clearing is Clearing.EMPTY else None
        return Leaf(empty if blank else field.to_wire(after[field.name]), asked=True, sensitive=field.sensitive)
    carries = field.sent in {Sent.ALWAYS, Sent.WHEN_HELD} and not field.is_blank(before.get(field.name))
    return Leaf(field.to_wire(before[field.name]), sensitive=field.sensitive) if carries else None


def _filled(path: str, before: Record) -> tuple[str, ...]:
    """The parts of a path, its placeholders filled with the identity."""
    parts = path.strip("/").split("/")
    return tuple(str(before.get(part[1:-1]) or "") if part.startswith("{") else part for part in parts)


def _received(fields: Iterable[Field], document: Mapping[str, object]) -> Iterator[tuple[str, Value]]:
    for field in fields:
        if field.name in document:
            with contextlib.suppress(Unfit):
                yield field.name, field.from_wire(document[field.name])


def _masked(reason: Violation, hide: Iterable[object]) -> Violation:
    parameters = {
        name: hidden(value, hide) if isinstance(value, str) else value for name, value in reason.parameters.items()
    }
    return dataclasses.replace(reason, message=hidden(reason.message, hide), parameters=parameters)
