#!/bin/bash
# By hand, while pods run: what the collection calls staging. Packages, images, configuration files beside the live ones.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
after=/root/floor/after

if ! command -v crictl >/dev/null; then
  apt-get -qq update
  # Nothing of containerd or Docker may be upgraded or restarted here.
  apt-get -qq -y --no-upgrade --no-install-recommends install cri-tools </dev/null >/dev/null
fi

images=$(docker ps -a --format '{{.Image}}' | sort -u | grep -v @)
tags=$(docker image ls --format '{{.Repository}}:{{.Tag}}' | grep -v '<none>' | sort -u)
docker save $tags | ctr -n k8s.io images import - >/dev/null
echo "carried: $(echo $tags); containers name them as: $(echo $images)" >&2

mkdir -p $after/{etc/containerd,etc/modules-load.d,etc/sysctl.d,var/lib/kubelet}
pause=$(sed -n 's/.*--pod-infra-container-image=\([^" ]*\).*/\1/p' /var/lib/kubelet/kubeadm-flags.env)
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
printf 'overlay\nbr_netfilter\n' >$after/etc/modules-load.d/floor.conf
printf '%s = 1\n' net.ipv4.ip_forward net.bridge.bridge-nf-call-iptables net.bridge.bridge-nf-call-ip6tables \
  >$after/etc/sysctl.d/99-floor.conf
endpoint=unix:///run/containerd/containerd.sock
printf 'runtime-endpoint: %s\nimage-endpoint: %s\ntimeout: 60\n' $endpoint $endpoint >$after/etc/crictl.yaml
sed "s|--network-plugin=cni|--container-runtime=remote --container-runtime-endpoint=$endpoint|" \
  /var/lib/kubelet/kubeadm-flags.env >$after/var/lib/kubelet/kubeadm-flags.env

# What the live files are now: the window refuses to start on others.
cd /
for file in $(cd $after && find . -type f); do
  [ ! -e "$file" ] || sha256sum "$file"
done >/root/floor/assessed
