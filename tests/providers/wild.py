"""Values for property tests: sensible ones of each kind, and everything that could be thrown at it."""

from hypothesis import strategies as st

from providers.fields import Choice, Field, Kind

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)  # NUL and lone surrogates included
TRICKY_TEXT = st.sampled_from(
    [
        "",
        " ",
        "\0",
        "\ud800",
        "\u200b",
        "a\u200db",
        "x" * 5000,
        "9" * 5000,
        "1e999",
        "-0",
        "+",
        "@",
        "a@b",
        "NaN",
        "[" * 999,
        "{}",
    ]
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | TRICKY_TEXT | st.binary(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(ANY_TEXT | st.integers(), inner, max_size=3)
        | st.tuples(inner)
        | st.sets(st.integers(), max_size=2)
    ),
    max_leaves=5,
)

CHOICES = (Choice("paid", "Paid"), Choice("partial", "Partly paid"), Choice("OCC1", "OCC1"))
SENSIBLE = {
    Kind.TEXT: st.text(max_size=30),
    Kind.EMAIL: st.emails()
    | st.sampled_from(["name@example.com", "zoë@example.com", "name@bücher.example", "a@[127.0.0.1]"]),
    Kind.PHONE: st.from_regex(r"\+?[0-9]{3,15}", fullmatch=True) | st.just("+62 812 3456 79"),
    Kind.DATE: st.dates().map(str),
    Kind.DATE_TIME: st.datetimes().map(lambda moment: f"{moment.isoformat()}Z")
    | st.datetimes().map(lambda m: m.isoformat()),
    Kind.MONEY: st.from_regex(r"[0-9]{1,9}(\.[0-9]{1,4})?", fullmatch=True),
    Kind.DECIMAL: st.from_regex(r"-?[0-9]{1,8}(\.[0-9]{1,6})?", fullmatch=True),
    Kind.WHOLE_NUMBER: st.integers(-(2**63), 2**63 - 1).map(str),
    Kind.YES_NO: st.sampled_from(["yes", "No", "true", "0"]),
    Kind.CHOICE: st.sampled_from(["paid", "Paid", "partly paid", "OCC1"]),
    Kind.COUNTRY: st.sampled_from(["ID", "idn", "Indonesia", "US", "Türkiye"]),
    Kind.US_STATE: st.sampled_from(["CA", "ny", "Puerto Rico", "california"]),
    Kind.ZIP: st.from_regex(r"[0-9]{5}(-?[0-9]{4})?", fullmatch=True),
    Kind.TIME_ZONE: st.sampled_from(["America/New_York", "america/new york", "UTC", "Asia/Kolkata"]),
    Kind.JSON: st.dictionaries(st.text(max_size=5), JSON_VALUES, max_size=3).map(str) | st.just('{"employer": "Acme"}'),
}


def field(kind: Kind) -> Field:
    """A field of that kind without rules of its own."""
    return Field(name="it", label="It", kind=kind, group="", choices=CHOICES if kind is Kind.CHOICE else ())
