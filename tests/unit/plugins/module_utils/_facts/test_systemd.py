from ansible_collections.cri.switchover.plugins.module_utils._facts import systemd

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
    units = systemd.parse_show(SHOW, ["kubelet.service", "crio.service", "docker.service"])
    assert systemd.unit_facts(units["kubelet.service"]) == {
        "installed": True,
        "running": True,
        "pid": 812,
        "enabled": "enabled",
        "fragment": "/lib/systemd/system/kubelet.service",
        "dropins": ["/etc/systemd/system/kubelet.service.d/10-kubeadm.conf"],
    }
    assert systemd.unit_facts(units["crio.service"])["installed"] is False
    assert systemd.unit_facts(units["crio.service"])["pid"] is None
    assert systemd.unit_facts(units["docker.service"])["enabled"] == "masked"
    assert systemd.unit_facts({})["installed"] is False
    assert systemd.dependencies(units["kubelet.service"]) == {
        "requires": ["docker.service"],
        "after": ["docker.service", "network-online.target"],
    }
    assert systemd.environment_file_paths(units["kubelet.service"]) == [
        "/var/lib/kubelet/kubeadm-flags.env",
        "/etc/default/kubelet",
    ]
    assert systemd.exec_binary(units["kubelet.service"]) == "/usr/bin/kubelet"


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
    units = systemd.parse_show(SHOW_PATTERNS, ["near-a.service", "nothere.service"])
    assert list(units) == ["near-a.service", "nothere.service", "site-ansible-pull.timer", "puppet.service"]
    assert units["puppet.service"]["ActiveState"] == "active"
    # without an Id nothing is known of them
    assert list(systemd.parse_show(SHOW, ["kubelet.service"])) == ["kubelet.service"]


def test_variable_names():
    properties = {"Environment": 'HTTP_PROXY=http://u:p@x "WITH SPACE=1" TOKEN=secret'}
    files = ['# DOCKER_OPTS=x\nDOCKER_OPTS=""\nexport NO_PROXY=a,b\n']
    assert systemd.variable_names(properties, files) == ["HTTP_PROXY", "NO_PROXY", "TOKEN", "WITH SPACE"]
    assert systemd.variable_names({"Environment": "A='open"}, []) == ["A"]
