#!/usr/bin/env bash
# Runs the CIS benchmark on a node of the cluster kubectl points at; fails on every scored check that is not accepted.
#
# Accepted checks, each with its reason, are in cicd/kube-bench/accepted.txt: "NUMBER reason".
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

here=$root/cicd/kube-bench
work=$(mktemp -d)
removed() {
    kubectl delete --ignore-not-found --wait=false -f "$here/job.yaml" >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap removed EXIT

# A job that an interrupted run left would be taken for this one, with its old report.
kubectl delete --ignore-not-found -f "$here/job.yaml" >/dev/null
kubectl create -f "$here/job.yaml" >/dev/null
kubectl --namespace kube-bench wait --for=condition=complete --timeout=300s job/kube-bench >/dev/null || die "kube-bench did not finish"
kubectl --namespace kube-bench logs job/kube-bench >"$work/report.json"

jq -e '[.Controls[].tests[].results[]] | length > 0' "$work/report.json" >/dev/null || die "kube-bench checked nothing"
jq -r '.Controls[].tests[].results[] | select(.status == "FAIL" and .scored) | "\(.test_number) \(.test_desc)"' "$work/report.json" >"$work/failed"
grep -vE '^(#|$)' "$here/accepted.txt" | cut -d' ' -f1 >"$work/accepted" || true
awk 'FILENAME == ARGV[1] { accepted[$1]; next } !($1 in accepted)' "$work/accepted" "$work/failed" >"$work/open"
say "$(jq '.Totals | "\(.total_pass) passed, \(.total_fail) failed, \(.total_warn) to judge by hand"' -r "$work/report.json")"
[ ! -s "$work/open" ] || die "not accepted:"$'\n'"$(cat "$work/open")"
