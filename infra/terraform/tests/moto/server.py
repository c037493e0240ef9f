#!/usr/bin/env python3
"""moto's server with two gaps of ElastiCache closed that keep a replication group from being read back and removed.

moto names the members of a group without making them, and cannot delete a subnet group. Arguments go to moto.
"""
import inspect
import sys

from moto.core.responses import EmptyResult
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


ElastiCacheBackend.create_replication_group = create_replication_group
ElastiCacheBackend.delete_replication_group = delete_replication_group
ElastiCacheResponse.delete_cache_subnet_group = delete_cache_subnet_group

if __name__ == "__main__":
    main(sys.argv[1:])
