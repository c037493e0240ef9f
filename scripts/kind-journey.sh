#!/usr/bin/env bash
# Step 6 of scripts/kind-test.sh: the README's tour, from outside, through the gateways: a person, an upload, a film, a message.
set -euo pipefail
# shellcheck source=scripts/kind-common.sh
source "$(dirname "${BASH_SOURCE[0]}")/kind-common.sh"

"$root/scripts/install-tools.sh" # the tour listens on a socket with it
jobs=()
trap 'kill "${jobs[@]}" 2>/dev/null || true' EXIT
port=18441
for gateway in api sockets uploads; do
    kubectl -n istio-ingress port-forward "service/istio-gateway-$gateway" "$port:443" >"$kind_dir/$gateway.log" 2>&1 &
    jobs+=($!)
    wait_until 30 port_in_use "$port" || die "no way to the gateway $gateway; see $kind_dir/$gateway.log"
    port=$((port + 1))
done
"$root/.local/venv-infra/bin/envoy" -c "$root/infra/kind/balancer.yaml" --log-level warning >"$kind_dir/balancer.log" 2>&1 &
jobs+=($!)
wait_until 30 port_in_use 8080 || die "the balancer does not start; see $kind_dir/balancer.log"
"$root/scripts/check-readme.sh"

say "what a stranger asks is refused in our own form"
[ "$(curl -sS -o /dev/null -w '%{http_code} %{content_type}' http://127.0.0.1:8080/v1/me)" = "401 application/problem+json" ] ||
    die "a request without a token is not answered 401 as a problem"
