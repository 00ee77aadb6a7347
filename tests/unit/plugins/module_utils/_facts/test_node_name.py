import base64

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import node_name


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
    assert node_name.node_name_in_certificate(pem) == name


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
    assert node_name.client_certificate(text) == ("/var/lib/kubelet/pki/kubelet-client-current.pem", None)
    assert node_name.client_certificate("users:\n- name: a\n  user:\n    token: x\n") == (None, None)
    assert node_name.client_certificate("") == (None, None)


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
    found, oddities = node_name.node_names(hostname, args, certified)
    assert (found, len(oddities)) == (name, count)
