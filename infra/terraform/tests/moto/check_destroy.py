#!/usr/bin/env python3
"""Refuses a destroy that took things down in the wrong order, or left something behind that would be paid for.

Usage: check_destroy.py DESTROY.log MOTO_URL
"""
import re
import sys

import boto3

# What goes first, and what must still be there meanwhile: the other way round AWS refuses, or nodes cannot sign off.
ORDER = [
    ('aws_eks_node_group.this["ap-northeast-1a"]', "aws_eks_cluster.this"),
    ('aws_eks_node_group.this["ap-northeast-1a"]', 'aws_iam_role_policy_attachment.nodes["AmazonEKSWorkerNodePolicy"]'),
    ("aws_eks_cluster.this", "aws_iam_role_policy_attachment.cluster"),
    ("aws_eks_cluster.this", "aws_cloudwatch_log_group.cluster"),
    ("aws_rds_cluster_instance.this[0]", "aws_rds_cluster.this"),
    ("aws_rds_cluster.this", "aws_db_subnet_group.this"),
    ("aws_elasticache_replication_group.this", "aws_elasticache_subnet_group.this"),
    ("aws_wafv2_web_acl_association.this", "aws_wafv2_web_acl.this"),
    ("aws_lb.this", "aws_security_group.alb"),
    ("aws_lb.this", "module.network.aws_internet_gateway.this"),
    ("module.network.aws_vpc_endpoint.s3", "module.network.aws_vpc.this"),
]

# Questions to AWS whose answer must be empty: what is found here would be paid for, or would keep a name from the next apply.
QUESTIONS = [
    ("ec2", "describe_nat_gateways", "NatGateways", lambda gateway: gateway["State"] == "deleted"),
    ("ec2", "describe_addresses", "Addresses", None),
    ("ec2", "describe_vpcs", "Vpcs", lambda vpc: vpc["IsDefault"]),
    ("ecr", "describe_repositories", "repositories", None),
    ("eks", "list_clusters", "clusters", None),
    ("elasticache", "describe_replication_groups", "ReplicationGroups", None),
    ("elbv2", "describe_load_balancers", "LoadBalancers", None),
    ("iam", "list_roles", "Roles", None),
    ("logs", "describe_log_groups", "logGroups", None),
    ("rds", "describe_db_clusters", "DBClusters", None),
    ("rds", "describe_db_instances", "DBInstances", None),
    ("s3", "list_buckets", "Buckets", None),
    ("secretsmanager", "list_secrets", "SecretList", None),
    ("sns", "list_topics", "Topics", None),
]


def destroyed(log: str) -> list[str]:
    return re.findall(r"^(\S+): Destruction complete", log, re.MULTILINE)


def wrong_order(names: list[str]):
    for first, later in ORDER:
        if first not in names or later not in names:
            yield f"not destroyed at all: {first if first not in names else later}"
        elif names.index(first) > names.index(later):
            yield f"{later} went before {first}"


def left_behind(url: str):
    for service, question, answer, harmless in QUESTIONS:
        client = boto3.client(service, endpoint_url=url, region_name="ap-northeast-1")
        for thing in getattr(client, question)()[answer]:
            if harmless is None or not harmless(thing):
                yield f"left behind: {service} {thing}"


def main() -> int:
    with open(sys.argv[1], encoding="utf-8") as file:
        names = destroyed(file.read())
    found = [*wrong_order(names), *left_behind(sys.argv[2])]
    print("\n".join(found) if found else f"{len(names)} resources went in order, nothing is left")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
