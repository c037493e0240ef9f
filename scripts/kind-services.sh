#!/usr/bin/env bash
# Step 5 of scripts/kind-test.sh: builds the images, signs and pins them as a release does, migrates, and waits until all are ready.
set -euo pipefail
# shellcheck source=scripts/kind-common.sh
source "$(dirname "${BASH_SOURCE[0]}")/kind-common.sh"

# KMS's part, with this run's key; everything else that sign-image.sh does is the real thing.
mkdir -p "$kind_dir/bin"
cat >"$kind_dir/bin/aws" <<STAND_IN
#!/usr/bin/env bash
while [ \$# -gt 0 ]; do case \$1 in --message) digest=\${2#fileb://} ;; esac; shift; done
openssl pkeyutl -sign -inkey "$kind_dir/key.pem" -in "\$digest" | base64 -w0
STAND_IN
chmod +x "$kind_dir/bin/aws"

ENGINE=docker VERSION=0.0.0-kind "$root/scripts/image.sh"
for service in user video chat; do
    name=hiroba/$service-service
    local_name=127.0.0.1:$registry_port/$name:kind
    docker tag "$(docker images --quiet --filter "reference=$name:0.0.0-kind-*" | head -1)" "$local_name"
    docker push --quiet "$local_name" >/dev/null
    digest=$(docker inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$local_name" | sed -n "s#^127.0.0.1:$registry_port/.*@##p" | head -1)
    image=$registry_host/$name@$digest
    mkdir -p "$tree/.local/images"
    printf '%s\n%s\n' "$image" "$(PATH=$kind_dir/bin:$PATH SIGNING_KEY=kind "$root/scripts/sign-image.sh" "$image")" >"$tree/.local/images/$service-service.release"
    HIROBA_STATE_DIR=$tree/.local "$tree/scripts/pin-image.sh" "$service" dev
done

# secret NAME ROLE PASSWORD DATABASE [KEY=VALUE...]: what External Secrets would bring.
secret_of() {
    local name=$1 url="postgres://$2:$3@postgres.data:5432/$4?sslmode=disable"
    shift 4
    kubectl -n hiroba create secret generic "$name" --from-literal="DATABASE_URL=$url" "${@/#/--from-literal=}" --dry-run=client -o yaml |
        kubectl apply --server-side -f -
}
sealing=$(openssl rand -base64 32) media=$(openssl rand -base64 32) video=$(openssl rand -hex 24) chat=$(openssl rand -hex 24)
scopes=identity:events,authz:decide,users:read redis=redis://redis.data:6379
for suffix in "" -migrate; do
    role=${suffix:+_owner} password=service
    [ -z "$suffix" ] || password=owner
    secret_of "user-service$suffix" "user_service$role" "$password" user_service "KEY_ENCRYPTION_KEY=$sealing" "REDIS_URL=$redis" "PAYMENT_WEBHOOKS=none" "SERVICE_CLIENTS=video-service $video $scopes;chat-service $chat $scopes"
    secret_of "video-service$suffix" "video_service$role" "$password" video_service "MEDIA_URL_KEY=$media" "REDIS_URL=$redis" "SERVICE_CLIENT_SECRET=$video"
    secret_of "chat-service$suffix" "chat_service$role" "$password" chat_service "REDIS_URL=$redis" "SERVICE_CLIENT_SECRET=$chat"
done

# The migration's Job first, as Argo CD's PreSync does.
kubectl kustomize "$tree/infra/kind/overlay" >"$kind_dir/services.yaml"
kubectl apply --server-side -l app.kubernetes.io/component=migration -f "$kind_dir/services.yaml"
kubectl -n hiroba wait --for=condition=complete --timeout=5m job/user-service-migrate job/video-service-migrate job/chat-service-migrate
kubectl apply --server-side -l 'app.kubernetes.io/component!=migration' -f "$kind_dir/services.yaml"
kubectl -n hiroba rollout status deployment/user-service deployment/video-service deployment/chat-service --timeout=10m
