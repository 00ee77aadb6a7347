import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import mounts

V2 = "/dev/vda / ext4 rw,relatime 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n/dev/vdb /var/lib xfs rw 0 0\n"


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
    found = mounts.parse_mounts(V2 + "/dev/vdc /srv/a\\040b ext4 rw 0 0\n")
    assert mounts.mount_of(path, found)["mount"] == mount
