#!/usr/bin/env bash
# Fetches the CRDs of every pinned release into a folder for `make infra-test CRDS=FOLDER`: fetch-crds.sh FOLDER. Needs the network.
#
# Most come with their charts, at the version that the charts are pinned to. What no chart brings is named in infra/tests/crds.txt
# by commit, so that the name is the checksum.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

folder=${1:?the folder to write to}
python=$root/.local/venv-infra/bin/python
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$root/scripts/render-charts.sh" "$work/charts"
for file in "$work"/charts/*.yaml; do
    # Kiali's operator chart keeps its CRDs in crds/, which --include-crds prints before everything else.
    grep -q '^kind: CustomResourceDefinition$' "$file" || continue
    say "$(basename "$file" .yaml): $("$python" "$root/scripts/crds-of.py" "$folder" <"$file")"
done
while read -r repository version commit path; do
    [[ "$repository" != \#* && -n "$repository" ]] || continue
    say "$repository $version"
    git init --quiet --bare "$work/git"
    git -C "$work/git" fetch --quiet --depth 1 "https://github.com/$repository" "$commit"
    git -C "$work/git" archive "$commit" "$path" | tar -x -C "$work"
    for file in "$work/$path"/*.yaml; do
        echo "---"
        cat "$file"
    done | "$python" "$root/scripts/crds-of.py" "$folder"
    rm -rf "${work:?}/git" "${work:?}/${path%%/*}"
done <"$root/infra/tests/crds.txt"
