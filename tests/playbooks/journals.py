"""The journal that an earlier run left on a node, as the playbooks read it."""

import json

from ansible_collections.cri.switchover.plugins.module_utils._facts.journal import journal_facts
from ansible_collections.cri.switchover.plugins.plugin_utils.version import VERSION

SHIM, SOCKET = "/var/run/dockershim.sock", "unix:///run/containerd/containerd.sock"


def earlier_journal(name, phase):
    """Made by the code that reads a real node's journal, so that a fact which is added there is not missing here."""
    journal = {
        "schema": 1,
        "tool_version": VERSION,
        "run_id": "old-" + name,
        "owner": "ann",
        "phase": phase,
        "error": "x",
        "from": {"shim": "dockershim", "cri_socket": SHIM},
        "to": {"runtime": "containerd", "socket": SOCKET, "version_prefix": "containerd://"},
    }
    plan = {"handlers": [{"name": "runc"}], "pause_image": "pause:1", "store": "/var/lib/containerd"}
    return dict(journal_facts(json.dumps(journal), json.dumps(plan)), drift=[])


def facts(name, phase):
    on_docker = phase in ("reverted", None)
    return {
        "node_name": name,
        "journal": phase and earlier_journal(name, phase),
        "runtime": {"in_use": "docker" if on_docker else "containerd"},
        "kubelet": {"installed": True, "version": "1.23.17"},
        "docker": {"enabled": "disabled", "fragment": "/x", "binary": "/x"},
        "cgroup": {"version": 1, "features": {"user namespaces": "needs cgroup v2"}},
    }
