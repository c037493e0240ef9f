#!/usr/bin/env python3
"""Refuses values whose keys the chart does not know: Helm would ignore a misspelt one without a word.

Usage: helm show values CHART --version V | check_keys.py FOLDER
"""
import pathlib
import sys

import yaml


def unknown(ours, theirs, path=()):
    """Paths of ours that are not in the chart's defaults. An empty default takes anything: what goes there is not the chart's."""
    if not isinstance(ours, dict) or not isinstance(theirs, dict) or not theirs:
        return
    # Istio keeps its defaults one level down, and reads values one level up.
    theirs = theirs | theirs.get("_internal_defaults_do_not_set", {})
    for key, value in ours.items():
        where = (*path, key)
        if key not in theirs:
            yield where
        else:
            yield from unknown(value, theirs[key], where)


def main() -> int:
    folder = pathlib.Path(sys.argv[1])
    ours = yaml.safe_load((folder / "values.yaml").read_text())
    allowed = yaml.safe_load((folder / "keys.yaml").read_text())["keys"], set(
        yaml.safe_load((folder / "keys.yaml").read_text()).get("not_in_defaults", []))
    theirs = yaml.safe_load(sys.stdin) or {}
    wrong = [".".join(w) for w in unknown(ours, theirs) if ".".join(w) not in allowed[1] and not free(allowed[0], w)]
    for where in wrong:
        print(f"{folder.name}: the chart knows no {where}", file=sys.stderr)
    return 1 if wrong else 0


def free(keys, where: tuple[str, ...]) -> bool:
    """Whether the path lies in what keys.yaml calls `any` (a program's own configuration, which the chart passes on) or `resources`
    (Kubernetes' own, of which charts show a part)."""
    for part in where:
        if keys in ("any", "resources"):
            return True
        keys = keys.get(part, {}) if isinstance(keys, dict) else {}
    return keys in ("any", "resources")


if __name__ == "__main__":
    sys.exit(main())
