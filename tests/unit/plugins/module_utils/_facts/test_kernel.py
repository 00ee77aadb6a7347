import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import kernel
from ansible_collections.cri.switchover.plugins.module_utils._facts.mounts import parse_mounts

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
    found = kernel.cgroup_facts(parse_mounts(mounts), command_line, "cpu io\n", True)
    assert found == dict(expected, psi=True)


def test_sysctl():
    texts = ["net.ipv4.ip_forward = 0\n# x=1\n", "-net/ipv4/ip_forward=1\n; y\nbroken\n"]
    assert kernel.sysctl_settings(texts) == {"net.ipv4.ip_forward": "1"}
