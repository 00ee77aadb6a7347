#!/bin/bash
# By hand, in the window: the node's part of a switch from Docker to the target, with the same verifications. The node
# is drained, and prepared by prepare.sh. One JSON line per step on stdout; everything else goes to stderr.
set -euo pipefail
after=/root/manual-baseline/after
before=/root/manual-baseline/before
files=$(cd $after && find . -type f -printf '%P\n')
# Of prepare.sh: unit, pause, handlers.
. /root/manual-baseline/target
exec 3>&1 1>&2
cd /

step() {
  local name=$1 began=$EPOCHREALTIME
  shift
  "$@"
  printf '{"step": "%s", "began": %s, "ended": %s}\n' "$name" "$began" "$EPOCHREALTIME" >&3
}

until_true() {
  local patience=$1 deadline
  shift
  deadline=$((SECONDS + patience))
  until "$@"; do
    [ $SECONDS -lt $deadline ] || { echo "not within $patience s: $*" >&2; return 1; }
    sleep 0.2
  done
}

before_images() {
  sha256sum --quiet -c /root/manual-baseline/assessed
  mkdir -p $before
  for file in $files; do
    if [ -e "$file" ]; then cp -a --parents "$file" $before/; else echo "$file" >>$before/absent; fi
  done
  systemctl show kubelet docker.service docker.socket $unit -p Id,ActiveState,UnitFileState >$before/units
  sync -f /root/manual-baseline
}

# The revert after a power cut or a lost connection is not written out here: the units are, because they cost time.
enable_recovery() {
  printf '[Unit]\nBefore=kubelet.service\n[Service]\nType=oneshot\nExecStart=/bin/true\n' \
    >/etc/systemd/system/manual-recover.service
  ln -sf ../manual-recover.service /etc/systemd/system/multi-user.target.wants/
  sync -f /etc
}
arm_watchdog() { systemd-run -q --unit=manual-watchdog --on-active=600 /bin/true; }

stop_kubelet() { systemctl stop kubelet; }

# kind (container|podsandbox), id, namespace, where a static pod's sandbox comes from, pod uid
list_docker() {
  docker ps --no-trunc --filter label=io.kubernetes.docker.type --format '{{.Label "io.kubernetes.docker.type"}} {{.ID}} {{.Label "io.kubernetes.pod.namespace"}} {{.Label "io.kubernetes.pod.uid"}} {{or (.Label "annotation.kubernetes.io/config.source") "api"}}'
}

stop_containers() {
  local listing kind id namespace uid source static=" " ordinary=() agents=() statics=()
  listing=$(list_docker)
  while read -r kind id namespace uid source; do
    [ "$kind" != podsandbox ] || [ "$source" = api ] || static+="$uid "
  done <<<"$listing"
  while read -r kind id namespace uid source; do
    [ "$kind" = container ] || continue
    if [[ $static == *" $uid "* ]]; then statics+=("$id")
    elif [ "$namespace" = kube-system ]; then agents+=("$id")
    else ordinary+=("$id"); fi
  done <<<"$listing"
  # With the longest grace of any pod of the lab: it only bounds the wait.
  [ ${#ordinary[@]} -eq 0 ] || docker stop -t 45 "${ordinary[@]}" >/dev/null
  [ ${#agents[@]} -eq 0 ] || docker stop -t 45 "${agents[@]}" >/dev/null
  [ ${#statics[@]} -eq 0 ] || docker stop -t 45 "${statics[@]}" >/dev/null
}

# While the sandboxes still hold their network namespaces: bridge removes its masquerading only then.
cni_del() {
  local sandboxes pairs=
  sandboxes=$(docker ps -aq --no-trunc --filter label=io.kubernetes.docker.type=podsandbox)
  [ -z "$sandboxes" ] || pairs=$(docker inspect -f '{{.Id}}:{{.State.Pid}}' $sandboxes)
  python3 /root/manual-baseline/cni_del.py $pairs
}

stop_sandboxes() {
  local sandboxes
  sandboxes=$(docker ps -q --filter label=io.kubernetes.docker.type=podsandbox)
  [ -z "$sandboxes" ] || docker stop -t 10 $sandboxes >/dev/null
}

write_target() {
  local file
  for file in $files; do
    [[ $file == var/lib/kubelet/* ]] || install -D -m 0644 "$after/$file" "/$file"
  done
  modprobe -a overlay br_netfilter
  sysctl -q -p /etc/sysctl.d/99-manual.conf
}

restart_target() {
  systemctl reset-failed $unit 2>/dev/null || true
  systemctl restart $unit
}

is_true() { [[ $(crictl info -o go-template --template "{{range .status.conditions}}{{.type}}={{.status}} {{end}}" 2>/dev/null) == *"$1=true"* ]]; }

runtime_ready() { until_true 60 is_true RuntimeReady; }

# Of each handler a sandbox on the host network and a container in it, before kubelet could remove what it does not know.
smoke() {
  local dir=/root/manual-baseline sandbox container handler
  for handler in $handlers; do
    cat >$dir/sandbox.json <<JSON
{"metadata": {"name": "manual-$handler", "namespace": "default", "uid": "manual-$handler", "attempt": 0},
 "log_directory": "/root/manual-baseline",
 "linux": {"cgroup_parent": "system.slice", "security_context": {"namespace_options": {"network": 2, "pid": 1}}}}
JSON
    cat >$dir/container.json <<JSON
{"metadata": {"name": "manual"}, "image": {"image": "$pause"}, "log_path": "manual.log",
 "linux": {"security_context": {"namespace_options": {"network": 2, "pid": 1}}}}
JSON
    sandbox=$(crictl runp --runtime $handler $dir/sandbox.json)
    container=$(crictl create --no-pull "$sandbox" $dir/container.json $dir/sandbox.json)
    crictl start "$container" >/dev/null
    [[ $(crictl ps -q --state running --pod "$sandbox") == "$container" ]]
    crictl rmp -f "$sandbox" >/dev/null
  done
}

write_kubelet() { install -m 0644 $after/var/lib/kubelet/kubeadm-flags.env /var/lib/kubelet/kubeadm-flags.env; }

nothing_left() {
  local left
  left=$(find /sys/fs/cgroup -path '*kubepods*' -name cgroup.procs -exec cat {} + 2>/dev/null || true)
  [ -z "$left" ] || { echo "processes left in kubepods: $left" >&2; return 1; }
}

start_kubelet() { systemctl start kubelet; }

healthz() {
  local answer
  { exec 4<>/dev/tcp/127.0.0.1/10248; } 2>/dev/null || return 1
  printf 'GET /healthz HTTP/1.0\r\n\r\n' >&4
  read -r -t 5 answer <&4 || answer=
  exec 4>&-
  [[ $answer == *" 200 "* ]]
}

kubelet_healthy() { until_true 120 healthz; }

network_ready() { until_true 60 is_true NetworkReady; }

step before_images before_images
step enable_recovery enable_recovery
step arm_watchdog arm_watchdog
step stop_kubelet stop_kubelet
step stop_containers stop_containers
step cni_del cni_del
step stop_sandboxes stop_sandboxes
step write_target write_target
step restart_target restart_target
step runtime_ready runtime_ready
step smoke smoke
step write_kubelet write_kubelet
step nothing_left nothing_left
step start_kubelet start_kubelet
step kubelet_healthy kubelet_healthy
step network_ready network_ready
