#!/usr/bin/env bash
# helm: package, push, show, pull and template charts; a version with build metadata, which is not a legal tag as it is.
set -euo pipefail
# shellcheck source=tests/clients/harness.sh
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
client helm helm
set +e

mkdir pulled newest
charts=oci://$ATOLL_HOST/charts
check "make a chart" helm create demo
check "package it" helm package demo --version 1.2.3
check "package a version with build metadata" helm package demo --version 1.2.4+build.5
check "push the chart" helm push --plain-http demo-1.2.3.tgz "$charts"
check "push the version with build metadata" helm push --plain-http demo-1.2.4+build.5.tgz "$charts"
check "show the chart" helm show chart --plain-http "$charts/demo" --version 1.2.3
contains "its version is told" "version: 1.2.3"
check "pull the chart" helm pull --plain-http "$charts/demo" --version 1.2.3 --destination pulled
same_file "it has the same bytes" demo-1.2.3.tgz pulled/demo-1.2.3.tgz
check "pull the version with build metadata" helm pull --plain-http "$charts/demo" --version 1.2.4+build.5 --destination pulled
same_file "it has the same bytes" demo-1.2.4+build.5.tgz pulled/demo-1.2.4+build.5.tgz
check "pull the newest of a range, which lists the tags" helm pull --plain-http "$charts/demo" --version "~1.2.0" --destination newest
same "it is the newest" "demo-1.2.4+build.5.tgz" "$(ls newest)"
check "render from the registry" helm template --plain-http release "$charts/demo" --version 1.2.3
contains "the rendered objects name the chart" "helm.sh/chart: demo-1.2.3"
check "the tag of build metadata has an underscore" curl -fsS "$ATOLL_URL/v2/charts/demo/tags/list"
contains "as helm defines it" "1.2.4_build.5"
refused "an unknown version is refused" helm pull --plain-http "$charts/demo" --version 9.9.9 --destination pulled
finish
