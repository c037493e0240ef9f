"""Documents lead somewhere, leave no page out, and say what the files say."""
import re
import subprocess

import pytest
from rendering import ROOT

LISTED = subprocess.run(["git", "-C", ROOT, "ls-files"], capture_output=True, text=True, check=True).stdout.split()
PAGES = [ROOT / name for name in LISTED if name.endswith(".md") and (ROOT / name).exists()]


def prose(text: str) -> str:
    """The text without blocks and spans of code: what looks like a link or a heading there is none."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))


def anchors(text: str) -> set[str]:
    """As GitHub makes them of headings: letters, digits, - and _ stay, spaces become -, a repeated one gets a number."""
    made = set()
    for heading in re.findall(r"^#+ (.+?)\s*$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w -]", "", plain.lower()).replace(" ", "-")
        number = next(n for n in range(len(made) + 1) if (f"{name}-{n}" if n else name) not in made)
        made.add(f"{name}-{number}" if number else name)
    return made


def broken(page) -> list[str]:
    found = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page.read_text())) + re.findall(r"^\[[^\]]+\]: (\S+)", page.read_text(), re.MULTILINE):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        inside = target.is_relative_to(ROOT) and target.exists()
        if not inside or (anchor and (target.suffix != ".md" or anchor not in anchors(target.read_text()))):
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page):
    assert broken(page) == []


def test_a_link_that_leads_nowhere_is_seen(tmp_path):
    page = ROOT / "docs" / "db.md"  # read for its place alone
    fake = type("Page", (), {"parent": page.parent, "read_text": lambda _: "[a](no.md) [b](db.md#no) [c](db.md#roles) [d](https://example.com)"})()
    assert broken(fake) == ["no.md", "db.md#no"]


def test_the_index_names_every_page_and_the_readme_leads_to_it():
    index = (ROOT / "docs/README.md").read_text()
    named = set(re.findall(r"\]\(([\w./-]+)\)", index))
    there = {name.removeprefix("docs/") for name in LISTED if name.startswith("docs/")} - {"README.md"}
    assert there <= named
    way = (ROOT / "README.md").read_text().split("## Finding your way")[1].split("\n## ")[0]
    assert "(docs/README.md)" in way


def checklist() -> list[str]:
    """Patterns of the paths in `docs/cicd.md`, "How to add a service", with chat for mail."""
    section = (ROOT / "docs/cicd.md").read_text().split("## How to add a service")[1]
    names = [n.replace("mail", "chat") for n in re.findall(r"`([\w./*-]+)`", section)]
    paths = [n if "/" in n else f".github/workflows/{n}" for n in names if "/" in n or n.endswith(".yaml")]
    return [re.escape(path).replace(r"\*", "[^/]+") + "(/|$)" for path in paths]


def test_the_way_to_add_a_service_names_every_manifest_that_names_one():
    folders = ("infra/k8s/", "cicd/argocd-apps/", "infra/terraform/main.tf", ".github/workflows/", "scripts/changed.sh")
    naming = [n for n in LISTED if n.startswith(folders) and (ROOT / n).exists()
              and ("chat-service" in n or re.search(r"\bchat(-service)?\b", (ROOT / n).read_text()))]
    assert len(naming) > 40
    assert [n for n in naming if not any(re.match(pattern, n) for pattern in checklist())] == []


def test_what_the_documents_quote_of_migrate_is_what_it_says():
    source = (ROOT / "libs/Sources/Postgres/Migrations/PostgresMigrations.swift").read_text()
    section = (ROOT / "docs/db.md").read_text().split("## Migrations")[1].split("\n## ")[0]
    quoted = re.findall(r'"([^"\n]+)"', section)
    assert len(quoted) == 2 and all(text in source for text in quoted)


def test_no_page_says_that_an_older_program_stops_on_a_newer_schema():
    for page in [*PAGES, ROOT / "scripts/deploy.sh"]:
        text = " ".join(page.read_text().split())
        assert not re.search(r"ahead stops `|cannot be resumed|refuses a newer schema|not among the files\"\)\. `serve`", text), page
