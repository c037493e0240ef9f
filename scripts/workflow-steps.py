#!/usr/bin/env python3
"""Writes what each workflow step runs into a file of its own, for shellcheck: workflow-steps.py FOLDER WORKFLOW..."""
import pathlib
import sys

import yaml

folder, *workflows = map(pathlib.Path, sys.argv[1:])
count = 0
for workflow in workflows:
    for job, content in yaml.safe_load(workflow.read_text())["jobs"].items():
        for number, step in enumerate(content.get("steps", []), 1):
            if "run" in step:
                # GitHub's own way of running a step's script.
                text = f"set -euo pipefail\n{step['run']}\n"
                (folder / f"{workflow.stem}.{job}.{number}.sh").write_text(text)
                count += 1
if count == 0:
    sys.exit("no workflow runs anything: nothing was checked")
