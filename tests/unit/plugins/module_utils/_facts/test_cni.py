import json

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import cni

BRIDGE = {
    "cniVersion": "0.4.0",
    "name": "cbr0",
    "plugins": [
        {"type": "bridge", "bridge": "cni0", "ipam": {"type": "host-local", "subnet": "10.244.1.0/24"}},
        {"type": "portmap", "capabilities": {"portMappings": True}},
    ],
}
PLUGINS = ["bridge", "host-local", "loopback", "portmap"]


def facts(texts, plugins=PLUGINS):
    return cni.cni_facts("/etc/cni/net.d", texts, [("/opt/cni/bin", plugins)])


def test_the_first_valid_file_counts():
    found = facts(
        {
            "10-bridge.conflist": json.dumps(BRIDGE),
            "05-broken.conf": "{",
            "99-other.conf": json.dumps({"name": "o", "type": "ptp"}),
            "00-notes.txt": "no",
        }
    )
    assert [entry["name"] for entry in found["files"]] == ["05-broken.conf", "10-bridge.conflist", "99-other.conf"]
    assert found["active"] == "10-bridge.conflist"
    assert found["files"][1] == {
        "name": "10-bridge.conflist",
        "cni_version": "0.4.0",
        "network": "cbr0",
        "plugins": ["bridge", "portmap"],
        "check": True,
        "ok": True,
    }
    assert not found["files"][0]["ok"]
    assert found["missing_plugins"] == []


@pytest.mark.parametrize(
    ("settings", "check"),
    [
        ({}, True), ({"cniVersion": "1.0.0"}, True), ({"cniVersion": "0.3.1"}, False), ({"cniVersion": ""}, False),
        ({"disableCheck": True}, False), ({"disableCheck": False}, True),
    ],
)  # fmt: skip
def test_whether_a_runtime_may_check(settings, check):
    assert facts({"10.conflist": json.dumps(dict(BRIDGE, **settings))})["files"][0]["check"] is check


DEFAULT = "[Match]\nOriginalName=*\n\n[Link]\nNamePolicy=keep kernel\nMACAddressPolicy=persistent\n"


@pytest.mark.parametrize(
    ("texts", "policy"),
    [
        ({}, None),
        ({"99-default.link": DEFAULT}, "persistent"),
        ({"99-default.link": DEFAULT, "05-a.link": DEFAULT.replace("=*", "=cni* veth*").replace("sistent", "")}, "per"),
        ({"99-default.link": DEFAULT, "05-pods.link": "[Match]\nDriver=veth\n[Link]\nMACAddressPolicy=none\n"}, "none"),
        ({"99-default.link": DEFAULT, "05-usb.link": "[Match]\nPath=*usb*\n[Link]\nMACAddressPolicy=none\n"},
         "persistent"),
        ({"99-default.link": DEFAULT, "05-eth.link": "[Match]\nOriginalName=eth*\n[Link]\nMACAddressPolicy=none\n"},
         "persistent"),
        ({"99-default.link": DEFAULT, "05-all.link": "[Match]\nOriginalName=*\n[Link]\nMTUBytes=9000\n"}, None),
    ],
)  # fmt: skip
def test_what_udev_does_to_addresses(texts, policy):
    assert cni.veth_mac_policy(texts) == policy


def test_plugins_and_their_ipam_are_looked_for():
    assert facts({"10.conflist": json.dumps(BRIDGE)}, ["bridge"])["missing_plugins"] == ["host-local", "portmap"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.conf", '{"type": "bridge"}'),
        ("a.conf", '{"name": "x"}'),
        ("a.conflist", '{"name": "x", "plugins": []}'),
        ("a.conflist", '{"name": "x", "type": "bridge"}'),
        ("a.conf", "[]"),
        ("a.conf", ""),
    ],
)
def test_invalid_files_say_why(name, text):
    found = facts({name: text})
    assert found["active"] is None
    assert found["files"][0]["ok"] is False
    assert found["files"][0]["error"]
    assert found["missing_plugins"] == []


def test_an_empty_folder():
    assert facts({}) == {
        "conf_dir": "/etc/cni/net.d",
        "files": [],
        "active": None,
        "bin_dirs": [{"path": "/opt/cni/bin", "plugins": PLUGINS}],
        "missing_plugins": [],
    }
