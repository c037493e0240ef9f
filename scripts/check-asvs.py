#!/usr/bin/env python3
"""Holds docs/asvs.md against the standard's numbers, and every file, test, verb and heading that it names against the tree."""
import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parents[1]
TABLE = ROOT / "docs/asvs.md"
# How many requirements of level 1 and 2 each chapter of ASVS 5.0.0 has.
CHAPTERS = dict(enumerate([27, 11, 19, 10, 9, 35, 18, 7, 7, 29, 14, 9, 13, 9, 13, 16, 7], start=1))
VERDICTS = ["Met", "Partly", "Not met", "Does not apply"]
ROW = re.compile(r"^\| ((\d+)\.\d+\.\d+) \| ([^|]*) \| ([^|]*) \| ([^|]*) \| ([^|]*)\|$", re.MULTILINE)
SUITES = {path.stem for path in ROOT.glob("**/Tests/**/*.swift") if ".build" not in path.parts}
VERBS = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def is_path(name: str) -> bool:
    return bool(re.fullmatch(r"[\w.-]+(/[\w.+-]+)+|[\w-]*\.(md|yaml|example|dockerignore)", name))


def verdict(where: str) -> str:
    return next((v for v in VERDICTS[1:] if where.startswith(f"{v}: ")), "Met")


def headings(page: str) -> set[str]:
    return set(re.findall(r"^#+ (.+)$", (ROOT / page).read_text(), re.MULTILINE))


def findings_of(number: str, level: str, where: str, shown: str):
    named, shown_by = re.findall(r"`([^`]+)`", where), re.findall(r"`([^`]+)`", shown)
    if level not in ("1", "2"):
        yield f"{number} is of level {level}"
    for name in filter(is_path, named):
        if not (ROOT / name).exists():
            yield f"{number} names {name}, which is not there"
    for page, sections in re.findall(r"`([\w/]+\.md)` \(([^)]+)\)", where):
        for section in set(sections.split(", ")) - headings(page):
            yield f"{number} names '{section}', which {page} has not"
    for name in shown_by:
        known = name.removeprefix("make ") in VERBS if name.startswith("make ") else (ROOT / name).exists() if "/" in name else name in SUITES
        if not known:
            yield f"{number} is shown by {name}, which is not there"
    if verdict(where) in ("Met", "Partly") and not shown_by:
        yield f"{number} is shown by nothing"


def findings(text: str):
    rows = ROW.findall(text)
    for number, times in collections.Counter(row[0] for row in rows).items():
        if times > 1:
            yield f"{number} is there {times} times"
    counted = collections.Counter(int(row[1]) for row in rows)
    for chapter in CHAPTERS.keys() | counted.keys():
        if counted[chapter] != CHAPTERS.get(chapter):
            yield f"V{chapter} has {counted[chapter]} requirements here and {CHAPTERS.get(chapter)} in the standard"
    for number, _, level, _, where, shown in rows:
        yield from findings_of(number, level, where, shown)
    sums = collections.Counter((row[2], verdict(row[4])) for row in rows)
    for level in ("1", "2"):
        line = f"| level {level} | " + " | ".join(str(sums[level, v]) for v in VERDICTS) + " |"
        if line not in text:
            yield f"the sums are wrong, it should say: {line}"


if __name__ == "__main__":
    wrong = list(findings(TABLE.read_text()))
    print("\n".join(wrong), end="\n" if wrong else "", file=sys.stderr)
    sys.exit(1 if wrong else 0)
