import base64
import json

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import node


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v1.23.17", (1, 23, 17)),
        ("1.6.20~ds1", (1, 6, 20)),
        ("v1.30.2+k3s1", (1, 30, 2)),
        ("20.10", (20, 10, 0)),
        ("", None),
        (None, None),
        ("x", None),
    ],
)
def test_versions(text, expected):
    assert node.version_tuple(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kubernetes v1.23.17\n", "1.23.17"),
        ("containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+b1\n", "1.6.20~ds1"),
        ("containerd containerd.io 1.6.33 d2d58213f83a351ca8f528a95fbd145f5654e957\n", "1.6.33"),
        ("crictl version v1.36.0\n", "1.36.0"),
        ("crio version 1.34.0\nVersion:        1.34.0\n", "1.34.0"),
        ("20.10.24+dfsg1-1+b2", "20.10.24+dfsg1-1+b2"),
        ("", None),
        (None, None),
    ],
)
def test_version_texts(text, expected):
    assert node.version_text(text) == expected


@pytest.mark.parametrize(
    ("text", "family", "version"),
    [
        ('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n', "debian", "12"),
        ('ID=ubuntu\nID_LIKE=debian\nVERSION_ID="20.04"\n', "debian", "20.04"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="8.9"\n', "redhat", "8.9"),
        ('ID="ol"\nID_LIKE="fedora"\n# comment=1\n', "redhat", ""),
        ('ID="sles"\nID_LIKE="suse"\nVERSION_ID="15.4"\n', "suse", "15.4"),
        ("ID=flatcar\nID_LIKE=coreos\n", "other", ""),
        ("", "other", ""),
    ],
)
def test_os_release(text, family, version):
    found = node.parse_os_release(text)
    assert (found["family"], found["version_id"]) == (family, version)


V2 = "/dev/vda / ext4 rw,relatime 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n/dev/vdb /var/lib xfs rw 0 0\n"
V1 = "/dev/vda / ext4 rw 0 0\ntmpfs /sys/fs/cgroup tmpfs ro 0 0\ncgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu 0 0\n"
HYBRID = V1 + "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n"


@pytest.mark.parametrize(
    ("mounts", "command_line", "expected"),
    [
        (V2, "root=/dev/vda quiet", {"version": 2, "hybrid": False, "kernel_args": [], "controllers": ["cpu", "io"]}),
        (
            V1,
            "ro systemd.unified_cgroup_hierarchy=0 cgroup_enable=memory swapaccount=1",
            {
                "version": 1,
                "hybrid": False,
                "kernel_args": ["systemd.unified_cgroup_hierarchy=0", "cgroup_enable=memory", "swapaccount=1"],
                "controllers": None,
            },
        ),
        (HYBRID, "", {"version": 1, "hybrid": True, "kernel_args": [], "controllers": None}),
        ("", "", {"version": 1, "hybrid": False, "kernel_args": [], "controllers": None}),
    ],
)
def test_cgroups(mounts, command_line, expected):
    found = node.cgroup_facts(node.parse_mounts(mounts), command_line, "cpu io\n", True)
    assert found == dict(expected, psi=True)


@pytest.mark.parametrize(
    ("path", "mount"),
    [
        ("/var/lib/docker", "/var/lib"),
        ("/var/lib", "/var/lib"),
        ("/var/library", "/"),
        ("/srv/a b/c", "/srv/a b"),
        ("/", "/"),
    ],
)
def test_mounts(path, mount):
    mounts = node.parse_mounts(V2 + "/dev/vdc /srv/a\\040b ext4 rw 0 0\n")
    assert node.mount_of(path, mounts)["mount"] == mount


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("127.0.0.1 localhost\n10.0.0.1 node1.example.org node1 # us\n", "node1.example.org"),
        ("10.0.0.1 node1\n", "node1"),
        ("", "node1"),
    ],
)
def test_fqdn(text, name):
    assert node.fqdn_from_hosts(text, "node1") == name


def test_sysctl():
    texts = ["net.ipv4.ip_forward = 0\n# x=1\n", "-net/ipv4/ip_forward=1\n; y\nbroken\n"]
    assert node.sysctl_settings(texts) == {"net.ipv4.ip_forward": "1"}


SHOW = """\
LoadState=loaded
ActiveState=active
MainPID=812
EnvironmentFiles=/var/lib/kubelet/kubeadm-flags.env (ignore_errors=yes)
EnvironmentFiles=/etc/default/kubelet (ignore_errors=no)
ExecStart={ path=/usr/bin/kubelet ; argv[]=/usr/bin/kubelet $KUBELET_ARGS ; ignore_errors=no ; pid=812 }
Requires=system.slice sysinit.target docker.service -.mount
After=docker.service network-online.target systemd-journald.socket
FragmentPath=/lib/systemd/system/kubelet.service
DropInPaths=/etc/systemd/system/kubelet.service.d/10-kubeadm.conf
UnitFileState=enabled

LoadState=not-found
ActiveState=inactive
MainPID=0

LoadState=masked
ActiveState=inactive
FragmentPath=/dev/null
"""


def test_units():
    units = node.parse_show(SHOW, ["kubelet.service", "crio.service", "docker.service"])
    assert node.unit_facts(units["kubelet.service"]) == {
        "installed": True,
        "running": True,
        "pid": 812,
        "enabled": "enabled",
        "fragment": "/lib/systemd/system/kubelet.service",
        "dropins": ["/etc/systemd/system/kubelet.service.d/10-kubeadm.conf"],
    }
    assert node.unit_facts(units["crio.service"])["installed"] is False
    assert node.unit_facts(units["crio.service"])["pid"] is None
    assert node.unit_facts(units["docker.service"])["enabled"] == "masked"
    assert node.unit_facts({})["installed"] is False
    assert node.dependencies(units["kubelet.service"]) == {
        "requires": ["docker.service"],
        "after": ["docker.service", "network-online.target"],
    }
    assert node.environment_file_paths(units["kubelet.service"]) == [
        "/var/lib/kubelet/kubeadm-flags.env",
        "/etc/default/kubelet",
    ]
    assert node.exec_binary(units["kubelet.service"]) == "/usr/bin/kubelet"


# As systemd 252 answered `show near-a.service 'chef-client*' 'puppet.*' nothere.service '*ansible-pull*' 'salt-*'`:
# first what was asked for by name, then what matches and is in memory.
SHOW_PATTERNS = """\
Id=near-a.service
LoadState=loaded
ActiveState=inactive
UnitFileState=disabled

Id=nothere.service
LoadState=not-found
ActiveState=inactive
UnitFileState=

Id=site-ansible-pull.timer
LoadState=loaded
ActiveState=active
UnitFileState=static

Id=puppet.service
LoadState=loaded
ActiveState=active
UnitFileState=disabled
"""


def test_units_that_match_patterns_come_after_those_with_names():
    units = node.parse_show(SHOW_PATTERNS, ["near-a.service", "nothere.service"])
    assert list(units) == ["near-a.service", "nothere.service", "site-ansible-pull.timer", "puppet.service"]
    assert units["puppet.service"]["ActiveState"] == "active"
    # without an Id nothing is known of them
    assert list(node.parse_show(SHOW, ["kubelet.service"])) == ["kubelet.service"]


@pytest.mark.parametrize(
    ("active", "enabled", "found"),
    [
        ("", "", ""),
        ("docker.service kubelet.service", "kubelet.service", ""),
        ("puppet.service", "puppet.service", "puppet.service:active+enabled"),
        ("puppet.service", "", "puppet.service:active"),
        ("", "chef-client.timer", "chef-client.timer:enabled"),
        ("cinc-client.timer", "", "cinc-client.timer:active"),
        ("venv-salt-minion.service salt-master.service", "", "venv-salt-minion.service:active"),
        ("cfengine3.service cf-serverd.service", "", "cfengine3.service:active"),
        ("cf-execd.service", "", "cf-execd.service:active"),
        ("rudder-agent.service puppet-run.timer", "", "puppet-run.timer:active rudder-agent.service:active"),
        ("site-ansible-pull.timer", "ansible-pull.timer", "ansible-pull.timer:enabled site-ansible-pull.timer:active"),
        # servers, and what is neither a service nor a timer
        ("puppetserver.service puppetdb.service puppet.slice", "puppetserver.service", ""),
    ],
)
def test_configuration_management(active, enabled, found):
    units = {name: {"ActiveState": "active"} for name in active.split()}
    units["chef-client.service"] = {"ActiveState": "inactive"}
    told = node.config_management(units, enabled.split())
    words = [[word for word in ("active", "enabled") if each[word]] for each in told]
    assert " ".join("%s:%s" % (each["unit"], "+".join(how)) for each, how in zip(told, words)) == found


def test_variable_names():
    properties = {"Environment": 'HTTP_PROXY=http://u:p@x "WITH SPACE=1" TOKEN=secret'}
    files = ['# DOCKER_OPTS=x\nDOCKER_OPTS=""\nexport NO_PROXY=a,b\n']
    assert node.variable_names(properties, files) == ["HTTP_PROXY", "NO_PROXY", "TOKEN", "WITH SPACE"]
    assert node.variable_names({"Environment": "A='open"}, []) == ["A"]


def test_arguments():
    flags = [
        {"name": "--cgroup_driver", "value": "systemd"},
        {"name": "v", "value": "2"},
        {"name": "v", "value": "4"},
        {"name": "v", "value": "5"},
    ]
    args = node.arguments(flags)
    assert args == {"cgroup-driver": "systemd", "v": ["2", "4", "5"]}
    assert (node.last(args, "v"), node.last(args, "absent"), node.last(args, "absent", 1)) == ("5", "", 1)


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
    assert node.kubelet_config([CONFIG, more, ""]) == {
        "cgroupDriver": "cgroupfs",
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "5%"},
        "staticPodPath": "/etc/kubernetes/manifests",
        "imageGCHighThresholdPercent": 85,
        "containerLogMaxFiles": 3,
        "failCgroupV1": False,
    }
    with pytest.raises(ValueError, match="mapping"):
        node.kubelet_config(["- a\n"])


def test_flags_beat_fields():
    args = {
        "cgroup-driver": ["cgroupfs", "systemd"],
        "eviction-hard": "memory.available<200Mi,nodefs.available<15%",
        "image-gc-high-threshold": "70",
        "fail-cgroupv1": "true",
        "pod-manifest-path": "",
    }
    found = node.effective_config(args, {"cgroupDriver": "cgroupfs", "staticPodPath": "/m", "evictionHard": {"x": "1"}})
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
    assert node.default_pause_image(version) == image


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
    found = node.runtime_in_use(version, args, config, same, listener)
    assert (found["in_use"], found["shim"], found["endpoint"]) == (in_use, shim, endpoint)
    assert found["evidence"].startswith("kubelet ")


def test_a_link_is_followed_to_the_socket():
    args = {"container-runtime-endpoint": "unix:///run/cri.sock"}
    found = node.runtime_in_use("1.30.0", args, {}, lambda path: "/run/cri-dockerd.sock", nobody)
    assert (found["in_use"], found["shim"]) == ("docker", "cri-dockerd")


def certificate(name):
    common_name = b"\x06\x03\x55\x04\x03\x13" + bytes([len(name)]) + name
    organization = b"\x06\x03\x55\x04\x0a\x13\x0csystem:nodes"
    body = base64.encodebytes(b"\x30\x82\x01\x00" + organization + common_name + b"\x30\x59\x30").decode()
    return "-----BEGIN CERTIFICATE-----\n" + body + "-----END CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----\nx\n"


@pytest.mark.parametrize(
    ("pem", "name"),
    [
        (certificate(b"system:node:ip-10-0-0-1.ec2.internal"), "ip-10-0-0-1.ec2.internal"),
        (certificate(b"kubernetes-admin"), None),
        ("", None),
        ("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", None),
    ],
)
def test_the_name_in_the_certificate(pem, name):
    assert node.node_name_in_certificate(pem) == name


def test_kubeconfig():
    text = """\
apiVersion: v1
kind: Config
users:
- name: default-auth
  user:
    client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem
    client-key: /var/lib/kubelet/pki/kubelet-client-current.pem
"""
    assert node.client_certificate(text) == ("/var/lib/kubelet/pki/kubelet-client-current.pem", None)
    assert node.client_certificate("users:\n- name: a\n  user:\n    token: x\n") == (None, None)
    assert node.client_certificate("") == (None, None)


@pytest.mark.parametrize(
    ("hostname", "args", "certified", "name", "count"),
    [
        ("Node1", {}, None, "node1", 0),
        ("node1", {"hostname-override": "worker-1"}, None, "worker-1", 0),
        ("ip-10-0-0-1", {}, "ip-10-0-0-1.ec2.internal", "ip-10-0-0-1.ec2.internal", 0),
        ("node1", {"hostname-override": "worker-1"}, "node1", "worker-1", 1),
    ],
)
def test_node_names(hostname, args, certified, name, count):
    found, oddities = node.node_names(hostname, args, certified)
    assert (found, len(oddities)) == (name, count)


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
    assert len(node.cgroup_driver_oddities(driver, existing)) == count


def test_static_pods():
    text = """\
apiVersion: v1
kind: Pod
metadata: {name: proxy, namespace: kube-system}
spec:
  hostNetwork: true
  volumes:
  - {name: a, hostPath: {path: /var/run}}
  - name: b
    emptyDir: {}
"""
    assert node.static_pods("proxy.yaml", text) == [
        {
            "file": "proxy.yaml",
            "namespace": "kube-system",
            "name": "proxy",
            "host_network": True,
            "host_paths": ["/var/run"],
        }
    ]
    several = json.dumps(
        {"kind": "PodList", "items": [{"metadata": {"name": "a"}}, {"metadata": {"name": "b"}, "spec": {}}]}
    )
    assert [pod["name"] for pod in node.static_pods("x.json", several)] == ["a", "b"]


JOURNAL = {
    "schema": 1,
    "tool_version": "0.1.0",
    "run_id": "r1",
    "phase": "settled",
    "config_digest": "abc",
    "from": {"runtime": "docker", "version": "20.10.24"},
    "to": {"runtime": "containerd"},
    "steps": [{"name": "stop_kubelet", "outcome": "ok", "started": 1}],
}


def test_journal():
    assert node.journal_facts(json.dumps(JOURNAL)) == {
        "schema": 1,
        "newer": False,
        "tool_version": "0.1.0",
        "run_id": "r1",
        "phase": "settled",
        "from": "docker",
        "source": JOURNAL["from"],
        "to": "containerd",
        "config_digest": "abc",
        "steps": [{"name": "stop_kubelet", "outcome": "ok"}],
        "holder": None,
        "reason": None,
        "why": None,
        "held": None,
        "socket": None,
        "version_prefix": None,
        "handlers": [],
        "pause_image": None,
        "store": None,
    }


def test_what_a_journal_tells_a_later_run():
    journal = dict(
        JOURNAL,
        holder="ann",
        reason="CRI-PROOF-READY",
        error="CRI-PROOF-READY: not\n Ready " + "x" * 400,
        to={"runtime": "containerd", "socket": "unix:///c.sock", "version_prefix": "containerd://"},
    )
    plan = {"handlers": [{"name": "runc"}], "pause_image": "pause:3.6"}
    hold = {"token": "t", "who": "bob", "until": 130.5}
    found = node.journal_facts(json.dumps(journal), json.dumps(plan), json.dumps(hold), 100.0)
    assert (found["holder"], found["reason"], found["to"]) == ("ann", "CRI-PROOF-READY", "containerd")
    assert found["why"].startswith("CRI-PROOF-READY: not Ready x") and len(found["why"]) == 300
    assert found["held"] == {"who": "bob", "seconds_left": 31}
    assert (found["socket"], found["version_prefix"]) == ("unix:///c.sock", "containerd://")
    assert (found["handlers"], found["pause_image"]) == (plan["handlers"], "pause:3.6")


def test_files_that_were_changed_since_the_switch():
    files = [
        {"path": "/same", "change": "write", "sha256": "a"},
        {"path": "/other", "change": "write", "sha256": "a"},
        {"path": "/gone", "change": "write", "sha256": "a"},
        {"path": "/removed", "change": "remove", "sha256": None},
        {"path": "/back", "change": "remove", "sha256": None},
    ]
    seen = {"/same": "a", "/other": "b", "/back": "c"}
    assert node.drifted(json.dumps({"files": files}), seen.get) == ["/other", "/gone", "/back"]
    assert node.drifted(None, seen.get) == node.drifted("torn {", seen.get) == []


@pytest.mark.parametrize("hold", [None, "", "{", "[]", "{}", '{"who": "bob", "token": "t", "until": 99.0}'])
def test_nobody_holds_the_node(hold):
    assert node.journal_facts(json.dumps(JOURNAL), "torn {", hold, 100.0)["held"] is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "x"}', '{"schema": null}'])
def test_a_broken_journal(text):
    assert "not readable" in node.journal_facts(text)["error"]


def test_a_newer_journal():
    found = node.journal_facts('{"schema": 2, "steps": {"new": "form"}, "phase": "settled"}')
    assert (found["newer"], found["steps"], found["phase"]) == (True, [], "settled")


@pytest.mark.parametrize(
    "environ, properties, wanted",
    [
        ("HOME=/\0PATH=/a:/b\0X=1\0", {"Environment": "PATH=/c"}, ("/a:/b", "its process")),
        ("", {"Environment": 'A=1 "PATH=/c:/d e" B=2'}, ("/c:/d e", "its unit")),
        ("", {}, ("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "systemd's default")),
    ],
)
def test_search_path_of_a_runtime(environ, properties, wanted):
    assert node.search_path(environ, properties) == wanted


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("runc version 1.1.5+ds1\ncommit: 1\nspec: 1.0.2-dev\n", {"version": "1.1.5+ds1"}),
        (
            "crun version 1.8.1\ncommit: f8a\nspec: 1.0.0\n+SYSTEMD +SELINUX +CAP +YAJL\n",
            {"version": "1.8.1", "features": ["CAP", "SELINUX", "SYSTEMD", "YAJL"]},
        ),
        ("runsc version release-20260224.0\nspec: 1.1.0-rc.1\n", {"version": "release-20260224.0"}),
        ("something else 1.0\n", {"version": None}),
        (None, {"version": None}),
    ],
)
def test_programs_of_handlers(text, wanted):
    assert node.program_facts(text) == wanted
