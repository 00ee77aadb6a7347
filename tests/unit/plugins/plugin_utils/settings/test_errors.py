# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.settings.errors import (
    errors,
    missing_control_plane,
    missing_files,
)
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.setting import SettingError
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.table import SETTINGS

GOOD = [
    {},
    {"switchover_target": "containerd"},
    {"switchover_node_name": ""},
    # Empty text: not set.
    {"switchover_target": "", "switchover_node_group": "", "switchover_watchdog": " ", "switchover_handlers": ""},
    {"switchover_batches": "", "switchover_skip": "", "switchover_topology_key": "", "switchover_allow": ""},
    # As text.
    {"switchover_allow": "proxies", "switchover_only": "worker1, worker2", "switchover_drain_skip_namespaces": "ci"},
    {"switchover_batches": "1,25%"},
    {"switchover_batches": 1},
    {"switchover_gates": '[{"name": "x", "query": "a.b", "expect": 1}]'},
    {"switchover_handlers": "- name: runc\n  runtime: runc\n  default: true\n"},
    {"switchover_crio_keep_docker_defaults": "false", "switchover_crio_unqualified_registries": "docker.io"},
    {"switchover_containerd_imports": "/etc/containerd/conf.d/*.toml", "switchover_containerd_root": "/srv/containerd"},
    {"switchover_crio_monitor_slice": "machine.slice", "switchover_crio_default_runtime": "crun"},
    {"switchover_node_name": "ip-10-0-0-1.ec2.internal"},
    {"switchover_batches": [1, "25%"]},
    {"switchover_batches": ["1"]},
    {"switchover_allow": []},
    {"switchover_allow": ["proxies", "data-root"]},
    {"switchover_drain_timeout": "900"},
    {"switchover_skip": "true"},
    {"switchover_drain_force": False},
    {"switchover_drain_grace": 0, "switchover_drain_wait_volumes": "false"},
    {"switchover_drain_grace": "", "switchover_drain_selector": "", "switchover_drain_skip_namespaces": []},
    {"switchover_drain_selector": "app=web,env in (a, b)", "switchover_drain_skip_namespaces": ["ci"]},
    {"switchover_recheck_delay": 0},
    {"switchover_on_reboot": "finish", "switchover_retry": "true", "switchover_remove_docker_data": False},
    {"switchover_allow": ["revert-drift"]},
    {"switchover_only": ["worker1"]},
    {"switchover_watchdog": 900, "switchover_verify_timeout": 600},
    {"switchover_gates": [{"name": "x", "query": "a.b", "expect": 1}]},
    {"switchover_batch_gates": [{"name": "x", "query": "length(@)", "source": "poddisruptionbudgets"}]},
    {"switchover_soak": "600", "switchover_gate_timeout": 0},
    {"switchover_before_drain_tasks": "/etc/leave.yml", "switchover_after_uncordon_tasks": ""},
    {"switchover_max_failures": "2", "switchover_topology_key": "example.com/rack"},
    {"switchover_max_failures": 0, "switchover_topology_key": "pool"},
    # An INI inventory makes numbers of these.
    {"switchover_context": 1234, "switchover_node_name": 7, "switchover_only": [1, "2"], "switchover_batches": "[1,2]"},
    {"switchover_crio_unqualified_registries": ["docker.io", "localhost:5000", "[fd00::1]:5000"]},
]
BAD = [
    ("CRI-SETTINGS-UNKNOWN", "did you mean switchover_target?", {"switchover_targt": "containerd"}),
    ("CRI-SETTINGS-UNKNOWN", "switchover_watchdog", {"switchover_xyzzy": 1}),
    ("CRI-SETTINGS-VALUE", "one of containerd, crio", {"switchover_target": "docker"}),
    ("CRI-SETTINGS-VALUE", "one of report, require, enable", {"switchover_cgroup_v2": "enforce"}),
    ("CRI-SETTINGS-VALUE", "a reboot of its own", {"switchover_cgroup_v2": "enable", "switchover_on_reboot": "finish"}),
    ("CRI-SETTINGS-VALUE", "one of containerd", {"switchover_target": None}),
    ("CRI-SETTINGS-VALUE", "kubectl get nodes", {"switchover_node_name": "Node 1"}),
    ("CRI-SETTINGS-VALUE", "percentages", {"switchover_batches": []}),
    ("CRI-SETTINGS-VALUE", "percentages", {"switchover_batches": [0]}),
    ("CRI-SETTINGS-VALUE", "percentages", {"switchover_batches": ["120%"]}),
    ("CRI-SETTINGS-VALUE", "not so: proxys", {"switchover_allow": ["proxies", "proxys"]}),
    ("CRI-SETTINGS-VALUE", "registry-mirrors", {"switchover_allow": ["all"]}),
    ("CRI-SETTINGS-VALUE", "whole number", {"switchover_drain_timeout": "15m"}),
    ("CRI-SETTINGS-VALUE", "whole number", {"switchover_drain_timeout": True}),
    ("CRI-SETTINGS-VALUE", "0 to 86400, or empty", {"switchover_drain_grace": "-1"}),
    ("CRI-SETTINGS-VALUE", "a label selector such as", {"switchover_drain_selector": "app in web"}),
    ("CRI-SETTINGS-VALUE", "a label selector such as", {"switchover_drain_selector": {"app": "web"}}),
    ("CRI-SETTINGS-VALUE", "a list of namespaces", {"switchover_drain_skip_namespaces": {"ci": 1}}),
    ("CRI-SETTINGS-VALUE", "true or false", {"switchover_drain_disable_eviction": "maybe"}),
    ("CRI-SETTINGS-VALUE", "130 to 14400", {"switchover_watchdog": 60}),
    ("CRI-SETTINGS-VALUE", "of seconds, 130 to 14400", {"switchover_watchdog": 600000}),
    ("CRI-SETTINGS-VALUE", "of seconds, 1 to 86400", {"switchover_drain_timeout": "900000"}),
    ("CRI-SETTINGS-VALUE", "of nodes, 0 to 5000", {"switchover_max_failures": 5001}),
    ("CRI-SETTINGS-VALUE", "true or false", {"switchover_skip": "maybe"}),
    ("CRI-SETTINGS-VALUE", "true or false", {"switchover_skip": 1}),
    ("CRI-SETTINGS-VALUE", "true or false", {"switchover_retry": "yes"}),
    ("CRI-SETTINGS-VALUE", "one of revert, finish", {"switchover_on_reboot": "stay"}),
    ("CRI-SETTINGS-VALUE", "a string", {"switchover_kubeconfig": None}),
    ("CRI-SETTINGS-VALUE", "hosts", {"switchover_only": {"worker1": 1}}),
    ("CRI-SETTINGS-VALUE", "hosts", {"switchover_only": ["worker1", ""]}),
    ("CRI-SETTINGS-VALUE", "hosts", {"switchover_only": None}),
    ("CRI-SETTINGS-VALUE", "lacks query", {"switchover_gates": [{"name": "x"}]}),
    ("CRI-SETTINGS-VALUE", "lacks query", {"switchover_gates": '[{"name": "x"}]'}),
    ("CRI-SETTINGS-VALUE", "as JSON or YAML (", {"switchover_gates": "[{name: x"}),
    ("CRI-SETTINGS-VALUE", "a list of gates", {"switchover_gates": "name: x"}),
    ("CRI-SETTINGS-VALUE", "a list of runtime handlers", {"switchover_handlers": "crun"}),
    ("CRI-SETTINGS-VALUE", "a slice of systemd", {"switchover_crio_monitor_slice": "pod"}),
    ("CRI-SETTINGS-VALUE", "a directory on the node", {"switchover_crio_root": "srv"}),
    ("CRI-SETTINGS-UNKNOWN", "did you mean switchover_crio_root?", {"switchover_cro_root": "/srv"}),
    (
        "CRI-SETTINGS-VALUE",
        "not so: docker.io quay.io",
        {"switchover_crio_unqualified_registries": "docker.io quay.io"},
    ),
    ("CRI-SETTINGS-VALUE", "without a path", {"switchover_crio_unqualified_registries": ["quay.io/x"]}),
    ("CRI-SETTINGS-VALUE", "not so: etc/foo", {"switchover_containerd_imports": "etc/foo"}),
    ("CRI-SETTINGS-VALUE", "not so: Kube_System", {"switchover_drain_skip_namespaces": "ci,Kube_System"}),
    ("CRI-SETTINGS-VALUE", "the name of an image", {"switchover_pause_image": "pause 3.9"}),
    ("CRI-SETTINGS-VALUE", "in quotes", {"switchover_context": 1.3}),
    ("CRI-SETTINGS-VALUE", "of seconds, 130 to 14400", {"switchover_watchdog": "9" * 4301}),
    ("CRI-SETTINGS-VALUE", "percentages", {"switchover_batches": "9" * 4301}),
    ("CRI-SETTINGS-VALUE", "the absolute path", {"switchover_before_drain_tasks": "leave.yml"}),
    ("CRI-SETTINGS-VALUE", "a whole number of nodes", {"switchover_max_failures": "10%"}),
    ("CRI-SETTINGS-VALUE", "the key of a node's label", {"switchover_topology_key": "a/b/c"}),
    (
        "CRI-SETTINGS-VALUE",
        "not one of nodes",
        {"switchover_batch_gates": [{"name": "x", "query": "a", "source": "crictl_info"}]},
    ),
    (
        "CRI-SETTINGS-VALUE",
        "not one of crictl_info",
        {"switchover_gates": [{"name": "x", "query": "a", "source": "nodes"}]},
    ),
    ("CRI-SETTINGS-VALUE", "before it is verified", {"switchover_watchdog": 200}),
    ("CRI-SETTINGS-VALUE", "before it is verified", {"switchover_verify_timeout": "600"}),
]


@pytest.mark.parametrize("values", GOOD)
def test_good(values):
    assert errors(values) == []


@pytest.mark.parametrize("token, text, values", BAD)
def test_bad(token, text, values):
    found = errors(values)
    assert len(found) == 1 and found[0].startswith(token + ": ") and text in found[0]


def test_all_errors_are_reported():
    assert len(errors({"switchover_a": 1, "switchover_skip": "x", "switchover_target": "y"})) == 3


def test_what_does_not_fit_each_other_is_reported_together():
    values = {
        "switchover_cgroup_v2": "enable",
        "switchover_on_reboot": "finish",
        "switchover_watchdog": "200",
    }
    assert ["a reboot of its own" in text or "before it is verified" in text for text in errors(values)] == [True, True]


URL = "http://bob:s3cr3t@host/x"
GVISOR = {"name": "g", "runtime": "runsc", "default": True}
GATE = {"name": "g", "query": "a"}


@pytest.mark.parametrize(
    "name, value, words",
    [
        # A value that is wrong, where there should be a URL.
        ("handlers", [dict(GVISOR, options={"runsc_from": URL})], "option runsc_from is a value that is not shown"),
        ("handlers", [dict(GVISOR, options={"shim_from": "s3cr3t"})], "option shim_from is a value that is not shown"),
        # A URL where there should be none.
        ("handlers", [dict(GVISOR, options={"binary": URL})], "option binary is text that is not shown"),
        ("handlers", [dict(GVISOR, options={"flags": {URL: 1}})], "not so: text that is not shown"),
        ("handlers", [dict(GVISOR, options={"flags": {"a": [URL]}})], "option flags is a mapping"),
        ("handlers", [dict(GVISOR, options=[URL])], "options is a list"),
        ("handlers", [dict(GVISOR, options={URL: 1})], "has no option text that is not shown"),
        ("handlers", [dict(GVISOR, name=URL)], "name is text that is not shown"),
        ("handlers", [dict(GVISOR, runtime=URL)], "runtime is text that is not shown"),
        ("handlers", [dict(GVISOR, optional=URL)], "optional is text that is not shown"),
        ("handlers", [dict(GVISOR, runtime_class={URL: 1})], "not: text that is not shown"),
        ("handlers", [{**GVISOR, URL: 1}], "handler g has no text that is not shown"),
        ("handlers", [URL], "handler 1 is text that is not shown"),
        ("gates", [dict(GATE, name="", query=URL)], "lacks name"),
        ("gates", [dict(GATE, query=f"a == '{URL}")], "in query"),
        ("gates", [dict(GATE, query=f'"{URL}" "{URL}"')], "in query"),
        ("gates", [dict(GATE, source=URL)], "has source text that is not shown, not one of"),
        ("gates", [{**GATE, URL: 1}], "unknown keys: text that is not shown (known"),
        ("batch_gates", [dict(GATE, name=URL, source="x")], "gate 1 (text that is not shown) has source x"),
        # Text that does not parse: only the place.
        ("handlers", "[{name: g, options: {runsc_from: '%s: y}}]" % URL, "(wrong at line 1, column 6"),
        ("gates", "- name: x\n  y: '%s: z\n" % URL, "(wrong at line 3, column 1)"),
        ("only", "[a, %s: {" % URL, "as JSON or YAML"),
        ("only", ["a b " + URL], "(not so: a b (a URL)"),
        ("skip", URL, "is '(a URL)', wanted: true or false"),
    ],
)
def test_an_error_shows_no_url(name, value, words):
    (text,) = errors({"switchover_" + name: value})
    assert "s3cr3t" not in text and words in text, text


def test_an_error_shows_no_endless_value():
    (text,) = errors({"switchover_skip": "x" * 10000})
    assert len(text) < 250


def test_an_error_has_no_cause_with_the_text():
    """What Ansible shows of an error are its causes, too."""
    for name, value in (("gates", f"[{URL}: {{"), ("gates", [dict(GATE, query=f"a == '{URL}")])):
        with pytest.raises(SettingError) as caught:
            SETTINGS["switchover_" + name].read(value)
        cause = caught.value
        while cause:
            assert "s3cr3t" not in str(cause)
            cause = cause.__cause__


@pytest.mark.parametrize(
    "values, named",
    [
        ({}, None),
        ({"switchover_before_drain_tasks": ""}, None),
        ({"switchover_before_drain_tasks": "/there"}, None),
        ({"switchover_before_drain_tasks": "/there", "switchover_after_uncordon_tasks": "/gone"}, "no file /gone."),
        ({"switchover_before_drain_tasks": "/a", "switchover_after_uncordon_tasks": "/b"}, "no file /a, /b."),
    ],
)
def test_files_of_tasks_that_do_not_exist(values, named):
    found = missing_files(values, lambda path: path == "/there")
    assert bool(found) == (named is not None)
    assert named is None or ("CRI-SETTINGS-TASKS: " in found[0] and named in found[0])


def test_a_run_without_its_control_plane():
    (found,) = missing_control_plane("kube_control_plane", ["cp1", "cp2"], ["proxies"])
    assert found.startswith("CRI-SETTINGS-LIMIT: no host of group kube_control_plane is part") and "cp1, cp2" in found
    assert "The group has: none." in missing_control_plane("g", [], [])[0]
    assert missing_control_plane("g", [], ["proxies", "no-control-plane"]) == []
