"""What a node's Docker and files are like, in one read: tests compare it with what they find afterwards."""

from __future__ import annotations

import json
from pathlib import Path

from . import ssh
from .cluster import Cluster
from .parallel import each
from .paths import run_dir

# One shell program, for a call costs a second and a fork forty milliseconds. Each line is "name value".
READ = r"""
echo docker_version $(dpkg-query -W -f '${Version}' docker.io)
echo docker_images $(ls /var/lib/docker/image/overlay2/imagedb/content/sha256)
echo docker_layers $(ls /var/lib/docker/image/overlay2/layerdb/sha256 | wc -l)
echo daemon_json $(sha256sum < /etc/docker/daemon.json | cut -d' ' -f1)
for unit in docker containerd kubelet; do
  echo ${unit}_pid $(systemctl show $unit -p MainPID --value)
  echo ${unit}_state $(systemctl is-active $unit) $(systemctl is-enabled $unit)
done
echo boot_id $(cat /proc/sys/kernel/random/boot_id)
"""


def path() -> Path:
    return run_dir() / "record.json"


def record(cluster: Cluster) -> dict[str, dict[str, str]]:
    """All nodes as they are now, kept in the run directory."""
    seen: dict[str, dict[str, str]] = {}

    def read_node(number: int) -> None:
        lines = ssh.run(number, READ).splitlines()
        seen[f"node{number}"] = dict(line.split(" ", 1) for line in lines if " " in line)

    each(read_node, cluster.numbers)
    path().write_text(json.dumps(seen, indent=1))
    return seen
