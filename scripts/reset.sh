#!/usr/bin/env bash
# Stops the platform and deletes its data, secrets and logs; built programs and installed tools stay.
set -euo pipefail
# shellcheck source=scripts/service.sh
source "$(dirname "${BASH_SOURCE[0]}")/service.sh"

"$root/scripts/down.sh"
if [ -d "$state" ]; then
    home=$(postgres_home)
    rm -rf "$home" "$state"/{postgres,redis,prometheus,monitoring,objects,mail,secrets,gateway,run,log,clients,clients.new,admin,admin.new,port-offset,video-replicas,user-replicas}
    say "deleted all data under $state"
fi
