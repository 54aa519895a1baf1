"""The sample customers: 200 for each provider, the same every time, those of the documentation pages first; more can
be made in the same way.

One person may be a customer of several providers, with the same e-mail address and telephone.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from providers.sandbox.timepay import LANGUAGES

type Record = dict[str, Any]

COUNT = 200
_DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com", "post.example.org", "home.example.net")
_LATIN = str.maketrans({"ł": "l", "Ł": "L", "ß": "ss", "đ": "d", "Đ": "D", "\u0131": "i", "ø": "o"})
_NAMES = tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of a country, known by country and number."""

    number: int
    country: str
    female: bool
    given: str
    family: str
    email: str
    phone: str
    street: str
    city: str
    born: str

    @property
    def address(self) -> str:
        return f"{self.street}, {self.city}"

    @property
    def full_name(self) -> str:
        parts = (self.given, self.family)
        return " ".join(reversed(parts) if self.country in {"VN", "JP", "CN"} else parts)


def customers(slug: str) -> list[Record]:
    """The sample customers of a provider, by the field names of its contract."""
    return [dict(record) for record in _made(slug)]


def more(slug: str, numbers: Iterable[int]) -> Iterator[Record]:
    """Customers beyond the sample, by numbers from `COUNT` on: each number gives the same one every time."""
    return (_MAKERS[slug](number) for number in numbers)


@lru_cache(maxsize=4096)
def person(country: str, number: int) -> Person:
    key = (country, number)
    names = _NAMES["countries"][country]
    female = _number(2, *key, "gender") == 0
    given, given_latin = _spelled(_pick(names["female" if female else "male"], *key, "given"))
    family, family_latin = _spelled(_pick(names["family"], *key, "family"))
    city = _pick(names["cities"], *key, "city")
    road, house = _pick(names["streets"], *key, "street"), str(1 + _number(240, *key, "house"))
    street = f"{house} {road}" if country in {"US", "IN", "FR", "NG"} else f"{road} {house}"
    born = date(1948, 1, 1) + timedelta(days=_number(20_800, *key, "born"))
    phone = re.sub("#", lambda spot: str(_number(10, *key, spot.start())), _pick(names["phones"], *key, "phone"))
    email = _email(given_latin, family_latin, key)
    return Person(number, country, female, given, family, email, phone, street, city, born.isoformat())


def _timepay(number: int) -> Record:
    who = person("IN", number)
    loan = {"loan_id": f"LOAN-2025-{20_000 + number}"} if number % 7 != 3 else {}
    lead = {"lead_id": f"LEAD-{7000 + number}"} if number % 7 in {3, 5} else {}
    # A record that came in as a bare lead has no surname and no loan yet.
    bare = bool(lead) and number % 2 == 1
    return {
        "campaignId": ("camp_abc123", "camp_gold_loans_2025", "camp_two_wheeler_south")[number % 3],
        **loan,
        **lead,
        "first_name": who.given,
        **({} if bare else {"last_name": who.family}),
        "phone_number": who.phone,
        "payment_status": ("paid", "partial", "partial", "promised", None)[number % 5],
        "language": None if number % 11 == 0 else LANGUAGES[_number(len(LANGUAGES), "language", number)],
        **({} if bare else _loan(number)),
        **({"lead_date": (date(2025, 6, 1) + timedelta(days=number % 700)).isoformat()} if lead else {}),
    }


def _loan(number: int) -> Record:
    amount = 20_000 + 2_500 * _number(180, "loan", number)
    period = 12 * (1 + _number(5, "period", number))
    instalment = f"{amount * 1.14 / period:.2f}"
    return {
        "loan_amount": f"{amount}.00",
        "emi_amount": instalment,
        "current_emi": instalment,
        "loan_period": str(period),
        "emi_due_date": (date(2025, 12, 5) + timedelta(days=_number(60, "due", number))).isoformat(),
    }


def _finosu(number: int) -> Record:
    who = person("US", number)
    state, zip_code, zone = _NAMES["places"][who.city]
    optional = {
        "streetAddress2": _pick(("Apt 2", "Suite 410", "Unit B", "c/o J. Doe", "PO Box 77"), "line", number),
        "ssnLastFour": f"{_number(10_000, 'ssn', number):04}",
        "externalMetadata": {"employer": _pick(("Acme Foods", "City of Austin", "self-employed"), "work", number)},
    }
    return {
        "id": f"cust_{1000 + number}",
        "firstName": who.given,
        "lastName": who.family,
        **({} if number % 23 == 7 else {"email": who.email, "birthday": who.born}),
        "timezone": zone,
        "phoneNumber": who.phone,
        "streetAddress1": who.street,
        "city": who.city,
        "state": state,
        "zipCode": zip_code,
        "doNotCall": number % 9 == 0,
        "isTest": number % 50 == 49,
        "taskType": "collections",
        **{name: value for name, value in optional.items() if _number(3, name, number)},
    }


def _caibo(number: int) -> Record:
    who = person(_pick(tuple(_NAMES["countries"]), "country", number), number)
    # Some numbers are beyond what a double holds exactly, one is the largest there is.
    identity = {7: 9007199254740993, 19: 9223372036854775807}.get(number, 12345 + 37 * number)
    return {
        "id": str(identity),
        "ownerId": str(70 + number % 4),
        "userId": None if number % 3 else str(50_000 + number),
        "ownerName": ("Harbour Pay", "Nile Traders", "Sükût Ticaret", None)[number % 4],
        "name": who.full_name,
        "email": who.email,
        "address": None if number % 6 == 0 else who.address,
        "phone": None if number % 8 == 0 else who.phone,
        "memberId": f"M-{number:06}" if number % 2 else None,
        "hasPaymentRequests": (True, False, None)[number % 3],
        "totalDeposits": f"{_number(900_000, 'deposits', number) / 100:.2f}",
        "createDate": _moment("created", number),
        **(_unusual(number // 20) if number % 20 == 10 else {}),
    }


def _flowwise(number: int) -> Record:
    # Some of TimePay's people shop here, too.
    who = person("IN", number + 150)
    moment = _moment("added", number)
    optional = {"email": who.email, "phone": who.phone, "address": f"{who.address}, India"}
    slug = re.sub(r"[^a-z]+", "_", _ascii(who.full_name).lower()).strip("_")
    return {
        "id": f"cust_rec_{67890 + number}",
        "customer_id": f"cust_{slug}_{number:03}",
        "project_id": "proj_fashion_store_2024",
        "scope": "GLOBAL" if number % 6 == 0 else "PROJECT",
        "status": "INACTIVE" if number % 17 == 0 else "ACTIVE",
        "name": who.full_name,
        "added_on": moment,
        "updated_on": moment,
        **{name: value for name, value in optional.items() if _number(8, name, number)},
        **(_unusual(number // 20) if number % 20 == 5 else {}),
    }


def _sqril(number: int) -> Record:
    country = ("ID", "ID", "ID", "ID", "PH", "ID", "VN", "ID", "MY", "PE")[number % 10]
    who = person(country, number)
    moment = _moment("registered", number)
    return {
        "customer_id": f"CUS-{country}-{40_000 + number}",
        "name_first": who.given,
        "name_last": who.family,
        "gender": "FEMALE" if who.female else "MALE",
        "ic_type": _pick(("NIC", "NIC", "PP", "WEP"), "ic", number),
        "ic_number": f"{_number(10**15, 'ic number', number):016}",
        "ic_country": country,
        "ic_expiry_date": f"{2027 + number % 8}-{1 + number % 12:02}-15",
        "country_of_residence": country,
        "nationality": country,
        "dob": who.born,
        "occupation": f"OCC{1 + _number(11, 'occupation', number)}",
        "email": who.email,
        "phone": who.phone,
        "address": who.address,
        "created_at": moment,
        "updated_at": moment,
    }


_MAKERS: dict[str, Callable[[int], Record]] = {
    "timepay": _timepay,
    "finosu": _finosu,
    "caibo": _caibo,
    "flowwise": _flowwise,
    "sqril": _sqril,
}

# Who the documentation pages speak of, as they were before the update that each page shows.
_KNOWN: dict[str, tuple[Record, ...]] = {
    "timepay": (
        {"campaignId": "camp_abc123", "loan_id": "LOAN-2025-00123", "first_name": "Rahul", "payment_status": "partial"},
        {"campaignId": "camp_abc123", "loan_id": "loan_12345", "first_name": "Anjali", "payment_status": None},
    ),
    "finosu": (
        {
            "id": "cust_12345",
            "firstName": "Jordan",
            "lastName": "Avery",
            "email": "jordan.avery@example.com",
            "phoneNumber": "+14155550132",
            "birthday": "1985-06-15",
            "ssnLastFour": "1234",
            "streetAddress1": "123 Main St",
            "streetAddress2": "Apt 4B",
            "city": "San Francisco",
            "state": "CA",
            "zipCode": "94102",
            "timezone": "America/Los_Angeles",
            "doNotCall": True,
        },
    ),
    "caibo": ({"id": "12345", "name": "Casey Morgan", "email": "casey.morgan@example.com", "phone": "+1987654321"},),
    "flowwise": (
        {
            "id": "cust_rec_67890",
            "customer_id": "cust_priya_sharma_2024",
            "name": "Priya Sharma",
            "email": "priya.sharma@example.com",
            "phone": "+919876543210",
            "address": "123 Connaught Place, New Delhi, Delhi 110001, India",
            "scope": "PROJECT",
            "status": "ACTIVE",
            "added_on": "2024-12-01T10:30:00Z",
            "updated_on": "2024-12-03T14:15:30Z",
        },
    ),
    "sqril": (
        {
            "customer_id": "CUS-ID-40000",
            "name_first": "John",
            "name_last": "Santoso",
            "gender": "MALE",
            "email": "john@example.com",
            "phone": "+62812345678",
            "occupation": "OCC5",
            "address": "Jl. Sudirman No. 12, Jakarta",
        },
    ),
}


@cache
def _made(slug: str) -> tuple[Record, ...]:
    known = _KNOWN[slug]
    made = [_MAKERS[slug](number) for number in range(COUNT)]
    # A known customer takes the place, and whatever is not said of them, of one of the others.
    return tuple({**record, **known[number]} if number < len(known) else record for number, record in enumerate(made))


def _number(below: int, *key: object) -> int:
    """A number that looks drawn by lot and is the same for the same key on every machine."""
    digest = blake2b("\0".join(map(str, key)).encode(), digest_size=8).digest()
    return int.from_bytes(digest) % below


def _pick(options: Sequence[str], *key: object) -> str:
    return options[_number(len(options), *key)]


def _spelled(name: str) -> tuple[str, str]:
    native, _, latin = name.partition("=")
    return native, latin or native


def _email(given: str, family: str, key: tuple[str, int]) -> str:
    given, family = (re.sub(r"[^a-z]+", "", _ascii(part).lower()) for part in (given, family))
    local = _pick(
        (f"{given}.{family}", f"{given[0]}.{family}", f"{family}.{given}", f"{given}_{family}"), *key, "local"
    )
    return f"{local}{key[1] if key[1] % 3 else ''}@{_pick(_DOMAINS, *key, 'domain')}"


def _unusual(index: int) -> Record:
    name = _NAMES["unusual"][index % len(_NAMES["unusual"])]
    words = re.findall(r"[a-z]{2,}", _ascii(name).lower())
    return {"name": name, "email": f"{'.'.join(words[-2:])}@example.org"}


def _ascii(name: str) -> str:
    return unicodedata.normalize("NFKD", name.translate(_LATIN)).encode("ascii", "ignore").decode()


def _moment(*key: object) -> str:
    day = date(2023, 1, 9) + timedelta(days=_number(900, *key))
    return f"{day.isoformat()}T{_number(24, *key, 'h'):02}:{_number(60, *key, 'm'):02}:{_number(60, *key, 's'):02}Z"
