"""infra/k8s/db is the database of infra/terraform in other words, and no environment of Terraform's ever gets it."""
import re

from rendering import ENVIRONMENTS, ROOT, environment, named, of_kind, render

TERRAFORM = (ROOT / "infra/terraform/rds.tf").read_text()
OBJECTS = render("db")


def block(kind: str) -> str:
    return re.search(rf'^resource "{kind}" "this" {{\n(.*?)^}}', TERRAFORM, re.MULTILINE | re.DOTALL)[1]


def value(text: str, key: str) -> str:
    return re.search(rf'^\s*{key}\s*= "?([^"\n#]*?)"?(?: *#.*)?$', text, re.MULTILINE)[1]


def test_the_cluster_has_terraforms_values():
    spec, text = named(OBJECTS, "DBCluster", "hiroba")["spec"], block("aws_rds_cluster")
    same = {
        "engine": "engine", "engineVersion": "engine_version", "engineMode": "engine_mode", "databaseName": "database_name",
        "masterUsername": "master_username", "preferredBackupWindow": "preferred_backup_window",
        "preferredMaintenanceWindow": "preferred_maintenance_window",
    }
    assert {k: spec[k] for k in same} == {k: value(text, t) for k, t in same.items()}
    for key in ("manageMasterUserPassword", "storageEncrypted", "copyTagsToSnapshot"):
        assert spec[key] is True and value(text, re.sub("([A-Z])", r"_\1", key).lower()) == "true"
    assert spec["enableIAMDatabaseAuthentication"] is True and value(text, "iam_database_authentication_enabled") == "true"
    assert spec["deletionProtection"] is True


def test_the_parameters_are_terraforms():
    theirs = dict(re.findall(r'name  = "([a-z._]+)"\n\s*value = "([^"]*)"', block("aws_rds_cluster_parameter_group")))
    group = named(OBJECTS, "DBClusterParameterGroup", "hiroba")["spec"]
    assert group["parameterOverrides"] == theirs
    assert group["family"] == value(block("aws_rds_cluster_parameter_group"), "family")


def test_every_instance_is_private_and_belongs_to_the_cluster():
    cluster = named(OBJECTS, "DBCluster", "hiroba")["spec"]
    instances = of_kind(OBJECTS, "DBInstance")
    assert len(instances) == 2
    for instance in instances:
        assert instance["spec"]["publiclyAccessible"] is False
        assert instance["spec"]["dbClusterIdentifier"] == cluster["dbClusterIdentifier"]
        assert instance["spec"]["engineVersion"] == cluster["engineVersion"]


def test_references_between_the_objects_resolve():
    cluster = named(OBJECTS, "DBCluster", "hiroba")["spec"]
    named(OBJECTS, "DBSubnetGroup", cluster["dbSubnetGroupRef"]["from"]["name"])
    named(OBJECTS, "DBClusterParameterGroup", cluster["dbClusterParameterGroupRef"]["from"]["name"])
    store = named(OBJECTS, "SecretStore", named(OBJECTS, "ExternalSecret", "database-owner")["spec"]["secretStoreRef"]["name"])
    named(OBJECTS, "ServiceAccount", store["spec"]["provider"]["aws"]["auth"]["jwt"]["serviceAccountRef"]["name"])


def test_no_environment_renders_it_and_no_application_syncs_it():
    for env in ENVIRONMENTS:
        assert not [o for o in environment(env) if o["apiVersion"].startswith("rds.services.k8s.aws/")]
        for app in render(ROOT / "cicd/environments" / env):
            assert "infra/k8s/db" not in str(app["spec"])
