import json

import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils import cutover_plan as plan

INFO = {
    "node_name": "n1",
    "runtime": {"shim": "dockershim", "endpoint": "unix:///var/run/dockershim.sock"},
    "kubelet": {"unit": "kubelet.service", "root_dir": "/var/lib/kubelet", "cni_cache_dir": "/var/lib/cni/cache"},
    "docker": {"version": "20.10.24", "containers": {"foreign": []}, "needed_by": []},
    "cni": {"conf_dir": "/etc/cni/net.d", "bin_dirs": [{"path": "/opt/cni/bin"}]},
}
TARGET = {
    "runtime": "containerd",
    "serves_docker": True,
    "shims": [{"program": "containerd-shim", "argument": "k8s.io"}],
    "service": "containerd.service",
    "socket": "unix:///run/containerd/containerd.sock",
    "version_prefix": "containerd://",
    "modules": ["overlay"],
    "sysctl_files": [],
    "handlers": [{"name": "runc"}],
    "pause_image": "pause:1",
    "store": "/var/lib/containerd",
    "crictl": "/usr/bin/crictl",
    "files": [
        {
            "path": "/etc/c.toml",
            "staged": "/s/etc/c.toml",
            "sha256": "aa",
            "mode": "0644",
            "owner": "root",
            "group": "root",
            "live": {"exists": False, "sha256": None},
        }
    ],
}
KUBELET = {
    "files": [
        {
            "path": "/k.env",
            "change": "write",
            "staged": "/s/k.env",
            "sha256": "cc",
            "mode": "0644",
            "owner": "root",
            "group": "root",
            "before": {"exists": True, "sha256": "bb", "mode": "0644", "owner": "root", "group": "root"},
            "why": "flags",
        }
    ]
}
RUN = {
    "run_id": "r",
    "owner": "me",
    "created": 1,
    "settings": {"switchover_pause_image": "p:1"},
    "watchdog_s": 600,
    "on_reboot": "finish",
}


def test_the_plan_holds_both_groups_of_files_with_what_stood_there():
    built = plan.build(INFO, TARGET, KUBELET, RUN)
    target, kubelet = built["files"]
    assert (target["group"], target["before"], target["staged"]) == (
        "target",
        TARGET["files"][0]["live"],
        "/s/etc/c.toml",
    )
    assert (kubelet["group"], kubelet["staged"], kubelet["sha256"], kubelet["before"]) == (
        "kubelet",
        "/s/k.env",
        "cc",
        {"exists": True, "sha256": "bb"},
    )
    assert built["to"]["version_prefix"] == "containerd://" and built["watch"] == {
        "watchdog_s": 600,
        "on_reboot": "finish",
    }
    assert json.loads(json.dumps(built)) == built


@pytest.mark.parametrize(
    "docker, keep",
    [
        ({"containers": {"foreign": []}, "needed_by": []}, False),
        ({"containers": {"foreign": [{"name": "registry"}]}, "needed_by": []}, True),
        ({"containers": {"foreign": []}, "needed_by": ["backup.service"]}, True),
    ],
)
def test_docker_is_kept_for_those_who_still_use_it(docker, keep):
    info = dict(INFO, docker=dict(docker, version="20.10.24"))
    assert plan.build(info, TARGET, KUBELET, RUN)["docker"]["keep"] is keep


CRI_DOCKERD = {
    "runtime": {"shim": "cri-dockerd", "endpoint": "unix:///var/run/cri-dockerd.sock"},
    "cri_dockerd": {
        "units": ["cri-docker.service", "cri-docker.socket"],
        "root_dir": "/var/lib/cri-dockerd",
        "needed_by": [],
    },
}


def test_cri_dockerds_units_and_records_travel_in_the_plan():
    assert "units" not in plan.build(INFO, TARGET, KUBELET, RUN)["from"]
    built = plan.build(dict(INFO, **CRI_DOCKERD), TARGET, KUBELET, RUN)
    assert built["from"]["units"] == ["cri-docker.service", "cri-docker.socket"]
    assert built["from"]["root_dir"] == "/var/lib/cri-dockerd"
    assert built["docker"] == {"keep": False, "keep_shim": False}


def test_a_shim_that_others_need_keeps_docker_too():
    shim = dict(CRI_DOCKERD["cri_dockerd"], needed_by=["builder.service"])
    built = plan.build(dict(INFO, **dict(CRI_DOCKERD, cri_dockerd=shim)), TARGET, KUBELET, RUN)
    assert built["docker"] == {"keep": True, "keep_shim": True}


KUBEADM, OTHER = "kubeadm.alpha.kubernetes.io/cri-socket", "example.org/other"
SOCKET = "unix:///run/containerd/containerd.sock"


@pytest.mark.parametrize(
    "annotations, source",
    [
        ({KUBEADM: "/var/run/dockershim.sock", OTHER: "x"}, {"cri_socket": "/var/run/dockershim.sock"}),
        ({OTHER: "x"}, {"cri_socket": None}),
        (None, {}),
    ],
)
def test_the_plan_keeps_the_annotation_that_a_switch_overwrites(annotations, source):
    built = plan.build(INFO, TARGET, KUBELET, RUN, annotations)["from"]
    assert {key: built[key] for key in built if key == "cri_socket"} == source


def test_a_way_with_a_reboot_in_it():
    item = {"path": "/etc/default/grub", "group": "permanent", "content": "new", "mode": "0644", "before": "old"}
    boot = {"cgroup": 2, "once": [["x"]], "undo": [], "permanent": [], "undo_permanent": [], "files": [item]}
    built = plan.build(INFO, TARGET, KUBELET, RUN, boot=boot)
    assert built["boot"] == {key: boot[key] for key in plan.BOOT_KEYS}
    last = built["files"][-1]
    assert (last["path"], last["group"], last["content"], last["before"]["exists"]) == (
        "/etc/default/grub",
        "permanent",
        "new",
        True,
    )
    assert plan.build(INFO, TARGET, KUBELET, RUN)["boot"] is None


def test_the_plan_says_what_the_target_writes_on_the_node_object():
    assert plan.build(INFO, TARGET, KUBELET, RUN)["to"]["annotations"] == {KUBEADM: SOCKET}
    kept_on_node = dict(INFO, kubelet=dict(INFO["kubelet"], instance_config={"exists": True}))
    assert plan.build(kept_on_node, TARGET, KUBELET, RUN, {OTHER: "x"})["to"]["annotations"] == {}
