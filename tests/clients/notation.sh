#!/usr/bin/env bash
# Notary Project signatures, by the project's own library (see notation/main.go): sign, list, verify in both envelopes.
set -euo pipefail
# shellcheck source=tests/clients/harness.sh
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
client notation notation-check crane oras
set +e

repo=$ATOLL_HOST/notation/image
digest=$(image layout)
mkdir key other
check "push an image" crane push layout "$repo:v1"
check "make a key" notation-check key key
check "make another key" notation-check key other
refused "nothing is signed yet" notation-check verify key "$repo@$digest"
check "sign in a JWS envelope" notation-check sign jws key "$repo@$digest"
check "verify" notation-check verify key "$repo@$digest"
contains "the signature is about this digest" "$digest"
check "sign in a COSE envelope" notation-check sign cose key "$repo@$digest"
check "list the signatures" notation-check list "$repo@$digest"
same "there are two" "2" "$(answer | wc -l)"
check "verify again" notation-check verify key "$repo@$digest"
refused "another key does not verify" notation-check verify other "$repo@$digest"
check "the referrers API lists them by type" oras discover --plain-http --distribution-spec v1.1-referrers-api \
    --artifact-type application/vnd.cncf.notary.signature --format json "$repo@$digest"
same "both have the type" "2" "$(python3 -c 'import json; print(len(json.load(open("answer"))["referrers"]))')"
check "list the tags" crane ls "$repo"
same "no fallback tag was needed" "v1" "$(answer)"
check "copy the image with its signatures" oras cp --from-plain-http --to-plain-http --recursive "$repo:v1" "$ATOLL_HOST/notation/copy:v1"
check "verify at the copy" notation-check verify key "$ATOLL_HOST/notation/copy@$digest"
image second --seed two >second.digest
check "push another image" crane push second "$repo:v2"
refused "it is not signed" notation-check verify key "$repo@$(cat second.digest)"
finish
