#!/usr/bin/env bash
# Says in Slack that a workflow failed, with a link to the run; without SLACK_WEBHOOK_URL it says here that nobody was told.
set -euo pipefail

if [ -z "${SLACK_WEBHOOK_URL:-}" ]; then
    echo "::warning::nobody was told: SLACK_WEBHOOK_URL is not set"
    exit
fi
link=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID
jq -n --arg text ":red_circle: $GITHUB_WORKFLOW failed on $GITHUB_REF_NAME: $link" '{text: $text}' |
    curl --fail --silent --show-error --max-time 20 --json @- "$SLACK_WEBHOOK_URL"
