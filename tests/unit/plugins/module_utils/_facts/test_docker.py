import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import docker

INFO = {
    "ServerVersion": "20.10.24+dfsg1",
    "CgroupDriver": "systemd",
    "CgroupVersion": "2",
    "Driver": "overlay2",
    "DriverStatus": [["Backing Filesystem", "extfs"], ["Supports d_type", "true"], ["Native Overlay Diff", "true"]],
    "DockerRootDir": "/var/lib/docker",
    "LiveRestoreEnabled": False,
    "DefaultRuntime": "runc",
    "Runtimes": {"runc": {"path": "runc"}, "io.containerd.runc.v2": {"path": "runc"}},
    "SecurityOptions": ["name=apparmor", "name=seccomp,profile=default", "name=cgroupns"],
    "RegistryConfig": {
        "InsecureRegistryCIDRs": ["127.0.0.0/8"],
        "IndexConfigs": {"docker.io": {"Name": "docker.io", "Mirrors": [], "Secure": True, "Official": True}},
        "Mirrors": [],
    },
    "HttpProxy": "",
    "HttpsProxy": "",
    "LoggingDriver": "json-file",
}


def test_info():
    assert docker.info_facts(INFO) == {
        "version": "20.10.24+dfsg1",
        "cgroup_driver": "systemd",
        "cgroup_version": 2,
        "storage_driver": "overlay2",
        "backing_filesystem": "extfs",
        "d_type": True,
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]]}, {"d_type": None}),
        ({"CgroupVersion": None}, {"cgroup_version": 1}),
    ],
)
def test_info_variants(change, expected):
    found = docker.info_facts(dict(INFO, **change))
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("text", "valid", "keys"),
    [
        ("", True, {}),
        ('{"data-root": "/srv"}', True, {"data-root": "/srv"}),
        ('{"data-root": "/srv",}', False, {}),
        ("[]", False, {}),
        ("null", True, {}),  # as Go reads it: nothing
        ('{"mtu": NaN}', False, {}),
        ('{"mtu": Infinity}', False, {}),
        ("[" * 100000, False, {}),
    ],
)
def test_daemon_json(text, valid, keys):
    found = docker.parse_daemon_json(text)
    assert (found["valid"], found["keys"]) == (valid, keys)
    assert ("error" in found) is not valid


@pytest.mark.parametrize(
    ("text", "marked", "empty"),
    [("\ufeff{}", True, False), ("{}", False, False), (" \n", False, True), ("\ufeff", True, True)],
)
def test_daemon_json_that_only_newer_releases_take(text, marked, empty):
    """Field case 11: which release it is decides, and that is known later."""
    found = docker.parse_daemon_json(text)
    assert (found["valid"], found["byte_order_mark"], found["empty"]) == (True, marked, empty)


@pytest.mark.parametrize(
    ("text", "keys", "trailing"),
    [
        ('{"debug": true}\n}', {"debug": True}, True),
        (' {"debug": true} \n', {"debug": True}, False),
        ('\ufeff{"debug": true} {}', {"debug": True}, True),
    ],
)
def test_daemon_json_with_something_behind_it(text, keys, trailing):
    """Docker before 23.0 reads the first value, and no further."""
    found = docker.parse_daemon_json(text)
    assert (found["valid"], found["keys"], found["trailing"]) == (True, keys, trailing)


def test_command_line():
    argv = "/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock --data-root /srv/docker --debug"
    flags = docker.command_line_flags(argv.split() + ["--default-ulimit=nofile=1024:2048"])
    assert flags == ["--data-root=/srv/docker", "--debug", "--default-ulimit=nofile=1024:2048"]
    assert docker.flag_value(flags, ("data-root", "g")) == "/srv/docker"
    assert docker.flag_value(flags, ("config-file",)) is None


@pytest.mark.parametrize(
    ("keys", "flags", "expected"),
    [
        ({}, [], "/var/lib/docker"),
        ({"graph": "/old"}, [], "/old"),
        ({}, ["--data-root=/srv"], "/srv"),
        ({"data-root": 5}, [], "/var/lib/docker"),
    ],
)
def test_data_root_when_docker_does_not_answer(keys, flags, expected):
    assert docker.file_facts(keys, flags) == {"data_root": expected}


@pytest.mark.parametrize(
    ("packages", "family", "version"),
    [
        ({"docker.io": "20.10.24"}, "docker.io", "20.10.24"),
        ({"docker-ce": "3:20.10.24-3.el8", "docker-ce-cli": "x"}, "docker-ce", "3:20.10.24-3.el8"),
        ({"docker-engine": "1.13"}, "other", "1.13"),
        ({"moby-engine": "20.10.25+azure"}, "other", "20.10.25+azure"),
        ({"containerd": "1.6"}, None, None),
    ],
)
def test_family(packages, family, version):
    assert docker.package_family(packages) == (family, version)


def test_who_needs_docker():
    properties = {
        "RequiredBy": "kubelet.service registry.service",
        "BoundBy": "mon.service",
        "WantedBy": "multi-user.target",
    }
    assert docker.needed_by(properties) == ["mon.service", "registry.service"]
    assert docker.needed_by({}) == []


def container(name, image, image_id, state="running", **labels):
    return {
        "Id": name * 8,
        "Names": ["/" + name],
        "Image": image,
        "ImageID": image_id,
        "State": state,
        "Labels": {key.replace("_", "."): value for key, value in labels.items()},
    }


PODS = [
    container(
        "k8s_POD_web",
        "k8s.gcr.io/pause:3.6",
        "sha256:p",
        io_kubernetes_pod_uid="1",
        io_kubernetes_docker_type="podsandbox",
    ),
    container("k8s_web_web", "sha256:w", "sha256:w", io_kubernetes_pod_uid="1", io_kubernetes_docker_type="container"),
]


def test_containers():
    others = [container("stopped00", "busybox", "sha256:b", "exited"), container("registry0", "registry:2", "sha256:r")]
    found = docker.container_facts(PODS + others)
    assert (found["total"], found["kubernetes"], found["sandbox_images"]) == (4, 2, ["k8s.gcr.io/pause:3.6"])
    assert found["foreign"] == [
        {"id": "registry0reg", "name": "registry0", "image": "registry:2", "state": "running"},
        {"id": "stopped00sto", "name": "stopped00", "image": "busybox", "state": "exited"},
    ]


def test_a_container_without_labels_is_foreign():
    assert docker.container_facts([dict(PODS[0], Labels=None)])["kubernetes"] == 0


def test_images_that_must_not_be_lost_with_docker():
    images = [
        {"in_use": True, "local_only": False, "tags": ["a:1", "a:2"], "digests": ["a@sha256:1"]},
        {"in_use": True, "local_only": False, "tags": [], "digests": ["b@sha256:2"]},
        {"in_use": False, "local_only": True, "tags": ["c:1"], "digests": []},
        {"in_use": False, "local_only": False, "tags": ["d:1"], "digests": ["d@sha256:3"]},
    ]
    assert docker.images_to_transfer(images) == ["a:1", "a:2", "b@sha256:2", "c:1"]


def test_images():
    images = [
        {"Id": "sha256:x", "RepoTags": ["<none>:<none>"], "RepoDigests": ["<none>@<none>"], "Size": 5},
        {"Id": "sha256:r", "RepoTags": ["registry:2"], "RepoDigests": ["registry@sha256:1"], "Size": 4},
        {"Id": "sha256:w", "RepoTags": ["web:1", "tools:1"], "RepoDigests": None, "Size": 3},
        {
            "Id": "sha256:p",
            "RepoTags": ["k8s.gcr.io/pause:3.6"],
            "RepoDigests": ["k8s.gcr.io/pause@sha256:2"],
            "Size": 2,
        },
    ]
    found = docker.image_facts(images, PODS)
    assert [image["id"] for image in found] == ["sha256:w", "sha256:p", "sha256:x", "sha256:r"]
    assert found[0] == {
        "id": "sha256:w",
        "tags": ["tools:1", "web:1"],
        "digests": [],
        "size": 3,
        "in_use": True,
        "local_only": True,
    }
    assert (found[2]["tags"], found[2]["digests"], found[2]["local_only"]) == ([], [], False)


SOCKET = {"LoadState": "loaded"}


@pytest.mark.parametrize(
    "service, socket, argv, units, root",
    [
        ("cri-docker.service", SOCKET, ["/usr/bin/cri-dockerd"], ["cri-docker.service", "cri-docker.socket"], None),
        ("cri-dockerd.service", {"LoadState": "not-found"}, [], ["cri-dockerd.service"], None),
        (None, {}, ["cri-dockerd", "--cri-dockerd-root-directory", "/srv/shim"], [], "/srv/shim"),
    ],
)
def test_cri_dockerd_as_it_was_started(service, socket, argv, units, root):
    found = docker.shim_facts(service, socket, argv)
    wanted = {"unit": service, "units": units, "root_dir": root or "/var/lib/cri-dockerd"}
    assert found == dict(wanted, docker_endpoint="unix:///var/run/docker.sock")
