import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import runtime_in_use
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry


def nobody(path):
    return None


def same(path):
    return path


RUNTIMES = [
    # version, args, config, listener, in_use, shim, endpoint
    ("1.23.17", {}, {}, nobody, "docker", "dockershim", "unix:///var/run/dockershim.sock"),
    ("1.23.17", {"container-runtime": "docker"}, {}, nobody, "docker", "dockershim", "unix:///var/run/dockershim.sock"),
    # an endpoint without "remote" is only where dockershim listens
    (
        "1.22.0",
        {"container-runtime-endpoint": "unix:///run/containerd/containerd.sock"},
        {},
        nobody,
        "docker",
        "dockershim",
        "unix:///run/containerd/containerd.sock",
    ),
    (
        "1.21.1",
        {"container-runtime": "remote", "container-runtime-endpoint": "unix:///run/containerd/containerd.sock"},
        {},
        nobody,
        "containerd",
        None,
        "unix:///run/containerd/containerd.sock",
    ),
    (
        "1.23.17",
        {"container-runtime": ["docker", "remote"], "container-runtime-endpoint": "/run/containerd/containerd.sock"},
        {},
        nobody,
        "containerd",
        None,
        "/run/containerd/containerd.sock",
    ),
    (
        "1.23.17",
        {"container-runtime": "remote", "container-runtime-endpoint": "unix:///var/run/cri-dockerd.sock"},
        {},
        nobody,
        "docker",
        "cri-dockerd",
        "unix:///var/run/cri-dockerd.sock",
    ),
    # the field is unknown to 1.23 ...
    (
        "1.23.17",
        {},
        {"containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock"},
        nobody,
        "docker",
        "dockershim",
        "unix:///var/run/dockershim.sock",
    ),
    # ... and to 1.26
    (
        "1.26.0",
        {},
        {"containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock"},
        nobody,
        "unknown",
        None,
        None,
    ),
    (
        "1.27.0",
        {},
        {"containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock"},
        nobody,
        "containerd",
        None,
        "unix:///run/containerd/containerd.sock",
    ),
    (
        "1.34.2",
        {"container-runtime-endpoint": "unix:///var/run/cri-dockerd.sock"},
        {"containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock"},
        nobody,
        "docker",
        "cri-dockerd",
        "unix:///var/run/cri-dockerd.sock",
    ),
    (
        "1.24.0",
        {"container-runtime-endpoint": "unix:///var/run/crio/crio.sock"},
        {},
        nobody,
        "crio",
        None,
        "unix:///var/run/crio/crio.sock",
    ),
    (
        "1.24.0",
        {"container-runtime-endpoint": "unix:///var/run/dockershim.sock"},
        {},
        nobody,
        "docker",
        "cri-dockerd",
        "unix:///var/run/dockershim.sock",
    ),
    ("1.30.0", {}, {}, nobody, "containerd", None, "unix:///run/containerd/containerd.sock"),
    (
        "1.30.0",
        {"container-runtime-endpoint": "unix:///run/cri.sock"},
        {},
        lambda path: "cri-dockerd",
        "docker",
        "cri-dockerd",
        "unix:///run/cri.sock",
    ),
    (
        "1.30.0",
        {"container-runtime-endpoint": "unix:///run/cri.sock"},
        {},
        nobody,
        "unknown",
        None,
        "unix:///run/cri.sock",
    ),
    (
        None,
        {"container-runtime-endpoint": "unix:///var/run/crio/crio.sock"},
        {},
        nobody,
        "crio",
        None,
        "unix:///var/run/crio/crio.sock",
    ),
    (None, {}, {}, nobody, "unknown", None, None),
    # what could not be read may name any runtime
    ("1.30.0", {}, None, nobody, "unknown", None, None),
    ("1.23.17", {}, None, nobody, "docker", "dockershim", "unix:///var/run/dockershim.sock"),
]


@pytest.mark.parametrize(("version", "args", "config", "listener", "in_use", "shim", "endpoint"), RUNTIMES)
def test_the_runtime_in_use(version, args, config, listener, in_use, shim, endpoint):
    found = runtime_in_use.runtime_in_use(version, args, config, same, listener, registry.RUNTIMES)
    assert (found["in_use"], found["shim"], found["endpoint"]) == (in_use, shim, endpoint)
    assert found["evidence"].startswith("kubelet ")


def test_a_link_is_followed_to_the_socket():
    args = {"container-runtime-endpoint": "unix:///run/cri.sock"}
    found = runtime_in_use.runtime_in_use(
        "1.30.0", args, {}, lambda path: "/run/cri-dockerd.sock", nobody, registry.RUNTIMES
    )
    assert (found["in_use"], found["shim"]) == ("docker", "cri-dockerd")
