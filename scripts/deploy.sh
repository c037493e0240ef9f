#!/usr/bin/env bash
# Brings a service of an environment to what git says, or takes it back: deploy.sh deploy|rollback|resume ENV SERVICE [COMMIT].
#
#   deploy    shows what would change, asks, syncs, waits until it is healthy
#   rollback  stops auto-sync, puts the image and settings of COMMIT back (default: the overlay's last change but one), waits
#   resume    shows what git holds by now, asks, and lets Argo CD follow git again
#
# VIA=kubectl does it without Argo CD, which then must not be watching (cicd/README.md). ANSWER=yes answers beforehand.
set -euo pipefail
# shellcheck source=scripts/cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

via=${VIA:-argocd}
verb=${1:-}
environment=$(environment_or_die "${2:-}")
service=$(service_or_die "${3:-}")
app=$service-$environment
overlay=infra/k8s/overlays/$environment/$service

ask() { confirmed yes "$1" || die "nothing was changed"; }

healthy_or_die() {
    argocd app wait "$app" --operation --health --timeout "$TIMEOUT" ||
        die "$app is not healthy after $TIMEOUT s; look: argocd app get $app; take it back: $0 rollback $environment $service"
}

# in_turn COMMAND...: again, when Argo CD was at something else with the Application. It follows git by itself, so an operation of its own may
# begin between any two of ours; it then refuses, and nothing was done.
in_turn() {
    local said tries=10
    said=$(mktemp)
    until "$@" 2>"$said"; do
        tries=$((tries - 1))
        if [ "$tries" = 0 ] || ! grep -q 'another operation is already in progress' "$said"; then
            cat "$said" >&2
            rm -f "$said"
            return 1
        fi
        argocd app wait "$app" --operation --timeout "$TIMEOUT" || true
    done
    rm -f "$said"
}

# `argocd app diff` answers 1 for a difference, 2 and more for a failure.
show_difference() { argocd app diff "$app" --refresh || [ $? = 1 ] || die "Argo CD cannot compare $app with git"; }

deploy_argocd() {
    argocd app wait "$app" --operation --timeout "$TIMEOUT"
    show_difference
    in_turn argocd app sync "$app" --prune --dry-run
    ask "$app is about to become what git says."
    in_turn argocd app sync "$app" --prune --timeout "$TIMEOUT"
    healthy_or_die
}

# Only the Deployment and its settings go back. A sync of parts runs no hooks and needs none: the schema is never undone, and an
# older program runs on a newer one (docs/db.md).
rollback_argocd() {
    local commit=$1 parts=(--resource "apps:Deployment:$service" --resource ":ConfigMap:*")
    ask "$app is about to go back to $(git -C "$root" log -1 --format='%h (%s, %ar)' "$commit"), and auto-sync to stop."
    argocd app set "$app" --sync-policy none
    # The release that is to go may be tried again and again right now; that one is given up. There may be none.
    argocd app terminate-op "$app" || true
    in_turn argocd app sync "$app" --revision "$commit" "${parts[@]}" --dry-run
    in_turn argocd app sync "$app" --revision "$commit" "${parts[@]}" --timeout "$TIMEOUT"
    healthy_or_die
    say "$app runs $commit and no longer follows git. Next: git revert the release on main, then $0 resume $environment $service"
}

resume_argocd() {
    show_difference
    ask "$app is about to follow git again."
    argocd app set "$app" --sync-policy automated --auto-prune --self-heal
    argocd app wait "$app" --sync --operation --health --timeout "$TIMEOUT"
}

rolled_out_or_die() {
    in_cluster "$environment" -n hiroba rollout status "deployment/$service" --timeout "${TIMEOUT}s" ||
        die "$service is not healthy after $TIMEOUT s; take it back: VIA=kubectl $0 rollback $environment $service"
}

deploy_kubectl() {
    local file rest='app.kubernetes.io/component!=migration'
    file=$(mktemp)
    # shellcheck disable=SC2064  # the name is known now
    trap "rm -f '$file'" EXIT
    rendered "$environment" "$service" "$file"
    in_cluster "$environment" "${APPLY[@]}" --dry-run=server -l "$rest" -f "$file"
    ask "$service in $environment is about to become what this working copy says."
    "$root/scripts/db-migrate.sh" "$service" "$environment"
    in_cluster "$environment" "${APPLY[@]}" -l "$rest" -f "$file"
    rolled_out_or_die
}

rollback_kubectl() {
    in_cluster "$environment" -n hiroba rollout undo "deployment/$service" --dry-run=server
    ask "$service in $environment is about to go back to its former pods."
    in_cluster "$environment" -n hiroba rollout undo "deployment/$service"
    rolled_out_or_die
}

case $via in argocd | kubectl) needs "$via" ;; *) die "VIA is argocd or kubectl, not '$via'" ;; esac
case $verb in
    deploy) "deploy_$via" ;;
    rollback)
        commit=${4:-$(git -C "$root" log -2 --format=%H -- "$overlay" | tail -1)}
        "rollback_$via" "$commit"
        ;;
    resume) [ "$via" = argocd ] || die "only Argo CD follows git" && resume_argocd ;;
    *) die "the verb is deploy, rollback or resume, not '$verb'" ;;
esac
say "$service in $environment: $verb done"
