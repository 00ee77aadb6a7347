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
        "data_root": "/var/lib/docker",
        "live_restore": False,
        "default_runtime": "runc",
        "runtimes": ["io.containerd.runc.v2", "runc"],
        "userns": False,
        "registry_mirrors": [],
        "insecure_registries": [],
        "log_driver": "json-file",
        "containerd_store": False,
        "proxies": False,
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"SecurityOptions": ["name=userns"]}, {"userns": True}),
        ({"HttpsProxy": "http://proxy:1"}, {"proxies": True}),
        (
            {"DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]]},
            {"containerd_store": True, "d_type": None},
        ),
        ({"CgroupVersion": None}, {"cgroup_version": 1}),
        ({"RegistryConfig": None, "Runtimes": None}, {"registry_mirrors": [], "runtimes": []}),
        (
            {
                "RegistryConfig": {
                    "InsecureRegistryCIDRs": ["10.0.0.0/8", "127.0.0.0/8", "::1/128"],
                    "IndexConfigs": {"docker.io": {"Secure": True}, "reg.example.org:5000": {"Secure": False}},
                    "Mirrors": ["https://mirror.example.org/"],
                }
            },
            {
                "registry_mirrors": ["https://mirror.example.org/"],
                "insecure_registries": ["10.0.0.0/8", "reg.example.org:5000"],
            },
        ),
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
    ],
)
def test_daemon_json(text, valid, keys):
    found = docker.parse_daemon_json(text)
    assert (found["valid"], found["keys"]) == (valid, keys)
    assert ("error" in found) is not valid


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ('{"auths": {"reg.example.org": {"auth": "eDp5"}, "https://index.docker.io/v1/": {}}}', 2),
        ('{"credHelpers": {"gcr.io": "gcloud"}, "credsStore": "pass"}', 2),
        ("{}", 0),
        ("revert_failed", 0),
        ("", 0),
        ("[1]", 0),
    ],
)
def test_login_hosts(text, hosts):
    assert len(docker.login_hosts(text)) == hosts


def test_command_line():
    argv = "/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock --data-root /srv/docker --debug"
    flags = docker.command_line_flags(argv.split() + ["--default-ulimit=nofile=1024:2048"])
    assert flags == ["--data-root=/srv/docker", "--debug", "--default-ulimit=nofile=1024:2048"]
    assert docker.flag_value(flags, ("data-root", "g")) == "/srv/docker"
    assert docker.flag_value(flags, ("config-file",)) is None


@pytest.mark.parametrize(
    ("keys", "flags", "expected"),
    [
        ({}, [], {"data_root": "/var/lib/docker", "cgroup_driver": None, "default_runtime": "runc", "userns": False}),
        ({"graph": "/old"}, [], {"data_root": "/old"}),
        ({"exec-opts": ["native.cgroupdriver=systemd"]}, [], {"cgroup_driver": "systemd"}),
        (
            {},
            ["--exec-opt=native.cgroupdriver=cgroupfs", "--live-restore"],
            {"cgroup_driver": "cgroupfs", "live_restore": True},
        ),
        ({"userns-remap": "default", "default-runtime": "nvidia"}, [], {"userns": True, "default_runtime": "nvidia"}),
        ({"proxies": {"http-proxy": "http://p"}}, [], {"proxies": True}),
    ],
)
def test_files_are_read_when_docker_does_not_answer(keys, flags, expected):
    found = docker.file_facts(keys, flags)
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("packages", "family"),
    [
        ({"docker.io": "20.10.24"}, "docker.io"),
        ({"docker-ce": "3:20.10.24-3.el8", "docker-ce-cli": "x"}, "docker-ce"),
        ({"docker-engine": "1.13"}, "other"),
        ({"containerd": "1.6"}, None),
    ],
)
def test_family(packages, family):
    assert docker.package_family(packages) == family


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


@pytest.mark.parametrize(
    ("names", "expected"),
    [(["HTTP_PROXY"], True), (["https_proxy"], True), (["NO_PROXY"], False), (["MY_HTTP_PROXY_X"], False), ([], False)],
)
def test_proxy_variables(names, expected):
    assert docker.has_proxy(names) is expected


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
