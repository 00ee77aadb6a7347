"""How Docker's settings are read: daemon.json, command lines and environments as they are found on nodes."""

import json

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import masking
from ansible_collections.cri.switchover.plugins.module_utils._facts.docker_sources import Sources
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import docker_options, docker_settings
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.docker_setting import Setting, Unaffected

FILE = "/etc/docker/daemon.json"


def read(keys=None, argv="", variables=None, answers=None, found=None):
    sources = Sources(FILE, keys, argv.split(), variables)
    sources.answers.update(answers or {})
    sources.found.update(found or {})
    return docker_options.read(sources)


def values(**sources):
    return {name: entry["value"] for name, entry in read(**sources)["settings"].items()}


@pytest.mark.parametrize(
    "words, expected",
    [
        ("-H fd:// --containerd=/run/c.sock", [("-H", "fd://"), ("--containerd", "/run/c.sock")]),
        ("-Hfd:// -H=tcp://a", [("-H", "fd://"), ("-H", "tcp://a")]),
        ("-Dl debug", [("-D", "true"), ("-l", "debug")]),
        ("-lwarn -D=false", [("-l", "warn"), ("-D", "false")]),
        ("--debug --data-root /srv", [("--debug", "true"), ("--data-root", "/srv")]),
        ("--dns --odd", [("--dns", "--odd")]),  # as pflag reads it
        ("--new-thing x --new-switch --debug", [("--new-thing", "x"), ("--new-switch", "true"), ("--debug", "true")]),
        ("--data-root", [("--data-root", "")]),
        ("-x 1", [("-x", "1")]),
        ("stray", []),
    ],
)
def test_flags(words, expected):
    assert list(docker_options.read_flags(["dockerd"] + words.split())) == expected


# The same setting in daemon.json and as flags, its name, and its value.
ALIKE = [
    ({"log-opts": {"max-size": "50m"}}, "--log-opt max-size=50m", "log-opts", {"max-size": "50m"}),
    ({"selinux-enabled": True}, "--selinux-enabled", "selinux-enabled", True),
    ({"selinux-enabled": True}, "--selinux-enabled=1", "selinux-enabled", True),
    ({"data-root": "/srv"}, "-g /srv", "data-root", "/srv"),
    ({"graph": "/srv"}, "--graph=/srv", "data-root", "/srv"),
    (
        {"registry-mirrors": ["https://a", "https://b/"]},
        "--registry-mirror https://a/ --registry-mirror=https://b",
        "registry-mirrors",
        ["https://a", "https://b"],
    ),
    ({"proxies": {"http-proxy": "http://p"}}, "--http-proxy http://p", "proxies", {"http-proxy": "http://p"}),
    (
        {"default-ulimits": {"nofile": {"Name": "nofile", "Hard": 4096, "Soft": 1024}}},
        "--default-ulimit nofile=1024:4096",
        "default-ulimits",
        {"nofile": {"soft": 1024, "hard": 4096}},
    ),
    (
        {"runtimes": {"nvidia": {"path": "/usr/bin/nv", "runtimeArgs": []}}},
        "--add-runtime nvidia=/usr/bin/nv",
        "runtimes",
        {"nvidia": {"path": "/usr/bin/nv"}},
    ),
    ({"features": {"buildkit": True}}, "--feature buildkit", "features", None),
]


@pytest.mark.parametrize("keys, flags, name, value", ALIKE)
def test_a_setting_counts_alike_in_daemon_json_and_on_the_command_line(keys, flags, name, value):
    by_file, by_flag = read(keys=keys), read(argv="dockerd " + flags)
    assert list(by_file["settings"]) == list(by_flag["settings"]) == [name]
    if value is not None:
        assert by_file["settings"][name]["value"] == by_flag["settings"][name]["value"] == value
    assert by_file["settings"][name]["sources"] == [FILE]
    (source,) = by_flag["settings"][name]["sources"]
    assert source in flags.replace("=", " ").split()


def test_field_case_1_amazons_sysconfig():
    """/etc/sysconfig/docker of Amazon Linux 2; the unit puts $OPTIONS on the command line."""
    argv = "/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock --default-ulimit nofile=1024:4096"
    variables = {
        "DAEMON_MAXFILES": "1048576",
        "OPTIONS": "--default-ulimit nofile=1024:4096",
        "DAEMON_PIDFILE_TIMEOUT": "10",
    }
    settings = read(argv=argv, variables=variables)["settings"]
    assert settings.pop("hosts")["value"] == ["fd://"] and settings.pop("containerd")
    assert settings == {
        "default-ulimits": {"value": {"nofile": {"soft": 1024, "hard": 4096}}, "sources": ["--default-ulimit"]}
    }
    assert set(variables) <= set(docker_settings.by_variable())


@pytest.mark.parametrize(
    "limit, expected",
    [
        ({"name": "nofile", "hard": 4096, "soft": 1024}, {"nofile": {"soft": 1024, "hard": 4096}}),  # field case 3
        ({"Name": "nofile", "Hard": 4096, "Soft": 1024}, {"nofile": {"soft": 1024, "hard": 4096}}),  # field case 4
        ({"Name": "memlock", "Hard": -1, "Soft": -1}, {"memlock": {"soft": -1, "hard": -1}}),
        ({"Hard": 9}, {"nofile": {"soft": 0, "hard": 9}}),  # as Go reads it
        (4096, None),
    ],
)
def test_field_cases_3_and_4_ulimits_in_any_case(limit, expected):
    assert values(keys={"default-ulimits": {"nofile": limit}}).get("default-ulimits") == expected


@pytest.mark.parametrize(
    "flag, expected",
    [
        ("nofile=1024", {"nofile": {"soft": 1024, "hard": 1024}}),
        ("core=0:-1", {"core": {"soft": 0, "hard": -1}}),
        ("nofile", None),
        ("nofile=many", None),
    ],
)
def test_ulimits_of_a_flag(flag, expected):
    assert values(argv="dockerd --default-ulimit " + flag).get("default-ulimits") == expected


def test_field_case_5_kubesprays_drop_ins():
    """docker-options.conf and docker-dns.conf of kubespray; its unit puts both variables on the command line."""
    options = "--iptables=false --data-root=/var/lib/docker --log-opt max-size=50m --log-opt max-file=5"
    dns = "--dns 10.233.0.3 --dns-search default.svc.cluster.local --dns-search svc.cluster.local --dns-opt ndots:2"
    variables = {"DOCKER_OPTS": options, "DOCKER_DNS_OPTIONS": dns}
    settings = read(argv="/usr/bin/dockerd %s %s" % (options, dns), variables=variables)["settings"]
    assert settings["log-opts"] == {"value": {"max-size": "50m", "max-file": "5"}, "sources": ["--log-opt"]}
    assert settings["dns-search"]["value"] == ["default.svc.cluster.local", "svc.cluster.local"]
    assert all(docker_settings.row(name) for name in settings) and "iptables" not in settings
    assert set(variables) <= set(docker_settings.by_variable())


def test_field_case_6_flags_by_their_own_names():
    argv = (
        "dockerd --config-file /etc/d.json --default-address-pool base=10.10.0.0/16,size=24"
        " --selinux-enabled=false --host unix:///var/run/docker.sock --label a=b"
    )
    settings = values(argv=argv)
    assert sorted(settings) == ["config-file", "default-address-pools", "hosts", "labels"]
    assert all(docker_settings.row(name) for name in settings)


@pytest.mark.parametrize(
    "keys, argv, conflicts",
    [
        ({"hosts": ["unix:///var/run/docker.sock"]}, "-H fd://", ["hosts"]),  # field case 12
        ({"hosts": ["unix:///var/run/docker.sock"]}, "--host=fd://", ["hosts"]),
        ({"debug": False}, "-D", ["debug"]),
        ({"log-opts": {"max-file": "3"}}, "--log-opt max-size=1m", ["log-opts"]),
        ({"proxies": {"http-proxy": "http://a", "no-proxy": "b"}}, "--http-proxy http://a", ["http-proxy"]),
        ({"runtimes": {"a": {"path": "a"}}}, "--add-runtime b=b", []),  # these are merged
        ({"hosts": None}, "-H fd://", ["hosts"]),  # dockerd counts the key, not its value
        ({"mtu": 1400}, "-H fd://", []),
        ({"registry-mirror": ["https://a"]}, "--registry-mirror=https://b", []),  # no key, and ignored
    ],
)
def test_what_a_flag_and_daemon_json_both_set(keys, argv, conflicts):
    assert read(keys=keys, argv="dockerd " + argv)["conflicts"] == conflicts


@pytest.mark.parametrize(
    "keys, mistyped",
    [
        ({"insecure-registries": "registry.example:5000"}, True),
        ({"log-opts": {"max-file": 3}}, True),  # cannot unmarshal number into Go struct field of type string
        ({"live-restore": "true"}, True),
        ({"mtu": "1500"}, True),
        ({"mtu": True}, True),
        ({"data-root": 1}, True),
        ({"default-ulimits": []}, True),
        ({"insecure-registries": None}, False),
        ({"default-shm-size": 67108864}, False),
        ({"default-shm-size": "64M"}, False),
        ({"features": {"buildkit": True}}, False),
        ({"tls": True, "mtu": 1500, "bip": "10.0.0.1/24"}, False),
    ],
)
def test_values_that_dockerd_refuses(keys, mistyped):
    found = read(keys=keys)
    assert found["mistyped"] == (list(keys) if mistyped else [])
    if mistyped:
        assert found["settings"] == {}


@pytest.mark.parametrize(
    "sources, expected",
    [
        ({"variables": {"HTTP_PROXY": "http://p:1", "no_proxy": "a"}}, {"http-proxy": "http://p:1", "no-proxy": "a"}),
        ({"variables": {"HTTPS_PROXY": "", "https_proxy": "http://p"}}, {"https-proxy": "http://p"}),
        ({"variables": {"HTTP_PROXY": ""}}, None),
        ({"variables": {"FTP_PROXY": "http://p"}}, None),
        (
            {"keys": {"proxies": {"http-proxy": "http://a"}}, "variables": {"HTTP_PROXY": "http://b"}},
            {"http-proxy": "http://a"},
        ),
        ({"keys": {"http-proxy": "http://a"}}, None),  # dockerd reads it within proxies only
        (
            {"answers": {"proxies": {"http-proxy": "http://xxxxx:xxxxx@p"}}},
            {"http-proxy": "http://********@p"},
        ),
    ],
)
def test_proxies(sources, expected):
    assert values(**sources).get("proxies") == expected


@pytest.mark.parametrize(
    "name, variables, value",
    [
        ("no-pivot-root", {"DOCKER_RAMDISK": "1"}, True),
        ("storage-driver", {"DOCKER_DRIVER": "overlay2"}, "overlay2"),
        ("min-api-version", {"DOCKER_MIN_API_VERSION": "1.24"}, "1.24"),
        ("rootless", {"ROOTLESSKIT_STATE_DIR": "/run/user/1000"}, True),
    ],
)
def test_other_variables(name, variables, value):
    assert read(variables=variables)["settings"] == {name: {"value": value, "sources": list(variables)}}


@pytest.mark.parametrize(
    "keys, answers, expected",
    [
        # What it says of itself counts; where it says no more than yes, the file says it better.
        ({}, {"userns-remap": True}, {"value": True, "sources": ["docker info"]}),
        ({"userns-remap": "default"}, {"userns-remap": True}, {"value": "default", "sources": [FILE]}),
        ({}, {"default-runtime": "runc"}, None),
        ({}, {"default-runtime": "nvidia"}, {"value": "nvidia", "sources": ["docker info"]}),
        ({"default-runtime": "nvidia"}, {"default-runtime": "runc"}, {"value": "runc", "sources": [FILE]}),
        ({"registry-mirrors": ["https://a"]}, {"registry-mirrors": []}, {"value": ["https://a"], "sources": [FILE]}),
        ({}, {"seccomp-profile": "default"}, None),
    ],
)
def test_what_the_daemon_says_of_itself(keys, answers, expected):
    (name,) = answers
    assert read(keys=keys, answers=answers)["settings"].get(name) == expected


def test_what_no_row_has_is_reported_under_its_own_name():
    found = read(keys={"quantum": {"a": 1}, "off": False}, argv="dockerd --warp 9 --odd=false -Z")["settings"]
    assert found == {
        "quantum": {"value": {"a": 1}, "sources": [FILE]},
        "warp": {"value": "9", "sources": ["--warp"]},
        "Z": {"value": "true", "sources": ["-Z"]},
    }


def test_singular_names_mean_nothing_in_daemon_json():
    assert read(keys={"insecure-registry": ["a"], "default-ulimit": {}, "label": []})["settings"] == {}


def test_no_secret_leaves_the_node():
    found = read(
        keys={"log-opts": {"splunk-token": "s3cret"}, "new-password": "s3cret", "cluster-store": "etcd://u:s3cret@h"},
        argv="dockerd --new-token s3cret --registry-mirror https://u:s3cret@mirror.example",
        variables={"HTTP_PROXY": "u:s3cret@p:3128", "HTTPS_PROXY": "http://u:s3cret@p"},
    )
    assert "s3cret" not in json.dumps(found) and json.dumps(found).count(masking.MASK) == 7
    assert masking.mask(found) == found


def test_a_new_setting_is_one_row(monkeypatch):
    dummy = Setting("dummy", "nothing: it is a dummy", Unaffected(), flags=("dummy-flag",), variables=("DUMMY",))
    monkeypatch.setattr(docker_settings, "ROWS", docker_settings.ROWS + (dummy,))
    for sources in ({"keys": {"dummy": "a"}}, {"argv": "dockerd --dummy-flag a"}, {"variables": {"DUMMY": "a"}}):
        assert values(**sources) == {"dummy": "a"}


def test_what_stands_in_files_of_its_own():
    found = {"certs.d": ({"registry.example:5000": ["ca.crt"]}, "/etc/docker/certs.d")}
    assert read(found=found)["settings"] == {
        "certs.d": {"value": {"registry.example:5000": ["ca.crt"]}, "sources": ["/etc/docker/certs.d"]}
    }
