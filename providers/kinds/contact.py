"""E-mail addresses and telephone numbers."""

import ipaddress
import re
import unicodedata

import phonenumbers

from providers.kinds.base import Problem, Value
from providers.kinds.characters import plain
from providers.kinds.text import Text, too_long

_LOCAL = re.compile(r"[-!#$%&'*+/=?^_`{}|~0-9A-Za-z]+(\.[-!#$%&'*+/=?^_`{}|~0-9A-Za-z]+)*")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LONGEST_LOCAL = 64
_LONGEST_DOMAIN = 253
_LONGEST_LABEL = 63
_PHONE = re.compile(r"\+?[0-9]{3,15}")
_SEPARATORS = re.compile(r"[\s().\-/\u2010-\u2015\u2212]")


class Email(Text):
    """An e-mail address, judged in the spirit of Django's validator but without Django.

    The part before the @ is ASCII atoms joined by dots. The domain has at least two labels of letters, digits and
    hyphens, or is an IDN whose ASCII form is so; an address literal in brackets passes if it is a real IP address.
    """

    longest = 254  # RFC 5321: 256 octets of path, less its angle brackets

    def problem(self, value: object) -> Problem | None:
        if problem := super().problem(value):
            return problem
        if isinstance(value, str) and _is_address(value):
            return None
        return Problem("invalid_email", "Enter an e-mail address such as name@example.com.")

    def canonical(self, value: object) -> Value:
        """Domains compare without regard to case or to which form of an IDN is used; what stands before the @ as is."""
        text = super().canonical(value)
        if not isinstance(text, str):
            return text
        local, at, domain = text.rpartition("@")
        ascii_domain = _ascii(domain)
        return f"{local}{at}{ascii_domain.lower() if ascii_domain.isascii() else domain}"


class Phone(Text):
    """A telephone number: a plus sign or none, then 3 to 15 digits, stored without separators."""

    longest = 60

    def store(self, value: Value) -> Value:
        if not isinstance(value, str):
            return value
        digits = _SEPARATORS.sub("", _western_digits(value)) if len(value) <= self.longest else value
        return digits if _PHONE.fullmatch(digits) else value

    def problem(self, value: object) -> Problem | None:
        if isinstance(value, str) and len(value) > self.longest:
            return too_long(len(value), self.longest)
        stored = self.store(value) if isinstance(value, str) else value
        if isinstance(stored, str) and _PHONE.fullmatch(stored):
            return None
        return super().problem(value) or Problem(
            "invalid_phone", "Enter a phone number of 3 to 15 digits, such as +14155550132."
        )

    def canonical(self, value: object) -> Value:
        return self.store(super().canonical(value))

    def display(self, value: Value) -> str:
        shown = super().display(value)
        return (_international(shown) if shown.startswith("+") else None) or shown


def _is_address(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    if not at or len(local) > _LONGEST_LOCAL or not _LOCAL.fullmatch(local):
        return False
    return _is_literal(domain) or _is_domain(domain) or _is_domain(_ascii(domain))


def _is_literal(domain: str) -> bool:
    if not (domain.startswith("[") and domain.endswith("]")):
        return False
    try:
        ipaddress.ip_address(domain[1:-1].removeprefix("IPv6:"))
    except ValueError:
        return False
    return True


def _is_domain(domain: str) -> bool:
    labels = domain.split(".")
    return (
        len(domain) <= _LONGEST_DOMAIN
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
        and len(labels[-1]) > 1
        and not labels[-1].isdigit()
    )


def _ascii(domain: str) -> str:
    """The ASCII form of an IDN; a domain that has none comes back as it is. Long ones are not tried: that is slow."""
    if domain.isascii() or any(len(label) > _LONGEST_LABEL for label in domain.split(".")):
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def _western_digits(text: str) -> str:
    if text.isascii():
        return text
    return "".join(_western(character) for character in text)


def _western(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return "+" if character == "\uff0b" else character if value is None else str(value)


def _international(number: str) -> str | None:
    """The number as its country groups it, or None where that would change a digit of it."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    shown = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return shown if phonenumbers.is_valid_number(parsed) and _SEPARATORS.sub("", plain(shown)) == number else None
