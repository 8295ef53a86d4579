"""Checks a dossier that `zhuqi audit export CASE OUT.zip` has made. Needs Python 3.9 and nothing else.

    python3 verify_dossier.py OUT.zip [--seals FILE]

FILE holds seals that were sent outside at the time (the folder's seals.jsonl, or lines of letters that were kept).
Shown is: the archive is as it was written, byte for byte; the entries are one unbroken chain; each sealed entry is in
the Merkle tree (RFC 9162, section 2.1) of its day's seal; each seal commits to all before it; the processes' files are
those that the entries name; personal data is what the entries commit to, or was erased by an act that is an entry
itself; and the seals are those that were sent outside. about.json and dossier.pdf are for reading:
names in them are proved by nothing. Ends with 0 when all holds, else with 1 and the first thing that does not.
"""
import argparse
import hashlib
import io
import json
import operator
import struct
import sys
import zipfile

PERSONAL = "personal.jsonl"
"""not in dossiers of the first form, whose entries commit to nothing"""
PLAIN = ("about.json", "dossier.pdf", "entries.jsonl", "proofs.json", "seals.jsonl")


class Wrong(Exception):
    """What does not hold."""


def check(archive, kept=()):
    """Checks the bytes of a dossier beside kept seals' lines. Returns lines that say what was shown; raises Wrong."""
    parts = unpack(archive)
    about = json.loads(parts["about.json"])
    seals = chain_of_seals(parts["seals.jsonl"].decode().splitlines())
    entries = chain_of_entries(parts["entries.jsonl"].split(b"\n")[:-1], about["case"])
    sealed = proved(json.loads(parts["proofs.json"]), entries, seals, about["case"])
    there, erased = personal(parts.get(PERSONAL, b"").split(b"\n")[:-1], entries)
    named = versions(parts, entries)
    compared = compare(seals, kept)
    yield f"case {about['case']} ({about['number']}): {len(entries)} entries, {sealed} of them sealed"
    yield f"{named} versions of the process as they were published"
    if there or erased:
        yield f"{there} pieces of personal data are those of the entries, {erased} were erased"
    if seals:
        yield f"newest seal: {seals[-1]['line']}"
    yield f"{compared} seals are those that were sent outside" if kept else \
        "compare the seal above with the one that you were sent, or give --seals FILE"


def unpack(archive):
    """{name: bytes}. The archive is written anew and compared, so that no byte of it is left unlooked at."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as zip:
            parts = {name: zip.read(name) for name in zip.namelist()}
    except Exception as error:
        raise Wrong(f"this is no whole archive: {error}") from error
    again = io.BytesIO()
    with zipfile.ZipFile(again, "w", zipfile.ZIP_STORED) as zip:
        for name in sorted(parts):
            part = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            part.create_system, part.external_attr = 3, 0o100644 << 16
            zip.writestr(part, parts[name])
    if again.getvalue() != archive:
        raise Wrong("the archive is not as it was written")
    if {name for name in parts if not name.startswith("definitions/")} - {PERSONAL} != set(PLAIN):
        raise Wrong("the archive's parts are not those of a dossier")
    return parts


def chain_of_entries(lines, case):
    """[{content, and what is in it}], each of which names the hash of the one before it."""
    found, previous = [], ""
    for place, line in enumerate(lines, start=1):
        entry = json.loads(line)
        if entry["seq"] != place or entry["prev_hash"] != previous or entry["instance_id"] != case:
            raise Wrong(f"entry {place} does not follow from the one before it")
        previous = hashlib.sha256(line).hexdigest()
        found.append(dict(entry, content=line))
    return found


def personal(lines, entries):
    """How many commitments have their value, and how many were erased by a later entry."""
    kept = {}
    for line in lines:
        told = json.loads(line)
        kept[told["seq"]] = dict(told["kept"])
    before = max((entry["seq"] for entry in entries if (entry["kind"], entry["op"]) == ("act", "erase")), default=0)
    there = erased = 0
    for entry in entries:
        place, left = entry["seq"], kept.pop(entry["seq"], {})
        for mark in commitments(entry["input"]):
            if (mark["committed"] in left) == (place < before):
                raise Wrong(f"entry {place}: personal data is there that was erased" if place < before else
                            f"entry {place}: personal data is missing, and no entry tells that it was erased")
            if place < before:
                erased += 1
                continue
            salt, value = left.pop(mark["committed"])
            json.loads(value)
            if len(salt) != 32 or \
                    hash_of(mark["by"])(bytes.fromhex(salt) + value.encode()).hex() != mark["committed"]:
                raise Wrong(f"entry {place}: personal data is not what the entry commits to")
            there += 1
        if left:
            raise Wrong(f"entry {place}: there is personal data that the entry does not commit to")
    if kept:
        raise Wrong(f"there is personal data of an entry that does not exist: {min(kept)}")
    return there, erased


def commitments(value):
    """Those of an entry's input."""
    if isinstance(value, dict):
        if set(value) == {"committed", "by"}:
            yield value
            return
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from commitments(each)


def chain_of_seals(lines):
    """The seals in order. Each has the root of the tree over all before it."""
    found = [dict(json.loads(line), line=line) for line in lines]
    trees = {name: Growing(hash_of(name)) for name in {seal["algorithm"] for seal in found}}
    for number, seal in enumerate(found, start=1):
        if seal["number"] != number or trees[seal["algorithm"]].root().hex() != seal["earlier"]:
            raise Wrong(f"seal {number} does not follow from those before it")
        for tree in trees.values():
            tree.add(leaf_hash(tree.hash, seal["line"].encode()))
    return found


def proved(proofs, entries, seals, case):
    """How many entries are sealed: from the first on, without a gap."""
    count = 0
    for proof in proofs:
        seal = seals[proof["seal"] - 1]
        hash = hash_of(seal["algorithm"])
        if proof["first"] != count + 1:
            raise Wrong(f"entry {count + 1}: there is a gap in what was sealed")
        for value in proof["hashes"]:
            count += 1
            if count > len(entries):
                raise Wrong(f"entry {count}, sealed on {seal['day']}, is missing")
            if hash(entries[count - 1]["content"]).hex() != value:
                raise Wrong(f"entry {count} is not the one that was sealed on {seal['day']}")
        content = json.dumps({"case": case, "first": proof["first"], "hashes": proof["hashes"]}, sort_keys=True,
                             separators=(",", ":")).encode()
        path = [bytes.fromhex(each) for each in proof["path"]]
        root = root_by(hash, leaf_hash(hash, content), proof["index"], seal["leaves"], path)
        if root is None or root.hex() != seal["root"]:
            raise Wrong(f"the entries up to {count} are not proved by the seal of {seal['day']}")
    return count


def versions(parts, entries):
    """How many versions of the process there are: all that the entries name, by the hash of their files."""
    found = {}
    for name, content in parts.items():
        if name.startswith("definitions/"):
            _, version, path = name.split("/", 2)
            found.setdefault(version, {})[path] = content.decode()
    for version, files in found.items():
        text = json.dumps(files, sort_keys=True, separators=(",", ":"))
        if hashlib.sha256(text.encode()).hexdigest() != version:
            raise Wrong(f"the process's files {version[:12]} are not as they were published")
    if missing := {entry["definition_hash"] for entry in entries} - set(found):
        raise Wrong(f"a version of the process is missing: {sorted(missing)[0][:12]}")
    return len(found)


def compare(seals, kept):
    """How many kept lines are among these seals; Wrong for one that is not."""
    for line in kept:
        number = json.loads(line)["number"]
        if number <= len(seals) and seals[number - 1]["line"] != line:
            raise Wrong(f"seal {number} is not the one that was sent outside")
    return sum(json.loads(line)["number"] <= len(seals) for line in kept)


def leaf_hash(hash, content):
    return hash(b"\0" + content)


def node_hash(hash, left, right):
    return hash(b"\1" + left + right)


class Growing:
    """A tree's root while leaves are added."""

    def __init__(self, hash):
        self.hash, self.size, self.peaks = hash, 0, []

    def add(self, leaf):
        self.peaks.append(leaf)
        self.size += 1
        number = self.size
        while number % 2 == 0:
            right = self.peaks.pop()
            self.peaks[-1] = node_hash(self.hash, self.peaks[-1], right)
            number //= 2

    def root(self):
        if not self.peaks:
            return self.hash(b"")
        root = self.peaks[-1]
        for left in reversed(self.peaks[:-1]):
            root = node_hash(self.hash, left, root)
        return root


def root_by(hash, leaf, index, size, path):
    """The root that an inclusion proof leads to (RFC 9162, 2.1.3.2); None when it does not fit."""
    if not 0 <= index < size:
        return None
    node, last, root = index, size - 1, leaf
    for beside in path:
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


def hash_of(algorithm):
    if algorithm == "sha256":
        return lambda content: hashlib.sha256(content).digest()
    if algorithm != "sm3":
        raise Wrong(f"unknown hash: {algorithm}")
    if "sm3" in hashlib.algorithms_available:
        return lambda content: hashlib.new("sm3", content).digest()
    return sm3


def sm3(content):
    """GB/T 32905-2016, for a Python whose OpenSSL has none."""
    state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    padded = content + b"\x80" + b"\0" * ((55 - len(content)) % 64) + struct.pack(">Q", len(content) * 8)
    for start in range(0, len(padded), 64):
        w = list(struct.unpack(">16I", padded[start:start + 64]))
        for j in range(16, 68):
            x = w[j - 16] ^ w[j - 9] ^ turned(w[j - 3], 15)
            w.append(x ^ turned(x, 15) ^ turned(x, 23) ^ turned(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = state
        for j in range(64):
            early = j < 16
            t = turned(0x79CC4519 if early else 0x7A879D8A, j % 32)
            one = turned((turned(a, 12) + e + t) & 0xFFFFFFFF, 7)
            two = one ^ turned(a, 12)
            mixed = a ^ b ^ c if early else (a & b) | (a & c) | (b & c)
            chosen = e ^ f ^ g if early else (e & f) | (~e & g)
            first = (mixed + d + two + (w[j] ^ w[j + 4])) & 0xFFFFFFFF
            second = (chosen + h + one + w[j]) & 0xFFFFFFFF
            a, b, c, d, e, f, g, h = (first, a, turned(b, 9), c, second ^ turned(second, 9) ^ turned(second, 17), e,
                                      turned(f, 19), g)
        state = list(map(operator.xor, state, (a, b, c, d, e, f, g, h)))
    return struct.pack(">8I", *state)


def turned(word, by):
    """A 32-bit word, turned to the left."""
    return (word << by | word >> (32 - by)) & 0xFFFFFFFF if by else word


def main():
    parser = argparse.ArgumentParser(description="checks a dossier of a case")
    parser.add_argument("dossier")
    parser.add_argument("--seals", metavar="FILE", help="seals that were sent outside, a line each")
    given = parser.parse_args()
    with open(given.dossier, "rb") as file:
        archive = file.read()
    kept = []
    if given.seals:
        with open(given.seals, encoding="utf-8") as file:
            kept = [line for line in file.read().split("\n") if line.strip()]
    try:
        for line in check(archive, kept):
            sys.stdout.write(line + "\n")
    except Wrong as wrong:
        sys.exit(f"DOES NOT HOLD: {wrong}")
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        sys.exit(f"DOES NOT HOLD: not a dossier's content: {error!r}")
    sys.stdout.write("holds\n")


if __name__ == "__main__":
    main()
