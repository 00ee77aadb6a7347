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
    assert all(map(docker_settings.of_variable, variables))


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
    assert all(map(docker_settings.of_variable, variables))


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
    "keys, argv, conflicts",
    [
        # dockerd compares flag by flag: of each its own key counts
        ({"data-root": "/data"}, "-g /data", []),
        ({"data-root": "/data"}, "--graph=/data", []),
        ({"graph": "/data"}, "--data-root /data", []),
        ({"graph": "/data"}, "-g /data", ["graph"]),
        ({"data-root": "/data"}, "--data-root=/data", ["data-root"]),
        ({"log-level": "warn"}, "-l warn", ["log-level"]),
        ({"host-gateway-ips": ["10.0.0.1"]}, "--host-gateway-ip 10.0.0.1", ["host-gateway-ips"]),
        ({"host-gateway-ip": "10.0.0.1"}, "--host-gateway-ip 10.0.0.1", ["host-gateway-ip"]),
        ({"proxies": {"http-proxy": "http://a"}}, "--https-proxy http://a", []),
    ],
)
def test_conflicts_by_the_names_of_flags(keys, argv, conflicts):
    assert read(keys=keys, argv="dockerd " + argv)["conflicts"] == conflicts


@pytest.mark.parametrize(
    "keys, doubled",
    [
        ({"data-root": "/a", "graph": "/b"}, ["data-root and graph"]),
        ({"data-root": "/a", "graph": ""}, []),
        ({"graph": "/b"}, []),
        ({"host-gateway-ip": "10.0.0.1", "host-gateway-ips": ["10.0.0.1"]}, ["host-gateway-ips and host-gateway-ip"]),
    ],
)
def test_settings_under_two_names(keys, doubled):
    assert read(keys=keys)["doubled"] == doubled


@pytest.mark.parametrize(
    "keys, mistyped",
    [
        ({"insecure-registries": "registry.example:5000"}, "insecure-registries (wanted: a list)"),
        # cannot unmarshal number into Go struct field of type string
        ({"log-opts": {"max-file": 3}}, "log-opts.max-file (wanted: a text)"),
        ({"live-restore": "true"}, "live-restore (wanted: true or false)"),
        ({"mtu": "1500"}, "mtu (wanted: a whole number)"),
        ({"mtu": True}, "mtu (wanted: a whole number)"),
        ({"mtu": 1500.0}, "mtu (wanted: a whole number)"),
        ({"cpu-rt-period": 2**63}, "cpu-rt-period (wanted: a whole number)"),
        ({"data-root": 1}, "data-root (wanted: a text)"),
        ({"default-ulimits": []}, "default-ulimits (wanted: an object)"),
        ({"default-ulimits": {"nofile": 1024}}, "default-ulimits.nofile (wanted: an object)"),
        ({"default-ulimits": {"nofile": {"Soft": "a"}}}, "default-ulimits.nofile.Soft (wanted: a whole number)"),
        ({"exec-opts": ["a", 1]}, "exec-opts[1] (wanted: a text)"),
        ({"registry-mirrors": [None, {}]}, "registry-mirrors[1] (wanted: a text)"),
        ({"runtimes": {"x": {"path": 5}}}, "runtimes.x.path (wanted: a text)"),
        ({"runtimes": {"x": {"runtimeArgs": [5]}}}, "runtimes.x.runtimeArgs[0] (wanted: a text)"),
        ({"runtimes": {"x": "/usr/bin/x"}}, "runtimes.x (wanted: an object)"),
        ({"features": {"buildkit": "true"}}, "features.buildkit (wanted: true or false)"),
        ({"default-network-opts": {"bridge": {"a": 1}}}, "default-network-opts.bridge.a (wanted: a text)"),
        ({"default-address-pools": [{"base": "10.0.0.0/8", "size": "24"}]}, "default-address-pools[0].size "),
        ({"proxies": {"http-proxy": 1}}, "proxies.http-proxy (wanted: a text)"),
        # as the docker command's own file has it; dockerd: directives don't match any configuration option: default
        ({"proxies": {"default": {"httpProxy": "http://p"}}}, "proxies.default (dockerd knows no such setting)"),
        ({"proxies": None}, "proxies (wanted: an object)"),
        # opts/opts.go, MemBytes.UnmarshalJSON: "invalid size"
        ({"default-shm-size": 67108864}, "default-shm-size (wanted: a text such as"),
        ({"insecure-registries": None}, None),
        ({"default-shm-size": "64M"}, None),
        ({"features": {"buildkit": True, "x": None}}, None),
        ({"log-opts": {"max-file": None}}, None),
        ({"default-ulimits": {"nofile": None, "nproc": {"NAME": "nproc", "hard": None, "comment": 1}}}, None),
        ({"runtimes": {"x": None, "y": {"path": None, "runtimeArgs": None, "shim": 1}}}, None),
        ({"tls": True, "mtu": 1500, "bip": "10.0.0.1/24"}, None),
        ({"builder": {"gc": {"enabled": True}}, "nri-opts": {"enable": True}}, None),
    ],
)
def test_values_that_dockerd_refuses(keys, mistyped):
    found = read(keys=keys)
    if mistyped:
        (seen,) = found["mistyped"]
        assert seen.startswith(mistyped) and found["settings"] == {}
    else:
        assert found["mistyped"] == []


def test_fields_of_runtimes_in_any_case():
    """Go's encoding/json."""
    runtimes = {"x": {"Path": "/usr/bin/x", "runtimeargs": ["--a"]}}
    assert values(keys={"runtimes": runtimes})["runtimes"] == {"x": {"path": "/usr/bin/x", "args": ["--a"]}}


@pytest.mark.parametrize(
    "flag, value",
    [("--cpu-rt-runtime=0", None), ("--cpu-rt-runtime 0x10", 16), ("--cpu-rt-runtime=010", "010"), ("--mtu=0", None)],
)
def test_numbers_of_flags(flag, value):
    settings = values(argv="dockerd " + flag)
    assert settings.get(flag.replace("=", " ").split()[0][2:]) == value


@pytest.mark.parametrize(
    "sources, name, expected",
    [
        # Docker 19.03 knows ALL_PROXY, and does not say it
        (
            {"variables": {"ALL_PROXY": "socks5://p", "NO_PROXY": "a"}, "answers": {"proxies": {"no-proxy": "a"}}},
            "proxies",
            {"all-proxy": "socks5://p", "no-proxy": "a"},
        ),
        (
            {"variables": {"HTTP_PROXY": "http://old"}, "answers": {"proxies": {"http-proxy": "http://new"}}},
            "proxies",
            {"http-proxy": "http://new"},
        ),
        (
            {"keys": {"features": {"buildkit": True}}, "answers": {"features": {"containerd-snapshotter": True}}},
            "features",
            {"buildkit": True, "containerd-snapshotter": True},
        ),
        (
            {"keys": {"runtimes": {"b": {"path": "b"}}}, "answers": {"runtimes": {"a": {"path": "a"}}}},
            "runtimes",
            {"a": {"path": "a"}, "b": {"path": "b"}},
        ),
    ],
)
def test_what_the_daemon_does_not_say_of_itself_stays(sources, name, expected):
    assert values(**sources)[name] == expected


@pytest.mark.parametrize(
    "names, known",
    [
        # kops: nodeup/pkg/model/docker.go, buildSysconfig
        (["DOCKER_OPTS", "DOCKER_NOFILE"], True),
        # Red Hat
        (["OPTIONS", "DOCKER_CERT_PATH", "ADD_REGISTRY", "DOCKER_HTTP_HOST_COMPAT", "GOTRACEBACK"], True),
        # flannel: subnet.env, and what mk-docker-opts.sh writes
        (["FLANNEL_NETWORK", "FLANNEL_SUBNET", "FLANNEL_MTU", "FLANNEL_IPMASQ"], True),
        (["DOCKER_OPT_BIP", "DOCKER_OPT_IPMASQ", "DOCKER_OPT_MTU", "DOCKER_OPTS"], True),
        # CoreOS
        (["DOCKER_SELINUX", "DOCKER_CGROUPS"], True),
        (["OTEL_EXPORTER_OTLP_ENDPOINT", "LC_CTYPE", "XDG_RUNTIME_DIR", "GODEBUG"], True),
        # these may concern how images are pulled
        (["SSL_CERT_FILE", "SSL_CERT_DIR", "AWS_PROFILE", "FLANNEL", "DOCKER_OPT", "VENDOR_MODE"], False),
    ],
)
def test_variables_that_are_known(names, known):
    assert [bool(docker_settings.of_variable(name)) for name in names] == [known] * len(names)


def test_registries_are_no_names_of_secrets():
    found = {"certs.d": ({"secrets-registry.corp:5000": ["ca.crt"]}, "/etc/docker/certs.d")}
    assert values(found=found) == {"certs.d": {"secrets-registry.corp:5000": ["ca.crt"]}}


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
