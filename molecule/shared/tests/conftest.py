"""What the tests of a switched node share: its target, crictl's JSON, and the cluster through kubectl."""

import dataclasses
import json
import os
import subprocess

import pytest
import yaml
from lab import waiting


@dataclasses.dataclass(frozen=True)
class Target:
    """What shows that a node is on it."""

    socket: str
    version: str
    scheme: str


TARGETS = {
    "containerd": Target(waiting.SOCKETS["containerd"], "containerd://1.", "containerd://"),
    "crio": Target(waiting.SOCKETS["crio"], "cri-o://1.34", "cri-o://"),
}


@pytest.fixture
def target(name):
    """Of all nodes alike, or of each: node1=containerd,node2=crio."""
    words = os.environ["CRI_TARGET"]
    return TARGETS[dict(pair.split("=") for pair in words.split(","))[name] if "=" in words else words]


@pytest.fixture(scope="session")
def declared():
    """The operator's variables of this scenario."""
    path = os.path.join(os.environ["MOLECULE_SCENARIO_DIRECTORY"], "vars", "operator.yml")
    with open(path, encoding="utf-8") as handle:
        return yaml.safe_load(handle)


@pytest.fixture(scope="session")
def handlers(declared):
    """None are declared where the target has what it has by default."""
    return declared.get("switchover_handlers") or []


class Cluster:
    """The API's side, through the kubectl that the lab puts on the path."""

    def run(self, *arguments, stdin=None):
        done = subprocess.run(["kubectl", *arguments], input=stdin, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def get(self, *arguments):
        return json.loads(self.run("get", *arguments, "-o", "json"))

    def pods_of(self, node):
        return self.get("pods", "-A", "--field-selector", f"spec.nodeName={node}")["items"]

    def eventually(self, seen, wanted, seconds=300):
        """Waits until ``wanted(seen())`` holds; the last thing seen is the failure's message."""
        return waiting.until(seen, wanted, "not as wanted", seconds, every=2)

    def reported(self, node):
        """The Node object, once kubelet's last report can be relied on."""
        waiting.until_nothing(
            lambda: waiting.unreported(self.get("node", node)), f"{node} cannot be relied on", waiting.REPORT
        )
        return self.get("node", node)


@pytest.fixture(scope="session")
def cluster():
    return Cluster()


@pytest.fixture(scope="session")
def before():
    """The nodes as `lab record before` kept them, before anything changed."""
    with open(os.environ["CRI_LAB_RECORD"], encoding="utf-8") as handle:
        return json.load(handle)


@pytest.fixture
def name(host):
    return host.backend.get_hostname()


@pytest.fixture
def kubelet_minor(cluster, name):
    """17 of v1.17.3: where a kubelet and kubeadm keep the runtime's socket depends on it."""
    return int(cluster.get("node", name)["status"]["nodeInfo"]["kubeletVersion"].split(".")[1])


@pytest.fixture
def crictl(host):
    def run(*arguments):
        done = host.run("crictl " + " ".join(arguments))
        assert done.rc == 0, done.stderr
        return json.loads(done.stdout)

    return run
