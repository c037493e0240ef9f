#!/usr/bin/env python3
"""Says what Argo CD would render from charts: kubectl kustomize cicd/environments/ENV | charts.py FOLDER

Writes FOLDER/RELEASE.values.yaml as each Application merges them (files, then values, then parameters) and prints one line a release:
RELEASE NAMESPACE CHART VERSION REPOSITORY.
"""
import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).parents[1]


def merged(below, above):
    """Helm's way: maps grow together, everything else is replaced."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return below | {key: merged(below[key], value) if key in below else value for key, value in above.items()}


def steps(name: str) -> list[str | int]:
    """The path of a `--set` name: dots part it unless escaped, brackets hold an index."""
    parts = [part.replace("\\.", ".") for part in re.split(r"(?<!\\)\.|(?=\[\d+\])", name)]
    return [int(part[1:-1]) if re.fullmatch(r"\[\d+\]", part) else part for part in parts]


def put(values, name: str, value: str) -> None:
    *way, last = steps(name)
    for step, after in zip(way, [*way[1:], last]):
        values = values[step] if isinstance(step, int) else values.setdefault(step, [] if isinstance(after, int) else {})
    values[last] = value


def values_of(source: dict) -> dict:
    helm, values = source.get("helm", {}), {}
    for file in helm.get("valueFiles", []):
        values = merged(values, yaml.safe_load((ROOT / file.removeprefix("$values/")).read_text()) or {})
    values = merged(values, helm.get("valuesObject", {}))
    for parameter in helm.get("parameters", []):
        put(values, parameter["name"], parameter["value"])
    return values


def main() -> int:
    folder, count = pathlib.Path(sys.argv[1]), 0
    for app in yaml.safe_load_all(sys.stdin):
        for source in app["spec"].get("sources") or [app["spec"]["source"]]:
            if "chart" not in source:
                continue
            release = source.get("helm", {}).get("releaseName", source["chart"])
            (folder / f"{release}.values.yaml").write_text(yaml.safe_dump(values_of(source)))
            print(release, app["spec"]["destination"]["namespace"], source["chart"], source["targetRevision"], source["repoURL"])
            count += 1
    return 0 if count else 1


if __name__ == "__main__":
    sys.exit(main())
