"""Merkle trees, inclusion and consistency proofs as in RFC 9162, section 2.1, for any hash that `hashlib` has."""
from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

Hash = Callable[[bytes], bytes]
ALGORITHMS = ("sha256", "sm3")
"""names in settings and seals; both give 32 bytes (FIPS 180-4; GB/T 32905-2016)"""
SIZE = 32


def hash_of(algorithm: str) -> Hash:
    """The hash of this name. Raises ValueError where the machine's OpenSSL was built without it."""
    hashlib.new(algorithm)
    if algorithm == "sha256":
        return lambda content: hashlib.sha256(content).digest()
    return lambda content: hashlib.new(algorithm, content).digest()


def leaf_hash(hash: Hash, content: bytes) -> bytes:
    """Leaves and inner nodes are hashed apart, so that neither can pass for the other."""
    return hash(b"\0" + content)


def node_hash(hash: Hash, left: bytes, right: bytes) -> bytes:
    return hash(b"\1" + left + right)


class Growing:
    """The root of a tree while leaves are added: it holds the roots of whole subtrees only, some log2(n) hashes."""

    def __init__(self, hash: Hash) -> None:
        self._hash, self.size = hash, 0
        self._peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Adds a leaf by its hash."""
        self._peaks.append(leaf)
        self.size += 1
        number = self.size
        while number % 2 == 0:
            right = self._peaks.pop()
            self._peaks[-1] = node_hash(self._hash, self._peaks[-1], right)
            number //= 2

    def root(self) -> bytes:
        if not self._peaks:
            return self._hash(b"")
        root = self._peaks[-1]
        for left in reversed(self._peaks[:-1]):
            root = node_hash(self._hash, left, root)
        return root


def root_of(hash: Hash, leaves: Sequence[bytes]) -> bytes:
    """The root over leaves given by their hashes (2.1.1)."""
    tree = Growing(hash)
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def inclusion(hash: Hash, leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes beside the way from a leaf, counted from 0, up to the root (2.1.3.1)."""
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion(hash, leaves[:split], index), root_of(hash, leaves[split:])]
    return [*inclusion(hash, leaves[split:], index - split), root_of(hash, leaves[:split])]


def root_by(hash: Hash, leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that an inclusion proof leads to; None when the proof does not fit the tree's size (2.1.3.2)."""
    if not 0 <= index < size:
        return None
    node, last, root = index, size - 1, leaf
    for beside in proof:
        if last == 0:
            return None
        if node % 2 or node == last:
            root = node_hash(hash, beside, root)
            while node % 2 == 0 and node:
                node, last = node >> 1, last >> 1
        else:
            root = node_hash(hash, root, beside)
        node, last = node >> 1, last >> 1
    return root if last == 0 else None


def consistency(hash: Hash, leaves: Sequence[bytes], first: int) -> list[bytes]:
    """What shows that the tree over the first so many leaves is the beginning of the tree over all (2.1.4.1)."""
    return _subproof(hash, leaves, first, True)


def _subproof(hash: Hash, leaves: Sequence[bytes], first: int, known: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if known else [root_of(hash, leaves)]
    split = _split(len(leaves))
    if first <= split:
        return [*_subproof(hash, leaves[:split], first, known), root_of(hash, leaves[split:])]
    return [*_subproof(hash, leaves[split:], first - split, False), root_of(hash, leaves[:split])]


def consistent(hash: Hash, first: int, second: int, first_root: bytes, second_root: bytes,
               proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that the second tree begins with the first (2.1.4.2); 1 <= first <= second."""
    if first == second:
        return not proof and first_root == second_root
    if not 1 <= first < second or not proof:
        return False
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    node, last = first - 1, second - 1
    while node % 2:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for beside in path[1:]:
        if last == 0:
            return False
        if node % 2 or node == last:
            old, new = node_hash(hash, beside, old), node_hash(hash, beside, new)
            while node % 2 == 0 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(hash, new, beside)
        node, last = node >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _split(size: int) -> int:
    """The largest power of two below a size."""
    return 1 << (size - 1).bit_length() - 1
