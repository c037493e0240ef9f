#!/usr/bin/env python3
"""Copies an ICU data package without what belongs to single languages and charsets: image-icu.py ALL SOME.

A package is a header, the number of its items, a table with two offsets for each (of its name, of its bytes; both from the number on),
the names, and the items in the order of their names, 16 bytes aligned (ICU, source/common/ucmndata.h and tools/toolutil/package.cpp).
"""
import struct
import sys

PER_LANGUAGE = {"coll", "curr", "lang", "region", "unit", "zone", "rbnf", "brkitr", "translit"}
NO_LANGUAGE = {"root", "pool", "res_index", "ucadata", "en"}  # in each of the folders above
# Resources beside the folders: all of a language are called by its code.
RESOURCES = {
    "currencyNumericCodes", "dayPeriods", "en", "en_001", "en_US", "en_US_POSIX", "genderList", "grammaticalFeatures", "icustd", "icuver",
    "keyTypeData", "langInfo", "likelySubtags", "metaZones", "metadata", "numberingSystems", "pluralRanges", "plurals", "pool", "res_index",
    "root", "supplementalData", "timezoneTypes", "units", "windowsZones", "zoneinfo64",
}
BREAKS = {"char", "line", "sent", "title", "word"}


def is_kept(name: str) -> bool:
    folder, _, file = name.partition("/")[2].rpartition("/")
    base, _, kind = file.rpartition(".")
    if folder in PER_LANGUAGE:
        return base in NO_LANGUAGE - ({"root"} if folder == "translit" else set()) or (kind == "brk" and base in BREAKS)
    return kind == "nrm" or base in {"cnvalias", "uemoji", "ulayout"} or (kind == "res" and base in RESOURCES)


def items(package: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    length, first, second = struct.unpack_from("<HBB", package)
    if (first, second) != (0xDA, 0x27) or package[12:16] != b"CmnD":
        sys.exit("image-icu.py: this is no ICU data package")
    count, = struct.unpack_from("<I", package, length)
    table = [struct.unpack_from("<II", package, length + 4 + 8 * i) for i in range(count)]
    ends = [start for _, start in table[1:]] + [len(package) - length]
    names = [package[length + at:package.index(b"\0", length + at)].decode() for at, _ in table]
    return package[:length], [(n, package[length + s:length + e]) for n, (_, s), e in zip(names, table, ends)]


def package_of(header: bytes, kept: list[tuple[str, bytes]]) -> bytes:
    names, bodies, table = b"", b"", []
    names_at = 4 + 8 * len(kept)
    bodies_at = -(-(names_at + sum(len(n) + 1 for n, _ in kept)) // 16) * 16
    for name, body in kept:
        table.append(struct.pack("<II", names_at + len(names), bodies_at + len(bodies)))
        names += name.encode() + b"\0"
        bodies += body + bytes(-len(body) % 16)
    head = struct.pack("<I", len(kept)) + b"".join(table) + names
    return header + head.ljust(bodies_at, b"\0") + bodies


header, all_items = items(open(sys.argv[1], "rb").read())
open(sys.argv[2], "wb").write(package_of(header, [(n, b) for n, b in all_items if is_kept(n)]))
