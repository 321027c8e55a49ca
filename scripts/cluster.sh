#!/usr/bin/env bash
# Three members on this machine behind a front, with sample images, until Ctrl-C: cluster.sh [FOLDER]
#
# The front listens on 127.0.0.1:8080, the members on 8081 to 8083, their links on 18081 to 18083 (CLUSTER_PORT=9081 begins
# elsewhere). Each member keeps its data in a folder of its own below FOLDER, by default ./cluster-data, and finds it there again.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/members.sh
. "$ATOLL_ROOT/scripts/members.sh"
PATH=$PATH:/usr/sbin:/sbin

mkdir -p "${1:-$ATOLL_ROOT/cluster-data}"
cluster=$(cd "${1:-$ATOLL_ROOT/cluster-data}" && pwd)
for program in "$ATOLL_BIN" python3 curl; do
    command -v "$program" >/dev/null || { echo "cluster: $program is missing" >&2 && exit 1; }
done
if [ -e "$cluster/1.pid" ] && member_runs 1; then
    echo "cluster: one runs in $cluster already" >&2
    exit 1
fi

ended() {
    trap - EXIT INT TERM
    printf '\nstopping\n'
    for n in 1 2 3; do member_stop "$n" || true; done
    members_end
}
trap ended EXIT
trap 'exit 0' INT TERM

rm -f "$cluster"/*.pid "$cluster"/*.log
members_ports 3 "${CLUSTER_PORT:-8081}"
members_configure "$ATOLL_ROOT/scripts/cluster.json" 1 2 3
for n in 1 2 3; do member_start "$n"; done
member_ready 1 2 3
members_whole 1 2 3
front_start 1 2 3

front=$(member_host 0)
echo "pushing sample images"
python3 "$ATOLL_ROOT/scripts/samples.py" "http://$front" 12 >/dev/null
# Members tell one another once a second what they hold.
sleep 2
"$ATOLL_BIN" cluster status --url "http://$(member_host 1)" || true
cat <<TEXT

  One registry, three members, each with its own disk.

  Open             http://$front/
  Any member       http://$(member_host 1)/  http://$(member_host 2)/  http://$(member_host 3)/  show the same
  The catalog      curl http://$front/v2/_catalog
  The cluster      $ATOLL_BIN cluster status --url http://$(member_host 2)
  Who has what     $ATOLL_BIN cluster owner sample/web --config $cluster/1.json
  Push             podman push --tls-verify=false busybox $front/busybox
  Lose a member    kill $(member_pid 3)
  And start it     (cd $cluster && $ATOLL_BIN serve 3.json)

  Logs and data are in $cluster. Ctrl-C stops everything.

TEXT
while member_runs 0; do sleep 1; done
echo "cluster: the front ended; the last lines of its log:" >&2
tail -n 20 "$cluster/0.log" >&2
exit 1
