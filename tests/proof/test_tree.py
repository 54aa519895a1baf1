"""The tree is that of RFC 6962, whatever its size; what the prover gives convinces the verifier, nothing else does."""

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.proof import verify
from console.proof.tree import Frontier, Gap, Tree

# Leaves and roots of the tests of Certificate Transparency's own implementations: the root over the first n entries.
ENTRIES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
sizes = st.integers(1, 700) | st.sampled_from([255, 256, 257, 511, 512, 513])


def entries(size: int) -> list[bytes]:
    return [hashlib.sha256(str(number).encode()).digest() for number in range(size)]


def naive(data: list[bytes]) -> bytes:
    """Word for word after RFC 6962, section 2.1."""
    if not data:
        return hashlib.sha256().digest()
    if len(data) == 1:
        return hashlib.sha256(b"\x00" + data[0]).digest()
    half = max(2**power for power in range(20) if 2**power < len(data))
    return hashlib.sha256(b"\x01" + naive(data[:half]) + naive(data[half:])).digest()


class Rows:
    """What a sealer stores of these entries, counting what is read of it."""

    def __init__(self, data: list[bytes]) -> None:
        self.frontier = Frontier()
        self.stored: dict[int, list[bytes]] = {0: data}
        self.count = 0
        for entry in data:
            for height, index, root in self.frontier.append(entry):
                kept = self.stored.setdefault(height, [])
                assert len(kept) == index
                kept.append(root)

    def read(self, height: int, first: int, count: int) -> list[bytes]:
        self.count += count
        return self.stored[height][first : first + count]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_that_others_compute(size: int) -> None:
    rows = Rows(ENTRIES[:size])
    assert rows.frontier.root().hex() == Tree(size, rows.read).root().hex() == ROOTS[size - 1]


def test_the_root_over_nothing_is_the_hash_of_nothing() -> None:
    assert Frontier().root() == Tree(0, Rows([]).read).root() == verify.root_of(0, [], {}) == hashlib.sha256().digest()
    assert list(Tree(0, Rows([]).read).proof([])) == list(Tree(0, Rows([]).read).consistency(0)) == []


@given(size=sizes)
def test_appending_and_reading_give_the_root_of_the_standard(size: int) -> None:
    data = entries(size)
    rows = Rows(data)
    assert rows.frontier.root() == Tree(size, rows.read).root() == naive(data)
    assert Frontier.of(size, rows.read) == rows.frontier


@given(size=sizes, more=st.integers(1, 300))
def test_a_frontier_read_from_rows_goes_on_as_if_it_had_never_stopped(size: int, more: int) -> None:
    data = entries(size + more)
    rows = Rows(data[:size])
    went_on = Frontier.of(size, rows.read)
    whole = [subtree for entry in data[size:] for subtree in went_on.append(entry)]
    assert went_on.root() == naive(data)
    assert [(height, index) for height, index, _ in whole] == [(8, i) for i in range(size >> 8, (size + more) >> 8)]
    assert all(root == naive(data[index << 8 : (index + 1) << 8]) for _, index, root in whole)


@given(size=sizes, data=st.data())
def test_a_proof_of_any_leaves_leads_to_the_root(size: int, data: st.DataObject) -> None:
    chosen = sorted(data.draw(st.sets(st.integers(0, size - 1))))
    rows = Rows(entries(size))
    nodes = dict(Tree(size, rows.read).proof(chosen))
    leaves = [(index, verify.leaf_hash(rows.stored[0][index])) for index in chosen]
    assert verify.root_of(size, leaves, nodes) == rows.frontier.root()
    assert all(first[1] <= second[0] for first, second in pairwise(nodes))
    assert not any(start <= index < end for start, end in nodes for index in chosen)


@given(size=sizes, data=st.data())
def test_a_proof_with_another_leaf_leads_elsewhere(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    rows = Rows(entries(size))
    nodes = dict(Tree(size, rows.read).proof([index]))
    assert verify.root_of(size, [(index, verify.leaf_hash(b"forged"))], nodes) != rows.frontier.root()
    if nodes:
        one = data.draw(st.sampled_from(sorted(nodes)))
        with pytest.raises(verify.Unfit, match="lacks"):
            verify.root_of(size, [(index, b"")], {name: node for name, node in nodes.items() if name != one})
    with pytest.raises(verify.Unfit, match="no use"):
        verify.root_of(size, [(index, b"")], nodes | {(index, index + 1): b""})


@given(size=sizes, data=st.data())
def test_a_tree_is_shown_to_have_grown_from_any_earlier_one(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(0, size))
    everything = entries(size)
    nodes = dict(Tree(size, Rows(everything).read).consistency(old))
    assert verify.grown(old, size, nodes) == (naive(everything[:old]), naive(everything))


@given(size=st.integers(2, 300), data=st.data())
def test_a_tree_that_was_rewritten_is_not_shown_to_have_grown(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size - 1))
    index = data.draw(st.integers(0, old - 1))
    everything = entries(size)
    rewritten = [*everything[:index], b"another", *everything[index + 1 :]]
    before, after = verify.grown(old, size, dict(Tree(size, Rows(rewritten).read).consistency(old)))
    assert after == naive(rewritten)
    assert before != naive(everything[:old])


def test_growth_is_not_shown_by_fewer_nodes() -> None:
    nodes = dict(Tree(7, Rows(entries(7)).read).consistency(5))
    for one in nodes:
        with pytest.raises(verify.Unfit, match="lacks"):
            verify.grown(5, 7, {name: node for name, node in nodes.items() if name != one})


def test_a_proof_reads_some_hundreds_of_rows_however_many_there_are() -> None:
    rows = Rows(entries(150_000))
    for index in (0, 77_777, 149_999):
        rows.count = 0
        assert len(list(Tree(150_000, rows.read).proof([index]))) <= 18
        assert rows.count <= 3 * 256 * 2
    rows.count = 0
    Frontier.of(150_000, rows.read)
    assert rows.count <= 3 * 256


def test_a_row_that_is_missing_is_named() -> None:
    rows = Rows(entries(300))
    del rows.stored[0][-1]
    with pytest.raises(Gap, match="Of the 44 hashes of height 0 from 256 on, 43 are there"):
        Tree(300, rows.read).root()


def test_leaves_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="3 came after 5"):
        list(Tree(8, Rows(entries(8)).read).proof([5, 3]))
