"""Writes our policies' samples as a suite for Gatekeeper's own tester: gator_suite.py FOLDER, then `gator verify FOLDER/...`.

Our engine is not Gatekeeper's; the same samples before both keep them from telling different stories. The constraint loses its
namespaceSelector (gator has no namespaces to look at) and the signature's gets the tests' key.
"""
import copy
import pathlib
import sys

import yaml
from engine import documents, names
from samples import IMAGE, container, cron_job, deployment, pod, pod_template
from signing import PEM, jws
from test_policies import REFUSED

SHAPES = {"pod": pod, "deployment": deployment, "cronjob": cron_job}


def samples(name: str):
    """(case, object, whether it breaks the policy)."""
    for shape, make in SHAPES.items():
        yield f"{shape}-kept", signed(make()) if name == "require-image-signature" else make(), False
        for number, change in enumerate(REFUSED.get(name, [lambda m: None])):
            if (name, shape) == ("require-probes", "cronjob"):
                continue  # a job needs none
            broken = make()
            change(broken)
            yield f"{shape}-broken-{number}", broken, True


def signed(manifest: dict) -> dict:
    pod_template(manifest)["metadata"] = pod_template(manifest)["metadata"] | {
        "annotations": {"hiroba.dev/image-signatures": jws(container(manifest)["image"])}}
    return manifest


def placed(manifest: dict) -> dict:
    return manifest | {"metadata": manifest["metadata"] | {"namespace": "hiroba"}}


def main() -> int:
    folder, cases = pathlib.Path(sys.argv[1]), 0
    for name in names():
        template, constraint = copy.deepcopy(documents(name))
        del constraint["spec"]["match"]["namespaceSelector"]
        if name == "require-image-signature":
            constraint["spec"]["parameters"]["publicKeys"] = [PEM]
        here = folder / name
        here.mkdir(parents=True, exist_ok=True)
        listed = []
        for case, manifest, breaks in samples(name):
            (here / f"{case}.yaml").write_text(yaml.safe_dump(placed(manifest)))
            listed.append({"name": case, "object": f"{case}.yaml", "assertions": [{"violations": "yes" if breaks else "no"}]})
        suite = {"apiVersion": "test.gatekeeper.sh/v1alpha1", "kind": "Suite", "metadata": {"name": name},
                 "tests": [{"name": name, "template": "template.yaml", "constraint": "constraint.yaml", "cases": listed}]}
        for file, content in (("template", template), ("constraint", constraint), ("suite", suite)):
            (here / f"{file}.yaml").write_text(yaml.safe_dump(content))
        cases += len(listed)
    print(f"{cases} cases of {len(names())} policies about {IMAGE.rsplit('/', 1)[1]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
