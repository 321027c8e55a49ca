#!/usr/bin/env bash
# cosign: sign and verify with a key pair, without any service outside; bundles as referrers and signatures as tags; attestations.
set -euo pipefail
# shellcheck source=tests/clients/harness.sh
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
client cosign cosign crane
set +e

repo=$ATOLL_HOST/cosign/image
digest=$(image layout)
export COSIGN_PASSWORD=test
# No transparency log and no timestamp service can be reached: nothing of what these flags leave out concerns the registry.
sign=(--key cosign.key --use-signing-config=false --tlog-upload=false --allow-http-registry --yes)
verify=(--insecure-ignore-tlog --allow-http-registry)

check "push an image" crane push layout "$repo:v1"
check "make a key pair" cosign generate-key-pair
check "make another key pair" cosign generate-key-pair --output-key-prefix other
refused "nothing is signed yet" cosign verify --key cosign.pub "${verify[@]}" "$repo@$digest"

check "sign: a bundle as a referrer" cosign sign "${sign[@]}" "$repo@$digest"
check "verify by digest" cosign verify --key cosign.pub "${verify[@]}" "$repo@$digest"
contains "the signature is about this digest" "$digest"
check "verify by tag" cosign verify --key cosign.pub "${verify[@]}" "$repo:v1"
refused "another key does not verify" cosign verify --key other.pub "${verify[@]}" "$repo@$digest"
check "the referrers API lists the bundle" curl -fsS "$ATOLL_URL/v2/cosign/image/referrers/$digest"
contains "with its annotations" '"dev.sigstore.bundle.predicateType":"https://sigstore.dev/cosign/sign/v1"'
check "list the tags" crane ls "$repo"
same "no fallback tag was needed" "v1" "$(answer)"

echo '{"checked":true}' >predicate.json
check "attest" cosign attest "${sign[@]}" --type custom --predicate predicate.json "$repo@$digest"
check "verify the attestation" cosign verify-attestation --key cosign.pub "${verify[@]}" --type custom "$repo@$digest"
refused "another key does not verify it" cosign verify-attestation --key other.pub "${verify[@]}" --type custom "$repo@$digest"
check "show what is attached" cosign tree --allow-http-registry "$repo@$digest"

image second --seed two >second.digest
second=$(cat second.digest)
check "push another image" crane push second "$repo:v2"
check "sign in the older form: a signature as a tag" cosign sign "${sign[@]}" --new-bundle-format=false "$repo@$second"
check "verify the older form" cosign verify --key cosign.pub "${verify[@]}" --new-bundle-format=false "$repo@$second"
check "list the tags" crane ls "$repo"
contains "the signature is a tag" "sha256-${second#sha256:}.sig"
check "sign every platform of an index" cosign sign "${sign[@]}" --recursive "$repo@$second"
check "verify one platform" cosign verify --key cosign.pub "${verify[@]}" "$repo@$(crane digest --platform linux/arm64 "$repo:v2")"
check "copy an image with its signatures" cosign copy --allow-http-registry "$repo:v2" "$ATOLL_HOST/cosign/copy:v2"
check "verify at the copy" cosign verify --key cosign.pub "${verify[@]}" --new-bundle-format=false "$ATOLL_HOST/cosign/copy@$second"
finish
