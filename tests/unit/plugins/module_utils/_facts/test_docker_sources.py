import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import docker_sources

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


def test_what_the_daemon_says_of_its_settings():
    found = docker_sources.info_settings(INFO)
    assert {name: value for name, value in found.items() if value} == {
        "seccomp-profile": "default",
        "default-runtime": "runc",
        "log-driver": "json-file",
        "data-root": "/var/lib/docker",
    }


SECURITY = ["name=seccomp,profile=/etc/docker/s.json", "name=userns", "name=rootless", "name=selinux"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"SecurityOptions": SECURITY + ["name=no-new-privileges"]},
            {
                "seccomp-profile": "/etc/docker/s.json",
                "userns-remap": True,
                "rootless": True,
                "selinux-enabled": True,
                "no-new-privileges": True,
            },
        ),
        (
            {"HttpsProxy": "http://proxy:1", "NoProxy": "a"},
            {"proxies": {"https-proxy": "http://proxy:1", "no-proxy": "a"}},
        ),
        (
            {"DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]]},
            {"features": {"containerd-snapshotter": True}},
        ),
        (
            {"RegistryConfig": None, "Runtimes": None, "SecurityOptions": None},
            {"registry-mirrors": [], "runtimes": {}, "insecure-registries": [], "seccomp-profile": ""},
        ),
        (
            {"SecurityOptions": ["name=userns"], "DockerRootDir": "/var/lib/docker/165536.165536"},
            {"data-root": "/var/lib/docker"},
        ),
        ({"DockerRootDir": "/data/165536.165536"}, {"data-root": "/data/165536.165536"}),
        (
            {"Runtimes": {"debug": {"path": "runc", "runtimeArgs": ["--debug"]}}},
            {"runtimes": {"debug": {"path": "runc", "args": ["--debug"]}}},
        ),
        (
            {"Runtimes": {"runc": {"path": "runc"}, "nvidia": {"path": "/usr/bin/nv"}, "shim": None}},
            {"runtimes": {"nvidia": {"path": "/usr/bin/nv"}, "shim": {"path": ""}}},
        ),
        (
            {
                "RegistryConfig": {
                    "InsecureRegistryCIDRs": ["10.0.0.0/8", "127.0.0.0/8", "::1/128"],
                    "IndexConfigs": {"docker.io": {"Secure": True}, "reg.example.org:5000": {"Secure": False}},
                    # field case 2: docker info adds a / to each. Their order counts.
                    "Mirrors": ["https://mirror.example.org/", "https://a.example.org/"],
                }
            },
            {
                "registry-mirrors": ["https://mirror.example.org", "https://a.example.org"],
                "insecure-registries": ["10.0.0.0/8", "reg.example.org:5000"],
            },
        ),
    ],
)
def test_what_the_daemon_may_say(change, expected):
    found = docker_sources.info_settings(dict(INFO, **change))
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        (
            '{"auths": {"reg.example.org": {"auth": "eDp5"}, "https://index.docker.io/v1/": {}}}',
            ["reg.example.org"],
        ),
        ('{"credHelpers": {"gcr.io": "gcloud"}, "credsStore": "pass"}', []),  # kubelet does not know them
        ("{}", []),
        ("no JSON", None),
        ("", None),
        ("[1]", None),
        ('{"auths": [1]}', None),
    ],
)
def test_login_hosts(text, hosts):
    assert docker_sources.login_hosts(text) == hosts


@pytest.mark.parametrize(
    ("working_dir", "home", "files"),
    [
        ("/", "", ["/r/config.json", "/config.json", "/.docker/config.json", "/.docker/config.json"]),
        ("/", "/root", ["/r/config.json", "/config.json", "/root/.docker/config.json", "/.docker/config.json"]),
        ("/opt", "", ["/r/config.json", "/opt/config.json", "/opt/.docker/config.json", "/.docker/config.json"]),
    ],
)
def test_where_a_kubelet_finds_credentials(working_dir, home, files):
    assert docker_sources.login_files("/r", working_dir, home) == files


def test_variables():
    properties = {"Environment": "A=1 'B=2 3' DOCKER_OPTS=--dns=a"}
    files = ["# C=4\nexport D=5\nA='6'\n E=\"7\" \n", "F=\n"]
    assert docker_sources.unit_variables(properties, files) == {
        "A": "6",
        "B": "2 3",
        "DOCKER_OPTS": "--dns=a",
        "D": "5",
        "E": "7",
        "F": "",
    }
    assert docker_sources.unit_variables({"Environment": "A='open"}, []) == {"A": "'open"}
    assert docker_sources.process_variables("A=1\0B=x=y\0odd\0") == {"A": "1", "B": "x=y"}
    assert docker_sources.process_variables("") == {}


def test_variables_on_the_command_line():
    text = "{ path=/usr/bin/dockerd ; argv[]=/usr/bin/dockerd -H fd:// $OPTIONS ${DOCKER_STORAGE_OPTIONS} ; ignore=no }"
    assert docker_sources.expanded_variables(text) == ["OPTIONS", "DOCKER_STORAGE_OPTIONS"]
    assert docker_sources.expanded_variables("") == []


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"cgroup_driver": None, "data_root": "/var/lib/docker", "default_ulimits": {}}),
        ({"exec-opts": ["native.cgroupdriver=systemd"]}, {"cgroup_driver": "systemd"}),
        ({"exec-opts": ["Native.CgroupDriver = cgroupfs"]}, {"cgroup_driver": "cgroupfs"}),
        ({"data-root": "/srv"}, {"data_root": "/srv"}),
        (
            {"default-ulimits": {"nofile": {"soft": 1, "hard": 2}}},
            {"default_ulimits": {"nofile": {"soft": 1, "hard": 2}}},
        ),
    ],
)
def test_what_others_need_of_the_settings(settings, expected):
    found = docker_sources.setting_facts({name: {"value": value, "sources": []} for name, value in settings.items()})
    assert {key: found[key] for key in expected} == expected
