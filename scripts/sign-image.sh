#!/usr/bin/env bash
# Prints the JWS (RFC 7515, ES256) that admission asks for: sign-image.sh NAME@DIGEST; SIGNING_KEY is the ARN of the key in KMS.
#
# cicd/opa-policies/require-image-signature.rego reads it. The private half of the key never leaves KMS.
set -euo pipefail

image=$1
[[ $image =~ ^[a-z0-9./-]+@sha256:[0-9a-f]{64}$ ]] || { echo "sign-image.sh: '$image' is not an image by digest" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

part() { basenc --base64url -w0 | tr -d =; }
text=$(printf '{"alg":"ES256","typ":"hiroba-image+jwt"}' | part).$(printf '{"image":"%s"}' "$image" | part)
printf '%s' "$text" | openssl dgst -sha256 -binary >"$work/digest"
aws kms sign --key-id "${SIGNING_KEY:?}" --message-type DIGEST --message "fileb://$work/digest" --signing-algorithm ECDSA_SHA_256 \
    --query Signature --output text | basenc --base64 -d >"$work/signature"

# KMS answers with DER; a JWS wants the two numbers r and s plain, 32 bytes each.
numbers=$(openssl asn1parse -inform DER -in "$work/signature" | sed -nE 's/.*INTEGER +:([0-9A-F]+)$/\1/p')
[ "$(wc -l <<<"$numbers")" = 2 ] || { echo "sign-image.sh: KMS answered with something that is no signature" >&2; exit 1; }
raw=$(while read -r number; do printf '%64s' "$number" | tr ' ' 0; done <<<"$numbers")
printf '%s.%s\n' "$text" "$(printf '%s' "$raw" | basenc --base16 -d | part)"
