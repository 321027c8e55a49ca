#!/usr/bin/env bash
# curl: the ways to reach a server that other clients seldom take: HTTP/2 with prior knowledge and by TLS, IPv6, bodies of unknown length,
# a question before the body, ranges, conditions.
set -euo pipefail
# shellcheck source=tests/clients/harness.sh
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
client curl curl openssl python3
set +e

readonly BYTES=3000000
noise blob "$BYTES"
digest=sha256:$(sha256 blob)
printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/x","digest":"%s","size":%d},"layers":[]}' \
    "$digest" "$BYTES" >manifest
manifest=sha256:$(sha256 manifest)

# The status and the protocol of each answer are what `curl` prints; its content goes to the file `content`.
ask=(curl --silent --show-error --max-time 60 --output content --write-out '%{http_code} %{http_version}')

# place: where the last answer sends on to, whatever form it has.
place() {
    python3 -c 'import sys, urllib.parse; base, path = sys.argv[1:]; print(urllib.parse.urljoin(base, path))' \
        "$1" "$(tr -d '\r' <headers | awk 'tolower($1) == "location:" { print $2 }')"
}

# round WAY VERSION URL [OPTION...]: everything, one way.
round() {
    local way=$1 version=$2 url=$3 next
    shift 3
    check "$way: begin an upload" "${ask[@]}" "$@" --dump-header headers --request POST "$url/v2/curl/all/blobs/uploads/"
    same "$way: it is accepted by this protocol" "202 $version" "$(answer)"
    next=$(place "$url")
    check "$way: send a part, its length unknown" "${ask[@]}" "$@" --dump-header headers --request PATCH --header 'Content-Length:' \
        --header 'Content-Type: application/octet-stream' --upload-file - "$next" < <(head -c 1000000 blob)
    same "$way: it is taken" "202 $version" "$(answer)"
    same "$way: it tells how far it is" "0-999999" "$(tr -d '\r' <headers | awk 'tolower($1) == "range:" { print $2 }')"
    next=$(place "$url")
    tail -c +1000001 blob >rest
    check "$way: ask before the rest is sent" "${ask[@]}" "$@" --request PUT --header 'Expect: 100-continue' \
        --header 'Content-Type: application/octet-stream' --upload-file rest "$next$([[ $next = *\?* ]] && echo '&' || echo '?')digest=$digest"
    same "$way: it is whole" "201 $version" "$(answer)"
    check "$way: push a manifest" "${ask[@]}" "$@" --request PUT --header 'Content-Type: application/vnd.oci.image.manifest.v1+json' \
        --data-binary @manifest "$url/v2/curl/all/manifests/v1"
    same "$way: it is there" "201 $version" "$(answer)"

    check "$way: pull the blob" "${ask[@]}" "$@" "$url/v2/curl/all/blobs/$digest"
    same "$way: it is found" "200 $version" "$(answer)"
    same_file "$way: the blob has the same bytes" blob content
    check "$way: pull a range" "${ask[@]}" "$@" --range 999990-1000009 "$url/v2/curl/all/blobs/$digest"
    same "$way: it is a part" "206 $version" "$(answer)"
    tail -c +999991 blob | head -c 20 >part
    same_file "$way: the part has the same bytes" part content
    check "$way: pull the manifest" "${ask[@]}" "$@" --dump-header headers "$url/v2/curl/all/manifests/v1"
    same_file "$way: the manifest has the same bytes" manifest content
    check "$way: pull it again if it is another" "${ask[@]}" "$@" --header "If-None-Match: \"$manifest\"" "$url/v2/curl/all/manifests/v1"
    same "$way: it is the same" "304 $version" "$(answer)"
    check "$way: push it again if there is none" "${ask[@]}" "$@" --request PUT --header 'If-None-Match: *' \
        --header 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary @manifest "$url/v2/curl/all/manifests/v1"
    same "$way: there is one" "412 $version" "$(answer)"
    check "$way: ask for its head" "${ask[@]}" "$@" --head "$url/v2/curl/all/manifests/v1"
    same "$way: it has one" "200 $version" "$(answer)"

    check "$way: delete the manifest" "${ask[@]}" "$@" --request DELETE "$url/v2/curl/all/manifests/$manifest"
    same "$way: it is deleted" "202 $version" "$(answer)"
    check "$way: delete the blob" "${ask[@]}" "$@" --request DELETE "$url/v2/curl/all/blobs/$digest"
    same "$way: it is deleted too" "202 $version" "$(answer)"
    check "$way: ask for it" "${ask[@]}" "$@" "$url/v2/curl/all/blobs/$digest"
    same "$way: it is gone" "404 $version" "$(answer)"
}

round "HTTP/1.1" 1.1 "$ATOLL_URL" --http1.1
round "HTTP/2" 2 "$ATOLL_URL" --http2-prior-knowledge

# A server of its own, by TLS and IPv6.
address=::1 host="[::1]"
if ! python3 -c 'import socket; socket.socket(socket.AF_INET6).bind(("::1", 0))' 2>/dev/null; then
    echo "  this machine has no IPv6: its address for IPv4 is used instead"
    address=127.0.0.1 host=127.0.0.1
fi
port=$(python3 -c 'import socket, sys; s = socket.create_server((sys.argv[1], 0), family=socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
print(s.getsockname()[1])' "$address")
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=registry \
    -addext "subjectAltName=IP:$address" -keyout key.pem -out certificate.pem 2>/dev/null
cat >tls.json <<JSON
{
  "storage": { "rootDirectory": "$work/tls" },
  "http": { "address": "$address", "port": "$port", "tls": { "cert": "$work/certificate.pem", "key": "$work/key.pem" } }
}
JSON
"$ATOLL_BIN" serve tls.json >server.log 2>&1 </dev/null &
server=$!
stop_client() { kill "$server" 2>/dev/null; }
check "a server by TLS and IPv6 gets ready" curl --silent --fail --cacert certificate.pem --retry 100 --retry-delay 1 \
    --retry-connrefused "https://$host:$port/readyz"
round "HTTP/2 by TLS and IPv6" 2 "https://$host:$port" --cacert certificate.pem
round "HTTP/1.1 by TLS and IPv6" 1.1 "https://$host:$port" --cacert certificate.pem --http1.1
refused "plain HTTP is not spoken there" curl --silent --fail --max-time 10 "http://$host:$port/v2/"
finish
