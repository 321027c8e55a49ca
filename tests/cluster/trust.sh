#!/usr/bin/env bash
# A member with a certificate that is wrong in one way or another is not let in, and it is told in plain words by both sides.
set -euo pipefail
# shellcheck source=tests/cluster/harness.sh
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
scenario trust curl python3 openssl faketime

check "push images" python3 "$ATOLL_ROOT/scripts/samples.py" "$front" "$COUNT"
cp answer images
mapfile -t others < <({ repositories_of 1 images && repositories_of 2 images; } | sort)

# authority NAME: makes one.
authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=$1" \
        -keyout "$cluster/$1.key" -out "$cluster/$1.pem" 2>/dev/null
}

# certificate NAME AUTHORITY ADDRESS [OFFSET]: for both sides of a connection and 30 days, from now or from another time.
certificate() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" \
        -keyout "$cluster/$1.key" -out "$cluster/$1.csr" 2>/dev/null
    printf 'subjectAltName=IP:%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$3" >"$cluster/$1.ext"
    ${4:+faketime -f "$4"} openssl x509 -req -in "$cluster/$1.csr" -CA "$cluster/$2.pem" -CAkey "$cluster/$2.key" -CAcreateserial \
        -extfile "$cluster/$1.ext" -days 30 -out "$cluster/$1.pem" 2>/dev/null
}

# settle_on N CERTIFICATE AUTHORITY: the member uses these files, and reaches the others by addresses that tell them apart.
settle_on() {
    python3 - "$cluster" "$@" <<'PYTHON'
import json, sys

folder, number, certificate, authority = sys.argv[1:]
path = f"{folder}/{number}.json"
settings = json.load(open(path, encoding="utf-8"))
settings["cluster"]["tls"] = {"cert": f"{folder}/{certificate}.pem", "key": f"{folder}/{certificate}.key",
                              "cacert": f"{folder}/{authority}.pem"}
own = settings["atoll"]["cluster"]
own.pop("secretFile", None)
for member in own["members"]:
    member["link"] = f"127.0.0.{member['id']}:" + member["link"].rsplit(":", 1)[1]
    if str(member["id"]) == number:
        own["link"] = {"listen": member["link"]}
json.dump(settings, open(path, "w", encoding="utf-8"))
PYTHON
}

# says N OTHER WORD: member N says of member OTHER that it does not answer, and uses that word.
says() {
    report "$1" && [ "$(json '[m["state"] != "up" and "'"$3"'" in (m.get("trouble") or "") for m in a["members"] if m["id"] == '"$2"']')" = "[True]" ]
}

others_go_on() {
    local wrong=0 n repository
    for repository in "${others[@]}"; do
        for n in 1 2; do
            ask "${member[n]}/v2/$repository/manifests/latest"
            [ "$status" = 200 ] || wrong=$((wrong + 1))
        done
    done
    same "$1: the others go on" 0 "$wrong"
}

# A secret that only one member has.
python3 -c 'import os; print(os.urandom(32).hex())' >"$cluster/odd-secret" && chmod 600 "$cluster/odd-secret"
cp "$cluster/3.json" "$cluster/3.kept"
sed "s|$cluster/secret|$cluster/odd-secret|" "$cluster/3.kept" >"$cluster/3.json"
member_stop 3
member_start 3
eventually "another secret: member 1 says that the authorities differ" says 1 3 authority
eventually "another secret: and so does member 3" says 3 2 authority
"$ATOLL_BIN" cluster status --url "${member[1]}" >answer 2>&1
contains "another secret: the operator is told where to look" "secrets"
others_go_on "another secret"
member_stop 3
cp "$cluster/3.kept" "$cluster/3.json"

authority ours
authority foreign
for n in 1 2 3; do certificate "right-$n" ours "127.0.0.$n"; done
certificate expired ours 127.0.0.3 -1y
certificate swapped ours 127.0.0.2
certificate strange foreign 127.0.0.3
for n in 1 2; do
    member_stop "$n"
    settle_on "$n" "right-$n" ours
    member_start "$n"
done
settle_on 3 right-3 ours
member_start 3
member_ready 1 2 3
eventually "with files of their own all members work" whole 1 2 3

# wrong NAME CERTIFICATE WORD_OF_OTHERS OWN_WORD
wrong() {
    member_stop 3
    settle_on 3 "$2" ours
    : >"$cluster/3.log"
    member_start 3
    eventually "$1: member 1 says so" says 1 3 "$3"
    eventually "$1: member 3 says so" says 3 1 "$4"
    eventually "$1: its log says so" grep -q "$4" "$cluster/3.log"
    others_go_on "$1"
}
wrong "an expired certificate" expired "has expired" "expired"
wrong "the certificate of another member" swapped "another one's" "does not name this member"
wrong "the certificate of an authority that is not ours" strange "authority" "authority"

member_stop 3
settle_on 3 right-3 ours
member_start 3
member_ready 3
eventually "with the right one everything is whole" whole 1 2 3
finish
