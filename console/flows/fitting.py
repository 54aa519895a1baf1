"""Fitting: whether what the database holds as sealed goes on from what this host saw signed.

Whoever signs the end of a tree vouches for all of it. So nothing is signed on top of leaves that this process did not
hash itself, or that do not give the root of a checkpoint which it can check: with a key from the environment, against
a file that no backup of the database sets back.
"""

from __future__ import annotations

from enum import StrEnum

from console.errors import CannotSeal
from console.flows.leaves import State, read_tree
from console.models import Checkpoint
from console.proof.notes import BadSignature, Ring, UnknownKey, opened
from console.proof.tree import Frontier, Gap
from console.proof.verify import Checkpoint as Signed
from console.proof.verify import Unfit

AT_ONCE = 4096


class Why(StrEnum):
    """What is wrong with the database, next to what was signed."""

    BEHIND = "behind"
    DIFFERS = "differs"
    UNFIT = "unfit"


SENTENCES = {
    Why.BEHIND: "The database holds {found:,} sealed events, though {kept:,} were signed before: it was set back.",
    Why.DIFFERS: "The database holds another history of {found:,} sealed events than the one that was signed.",
    Why.UNFIT: "What the database holds as sealed does not give what was signed over it, at {found:,} events.",
}


class Backwards(CannotSeal):
    """Signing would vouch for a history that is not the one signed before. A person has to look."""

    def __init__(self, why: Why, *, kept: int, found: int) -> None:
        super().__init__(
            f"{SENTENCES[why].format(kept=kept, found=found)} Nothing is signed until a person accepts it."
        )
        self.why, self.kept, self.found = why, kept, found


def signed(note: str, ring: Ring, installation: str) -> Signed:
    """What a note says, if a key of ours signed it for this installation; else raises ValueError with a sentence."""
    found = opened(note, ring)
    if found.installation != installation:
        raise Unfit("The note is another installation's.")
    return found


def kept(note: str, ring: Ring, installation: str) -> Signed | None:
    """What this host knows to be signed, by its file; raises CannotSeal where that cannot be told."""
    try:
        return signed(note, ring, installation) if note else None
    except ValueError as problem:
        raise CannotSeal(f"The checkpoint that this host keeps cannot be used: {problem}") from None


def fitting(state: State, known: Signed | None, own: Frontier | None, ring: Ring) -> Frontier:
    """The tree at the database's last checkpoint, on which may be signed; raises Backwards where it may not be.

    `known` is what this host saw signed last, `own` the tree that this process hashed up to there, if it did. What
    others sealed since is hashed now, and held against each checkpoint on the way.
    """
    _goes_on(state, known)
    begins = known or _last(state, ring)
    if begins is None:
        return Frontier()
    tree = _tree_at(begins, own)
    if tree is None:
        raise Backwards(Why.UNFIT, kept=begins.size, found=begins.size)
    return _grown(tree, state, ring, begins.size)


def _goes_on(state: State, known: Signed | None) -> None:
    size = known.size if known else 0
    if state.size < size:
        raise Backwards(Why.BEHIND, kept=size, found=state.size)
    if known and state.size == size and state.root != known.root:
        raise Backwards(Why.DIFFERS, kept=size, found=state.size)
    if state.leaves != state.size:
        raise Backwards(Why.UNFIT, kept=size, found=state.leaves)


def _last(state: State, ring: Ring) -> Signed | None:
    return _checked(state.note, state.size, state.root, ring, state.installation) if state.note else None


def _checked(note: str, size: int, root: bytes, ring: Ring, installation: str) -> Signed:
    """A checkpoint of the database. A key that this host has not been given is a matter of settings, not of history."""
    try:
        found = signed(note, ring, installation)
    except UnknownKey as problem:
        raise CannotSeal(f"The database's checkpoint over {size:,} events cannot be checked: {problem}") from None
    except (BadSignature, Unfit):
        raise Backwards(Why.UNFIT, kept=size, found=size) from None
    if (found.size, found.root) != (size, root):
        raise Backwards(Why.UNFIT, kept=size, found=size)
    return found


def _tree_at(begins: Signed, own: Frontier | None) -> Frontier | None:
    """The tree with this size and root: this process's own, or put together from what the database keeps of it.

    That is trusted no further than its root: other parts of a tree do not give the root that was signed.
    """
    if own and (own.size, own.root()) == (begins.size, begins.root):
        return own
    try:
        tree = Frontier.of(begins.size, read_tree)
    except Gap:
        return None
    return tree if tree.root() == begins.root else None


def _grown(tree: Frontier, state: State, ring: Ring, size: int) -> Frontier:
    later = Checkpoint.objects.filter(size__gt=size, size__lte=state.size).order_by("size")
    for checkpoint in later.values_list("size", "root", "note"):
        tree = _extended(tree, checkpoint[0])
        found = _checked(checkpoint[2], checkpoint[0], bytes(checkpoint[1]), ring, state.installation)
        if tree.root() != found.root:
            raise Backwards(Why.UNFIT, kept=size, found=found.size)
    return tree


def _extended(tree: Frontier, size: int) -> Frontier:
    grown = Frontier(tree.size, list(tree.nodes))
    while grown.size < size:
        hashes = read_tree(0, grown.size, min(AT_ONCE, size - grown.size))
        if not hashes:
            raise Backwards(Why.UNFIT, kept=tree.size, found=grown.size)
        for each in hashes:
            grown.append(each)
    return grown
