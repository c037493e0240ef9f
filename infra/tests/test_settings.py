"""What a cluster gives a service are settings it knows."""
import re

import pytest
from rendering import ENVIRONMENTS, ROOT, SERVICES, containers, environment, named, of_kind

KNOWN = set(re.findall(r"^#([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
CASES = [(e, s) for e in ENVIRONMENTS for s in SERVICES]


@pytest.mark.parametrize("env,service", CASES)
def test_settings_and_secrets_are_ones_the_services_read(env, service):
    objects = environment(env)
    given = set()
    for workload in (named(objects, "Deployment", service), named(objects, "Job", f"{service}-migrate")):
        for container in containers(workload):
            given |= {e["name"] for e in container.get("env", [])}
    for config in of_kind(objects, "ConfigMap"):
        if config["metadata"]["name"].startswith(service):
            given |= config["data"].keys()
    for name in (service, f"{service}-migrate"):
        given |= {item["secretKey"] for item in named(objects, "ExternalSecret", name)["spec"]["data"]}
    assert given <= KNOWN
