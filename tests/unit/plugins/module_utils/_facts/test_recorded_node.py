"""What the parsers make of the answers of one real node: Debian 12, kubelet 1.23.17, docker.io 20.10.24."""

import json
import pathlib

from ansible_collections.cri.switchover.plugins.module_utils._facts import docker as docker_facts
from ansible_collections.cri.switchover.plugins.module_utils._facts import (
    docker_sources,
    kernel,
    mounts,
    packages,
    systemd,
)

NODE = pathlib.Path(__file__).parent / "fixtures" / "debian12_dockershim"
NAMES = [
    "kubelet.service",
    "docker.service",
    "docker.socket",
    "containerd.service",
    "crio.service",
    "cri-docker.service",
]


def text(name):
    return (NODE / name).read_text()


def answer(name):
    return json.loads(text(name))


def test_units():
    units = systemd.parse_show(text("systemctl_show.txt"), NAMES)
    facts = {name: systemd.unit_facts(properties) for name, properties in units.items()}
    installed = [name for name in NAMES if facts[name]["installed"]]
    assert installed == ["kubelet.service", "docker.service", "docker.socket", "containerd.service"]
    assert facts["kubelet.service"]["dropins"] == ["/etc/systemd/system/kubelet.service.d/10-kubeadm.conf"]
    assert facts["kubelet.service"]["running"] and facts["kubelet.service"]["pid"]
    assert systemd.exec_binary(units["kubelet.service"]) == "/usr/bin/kubelet"
    assert systemd.environment_file_paths(units["kubelet.service"]) == [
        "/var/lib/kubelet/kubeadm-flags.env",
        "/etc/default/kubelet",
    ]
    docker = systemd.dependencies(units["docker.service"])
    assert docker["requires"] == ["docker.socket"]
    assert "containerd.service" in docker["wants"] and "binds_to" not in docker
    assert docker_facts.needed_by(units["docker.service"]) == []


def test_mounts():
    found = mounts.parse_mounts(text("mounts.txt"))
    assert mounts.mount_of("/var/lib/docker/overlay2", found)["fstype"] == "ext4"
    assert kernel.cgroup_facts(found, "")["version"] == 2


def test_packages():
    installed, held = packages.parse_dpkg(text("dpkg_query.txt"))
    assert held == []
    assert docker_facts.package_family(installed)[0] == "docker.io"
    assert installed["containerd"] == "1.6.20~ds1-1+deb12u3"
    assert {"kubelet", "kubeadm", "runc", "libseccomp2", "systemd"} <= set(installed)
    assert packages.parse_policy(text("apt_policy.txt")) == {"containerd": "1.6.20~ds1-1+deb12u3"}
    removed = packages.apt_plan(0, text("apt_remove.txt"), "")
    assert [item["name"] for item in removed["remove"]] == ["docker.io", "containerd"]


def test_docker():
    info = docker_facts.info_facts(answer("docker_info.json"))
    assert (info["version"], info["cgroup_driver"], info["cgroup_version"]) == ("20.10.24+dfsg1", "systemd", 2)
    assert info["d_type"] is True
    settings = docker_sources.info_settings(answer("docker_info.json"))
    assert (settings["userns-remap"], settings["proxies"], settings["insecure-registries"]) == (False, {}, [])
    containers = answer("docker_containers.json")
    facts = docker_facts.container_facts(containers)
    assert facts["foreign"] == []
    assert facts["total"] == facts["kubernetes"] == 14
    assert facts["sandbox_images"] == ["k8s.gcr.io/pause:3.6"]
    images = docker_facts.image_facts(answer("docker_images.json"), containers)
    assert all(image["in_use"] for image in images)
    # the one that was pulled by digest has no tag
    assert [bool(image["tags"]) for image in images] == [True, True, True, False]
    assert [image["local_only"] for image in images] == [True, True, True, False]
