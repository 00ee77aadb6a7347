import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import kubelet


def test_arguments():
    flags = [
        {"name": "--cgroup_driver", "value": "systemd"},
        {"name": "v", "value": "2"},
        {"name": "v", "value": "4"},
        {"name": "v", "value": "5"},
    ]
    args = kubelet.arguments(flags)
    assert args == {"cgroup-driver": "systemd", "v": ["2", "4", "5"]}
    assert (kubelet.last(args, "v"), kubelet.last(args, "absent"), kubelet.last(args, "absent", 1)) == ("5", "", 1)


CONFIG = """\
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  webhook:
    cacheTTL: 2m0s
cgroupDriver: systemd
evictionHard:
  memory.available: "100Mi"
  nodefs.available: 10%
staticPodPath: /etc/kubernetes/manifests
imageGCHighThresholdPercent: 85
staticPodURL:
"""


def test_config_and_dropins():
    more = (
        "evictionHard:\n  nodefs.available: 5%\ncgroupDriver: cgroupfs\ncontainerLogMaxFiles: 3\nfailCgroupV1: false\n"
    )
    assert kubelet.kubelet_config([CONFIG, more, ""]) == {
        "cgroupDriver": "cgroupfs",
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "5%"},
        "staticPodPath": "/etc/kubernetes/manifests",
        "imageGCHighThresholdPercent": 85,
        "containerLogMaxFiles": 3,
        "failCgroupV1": False,
    }
    with pytest.raises(ValueError, match="mapping"):
        kubelet.kubelet_config(["- a\n"])


def test_flags_beat_fields():
    args = {
        "cgroup-driver": ["cgroupfs", "systemd"],
        "eviction-hard": "memory.available<200Mi,nodefs.available<15%",
        "image-gc-high-threshold": "70",
        "fail-cgroupv1": "true",
        "pod-manifest-path": "",
    }
    found = kubelet.effective_config(
        args, {"cgroupDriver": "cgroupfs", "staticPodPath": "/m", "evictionHard": {"x": "1"}}
    )
    assert found == {
        "cgroupDriver": "systemd",
        "evictionHard": {"memory.available": "200Mi", "nodefs.available": "15%"},
        "imageGCHighThresholdPercent": 70,
        "failCgroupV1": True,
        "staticPodPath": "/m",
    }


@pytest.mark.parametrize(
    ("version", "image"),
    [
        ("1.20.15", "k8s.gcr.io/pause:3.2"),
        ("1.23.17", "k8s.gcr.io/pause:3.6"),
        ("1.25.0", "registry.k8s.io/pause:3.8"),
        ("1.34.2", "registry.k8s.io/pause:3.10.1"),
        ("1.35.0", None),
        (None, None),
    ],
)
def test_pause_images(version, image):
    assert kubelet.default_pause_image(version) == image


@pytest.mark.parametrize(
    ("driver", "existing", "count"),
    [
        ("systemd", ["kubepods.slice"], 0),
        ("cgroupfs", ["kubepods"], 0),
        ("systemd", [], 0),
        ("systemd", ["kubepods"], 1),
        ("systemd", ["kubepods.slice", "kubepods"], 1),
    ],
)
def test_cgroup_driver(driver, existing, count):
    assert len(kubelet.cgroup_driver_oddities(driver, existing)) == count
