"""What the pages for the night tell people to use is there."""
import re

import pytest
from rendering import ROOT

PAGES = [ROOT / page for page in (
    "docs/monitoring.md", "docs/operations.md", "docs/security.md", "docs/db.md", "cicd/README.md", "infra/terraform/README.md")]
VERBS = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_file_and_script_that_is_named_is_there(page):
    text = page.read_text().replace("SERVICE", "chat-service").replace("ENV", "prd")
    for path in re.findall(r"`((?:infra|scripts|cicd|docs)/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path
    for name in re.findall(r"`((?:modules|tests|environments)/[\w./-]+|[\w-]+\.tf)`", text):
        assert (ROOT / "infra/terraform" / name).exists(), name


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_verb_that_is_named_is_one(page):
    for line in page.read_text().splitlines():
        if "cicd.md" not in line:  # a line that leads there speaks of what that page describes
            assert set(re.findall(r"\bmake ([a-z][a-z0-9-]+)", line)) - {"sure"} <= VERBS, line


def test_the_alarms_that_are_named_are_made():
    text = (ROOT / "infra/terraform/cloudwatch.tf").read_text()
    made = re.findall(r"^    ([a-z0-9-]+) = \{\n      description", text, re.MULTILINE)
    made += [f"{name}-1" for name in re.findall(r'^      "([a-z-]+)-\$\{i\}" = \{\n', text, re.MULTILINE)]  # one a node of Redis
    named = {a for page in PAGES for a in re.findall(r"`hiroba-(?:prd|ENV)-((?:redis|database|balancer|mail)-[a-z0-9-]+)`", page.read_text())}
    assert named and named <= set(made)
