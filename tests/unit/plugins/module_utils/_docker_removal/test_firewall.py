# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker's rules among those of others: as iptables-save wrote them, and by the real programs in a namespace."""

import os
import re
import shutil
import subprocess

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._docker_removal import firewall as rules

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixtures")
BRIDGE = "br-0123456789ab"
BRIDGES = ["docker0", BRIDGE]


def recorded(name):
    with open(os.path.join(HERE, name)) as stream:
        return stream.read()


RULES = recorded("docker-20.10-iptables-nft.txt")


def after(text, tables):
    """What the rules are once the plan was carried out, as a set: a model of iptables-restore --noflush."""
    parsed = rules.parse_save(text)
    for name, planned in tables.items():
        table = parsed[name]
        for pair in planned["delete"]:
            table["rules"].remove(pair)
        table["rules"] = [(chain, rule) for chain, rule in table["rules"] if chain not in planned["chains"]]
        table["chains"] = [chain for chain in table["chains"] if chain not in planned["chains"]]
        assert not [rule for _chain, rule in table["rules"] if rules.target(rule) in planned["chains"]]
        if planned["accept"]:
            table["policies"]["FORWARD"] = "ACCEPT"
    return parsed


def without_docker(text):
    """The same file without every line that says Docker or one of its bridges."""
    text = "\n".join(line for line in text.splitlines() if not re.search("DOCKER|docker0|%s" % BRIDGE, line))
    return rules.parse_save(text.replace(":FORWARD DROP", ":FORWARD ACCEPT"))


@pytest.mark.parametrize(
    "name", ["docker-20.10-iptables-nft.txt", "docker-20.10-iptables-legacy.txt", "docker-28-iptables.txt"]
)
def test_all_of_docker_goes_and_nothing_else(name):
    text = recorded(name)
    planned = rules.plan(text, BRIDGES, {})
    assert planned["left"] == []
    assert after(text, planned["tables"]) == without_docker(text)
    again = rules.plan(without_docker_text(text), BRIDGES, {})
    assert again == {"tables": {}, "left": []}


def without_docker_text(text):
    return "\n".join(line for line in text.splitlines() if not re.search("DOCKER|docker0|%s" % BRIDGE, line))


def test_rules_in_docker_user_stay_with_what_leads_to_them():
    mine = "-A DOCKER-USER ! -s 10.0.0.0/8 -i eth0 -j DROP"
    text = RULES.replace("-A DOCKER-USER -j RETURN", mine + "\n-A DOCKER-USER -j RETURN")
    planned = rules.plan(text, BRIDGES, {})
    assert planned["left"] == ["filter: " + mine]
    filtered = after(text, planned["tables"])["filter"]
    assert ("FORWARD", "-j DOCKER-USER") in filtered["rules"] and "DOCKER-USER" in filtered["chains"]
    assert [chain for chain in filtered["chains"] if chain.startswith("DOCKER")] == ["DOCKER-USER"]


def test_a_chain_that_others_jump_to_stays_with_all_that_it_needs():
    text = RULES.replace("-A INPUT -j KUBE-FIREWALL", "-A INPUT -j KUBE-FIREWALL\n-A INPUT -j DOCKER-ISOLATION-STAGE-1")
    planned = rules.plan(text, BRIDGES, {})
    left = after(text, planned["tables"])["filter"]
    assert [chain for chain in left["chains"] if chain.startswith("DOCKER")] == [
        "DOCKER-ISOLATION-STAGE-1",
        "DOCKER-ISOLATION-STAGE-2",
    ]
    assert "filter: -A INPUT -j DOCKER-ISOLATION-STAGE-1" in planned["left"]


def test_a_rule_of_others_about_a_bridge_is_reported_and_stays():
    rule = "-A INPUT -i docker0 -p tcp -m tcp --dport 53 -j ACCEPT"
    text = RULES.replace("-A INPUT -j KUBE-FIREWALL", "-A INPUT -j KUBE-FIREWALL\n" + rule)
    planned = rules.plan(text, BRIDGES, {})
    assert planned["left"] == ["filter: " + rule]
    assert rule not in rules.restore_text(planned["tables"])


def test_rules_of_a_bridge_that_others_use_stay():
    planned = rules.plan(RULES, BRIDGES, {}, used=("docker0",))
    left = after(RULES, planned["tables"])
    assert ("POSTROUTING", "-s 172.17.0.0/16 ! -o docker0 -j MASQUERADE") in left["nat"]["rules"]
    assert ("FORWARD", "-i docker0 ! -o docker0 -j ACCEPT") in left["filter"]["rules"]
    assert not [rule for table in left.values() for _chain, rule in table["rules"] if BRIDGE in rule]


def test_bridges_of_others_are_none_of_dockers():
    text = RULES.replace(BRIDGE, "br-lan")
    change = rules.restore_text(rules.plan(text, ["docker0"], {})["tables"])
    # but for the jump into a chain that goes
    assert [line for line in change.splitlines() if "br-lan" in line] == ["-D FORWARD -o br-lan -j DOCKER"]


@pytest.mark.parametrize(
    ("now", "seen", "evidence", "accepted", "text"),
    [
        ("DROP", True, {}, True, None),
        ("ACCEPT", True, {}, False, None),
        # rebooted since Docker was disabled: somebody else's
        ("DROP", False, {}, False, None),
        ("DROP", True, {"managers": ["ufw"]}, False, "ufw is active"),
        (
            "DROP",
            True,
            {"forwarding": "/etc/sysctl.d/k8s.conf"},
            False,
            "/etc/sysctl.d/k8s.conf switches forwarding on",
        ),
        ("DROP", True, {"saved": "/etc/iptables/rules.v4"}, False, "/etc/iptables/rules.v4 restores it"),
    ],
)
def test_policy(now, seen, evidence, accepted, text):
    accept, why = rules.policy(now, seen, evidence)
    assert accept is accepted
    assert (text in why) if text else why is None


def test_the_policy_of_others_is_reported():
    planned = rules.plan(RULES, BRIDGES, {"managers": ["firewalld"]})
    assert planned["tables"]["filter"]["accept"] is False
    assert planned["left"] == ["filter: FORWARD stays at DROP, which may not be Docker's: firewalld is active"]


def test_nothing_in_nothing():
    assert rules.plan("", BRIDGES, {}) == {"tables": {}, "left": []}
    assert rules.restore_text({}) == "" and rules.sentences({}) == []


def test_sentences():
    lines = rules.sentences(rules.plan(RULES, BRIDGES, {})["tables"])
    assert "nat: chain DOCKER" in lines and "filter: FORWARD from DROP to ACCEPT" in lines
    assert "nat: -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE" in lines


def test_bridges():
    store = 'x{"BridgeName":"docker0","DefaultBridge":true}\0{"BridgeName":"br-0123456789ab"}{"BridgeName":"lan0"}'
    found = rules.bridges_in(store)
    assert found == ["br-0123456789ab", "docker0", "lan0"]
    assert rules.own_bridges(found) == ["br-0123456789ab", "docker0"]


def namespace(words):
    """A command in a network of its own; without root in a user namespace of its own, too."""
    return ["unshare", "--net"] + ([] if os.getuid() == 0 else ["--map-root-user"]) + words


def possible(program):
    if not shutil.which("unshare") or not shutil.which(program + "-restore"):
        return False
    probe = subprocess.run(
        namespace([program, "-t", "nat", "-S"]), stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False
    )
    return probe.returncode == 0


@pytest.mark.parametrize("program", ["iptables-nft", "iptables-legacy"])
def test_the_real_programs(program, tmp_path):
    if not possible(program):
        pytest.skip("no %s in a network namespace here" % program)
    for name, text in (
        ("before", RULES),
        ("change", rules.restore_text(rules.plan(RULES, BRIDGES, {})["tables"])),
    ):
        (tmp_path / name).write_text(text)
    script = "set -e; {0}-restore < before; {0}-restore --noflush -w 10 < change; {0}-save".format(program)
    done = subprocess.run(
        namespace(["sh", "-c", script]), cwd=str(tmp_path), stdout=subprocess.PIPE, check=True, universal_newlines=True
    )
    assert rules.parse_save(done.stdout) == without_docker(RULES)
    assert rules.plan(done.stdout, BRIDGES, {}) == {"tables": {}, "left": []}


def test_a_docker_user_that_was_left_says_nothing_about_the_policy():
    text = "*filter\n:FORWARD DROP [0:0]\n:DOCKER-USER - [0:0]\n-A FORWARD -j DOCKER-USER\n"
    text += "-A DOCKER-USER -s 1.2.3.4/32 -j DROP\nCOMMIT\n"
    assert rules.plan(text, BRIDGES, {}) == {"tables": {}, "left": ["filter: -A DOCKER-USER -s 1.2.3.4/32 -j DROP"]}
