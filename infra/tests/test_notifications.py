"""A failed release is told: every subscription has its trigger, every trigger its message, every message a way out."""
import re

import yaml
from rendering import ENVIRONMENTS, ROOT, named, of_kind, render

DATA = {k: yaml.safe_load(v) for k, v in named(render(ROOT / "cicd/argocd"), "ConfigMap", "argocd-notifications-cm")["data"].items()}
APPLICATIONS = [a for env in ENVIRONMENTS for a in of_kind(render(ROOT / "cicd/environments" / env), "Application")]


def subscribed() -> set[tuple[str, str]]:
    """(trigger, service) of every subscription: those of the ConfigMap and those that an Application brings itself."""
    found = {(t, r.split(":")[0]) for s in DATA["subscriptions"] for t in s["triggers"] for r in s["recipients"]}
    keys = [k for a in APPLICATIONS for k in a["metadata"].get("annotations", {})]
    return found | set(re.findall(r"^notifications\.argoproj\.io/subscribe\.([a-z-]+)\.([a-z]+)$", "\n".join(keys), re.MULTILINE))


def test_every_subscription_has_a_trigger_and_a_service():
    assert subscribed()
    for trigger, service in subscribed():
        assert f"trigger.{trigger}" in DATA, "nobody would be told, and nothing would say so"
        assert f"service.{service}" in DATA


def test_every_trigger_has_its_message_and_is_subscribed_to():
    for name in [n for n in DATA if n.startswith("trigger.")]:
        assert (name.removeprefix("trigger."), "slack") in subscribed()
        for condition in DATA[name]:
            assert condition["oncePer"], "or it would be said at every look"
            assert all(DATA[f"template.{t}"]["message"] for t in condition["send"])


def test_every_application_is_covered():
    """A platform part that fails holds up the waves behind it, so services are not the only ones."""
    assert all("selector" not in s for s in DATA["subscriptions"])


def test_the_token_comes_from_the_secret_and_stands_nowhere():
    assert DATA["service.slack"] == {"token": "$slack-token"}
