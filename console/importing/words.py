"""What people call columns: names without regard to case, accents and signs, and words that mean the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from providers.fields import Meaning

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_KEPT = 4096  # names: the same ones are compared again and again
_APART = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=_KEPT)
def bare(name: str) -> str:
    """A name as it is compared: `Phone No.`, `phoneNo` and `PHONE_NO` are one."""
    return "".join(_parts(name))


@lru_cache(maxsize=_KEPT)
def words(name: str) -> frozenset[str]:
    """The words of a name."""
    return frozenset(_parts(name))


def _parts(name: str) -> list[str]:
    composed = unicodedata.normalize("NFKD", _HUMP.sub(" ", name)).casefold()
    plain = "".join(character for character in composed if not unicodedata.combining(character))
    return [part for part in _APART.split(plain) if part]


def _told(text: str) -> frozenset[str]:
    return frozenset(bare(name) for name in text.split(","))


SYNONYMS: Mapping[Meaning, frozenset[str]] = MappingProxyType(
    {
        Meaning.GIVEN_NAME: _told("first name, given name, forename, fname, vorname, prenom, nombre, nama depan"),
        Meaning.FAMILY_NAME: _told("last name, family name, surname, lname, nachname, nom, apellido, nama belakang"),
        Meaning.FULL_NAME: _told("name, full name, customer name, client name, nama, nama lengkap"),
        Meaning.EMAIL: _told("email, e-mail, mail, email address, e-mail address, mail address, correo"),
        Meaning.PHONE: _told(
            "phone, phone no, phone number, mobile, mobile no, mobile number, mobile phone, cell, cell phone, "
            "telephone, telephone number, tel, telefon, handy, hp, no hp, nomor hp, msisdn, whatsapp, contact number"
        ),
        Meaning.ADDRESS: _told("address, full address, postal address, home address, addr, adresse, alamat"),
        Meaning.STREET: _told("street, street address, address, address 1, address line 1, addr 1, strasse, jalan"),
        Meaning.STREET_EXTRA: _told("street 2, address 2, address line 2, addr 2, apartment, unit, suite"),
        Meaning.CITY: _told("city, town, ort, stadt, ville, kota"),
        Meaning.REGION: _told("state, province, region, bundesland, provinsi"),
        Meaning.POSTAL_CODE: _told("zip, zip code, postal code, post code, postcode, plz, pin code, kode pos"),
        Meaning.COUNTRY: _told("country, country code, country of residence, land, pays, negara"),
        Meaning.NATIONALITY: _told("nationality, citizenship, kewarganegaraan"),
        Meaning.BIRTH_DATE: _told("dob, birthday, birth date, date of birth, born, geburtsdatum, tanggal lahir"),
        Meaning.GENDER: _told("gender, sex, geschlecht, jenis kelamin"),
        Meaning.OCCUPATION: _told("occupation, job, profession, beruf, pekerjaan"),
        Meaning.LANGUAGE: _told("language, lang, locale, sprache, bahasa"),
        Meaning.TIME_ZONE: _told("time zone, timezone, tz"),
    }
)
"""By what a field means, the names that a column for it has elsewhere."""

IDS = _told("id, external id, customer id, customer no, customer number, record id, client id, kunden nr, reference")
"""What a column is called that names the record."""
