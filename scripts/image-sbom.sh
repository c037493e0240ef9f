#!/usr/bin/env bash
# Prints what an image holds, as SPDX 2.3: the program, the Swift packages linked into it, the Debian packages of its libraries.
#
# Usage: image-sbom.sh BUILD_FOLDER PROGRAM IMAGE_ROOT PACKAGE_RESOLVED   with VERSION, REVISION, CREATED and SWIFT_VERSION set
# It reads what was built, not what was asked for: the linker's list of objects, and the packages image-root.sh took files from.
set -euo pipefail

build=$1 program=$2 root=$3 resolved=$4

# The checkouts that the linked objects were compiled from: Swift targets name their sources in a map, C targets in .d files.
checkouts() {
    sed -nE "s#^'?.*/([^/]+\.build)/.*#\1#p" "$build/$program.product/Objects.LinkFileList" | sort -u | while read -r target; do
        if [ -e "$build/$target/output-file-map.json" ]; then
            jq -r 'keys[]' "$build/$target/output-file-map.json"
        else
            find "$build/$target" -name '*.d' -exec cat {} +
        fi | sed -nE 's#.*/checkouts/([^/]+)/.*#\1#p' | sort -u
    done | sort -u
}

# One line each: name, version, architecture.
debian_packages() {
    local file
    for file in "$root"/var/lib/dpkg/status.d/*; do
        awk -F ': ' '$1 == "Package" { p = $2 } $1 == "Version" { v = $2 } $1 == "Architecture" { a = $2 } END { print p "\t" v "\t" a }' "$file"
    done
}

linked=$(checkouts)
[ -n "$linked" ] || { echo "image-sbom.sh: found no linked Swift package in $build" >&2; exit 1; }

# shellcheck disable=SC2016  # the program is jq's
jq -n --slurpfile resolved "$resolved" --arg linked "$linked" --arg debian "$(debian_packages)" --arg program "$program" \
    --arg version "${VERSION:?}" --arg revision "${REVISION:?}" --arg created "${CREATED:?}" --arg swift "${SWIFT_VERSION:?}" \
    --arg release "$(sed -n 's/^VERSION_ID=//p' "$root/etc/os-release" | tr -d '"')" '
    def id: "SPDXRef-" + gsub("[^A-Za-z0-9.-]"; "-");
    def package($kind; $name; $version; $location; $purl): {
        SPDXID: ($kind + "-" + $name | id), name: $name, versionInfo: $version, downloadLocation: $location, filesAnalyzed: false,
        licenseConcluded: "NOASSERTION", licenseDeclared: "NOASSERTION", copyrightText: "NOASSERTION",
        externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: $purl}]
    };
    ($linked | split("\n") | map(ascii_downcase)) as $wanted
    | [$resolved[0].pins[] | select(.identity as $i | $wanted | index($i))
        | (.location | sub("\\.git$"; "") | sub("^[a-z]+://"; "")) as $path
        | (.state.version // .state.revision) as $v
        | package("Swift"; .identity; $v; "git+https://" + $path + "@" + .state.revision; "pkg:swift/" + $path + "@" + $v)] as $swiftPackages
    | ($wanted - [$resolved[0].pins[].identity]) as $unknown
    | if $unknown != [] then error("linked but not resolved: \($unknown)") else . end
    | [package("Swift"; "swift-standard-libraries"; $swift; "https://www.swift.org/download/"; "pkg:generic/swift@" + $swift)] as $runtime
    | [$debian | split("\n")[] | split("\t")
        | package("Debian"; .[0]; .[1]; "NOASSERTION";
            "pkg:deb/debian/\(.[0])@\(.[1] | @uri)?arch=\(.[2])&distro=debian-\($release)")] as $debianPackages
    | [{SPDXID: "SPDXRef-OperatingSystem", name: "debian", versionInfo: $release, downloadLocation: "NOASSERTION", filesAnalyzed: false,
        primaryPackagePurpose: "OPERATING-SYSTEM"}] as $system
    | package("Program"; $program; $version; "NOASSERTION"; "pkg:generic/\($program)@\($version | @uri)") as $main
    | {
        spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT", name: "\($program)-\($version)",
        documentNamespace: "https://hiroba.example.com/spdx/\($program)/\($version | @uri)/\($revision)",
        creationInfo: {created: $created, creators: ["Tool: image-sbom.sh"]},
        packages: ([$main] + $system + $runtime + $swiftPackages + $debianPackages),
        relationships: (
            [{spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: $main.SPDXID}]
            + [($runtime + $swiftPackages)[] | {spdxElementId: $main.SPDXID, relationshipType: "STATIC_LINK", relatedSpdxElement: .SPDXID}]
            + [($system + $debianPackages)[] | {spdxElementId: $main.SPDXID, relationshipType: "DEPENDS_ON", relatedSpdxElement: .SPDXID}])
      }'
