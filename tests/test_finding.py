"""Finding among many: by parts of words, by words of an address, and by plans that stay what they are at any size."""

from __future__ import annotations

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from console import finding
from console.finding import Match, find, inside
from console.models import Connection, Customer, Known, SearchTerm, SearchText
from console.models.search import grams, terms_of
from console.models.terms import index_new
from tests.cast import connect, sample
from tests.databases import Database


def found(text: str) -> list[str]:
    """Who is found by a text, in order."""
    hits = find(Connection.objects.order_by("pk"), text).hits
    people = {each.pk: str(each) for each in Customer.objects.all()}
    return [people[hit.pk] for hit in hits]


@pytest.fixture(autouse=True)
def what_is_common_is_asked_anew() -> None:
    """The process remembers for minutes what the database counted; each test has a database of its own."""
    inside._frequencies.fresh_until = 0


@pytest.mark.django_db
class TestPartsOfWords:
    @pytest.mark.parametrize(
        "typed", ["ijaya", "JAYA", "wijaya@exa", "ample.com", "8f31", "281234", "jaya di", "kart", "ija arta 8f3"]
    )
    def test_any_part_of_what_somebody_is_found_by_finds_them(self, typed: str) -> None:
        sample(connect("sqril"), address="Jl. Kebon Sirih 12, Jakarta"), sample(connect("caibo"))
        assert found(typed) == (["Adi Wijaya", "Ann Whitfield"] if typed == "ample.com" else ["Adi Wijaya"])

    @pytest.mark.parametrize("typed", ["ijayan", "jaya whit", "wijaya8f", "iijaya", "%jaya", "w_jaya", "jay%", "\\jay"])
    def test_all_of_it_has_to_stand_there(self, typed: str) -> None:
        sample(connect("sqril")), sample(connect("caibo"))
        assert found(typed) == []

    def test_those_who_only_have_it_inside_come_last(self) -> None:
        caibo = connect("caibo")
        for number, name in enumerate(("Abe Harlee", "Zed Lee", "Lee Young"), 1):
            sample(caibo, id=str(number), name=name, email=f"x{number}@example.com")
        assert found("lee") == ["Lee Young", "Zed Lee", "Abe Harlee"]
        assert find(Connection.objects.all(), "lee").hits[-1].match is Match.INSIDE

    def test_where_beginnings_fill_a_page_nobody_is_looked_for_inside(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(finding, "ENOUGH", 2)
        caibo = connect("caibo")
        for number, name in enumerate(("Abe Harlee", "Zed Lee", "Lee Young"), 1):
            sample(caibo, id=str(number), name=name, email=f"x{number}@example.com")
        assert found("lee") == ["Lee Young", "Zed Lee"]

    @pytest.mark.parametrize("enough", [1, 25])
    def test_a_nul_is_between_words_like_a_space(self, enough: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(finding, "ENOUGH", enough)
        sample(connect("sqril"))
        assert found("adi\0wijaya") == found("wijaya\0") == ["Adi Wijaya"]

    @pytest.mark.parametrize("typed", ["ij", "ij di"])
    def test_fewer_than_three_letters_are_only_a_beginning(self, typed: str) -> None:
        sample(connect("sqril"))
        assert found(typed) == []

    def test_other_letters_than_ours_are_found_too(self) -> None:
        sample(connect("caibo"), name="Łukasz Дмитриев 山田太郎")
        assert found("митри") == found("田太郎") == found("ukasz") == ["Łukasz Дмитриев 山田太郎"]

    def test_a_sensitive_value_is_found_by_no_part_of_it(self) -> None:
        adi = sample(connect("sqril"), ic_number="3174012345678901")
        assert found("4012345678") == []
        assert "3174" not in SearchText.objects.get(customer=adi).text


@pytest.mark.django_db
class TestAddresses:
    def test_its_words_find_in_any_order_and_without_signs(self) -> None:
        sample(connect("sqril"), address="Jl. Kebon Sirih 12/3, Jakarta"), sample(connect("caibo"))
        for typed in ("kebon", "jakarta kebon", "jl. sirih", "adi jakarta", "sirih, jakarta", "12 keb"):
            assert found(typed) == ["Adi Wijaya"], typed

    def test_one_of_several_fields_finds_as_well(self) -> None:
        sample(connect("finosu"), city="Zürich", streetAddress1="Am Schanzengraben 4")
        assert found("zurich schanz") == found("schanz 4") == [str(Customer.objects.get())]

    @pytest.mark.parametrize("held", ["94103-1234", "114 55", "(12-14)", "12.345-67"])
    def test_what_looks_like_a_phone_number_finds_as_it_stands(self, held: str) -> None:
        sample(connect("sqril"), address=f"Lake Road {held}, Solo"), sample(connect("caibo"))
        assert found(held) == ["Adi Wijaya"]

    def test_a_number_that_is_typed_in_parts_finds_nobody_who_has_its_parts_elsewhere(self) -> None:
        sample(connect("sqril"), phone="+41 79 237 00 01", address="Lake Road 7")
        sample(connect("caibo"), phone="+41 44 100 00 79", address="237 Lake Road, 4179 Pune")
        assert found("41 79 23") == ["Adi Wijaya"]

    def test_who_moves_is_found_where_they_live_now(self) -> None:
        adi = sample(connect("sqril"), address="Kebon Sirih 12")
        adi.learn({"address": "Lake Road 7"}, how=Known.READ, at=timezone.now())
        adi.save_learnt()
        assert found("sirih") == []
        assert found("lake") == ["Adi Wijaya"]

    def test_an_address_that_a_connection_calls_sensitive_finds_nobody(self) -> None:
        sample(connect("sqril", sensitive="address"), address="Kebon Sirih 12")
        assert found("sirih") == []
        assert not SearchTerm.objects.filter(term="sirih").exists()


@pytest.mark.django_db
class TestConnections:
    def test_of_two_where_one_has_many_the_other_is_not_left_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(finding, "MOST", 4)
        caibo, flowwise = connect("caibo"), connect("flowwise")
        for number in range(9):
            sample(caibo, id=str(number + 1), name=f"Ann{number} Smith", email=f"x{number}@example.com")
        sample(flowwise, customer_id="z", name="Abe Smith")
        for typed in ("smith", "smith abe"):
            assert find([caibo, flowwise], typed).hits[0].connection == flowwise.pk, typed

    def test_what_one_lets_over_the_other_gets(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(finding, "MOST", 6)
        caibo, flowwise = connect("caibo"), connect("flowwise")
        for number in range(5):
            sample(caibo, id=str(number + 1), name=f"Ann Smith {number}", email=f"x{number}@example.com")
        sample(flowwise, customer_id="z", name="Zoe Smith")
        of_both = find([caibo, flowwise], "smith")
        assert (len(of_both.hits), of_both.is_all) == (6, True)


@pytest.mark.django_db
def test_many_written_at_once_are_found_by_what_each_alone_would_be() -> None:
    adi, ann = sample(connect("sqril")), sample(connect("caibo"))
    written = [list(each.objects.order_by("pk").values_list()) for each in (SearchTerm, SearchText)]
    SearchTerm.objects.all().delete(), SearchText.objects.all().delete()
    index_new([adi, ann])
    assert [list(each.objects.order_by("pk").values_list()) for each in (SearchTerm, SearchText)] == written
    with connection.cursor() as cursor:
        cursor.execute("SELECT grams FROM console_searchtext WHERE customer_id = %s", [adi.pk])
        assert set(cursor.fetchone()[0]) == grams(terms_of(adi).text)


# --- at size: what the database knows of its tables is found out by their owner alone, once all is committed

MANY = 60_000
FILL = """
INSERT INTO console_customer (connection_id, identity, external_id, values, sealed, known, version, key_id, name,
    sort_name, email, phone, places, chain_length, chain_head, drift, flaws)
SELECT %(at)s, '{}', 'made-' || n, '{}', '{}', '{}', 1, 'k', '', 'ann ' || md5(n::text), '', '', 0, 0, '', '{}', '{}'
FROM generate_series(1, %(many)s) n;
INSERT INTO console_searchterm (connection_id, customer_id, term)
SELECT connection_id, id, unnest(ARRAY['ann', substr(sort_name, 5), external_id]) FROM console_customer;
INSERT INTO console_searchtext (connection_id, customer_id, text, grams)
SELECT connection_id, id, concat_ws(E'\\n', sort_name, '', '', external_id, ''),
    ARRAY[%(common)s, id %% 9000, 10000 + id %% 7919] FROM console_customer;
"""
TYPED = ("ann", "ann 12", "made-77", "ade-77", "c4ca", "c4ca 4238", "nn 42", "nobody", "0812345", "ann nobody", "ann")


@pytest.fixture
def many(live_db: Database) -> Connection:
    """A connection with so many customers that no planner reads them all for a few."""
    caibo = connect("caibo")
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"at": caibo.pk, "many": MANY, "common": min(grams("ann"))})
    analyze()
    return caibo


def analyze() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE console_customer, console_searchterm, console_searchtext")


class TestAtSize:
    def test_no_search_reads_a_table_from_its_beginning_to_its_end(self, many: Connection) -> None:
        for typed in TYPED:
            with CaptureQueriesContext(connection) as asked:
                find([many], typed)
            assert asked.captured_queries
            for query in asked.captured_queries:
                plan = plan_of(query["sql"])
                assert "Seq Scan on console_" not in plan, (typed, plan)


def plan_of(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(line for (line,) in cursor.fetchall())


class TestWhatNearlyEverybodyHas:
    @pytest.fixture(autouse=True)
    def few_are_many(self, live_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(inside, "MOST_SHARING", 3)
        monkeypatch.setattr(inside, "MOST_WALKED", 8)
        monkeypatch.setattr(inside, "PLENTY", 4)
        caibo = connect("caibo")
        for number in range(20):
            sample(caibo, id=str(number + 100), name=f"Person {number:02}", email=f"x{number}@example.com")
        analyze()

    def test_some_are_looked_through_and_said_not_to_be_all(self) -> None:
        of_many = find(Connection.objects.all(), "xample.co")
        assert (len(of_many.hits), of_many.is_all) == (8, False)

    def test_where_looking_through_finds_few_all_are_found(self) -> None:
        sqril = connect("sqril")
        sample(sqril)
        found_there = find([sqril], "xample.co")
        assert (len(found_there.hits), found_there.is_all) == (1, True)

    def test_who_is_few_is_found_whole_however_many_others_have_it_elsewhere(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(inside, "MOST_NEAR", 2)
        sqril = connect("sqril")
        sample(sqril)
        found_there = find([sqril], "xample.co")
        assert (len(found_there.hits), found_there.is_all) == (1, True)

    def test_who_is_behind_those_looked_through_is_found_among_those_of_their_connection(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(inside, "MOST_WALKED", 1)
        monkeypatch.setattr(inside, "MOST_NEAR", 4)
        sqril = connect("sqril")
        people = [sample(sqril, customer_id=f"cus_{number}") for number in range(3)]
        found_there = find([sqril], "xample.co")
        assert ({hit.pk for hit in found_there.hits}, found_there.is_all) == ({each.pk for each in people}, True)

    def test_who_was_looked_through_stays_found_where_the_index_gives_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(inside, "MOST_WALKED", 2)
        monkeypatch.setattr(inside, "MOST_PICKED", 5)
        sqril = connect("sqril")
        first, second, _ = [sample(sqril, customer_id=f"cus_{number}") for number in range(3)]
        found_there = find([sqril], "xample.co")
        assert ({hit.pk for hit in found_there.hits}, found_there.is_all) == ({first.pk, second.pk}, False)

    def test_a_rare_part_of_it_is_found_however_common_the_others_are(self) -> None:
        assert found("13@exam") == ["Person 13"]
        assert found("ample.co erson 13") == ["Person 13"]
