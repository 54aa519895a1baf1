"""How one field of a provider becomes one input: which control it is, what stands in it, what it says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from console.forms import phones
from console.forms.listed import LISTED, Option, option_groups, options_of, spelled
from providers.fields import Clearing, Field, Kind, Meaning, Required, Unit

if TYPE_CHECKING:
    from providers.fields import Value

NUMBERS = frozenset({Kind.MONEY, Kind.DECIMAL, Kind.WHOLE_NUMBER})
TYPES = {Kind.EMAIL: "email", Kind.PHONE: "tel"}
MODES = {Kind.MONEY: "decimal", Kind.DECIMAL: "decimal", Kind.WHOLE_NUMBER: "numeric", Kind.ZIP: "numeric"}
FIRST_GROUPS = ("Person", "Contact", "Address", "Work")
LAST_GROUP = "Record"
MOST_RADIOS = 4
MOST_UNSEARCHED = 12
NARROW = 60
EARLIEST_BIRTH = "1900-01-01"
SELECTED = mark_safe(" selected")


@dataclass(frozen=True, slots=True)
class Input:
    """The control of one field: what is held, and the text that stands in it."""

    field: Field
    held: Value
    text: str

    @property
    def template(self) -> str:
        """The partial that draws it."""
        return f"customers/controls/{self.control}.html"

    @property
    def control(self) -> str:
        return control_of(self.field, self.text)

    @property
    def is_group(self) -> bool:
        """Whether it is several controls under one name, which no single label can be for."""
        return self.control == "choices"

    @property
    def type(self) -> str:
        return type_of(self.field, self.text)

    @property
    def mode(self) -> str:
        return mode_of(self.field)

    @property
    def is_number(self) -> bool:
        """Whether its digits stand below each other: right-aligned, in a narrow box."""
        return self.field.kind in NUMBERS

    @property
    def options(self) -> list[Option]:
        return options_of(self.field, self.held, self.text, radios=self.control == "choices")

    @property
    def has_search(self) -> bool:
        """Whether the list is so long that one types what one looks for."""
        return len(self.options) > MOST_UNSEARCHED

    @property
    def listed(self) -> SafeString:
        """The options as HTML, without a template's work for each of hundreds."""
        groups = option_groups(self.options)
        return format_html_join(
            "", "{}", ((_headed(heading, _drawn(options, self.text)),) for heading, options in groups)
        )

    @property
    def phone(self) -> phones.Parts:
        return phones.parts(self.text, self.field.home)

    @property
    def countries(self) -> SafeString:
        """The options of the country beside a phone number, with what each shows while its list is closed."""
        chosen = self.phone.country
        drawn = (f"{begin}{SELECTED if region == chosen else ''}{end}" for region, begin, end in _countries())
        return SafeString("".join(drawn))

    @property
    def bounds(self) -> tuple[str, str]:
        """The first and the last day that make sense; empty where any does."""
        is_birth = self.field.meaning is Meaning.BIRTH_DATE
        return (EARLIEST_BIRTH, datetime.now(UTC).date().isoformat()) if is_birth else ("", "")

    @property
    def words(self) -> str:
        """What stands in it as people say it."""
        return words_of(self.field, self.text)

    @property
    def counts(self) -> str:
        """What the length is counted in by a script; empty without a limit."""
        if not self.field.max_length or self.field.kind in LISTED:
            return ""
        return "utf16" if self.field.length_unit is Unit.UTF16 else "characters"

    @property
    def pattern(self) -> str:
        """What the browser may hold it against; empty where the rules alone judge."""
        if self.field.digits:
            return rf"\d{{{self.field.digits}}}"
        return r"\d{5}([ \-]*\d{4})?" if self.field.kind is Kind.ZIP else ""


def in_groups(fields: Iterable[Field]) -> list[tuple[str, list[Field]]]:
    """Fields under the headings of a form: the person first, what the provider keeps for itself last."""
    ranks = {name: rank for rank, name in enumerate(FIRST_GROUPS)} | {LAST_GROUP: len(FIRST_GROUPS) + 1}
    ordered = list(fields)
    first_seen = {field.group: place for place, field in reversed(list(enumerate(ordered)))}
    ordered.sort(key=lambda field: (ranks.get(field.group, len(FIRST_GROUPS)), first_seen[field.group]))
    return [(group, list(members)) for group, members in groupby(ordered, key=lambda field: field.group)]


def text_of(field: Field, value: Value) -> str:
    """The text that stands in the input for a stored value; parsed, it gives the same value again."""
    if field.is_blank(value):
        return ""
    if field.kind in LISTED:
        return spelled(field, value)
    if field.kind is Kind.PHONE or not isinstance(value, str):
        shown = field.display(value)
        return shown if field.same(field.parse(shown), value) else str(value)
    return value


def typed(field: Field, data: Mapping[str, str]) -> str | None:
    """The text that a person typed for a field, out of a posted form; None where its input was not on the page."""
    text = data.get(f"v-{field.name}")
    if text is None or field.kind is not Kind.PHONE:
        return text
    return phones.joined(data.get(f"v-{field.name}-country", ""), text)


def in_one_line(field: Field, text: str) -> str:
    """A text without its line breaks, which no provider takes: those of an address become commas, others spaces."""
    if field.kind is Kind.JSON or "\n" not in text:
        return text
    lines = [line for part in text.splitlines() if (line := part.strip())]
    if field.meaning is not Meaning.ADDRESS:
        return " ".join(lines)
    return ", ".join([*(line.rstrip(", ") for line in lines[:-1]), *lines[-1:]])


def control_of(field: Field, text: str) -> str:
    """Which control takes it; the name of a file in templates/customers/controls."""
    if field.kind in LISTED:
        return "choices" if _is_short(field) else "select"
    if field.kind in {Kind.JSON, Kind.PHONE}:
        return "phone" if field.kind is Kind.PHONE else "pairs"
    return "textarea" if field.meaning is Meaning.ADDRESS or "\n" in text else "input"


def type_of(field: Field, text: str) -> str:
    """The type of an input. A text that is no date stays visible: a date control would show it as empty."""
    if field.kind is Kind.DATE:
        is_day = field.problem(text) is None and field.store(text) == text
        return "date" if is_day or not text else "text"
    return TYPES.get(field.kind, "text")


def mode_of(field: Field) -> str:
    """Which keyboard a phone shows; empty for the usual one."""
    return "numeric" if field.digits else MODES.get(field.kind, "")


def words_of(field: Field, text: str) -> str:
    """A date with its weekday, an amount with its thousands apart; empty where the text says it as well."""
    value = field.parse(text)
    if not isinstance(value, str) or field.problem(value):
        return ""
    if field.kind is Kind.DATE:
        day = date.fromisoformat(value)
        return f"{day:%A}, {day.day} {day:%B} {day.year}"
    shown = field.display(value)
    return shown if field.kind is Kind.MONEY and shown != text else ""


def help_of(field: Field, held: Value) -> str:
    """What one should know before typing."""
    said = [field.help, _spelling(field, held), _hidden(field, held), _length(field), _emptying(field, held)]
    return " ".join(filter(None, said))


def _headed(heading: str, options: SafeString) -> SafeString:
    return format_html('<optgroup label="{}">{}</optgroup>', heading, options) if heading else options


def _drawn(options: Iterable[Option], selected: str) -> SafeString:
    """Escaped here, since there may be hundreds."""
    drawn = []
    for each in options:
        marked = SELECTED if each.value == selected else ""
        drawn.append(f'<option value="{escape(each.value)}"{marked}>{escape(each.label)}</option>')
    return SafeString("".join(drawn))


@lru_cache(maxsize=1)
def _countries() -> list[tuple[str, str, str]]:
    """Each country that can be dialled, with its option up to where it is marked as selected, and the rest."""
    return [
        (
            region,
            format_html('<option value="{0}" data-short="{0} {1}"', region, code),
            format_html(">{} {}</option>", name, code),
        )
        for region, name, code in phones.dialled()
    ]


def _is_short(field: Field) -> bool:
    """Whether all there is to choose reads at a glance; a list of one would be no choice."""
    return field.kind is Kind.YES_NO or (field.kind is Kind.CHOICE and 1 < len(field.choices) <= MOST_RADIOS)


def _spelling(field: Field, held: Value) -> str:
    """An example where the control itself does not show what is expected."""
    if field.kind is Kind.DATE_TIME:
        return "Such as 2024-12-01T10:30:00Z, in UTC."
    is_typed = field.kind is Kind.DATE and not field.sensitive and type_of(field, text_of(field, held)) == "text"
    return "As year-month-day, such as 1985-06-15." if is_typed else ""


def _hidden(field: Field, held: Value) -> str:
    if not field.sensitive:
        return ""
    known = "Hidden. Type to replace it; left empty, it stays as it is."
    return "Hidden once it is saved." if field.is_blank(held) else known


def _length(field: Field) -> str:
    """Only limits that one comes near; a text that is longer than a wide one allows is told so."""
    if field.digits:
        return f"Exactly {field.digits} digits."
    if field.kind in LISTED or field.kind is Kind.PHONE:
        return ""
    return f"At most {field.max_length} characters." if field.max_length and field.max_length <= NARROW else ""


def _emptying(field: Field, held: Value) -> str:
    if field.required is not Required.NO or field.sensitive or field.kind in LISTED or field.is_blank(held):
        return ""
    return "Cannot be emptied." if field.clearing is Clearing.NO else "May be emptied."
