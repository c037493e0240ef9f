#!/usr/bin/env bash
# The private Redis: configuration and start; sourced by service.sh.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

redis_answers() { [ "$(REDISCLI_AUTH=$(secret redis) redis-cli -p "$(port_of redis)" ping 2>/dev/null)" = PONG ]; }

start_redis() {
    if ! daemon_pid redis >/dev/null; then
        free_port_or_die redis
        mkdir -p "$state/redis"
        # Nothing is evicted: the stream of identity events has no time to live, and a hole in it would have to be noticed and closed.
        (umask 077 && cat >"$state/redis/redis.conf") <<CONF
bind 127.0.0.1
port $(port_of redis)
requirepass $(secret redis)
dir $state/redis
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
maxclients 10000
CONF
        start_daemon redis redis-server "$state/redis/redis.conf"
    fi
    wait_for_part redis 60 redis_answers
}
