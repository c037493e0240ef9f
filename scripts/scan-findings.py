#!/usr/bin/env python3
"""Judges a scanner's JSON on standard input by cicd/scan/accepted.yaml: scan-findings.py checkov|detect-secrets SECTION.

Every finding is either repaired or accepted there with a reason. Two things fail: a finding nobody accepted, and an acceptance
that no longer meets any finding, so that the list never grows longer than what is true. The last line printed is for the table.
"""
import json
import pathlib
import re
import sys
from typing import NamedTuple

import yaml

ROOT = pathlib.Path(__file__).parents[1]
ACCEPTED = ROOT / "cicd" / "scan" / "accepted.yaml"


class Finding(NamedTuple):
    check: str
    place: str
    text: str


def of_checkov(report) -> set[Finding]:
    reports = report if isinstance(report, list) else [report]
    if any(r["summary"].get("parsing_errors") for r in reports if "summary" in r):
        sys.exit("checkov could not read some of the files")
    if not any(r.get("summary", r).get("passed") or r.get("summary", r).get("failed") for r in reports):
        sys.exit("checkov found nothing to check")
    failed = [check for r in reports for check in r.get("results", {}).get("failed_checks", [])]
    return {Finding(c["check_id"], c["resource"], c["check_name"]) for c in failed}


def of_detect_secrets(report) -> set[Finding]:
    """The place is the file, the text the line: hashes would have to be renewed with every edit, line numbers too."""
    found = set()
    for file, secrets in report["results"].items():
        lines = (ROOT / file).read_text().splitlines()
        found |= {Finding(s["type"], file, lines[s["line_number"] - 1].strip()) for s in secrets}
    return found


def meets(entry: dict, finding: Finding) -> bool:
    return (
        finding.check in entry["checks"]
        and re.fullmatch(entry["place"], finding.place) is not None
        and re.search(entry.get("line", ""), finding.text) is not None
    )


def main(tool: str, section: str) -> int:
    findings = {"checkov": of_checkov, "detect-secrets": of_detect_secrets}[tool](json.load(sys.stdin))
    entries = yaml.safe_load(ACCEPTED.read_text()).get(section) or []
    open_findings = [f for f in sorted(findings) if not any(meets(e, f) for e in entries)]
    lasting = [e for e in entries if not e.get("comes_and_goes")]
    stale = [(c, e) for e in lasting for c in e["checks"] if not any(f.check == c and meets(e, f) for f in findings)]
    for finding in open_findings:
        print(f"  {finding.check}  {finding.place}  {finding.text}")
    for check, entry in stale:
        print(f"  accepted and no longer found, remove it from {ACCEPTED.relative_to(ROOT)}: {check} on {entry['place']} {entry.get('line', '')}")
    print(f"{len(open_findings)} open, {len(findings) - len(open_findings)} accepted, {len(stale)} stale")
    return 1 if open_findings or stale else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
