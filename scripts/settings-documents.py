#!/usr/bin/env python3
"""Holds .env.example and the services' READMEs against what the programs say of their settings: settings-documents.py BIN.

Both ways for names, and every default: a document that has another one than the code ends in a line that says which. GATEWAY_*
are the gateway's, which no program here knows.
"""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[1]
SERVICES = ["user", "video", "chat"]
# What a program prints for these is true of the machine it runs on only.
COMPUTED = {"PASSWORD_HASH_LANES": "one a core, at most 8"}


def declared(program: pathlib.Path) -> dict[str, str]:
    """Every setting with its default; "(required)" and "(empty)" as the program says it."""
    # Without those of this shell: they would stand in the table instead of nothing.
    told = subprocess.run([program, "config"], env={"PATH": os.environ["PATH"]}, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.DEVNULL).stdout
    rows = [re.split(r"  +", line) for line in told.splitlines()[1:]]
    found = {row[0]: COMPUTED.get(row[0], row[3]) for row in rows}
    return found or sys.exit(f"{program} prints no settings; run make build")


def example() -> dict[str, tuple[str, str]]:
    """Of each setting in .env.example the value and the comment above it."""
    found, comment = {}, ""
    for line in (ROOT / ".env.example").read_text().splitlines():
        if setting := re.fullmatch(r"#([A-Z][A-Z0-9_]+)=(.*)", line):
            found[setting[1]] = (setting[2], comment)
        comment = line
    return {key: value for key, value in found.items() if not key.startswith("GATEWAY_")}


def table(readme: pathlib.Path) -> dict[str, str]:
    rows = re.findall(r"^\| `([A-Z][A-Z0-9_]+)` \| *(.*?) *\|", readme.read_text(), re.MULTILINE)
    return {key: default.strip("`") for key, default in rows}


def flaws_of_example(settings: dict[str, dict[str, str]]) -> list[str]:
    documented = example()
    known = {key for table in settings.values() for key in table}
    flaws = [f".env.example and the programs differ in {key}" for key in sorted(known ^ set(documented))]
    for key in sorted(known & set(documented)):
        value, comment = documented[key]
        defaults = {name: table[key] for name, table in settings.items() if key in table}
        # One default stands as the value. Where services differ, and where there is none, the comment says it.
        if len(set(defaults.values())) == 1 and not set(defaults.values()) & {"(required)", *COMPUTED.values()}:
            default = next(iter(defaults.values())).replace("(empty)", "")
            if value != default:
                flaws.append(f".env.example: {key} is {value!r}, and by default {default!r}")
            continue
        said = {default.replace(f"{name}_service", "SERVICE_service").strip("()") for name, default in defaults.items()}
        if value or any(default not in comment for default in said):
            flaws.append(f".env.example: {key} must be empty, and its comment name {', '.join(sorted(said))}")
    return flaws


def flaws_of_readme(service: str, settings: dict[str, dict[str, str]]) -> list[str]:
    own = settings[service]
    documented = table(ROOT / "services" / f"{service}-service" / "README.md")
    # What every service has may be left to the others.
    common = set.intersection(*(set(table) for table in settings.values()))
    missing = set(own) - common - set(documented)
    flaws = [f"{service}-service/README.md and the program differ in {key}" for key in missing | set(documented) - set(own)]
    for key in set(documented) & set(own):
        said = documented[key]
        # `PUBLIC_URL` as a default: whatever that is.
        if own.get(said, said) != own[key].replace("(empty)", "").strip("()"):
            flaws.append(f"{service}-service/README.md: the default of {key} is {own[key]}, not {said!r}")
    return sorted(flaws)


def main() -> None:
    settings = {service: declared(pathlib.Path(sys.argv[1], f"{service}-service")) for service in SERVICES}
    flaws = flaws_of_example(settings)
    for service in SERVICES:
        flaws += flaws_of_readme(service, settings)
    if flaws:
        sys.exit("\n".join(flaws))
    print(f"{len({key for table in settings.values() for key in table})} settings and their defaults are documented")


main()
