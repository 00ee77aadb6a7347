"""Docker leaves a finalized node for good: where that is asked for, and no pod, containerd or rule goes along."""

from __future__ import annotations

import pytest
from arguments import settings
from lab import ssh
from node_state import read_state
from scenario import Scenario

REMOVE = "playbooks/remove_docker.yml"
STILL = ("kubelet.service", "containerd.service")
# A unit of somebody's that wants Docker, as operators have them.
NEEDS = "/etc/systemd/system/registry.service"
UNIT = "[Unit]\nRequires=docker.service\n[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n"


def asked(*names: str) -> tuple[str, str]:
    """Of each host by its name, as a host's variable does it."""
    here = "{{ inventory_hostname in %r }}" % (list(names),)
    return settings(switchover_remove_docker=here, switchover_remove_docker_data=here)


def packages(number: int) -> dict[str, str]:
    """{package: its state}, of the runtimes' packages that dpkg knows at all."""
    wanted = "docker.io docker-cli containerd runc containernetworking-plugins"
    listed = ssh.run(number, f"dpkg-query -W -f '${{Package}} ${{db:Status-Status}}\\n' {wanted} 2>/dev/null || true")
    return dict(line.split() for line in listed.splitlines())


def rules_of_docker(number: int) -> list[str]:
    text = ssh.run(number, "iptables-save; ip6tables-save; ip -o link")
    return [line for line in text.splitlines() if "DOCKER" in line or "docker0" in line]


def forward_policy(number: int) -> str:
    return ssh.run(number, "iptables -S FORWARD | head -1").strip()


@pytest.mark.long
def test_docker_leaves_a_node_that_asks_for_it(switched_lab: Scenario):
    lab = switched_lab
    before = {number: read_state(number) for number in lab.cluster.numbers}
    pods = {number: lab.own_pods(number) for number in lab.cluster.numbers}
    assert packages(1)["docker.io"] == "installed"

    run = lab.play(REMOVE)
    assert run.code == 0 and not run.changed(), (run.failures(), run.changed())

    ssh.run(1, f"cat >{NEEDS} && systemctl enable --quiet registry", stdin=UNIT.encode())
    refused = lab.play(REMOVE, *asked("node1"))
    assert refused.code != 0 and refused.said("CRI-REMOVE-NEEDED"), refused.failures()
    assert not refused.changed() and packages(1)["docker.io"] == "installed"
    ssh.run(1, f"systemctl disable --quiet registry && rm {NEEDS} && systemctl daemon-reload")

    lab.probe()
    run = lab.play(REMOVE, *asked("node1"))
    service = lab.answered()
    assert run.code == 0, run.failures()
    assert service["requests"] > 50 and not service["failed"], service

    seen, known = read_state(1), packages(1)
    assert known.get("docker.io") in (None, "not-installed"), known
    assert [known.get(name) for name in ("containerd", "runc")] == ["installed", "installed"], known
    auto = ssh.run(1, "apt-mark showauto").split()
    assert not {"containerd", "runc"} & set(auto), "the next autoremove takes the runtime along"
    assert {u: seen["units"][u]["MainPID"] for u in STILL} == {u: before[1]["units"][u]["MainPID"] for u in STILL}
    assert lab.own_pods(1) == pods[1], "a pod was restarted"
    assert not rules_of_docker(1)
    assert forward_policy(1) == "-P FORWARD ACCEPT"
    left = ssh.run(
        1,
        "ls -d /var/lib/docker /var/lib/dockershim /etc/docker /run/docker* /var/lib/cri-switchover "
        "/usr/local/sbin/cri-switchover 2>/dev/null || true",
    )
    assert not left, left
    links = ssh.run(1, "find /var/log/pods /var/log/containers -type l -lname '*/docker/containers/*'")
    assert not links, links

    now = read_state(2)
    for part in ("files", "units", "kubelet", "journal"):
        assert now[part] == before[2][part], f"node2: {part}"
    assert packages(2)["docker.io"] == "installed"

    again = lab.play(REMOVE, *asked("node1"))
    assert again.code == 0 and not again.changed(), (again.failures(), again.changed())

    lab.reboot(1)
    assert lab.runtime(1).startswith("containerd://")
    assert not rules_of_docker(1)
