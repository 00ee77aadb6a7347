import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import versions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v1.23.17", (1, 23, 17)),
        ("1.6.20~ds1", (1, 6, 20)),
        ("v1.30.2+k3s1", (1, 30, 2)),
        ("20.10", (20, 10, 0)),
        ("", None),
        (None, None),
        ("x", None),
    ],
)
def test_versions(text, expected):
    assert versions.version_tuple(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kubernetes v1.23.17\n", "1.23.17"),
        ("containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+b1\n", "1.6.20~ds1"),
        ("containerd containerd.io 1.6.33 d2d58213f83a351ca8f528a95fbd145f5654e957\n", "1.6.33"),
        ("crictl version v1.36.0\n", "1.36.0"),
        ("crio version 1.34.0\nVersion:        1.34.0\n", "1.34.0"),
        ("20.10.24+dfsg1-1+b2", "20.10.24+dfsg1-1+b2"),
        ("", None),
        (None, None),
    ],
)
def test_version_texts(text, expected):
    assert versions.version_text(text) == expected
