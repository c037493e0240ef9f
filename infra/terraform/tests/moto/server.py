#!/usr/bin/env python3
"""moto's server with gaps closed that keep what we make from being read back, used and removed.

moto names the members of a replication group without making them, cannot delete a subnet group of ElastiCache, and gives a cluster of EKS
no security group. Arguments go to moto.
"""
import inspect
import sys

from moto.core.responses import EmptyResult
from moto.ec2.models import ec2_backends
from moto.eks.models import EKSBackend
from moto.elasticache.models import CacheCluster, ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse
from moto.server import main

_create = ElastiCacheBackend.create_replication_group
_delete = ElastiCacheBackend.delete_replication_group


def create_replication_group(self, *arguments, **named):
    group = _create(self, *arguments, **named)
    parameters = list(inspect.signature(CacheCluster.__init__).parameters)[1:]
    for member in group.member_clusters:
        values = {name: named.get(name) for name in parameters}
        values |= {"account_id": self.account_id, "region_name": self.region_name, "cache_cluster_id": member}
        values |= {"num_cache_nodes": 1, "tags": []}
        self.cache_clusters[member] = CacheCluster(**values)
    return group


def delete_replication_group(self, replication_group_id, retain_primary_cluster):
    group = _delete(self, replication_group_id, retain_primary_cluster)
    del self.replication_groups[replication_group_id]
    return group


def delete_cache_subnet_group(self):
    self.elasticache_backend.cache_subnet_groups.pop(self._get_param("CacheSubnetGroupName"))
    return EmptyResult()


_create_cluster = EKSBackend.create_cluster
_delete_cluster = EKSBackend.delete_cluster


def create_cluster(self, *arguments, **named):
    cluster = _create_cluster(self, *arguments, **named)
    ec2 = ec2_backends[self.account_id][self.region_name]
    subnet = ec2.get_subnet(cluster.resources_vpc_config["subnetIds"][0])
    group = ec2.create_security_group(f"eks-cluster-sg-{cluster.name}", "EKS created security group", vpc_id=subnet.vpc_id)
    cluster.resources_vpc_config |= {"clusterSecurityGroupId": group.id, "vpcId": subnet.vpc_id}
    return cluster


def delete_cluster(self, name):
    cluster = _delete_cluster(self, name)
    ec2_backends[self.account_id][self.region_name].delete_security_group(group_id=cluster.resources_vpc_config["clusterSecurityGroupId"])
    return cluster


EKSBackend.create_cluster = create_cluster
EKSBackend.delete_cluster = delete_cluster
ElastiCacheBackend.create_replication_group = create_replication_group
ElastiCacheBackend.delete_replication_group = delete_replication_group
ElastiCacheResponse.delete_cache_subnet_group = delete_cache_subnet_group

if __name__ == "__main__":
    main(sys.argv[1:])
