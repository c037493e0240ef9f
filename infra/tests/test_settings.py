"""What a cluster gives a service are settings it knows, and all those it cannot start without."""
import re

import pytest
from rendering import ENVIRONMENTS, ROOT, SERVICES, containers, environment, named, pod_template, settings

EXAMPLE = (ROOT / ".env.example").read_text()
KNOWN = set(re.findall(r"^#([A-Z][A-Z0-9_]+)=", EXAMPLE, re.MULTILINE))
CASES = [(e, s, w) for e in ENVIRONMENTS for s in SERVICES for w in ("serve", "migrate")]


def required(service: str) -> set[str]:
    """The settings .env.example calls required in the parts that name the service, and where its database is."""
    parts = re.findall(r"^# --- ([^\n]+)\n(.*?)(?=^# ---|\Z)", EXAMPLE, re.MULTILINE | re.DOTALL)
    text = "".join(part for names, part in parts if service in names.split(" and "))
    return {"DATABASE_URL", *re.findall(r"\(required\)\n#([A-Z0-9_]+)=", text)}


def given(objects, service: str, way: str) -> set[str]:
    workload = named(objects, *(("Deployment", service) if way == "serve" else ("Job", f"{service}-migrate")))
    names = {e["name"] for container in containers(workload) for e in container.get("env", [])}
    names |= set(settings(objects, service)) if way == "serve" else set()
    for volume in pod_template(workload)["spec"]["volumes"]:
        if "secret" in volume:
            secret = named(objects, "ExternalSecret", volume["secret"]["secretName"])
            names |= {item["secretKey"] for item in secret["spec"]["data"]}
    return names


@pytest.mark.parametrize("env,service,way", CASES)
def test_settings_and_secrets_are_ones_the_services_read(env, service, way):
    assert given(environment(env), service, way) <= KNOWN


@pytest.mark.parametrize("env,service,way", CASES)
def test_nothing_the_program_requires_is_missing(env, service, way):
    """`migrate` reads the same settings as `serve`, and stops as readily when one is missing."""
    assert required(service) <= given(environment(env), service, way)


def test_the_example_still_marks_what_is_required():
    assert {s: len(required(s)) for s in SERVICES} == {"user-service": 2, "video-service": 4, "chat-service": 2}


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_tokens_and_links_name_the_environments_own_host(env):
    objects = environment(env)
    host = named(objects, "Ingress", "user-service")["spec"]["rules"][0]["host"]
    for service in SERVICES:
        given = settings(objects, service)
        assert given["PUBLIC_URL"] == given["TOKEN_ISSUER"] == f"https://{host}"
    assert settings(objects, "chat-service")["ALLOWED_ORIGINS"] == f"https://{host}"
