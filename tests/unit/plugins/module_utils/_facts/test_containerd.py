import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import containerd

DOCKER_CE = """\
#   Copyright 2018-2022 Docker Inc.
disabled_plugins = ["cri"]

#root = "/var/lib/containerd"
#[grpc]
#  address = "/run/containerd/containerd.sock"
"""
FULL = """\
imports = ["/etc/containerd/conf.d/*.toml"]
version = 2
root = "/srv/containerd" # moved
disabled_plugins = [
  "io.containerd.internal.v1.opt", # not that one
  "io.containerd.grpc.v1.cri",
]

[grpc]
  address = '/run/other.sock'

[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    disabled_plugins = ["not here"]
    sandbox_image = "x # y"
    script = '''
disabled_plugins = ["nor here"]
'''
"""


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], {"version": None, "disabled_plugins": [], "cri_disabled": False, "root": "/var/lib/containerd"}),
        ([""], {"version": 1, "disabled_plugins": [], "cri_disabled": False}),
        ([DOCKER_CE], {"version": 1, "disabled_plugins": ["cri"], "cri_disabled": True, "imports": []}),
        (["version = 2\ndisabled_plugins = []\n"], {"version": 2, "disabled_plugins": [], "cri_disabled": False}),
        (
            [FULL],
            {
                "version": 2,
                "cri_disabled": True,
                "root": "/srv/containerd",
                "address": "/run/other.sock",
                "disabled_plugins": ["io.containerd.internal.v1.opt", "io.containerd.grpc.v1.cri"],
                "imports": ["/etc/containerd/conf.d/*.toml"],
            },
        ),
        (
            ["version = 3\n", 'disabled_plugins = ["io.containerd.cri.v1.images"]\n'],
            {"version": 3, "cri_disabled": True},
        ),
        (['[plugins.cri]\ndisabled_plugins = ["cri"]\n'], {"cri_disabled": False}),
        (
            ["version = 4\n[plugins.'io.containerd.server.v1.grpc']\naddress = '/run/new.sock'\n"],
            {"version": 4, "address": "/run/new.sock"},
        ),
    ],
)
def test_config(texts, expected):
    found = containerd.config_facts(texts)
    assert {key: found[key] for key in expected} == expected
