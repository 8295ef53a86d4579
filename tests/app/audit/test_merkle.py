"""The tree beside the vectors of RFC 6962's reference implementation, its own definition, and published hashes."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.audit import merkle
from tests.sizes import sized

SHA256, SM3 = merkle.hash_of("sha256"), merkle.hash_of("sm3")
CONTENTS = [bytes.fromhex(each) for each in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]
LEAVES = [merkle.leaf_hash(SHA256, content) for content in CONTENTS]
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")
"""of the first 1 … 8 of CONTENTS; from certificate-transparency's merkletree tests"""
INCLUSION = {
    (0, 8): ("96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
             "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
             "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"),
    (5, 8): ("bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
             "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
             "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    (2, 3): ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",),
}
CONSISTENCY = {
    (1, 8): ("96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
             "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
             "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"),
    (6, 8): ("0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
             "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
             "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    (2, 5): ("5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
             "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"),
}


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_reference_implementation(size):
    assert merkle.root_of(SHA256, LEAVES[:size]).hex() == ROOTS[size - 1]


def test_a_tree_without_leaves_is_the_hash_of_nothing():
    assert merkle.root_of(SHA256, []).hex() == EMPTY


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_proofs_are_those_of_the_reference_implementation(index, size):
    assert [each.hex() for each in merkle.inclusion(SHA256, LEAVES[:size], index)] == list(INCLUSION[index, size])


@pytest.mark.parametrize(("first", "second"), CONSISTENCY)
def test_consistency_proofs_are_those_of_the_reference_implementation(first, second):
    proof = merkle.consistency(SHA256, LEAVES[:second], first)
    assert [each.hex() for each in proof] == list(CONSISTENCY[first, second])


def test_sm3_is_the_standards():
    assert SM3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def by_definition(leaves):
    """The root as section 2.1.1 words it."""
    if len(leaves) == 1:
        return leaves[0]
    split = max(2 ** power for power in range(20) if 2 ** power < len(leaves))
    return SM3(b"\1" + by_definition(leaves[:split]) + by_definition(leaves[split:]))


@given(size=st.integers(1, sized(40, 400)), data=st.data())
def test_every_proof_holds_for_its_own_tree_and_for_no_other(size, data):
    leaves = [merkle.leaf_hash(SM3, str(number).encode()) for number in range(size)]
    root = merkle.root_of(SM3, leaves)
    assert root == by_definition(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion(SM3, leaves, index)
    assert merkle.root_by(SM3, leaves[index], index, size, proof) == root
    assert merkle.root_by(SM3, merkle.leaf_hash(SM3, b"other"), index, size, proof) != root
    assert merkle.root_by(SM3, leaves[index], index, size, [*proof, root]) != root
    first = data.draw(st.integers(1, size))
    proof, first_root = merkle.consistency(SM3, leaves, first), merkle.root_of(SM3, leaves[:first])
    assert merkle.consistent(SM3, first, size, first_root, root, proof)
    for wrong in (proof[:-1], [*proof, root], [root, *proof[1:]] if proof else [root]):
        assert not merkle.consistent(SM3, first, size, first_root, root, wrong) or wrong == proof
    assert not merkle.consistent(SM3, first, size, SM3(b"other"), root, proof)
