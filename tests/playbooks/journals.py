"""What a node's earlier run left, as the playbooks are told of it."""

import json

from ansible_collections.cri.switchover.plugins.module_utils._facts.journal import journal_facts
from ansible_collections.cri.switchover.plugins.plugin_utils.version import VERSION

SHIM, SOCKET = "/var/run/dockershim.sock", "unix:///run/containerd/containerd.sock"


def left(name, phase):
    """By the code that a real node's journal goes through: a fact that it learns to give is not missing here."""
    journal = {
        "schema": 1,
        "tool_version": VERSION,
        "run_id": "old-" + name,
        "holder": "ann",
        "phase": phase,
        "error": "x",
        "from": {"shim": "dockershim", "cri_socket": SHIM},
        "to": {"runtime": "containerd", "socket": SOCKET, "version_prefix": "containerd://"},
    }
    plan = {"handlers": [{"name": "runc"}], "pause_image": "pause:1", "store": "/var/lib/containerd"}
    return dict(journal_facts(json.dumps(journal), json.dumps(plan)), drift=[])


def facts(name, phase):
    back = phase in ("reverted", None)
    return {
        "node_name": name,
        "journal": phase and left(name, phase),
        "runtime": {"in_use": "docker" if back else "containerd"},
        "kubelet": {"installed": True, "version": "1.23.17"},
        "docker": {"enabled": "disabled", "fragment": "/x", "binary": "/x"},
    }
