#!/usr/bin/env python3
"""Takes the CustomResourceDefinitions out of manifests on standard input, one JSON file a kind and served version: crds-of.py FOLDER

"""
import json
import pathlib
import sys

import yaml


def main() -> int:
    folder, count = pathlib.Path(sys.argv[1]), 0
    folder.mkdir(parents=True, exist_ok=True)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # these files are megabytes
    for crd in yaml.load_all(sys.stdin, Loader=loader):
        if not isinstance(crd, dict) or crd.get("kind") != "CustomResourceDefinition":
            continue
        group, kind = crd["spec"]["group"], crd["spec"]["names"]["kind"]
        for version in crd["spec"]["versions"]:
            if not version["served"]:
                continue  # the API server refuses an object of it
            file = folder / f"{group}_{version['name']}_{kind}.json"
            file.write_text(json.dumps({"scope": crd["spec"]["scope"], "schema": version["schema"]["openAPIV3Schema"]}))
            count += 1
    print(f"{count} kinds and versions")
    return 0 if count else 1


if __name__ == "__main__":
    sys.exit(main())
