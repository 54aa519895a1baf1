"""Every event becomes a leaf of one tree, however late it is committed, and the tree's root is signed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction
from django.db import connection as database
from time_machine import travel

from console.errors import CannotSeal
from console.flows import unsealed
from console.flows.leaves import read_tree, standing
from console.flows.record import database_now
from console.flows.seal import ONE_SEALER, _grown, ring, seal
from console.models import Checkpoint, Event, Leaf, Subtree
from console.proof.notes import opened
from console.proof.tree import Frontier, Tree
from console.proof.verify import leaf_hash, node_hash
from tests.cast import person
from tests.databases import Database
from tests.flows.sealing import Elsewhere, forget, happen, kept_note, tree_fits

pytestmark = pytest.mark.usefixtures("live_db")


def test_invariant_23_every_event_becomes_a_leaf_under_a_signed_root() -> None:
    happen(5)
    count = Event.objects.count()
    assert seal() == count
    happen(3)
    assert seal() == 3
    first, last = Checkpoint.objects.order_by("size")
    assert [first.size, last.size] == [count, count + 3]
    assert list(Leaf.objects.order_by("index").values_list("event", flat=True)) == list(
        Event.objects.order_by("pk").values_list("pk", flat=True)
    )
    note = opened(last.note, ring())
    assert (note.size, note.root, note.at) == (last.size, bytes(last.root), round(last.at.timestamp() * 1_000_000))
    assert note.root == plain_root([bytes(event.hash) for event in Event.objects.order_by("pk")])
    assert tree_fits()


def test_a_round_with_nothing_new_writes_nothing(seals: Path) -> None:
    happen(1)
    seal()
    [file] = seals.glob("*/checkpoint.txt")
    before, when = Checkpoint.objects.get().note, file.stat().st_mtime_ns
    assert [seal(), seal()] == [0, 0]
    assert (Checkpoint.objects.get().note, file.stat().st_mtime_ns) == (before, when)


def test_an_event_of_a_transaction_that_stays_open_across_three_seals_is_sealed_once_it_is_there(
    live_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its key is lower than those of many leaves by then, and all margins are over."""
    monkeypatch.setattr(unsealed, "MARGIN_SECONDS", 0.0)
    forget()
    happen(1)
    seal()
    with Elsewhere() as late:
        late.run("BEGIN")
        key = late.event()
        for _ in range(3):
            happen(2)
            assert seal() == 2
        assert Leaf.objects.order_by("index").last().event_id > key  # type: ignore[union-attr]
        late.run("COMMIT")
    assert seal() == 1
    assert Leaf.objects.order_by("index").last().event_id == key  # type: ignore[union-attr]
    assert tree_fits()


def test_a_search_begins_above_what_is_proven_and_reaches_down_to_the_first_event_once_an_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr(unsealed, "clock", lambda: now)
    search = unsealed.Search()
    assert search.begin(unsealed.Sight(100, 10, 12), 0) == unsealed.LOWEST
    search.end(unsealed.Sight(100, 10, 12), unsealed.LOWEST)
    now += 61
    for sight, proven in ((unsealed.Sight(150, 11, 30), 0), (unsealed.Sight(160, 12, 31), 100)):
        above = search.begin(sight, 0)
        assert above != unsealed.LOWEST or search.proven == 0
        search.end(sight, above)
        assert search.proven == proven  # 11 was still open at first, and had a number when 100 had been seen
    assert search.begin(unsealed.Sight(170, 40, 41), 130) == 130  # what another process proved, and signed
    now += 3600
    assert search.begin(unsealed.Sight(170, 40, 41), 130) == unsealed.LOWEST


def test_keys_that_are_given_a_second_time_are_searched_from_the_first_one_on() -> None:
    search = unsealed.Search()
    search.end(unsealed.Sight(100, 10, 12), unsealed.LOWEST)
    assert search.begin(unsealed.Sight(90, 13, 13), 80) == unsealed.LOWEST


def test_what_a_wrong_mark_hides_is_sealed_by_the_next_process(monkeypatch: pytest.MonkeyPatch) -> None:
    happen(2)
    monkeypatch.setattr(unsealed.Search, "proven", 10**9)
    seal()
    monkeypatch.undo()
    happen(1)
    forget()
    assert seal() == 1


@pytest.mark.parametrize("hours", [-1, 1])
def test_the_clock_of_a_process_changes_nothing(hours: int) -> None:
    begins = database_now()
    happen(1)
    with travel(begins.timestamp() + hours * 3600, tick=True):
        seal()
        happen(1)
        seal()
        assert standing().oldest == 0
    happen(1)
    assert seal() == 1
    times = list(Checkpoint.objects.order_by("size").values_list("at", flat=True))
    assert times == sorted(times)
    assert begins < times[0]
    assert times[-1] < database_now()
    assert tree_fits()


def test_two_sealers_at_once_make_one_tree() -> None:
    happen(300)
    start = threading.Barrier(3)

    def work() -> int:
        start.wait()
        try:
            return sum(seal() for _ in range(10))
        finally:
            database.close()

    with ThreadPoolExecutor(2) as threads:
        working = [threads.submit(work) for _ in range(2)]
        start.wait()
        for _ in range(10):
            happen(3)
    assert sum(each.result() for each in working) + seal() == Event.objects.count()
    assert Leaf.objects.count() == Event.objects.count()
    assert tree_fits()


def test_while_one_process_seals_another_does_nothing() -> None:
    happen(1)
    with Elsewhere() as other:
        other.run(f"SELECT pg_advisory_lock({ONE_SEALER})")
        assert seal() == 0
        assert not Leaf.objects.exists()
        other.run(f"SELECT pg_advisory_unlock({ONE_SEALER})")
    assert seal() > 0


def test_the_database_refuses_a_second_leaf_of_an_event_and_a_second_leaf_of_a_number() -> None:
    happen(2)
    seal()
    leaf = Leaf.objects.order_by("index").first()
    assert leaf
    for index, event in ((999, leaf.event_id), (leaf.index, None)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Leaf.objects.create(index=index, event_id=event or happen(1).pk, hash=b"x" * 32)


def test_leaves_that_do_not_follow_on_each_other_are_not_signed() -> None:
    """However they came to have such numbers: a gap could be filled later, by whatever one likes."""
    digest = b"x" * 32
    for numbers in ((0, 2), (1, 2), (0, 0)):
        with pytest.raises(CannotSeal, match="does not follow"):
            _grown(Frontier(), [(number, number + 1, digest) for number in numbers])


def test_a_lot_is_bounded_and_the_next_one_follows_in_the_same_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.flows.seal.AT_ONCE", 100)
    happen(250)
    count = Event.objects.count()
    assert seal() == count
    assert Checkpoint.objects.count() == count // 100 + 1
    assert tree_fits()


def test_a_sealer_that_is_to_stop_ends_after_the_lot_it_is_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.flows.seal.AT_ONCE", 10)
    stopping = threading.Event()
    stopping.set()
    happen(25)
    assert seal(stopping=stopping) == 10
    assert seal() == Event.objects.count() - 10


def test_whole_subtrees_are_kept_for_proofs() -> None:
    happen(600)
    seal()
    leaves = [leaf_hash(bytes(digest)) for digest in read_tree(0, 0, 512)]
    assert [bytes(root) for root in Subtree.objects.order_by("index").values_list("hash", flat=True)] == [
        folded(leaves[:256]),
        folded(leaves[256:512]),
    ]
    size = Checkpoint.objects.latest("size").size
    assert Tree(size, read_tree).root() == bytes(Checkpoint.objects.latest("size").root)


@pytest.mark.parametrize("keys", ["", "first", "first:abc", "first:!!!!"])
def test_without_a_key_that_signs_nothing_is_sealed(settings: LazySettings, keys: str) -> None:
    settings.STEWARD_SEALING_KEYS = keys
    happen(1)
    with pytest.raises(CannotSeal):
        seal()
    assert not Leaf.objects.exists()


def test_a_key_that_is_new_signs_and_the_one_before_it_is_still_known(settings: LazySettings, seals: Path) -> None:
    happen(1)
    seal()
    old = settings.STEWARD_SEALING_KEYS
    settings.STEWARD_SEALING_KEYS = f"second:{'A' * 43}=, {old}"
    happen(1)
    seal()
    assert [opened(note, ring()).key_id for note in notes()] == ["first", "second"]
    settings.STEWARD_SEALING_KEYS = old
    happen(1)
    with pytest.raises(CannotSeal, match='"second"'):
        seal()
    settings.STEWARD_SEALING_KEYS = f"second:{'A' * 43}=, {old}"
    assert seal() == 1  # that was a matter of settings, and is over with it
    assert kept_note(seals) == notes()[-1]


def test_how_sealing_stands_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    person("ed")
    assert standing().checkpoint is None
    happen(2)
    count = Event.objects.count()
    assert (standing().unsealed, standing().oldest > 0) == (count, True)
    seal()
    assert (standing().unsealed, standing().oldest) == (0, 0)
    monkeypatch.setattr("console.flows.leaves.MOST_COUNTED", 3)
    happen(5)
    assert standing().unsealed == 3


def notes() -> list[str]:
    return list(Checkpoint.objects.order_by("size").values_list("note", flat=True))


def plain_root(hashes: list[bytes]) -> bytes:
    """As RFC 6962 writes it down."""
    if len(hashes) == 1:
        return leaf_hash(hashes[0])
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(plain_root(hashes[:half]), plain_root(hashes[half:]))


def folded(nodes: list[bytes]) -> bytes:
    while len(nodes) > 1:
        nodes = [node_hash(left, right) for left, right in zip(nodes[::2], nodes[1::2], strict=True)]
    return nodes[0]
