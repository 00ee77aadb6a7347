import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import machine


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
    found = machine.parse_os_release(text)
    assert (found["family"], found["version_id"]) == (family, version)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("127.0.0.1 localhost\n10.0.0.1 node1.example.org node1 # us\n", "node1.example.org"),
        ("10.0.0.1 node1\n", "node1"),
        ("", "node1"),
    ],
)
def test_fqdn(text, name):
    assert machine.fqdn_from_hosts(text, "node1") == name
