#!/usr/bin/env bash
# The secret of the link is replaced by rolling restarts; a member with another secret is not let in.
set -euo pipefail
# shellcheck source=tests/cluster/harness.sh
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
scenario rotation curl python3

check "push images" python3 "$ATOLL_ROOT/scripts/samples.py" "$front" "$COUNT"
cp answer images
old=$cluster/secret new=$cluster/new-secret
(umask 077 && python3 -c 'import os; print(os.urandom(32).hex())' >"$new")

# restart_with OWN ACCEPTED...: every member, one after another, with these secrets.
restart_with() {
    local n
    for n in 1 2 3; do
        python3 - "$cluster/$n.json" "$@" <<'PYTHON'
import json, sys

path, own, *accepted = sys.argv[1:]
settings = json.load(open(path, encoding="utf-8"))
settings["atoll"]["cluster"].update(secretFile=own, acceptedSecretFiles=accepted)
json.dump(settings, open(path, "w", encoding="utf-8"))
PYTHON
        member_stop "$n" && member_start "$n" && member_ready "$n"
    done
}

# complete: every member has everything, most of it from the others.
complete() {
    local n repository digest
    whole 1 2 3 || return 1
    for n in 1 2 3; do
        while read -r repository digest; do
            ask "${member[$n]}/v2/$repository/manifests/latest"
            [ "$status" = 200 ] && [ "sha256:$(sha256 answer)" = "$digest" ] || return 1
        done <images
    done
}

restart_with "$old" "$new"
eventually "the new secret is accepted beside the old one" complete
restart_with "$new" "$old"
eventually "the new one is used, the old one accepted" complete
restart_with "$new"
eventually "the old one is gone" complete

python3 - "$cluster/3.json" "$old" <<'PYTHON'
import json, sys

path, old = sys.argv[1:]
settings = json.load(open(path, encoding="utf-8"))
settings["atoll"]["cluster"].update(secretFile=old, acceptedSecretFiles=[])
json.dump(settings, open(path, "w", encoding="utf-8"))
PYTHON
member_stop 3
member_start 3
out() { report 1 && [ "$(json 'len(a["missing"]) > 0')" = True ]; }
eventually "a member with the old secret is not let in" out
wrong=0
for repository in $(repositories_of 3 images); do
    ask "${member[1]}/v2/$repository/manifests/latest"
    [ "$status" = 503 ] || wrong=$((wrong + 1))
done
same "and nothing that it holds is called gone" 0 "$wrong"
finish
