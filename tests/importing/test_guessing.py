"""Which column fills which field: guessed where names or values say so, and left to a person where they don't."""

from hypothesis import given
from hypothesis import strategies as st

from console.importing import Guess, guess
from console.importing.words import bare
from providers import registry

SQRIL = registry.get("sqril").configured({})
TIMEPAY = registry.get("timepay").configured({})


def guessed(*columns: str, **samples: list[str]) -> dict[str, str]:
    """The field of each column, by its name; samples by the same name."""
    told = guess(columns, [samples.get(column, []) for column in columns], SQRIL)
    return {columns[place]: name for place, name in told.fields.items()}


def test_names_are_known_however_they_are_spelled() -> None:
    found = guessed("CUSTOMER-ID", "First name", "nameLast", "E-Mail", "Date of birth", "Straße")

    assert found == {
        "CUSTOMER-ID": "customer_id",
        "First name": "name_first",
        "nameLast": "name_last",
        "E-Mail": "email",
        "Date of birth": "dob",
    }


def test_names_in_other_words_are_known() -> None:
    found = guessed("Vorname", "Surname", "Mobile No.", "alamat", "Customer phone type")

    assert found == {"Vorname": "name_first", "Surname": "name_last", "Mobile No.": "phone", "alamat": "address"}


def test_a_column_that_is_merely_called_id_is_the_id_unless_another_one_is() -> None:
    assert guessed("id") == {"id": "external_id"}
    assert guessed("id", "customer_id") == {"customer_id": "customer_id"}


def test_values_say_what_a_name_does_not() -> None:
    found = guessed("a", "b", "c", a=["x@y.id"] * 3, b=["+62 812 3456"] * 3, c=["Budi", "Sari", "Dewi"])

    assert found == {"a": "email", "b": "phone"}


def test_ids_are_no_phone_numbers() -> None:
    assert guessed("code", code=["00123456", "00123457", "00123458"]) == {}


def test_a_similar_name_needs_values_that_fit_and_the_very_name_does_not() -> None:
    assert guessed("mail", mail=["Jalan 1", "Jalan 2", "Jalan 3"]) == {}

    told = guess(["email"], [["Jalan 1", "Jalan 2", "Jalan 3"]], SQRIL)

    assert told == Guess({0: "email"}, {0: "Has the name of this field, but its values look different."})


def test_of_two_columns_that_are_as_likely_neither_is_taken() -> None:
    assert guessed("mobile", "telephone") == {}
    assert guessed("x", "y", x=["a@b.id"] * 3, y=["c@d.id"] * 3) == {}


def test_what_could_be_several_fields_is_left_to_a_person() -> None:
    assert guessed("when", when=["1990-04-03"] * 3) == {}
    assert guessed("land", land=["ID"] * 3) == {"land": "country_of_residence"}
    assert guessed("x", x=["ID"] * 3) == {}


def test_an_id_of_parts_is_found_in_its_columns() -> None:
    told = guess(["Campaign", "Loan ID", "first name"], [[], [], []], TIMEPAY)

    assert told.fields == {0: "campaignId", 1: "loan_id", 2: "first_name"}


NAMES = st.one_of(
    st.text(max_size=20), st.sampled_from([name for field in SQRIL.fields for name in (field.name, field.label)])
)
TEXTS = st.lists(
    st.one_of(st.text(max_size=12), st.sampled_from(["a@b.id", "+628123456", "3/4/1990", "ID"])), max_size=5
)


@given(st.lists(st.tuples(NAMES, TEXTS), max_size=8))
def test_no_field_is_ever_filled_twice(table: list[tuple[str, list[str]]]) -> None:
    told = guess([name for name, _ in table], [texts for _, texts in table], SQRIL)

    assert len(set(told.fields.values())) == len(told.fields)
    assert set(told.fields) == set(told.reasons) <= set(range(len(table)))
    assert set(told.fields.values()) <= {field.name for field in SQRIL.fields} | {"external_id"}


@given(st.permutations([field.name for field in SQRIL.fields]))
def test_the_order_of_columns_says_nothing(names: list[str]) -> None:
    told = guess(names, [[] for _ in names], SQRIL)

    assert {names[place]: name for place, name in told.fields.items()} == {name: name for name in names}


def test_names_are_compared_without_signs_case_and_accents() -> None:
    assert {bare(name) for name in ("Prénom", "prenom", "PRE-NOM", " pre nom ")} == {"prenom"}
