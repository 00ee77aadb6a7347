#!/bin/bash
# By hand, while pods run: what the collection calls staging. Packages, images, configuration files beside the live ones.
# usage: prepare.sh containerd|crio
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
unit=$1
after=/root/manual-baseline/after
mkdir -p $after/{etc/modules-load.d,etc/sysctl.d,var/lib/kubelet}
pause=$(sed -n 's/.*--pod-infra-container-image=\([^" ]*\).*/\1/p' /var/lib/kubelet/kubeadm-flags.env)
images=$(docker ps -a --format '{{.Image}}' | sort -u | grep -v @)
tags=$(docker image ls --format '{{.Repository}}:{{.Tag}}' | grep -v '<none>' | sort -u)
echo "to transfer: $(echo $tags); containers name them as: $(echo $images)" >&2

# Nothing of containerd or Docker may be upgraded or restarted here, nothing started, and no network but the cluster's come.
install_packages() {
  apt-get -qq update
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod 0755 /usr/sbin/policy-rc.d
  apt-get -qq -y --no-upgrade --no-install-recommends -o Dpkg::Options::=--path-exclude='/etc/cni/net.d/*crio*' \
    install "$@" </dev/null >/dev/null
  rm /usr/sbin/policy-rc.d
}

prepare_containerd() {
  endpoint=unix:///run/containerd/containerd.sock handlers=runc
  command -v crictl >/dev/null || install_packages cri-tools
  docker save $tags | ctr -n k8s.io images import - >/dev/null
  mkdir -p $after/etc/containerd
  cat >$after/etc/containerd/config.toml <<TOML
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$pause"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/opt/cni/bin"
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = true
TOML
  containerd --config $after/etc/containerd/config.toml config dump >/dev/null
}

prepare_crio() {
  local tag
  endpoint=unix:///var/run/crio/crio.sock handlers="runc crun"
  echo "deb [trusted=yes] http://10.99.0.1:8081/repo-crio ./" >/etc/apt/sources.list.d/manual-crio.list
  install_packages cri-o cri-tools crun skopeo
  for tag in $tags; do
    skopeo --insecure-policy copy --quiet docker-daemon:$tag containers-storage:$tag
  done
  mkdir -p $after/etc/crio/crio.conf.d
  cat >$after/etc/crio/crio.conf.d/99-manual.conf <<TOML
[crio]
internal_repair = false
[crio.image]
pause_image = "$pause"
signature_policy = ""
[crio.runtime]
cgroup_manager = "systemd"
conmon_cgroup = "system.slice"
default_runtime = "runc"
default_capabilities = ["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
  "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"]
[crio.network]
network_dir = "/etc/cni/net.d"
plugin_dirs = ["/opt/cni/bin"]
TOML
  mkdir -p /root/manual-baseline/together
  cp /etc/crio/crio.conf.d/* $after/etc/crio/crio.conf.d/* /root/manual-baseline/together/
  crio --config-dir /root/manual-baseline/together config >/dev/null
}

prepare_$unit
printf 'unit=%s pause=%s handlers="%s"\n' $unit $pause "$handlers" >/root/manual-baseline/target
printf 'overlay\nbr_netfilter\n' >$after/etc/modules-load.d/manual.conf
printf '%s = 1\n' net.ipv4.ip_forward net.bridge.bridge-nf-call-iptables net.bridge.bridge-nf-call-ip6tables \
  >$after/etc/sysctl.d/99-manual.conf
printf 'runtime-endpoint: %s\nimage-endpoint: %s\ntimeout: 60\n' $endpoint $endpoint >$after/etc/crictl.yaml
sed "s|--network-plugin=cni|--container-runtime=remote --container-runtime-endpoint=$endpoint|" \
  /var/lib/kubelet/kubeadm-flags.env >$after/var/lib/kubelet/kubeadm-flags.env

# What the live files are now: the window refuses to start on others.
cd /
for file in $(cd $after && find . -type f); do
  [ ! -e "$file" ] || sha256sum "$file"
done >/root/manual-baseline/assessed
