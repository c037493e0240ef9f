#!/usr/bin/env python3
"""Writes the Rego of this folder into the ConstraintTemplates of ../gatekeeper-constraints; with --check only compares.

Gatekeeper reads policies out of YAML, people and engines read .rego: this keeps both the same text. Needs nothing but Python.
"""
import pathlib
import sys
import textwrap

HERE = pathlib.Path(__file__).parent
TEMPLATES = HERE.parent / "gatekeeper-constraints"
MARK = "            rego: |\n"
END = "---\n"  # the constraint comes after it


def embedded(policy: pathlib.Path) -> str:
    library = (HERE / "lib" / "workload.rego").read_text()
    return (
        MARK
        + textwrap.indent(policy.read_text(), " " * 14)
        + "            libs:\n              - |\n"
        + textwrap.indent(library, " " * 16)
    )


def main() -> int:
    check = "--check" in sys.argv[1:]
    stale = []
    policies = sorted(HERE.glob("*.rego"))
    for policy in policies:
        file = TEMPLATES / f"{policy.stem}.yaml"
        text = file.read_text()
        wanted = text[: text.index(MARK)] + embedded(policy) + text[text.index(END, text.index(MARK)) :]
        if wanted != text:
            stale.append(file.name)
            if not check:
                file.write_text(wanted)
    expected = {f"{p.stem}.yaml" for p in policies} | {"kustomization.yaml"}
    strays = {t.name for t in TEMPLATES.glob("*.yaml")} - expected
    if strays:
        print(f"templates without a policy: {', '.join(sorted(strays))}", file=sys.stderr)
        return 1
    if check and stale:
        print(f"differ from their .rego (run: make policy-sync): {', '.join(stale)}", file=sys.stderr)
        return 1
    print(f"{len(policies)} policies, {len(stale)} {'differ' if check else 'written'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
