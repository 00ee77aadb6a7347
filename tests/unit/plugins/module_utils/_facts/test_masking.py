import json
import time

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import masking
from ansible_collections.cri.switchover.plugins.module_utils._facts.readers import boot


@pytest.mark.parametrize(
    ("value", "name", "expected"),
    [
        ("http://user:pass@proxy:3128", "http-proxy", "http://********@proxy:3128"),
        ("user:pass@proxy:3128", "https-proxy", "********@proxy:3128"),
        ("proxy:3128", "https-proxy", "proxy:3128"),
        ("web:1@sha256:" + "0" * 64, "image", "web:1@sha256:" + "0" * 64),
        ("abcdef.0123456789abcdef", "value", "********"),
        ("--token=abcdef.0123456789abcdef", "", "--token=********"),
        ("/etc/kubernetes/bootstrap-token", "token-file", "/etc/kubernetes/bootstrap-token"),
        ("s3cr3t", "splunk-token", "********"),
        ("true", "authentication-token-webhook", "true"),
        ("--log-opt=splunk-token=s3cr3t", "", "--log-opt=splunk-token=********"),
        ('password = "s3cr3t"', "", 'password = "********"'),
        ("eyJhdXRocw==", "auth", "********"),
        (True, "token", True),
        (None, "token", None),
    ],
)
def test_texts(value, name, expected):
    assert masking.mask(value, name) == expected


def test_names_reach_into_trees():
    daemon = {"proxies": {"http-proxy": "http://a:b@p"}, "log-opts": {"splunk-token": "x", "max-size": "10m"}}
    assert masking.mask(daemon) == {
        "proxies": {"http-proxy": "http://********@p"},
        "log-opts": {"splunk-token": "********", "max-size": "10m"},
    }


# Names with a word or a form that a secret could have.
NAMES = [
    "quay.io/external-secrets/external-secrets:v0.9.11",
    "bitnami/sealed-secrets-controller:v0.24.0",
    "hashicorp/vault-secrets-operator:0.4.0",
    "registry.example/team/my-token:1",
    "registry.example/api-key@sha256:" + "0" * 64,
    "secrets-registry.corp:5000/pause:3.9",
    "harbor.internalregistry.com/pause:3.9",
    "harbor.internalregistry",
    "kube-system/secret-sync-password-7c9f",
    "vault-token.service",
    "/etc/kubernetes/bootstrap-token=old/config",
    "docker://registry.example/app@sha256:" + "0" * 64,
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("key", ["", "image", "tags", "path", "pause_image", "name", "unit"])
def test_names_are_no_secrets(name, key):
    assert masking.mask(name, key) == masking.mask([name], key)[0] == name
    for text in (name, "could not pull %s: not found" % name, 'sandbox_image = "%s"' % name):
        assert masking.mask_text(text) == text


def test_tables_by_names_of_things():
    info = {
        "packages": {"installed": {"docker-credential-helpers": "0.6.3"}, "candidates": {"token-tool": "1"}},
        "docker": {"settings": {"certs.d": {"value": {"secrets-registry.corp": ["ca.crt"]}, "sources": ["/etc"]}}},
        "crio": {"config": {"runtimes": {"secret-box": {"path": "kata", "exists": True}}}},
    }
    assert masking.mask(info) == info
    assert masking.mask({"http-proxy": {"value": "u:p@h"}}) == {"http-proxy": {"value": "********@h"}}


@pytest.mark.parametrize(
    "url, masked",
    [
        ("http://user:p@ss@proxy:3128", "http://********@proxy:3128"),
        ("http://user:p@ss@proxy:3128/a@b", "http://********@proxy:3128/a@b"),
        ("http://u@e.org:p@@ss@proxy", "http://********@proxy"),
        ("http://proxy:3128", "http://proxy:3128"),
    ],
)
def test_a_password_may_have_an_at_sign(url, masked):
    """As Go's net/url and curl read it: the last one before the host counts."""
    assert masking.mask(url) == masking.mask_text(url) == masked
    assert masking.mask_text("HTTP_PROXY=%s failed" % url) == "HTTP_PROXY=%s failed" % masked
    assert masking.mask_text('{"http-proxy": "%s"}' % url) == '{"http-proxy": "%s"}' % masked


@pytest.mark.parametrize("proxy", ["user:p@ss@proxy:3128", "user:p/ss@proxy:3128", "user:p@s/s@proxy:3128"])
def test_a_proxy_without_a_scheme(proxy):
    assert masking.mask(proxy, "https-proxy") == "********@proxy:3128"
    assert masking.mask("http://" + proxy, "HTTP_PROXY") == "http://********@proxy:3128"
    assert masking.mask_text("dockerd --https-proxy=%s --debug" % proxy) == (
        "dockerd --https-proxy=********@proxy:3128 --debug"
    )


@pytest.mark.parametrize(
    "text, masked",
    [
        ("token: abc is wrong", "token: ******** is wrong"),
        ("line 'bootstrap-token: abc' does not fit", "line 'bootstrap-token: ********' does not fit"),
        ('{"password":"two words","a":1}', '{"password":"********","a":1}'),
        ('password = "two words"', 'password = "********"'),
        ('[x.headers]\n  Authorization = ["Bearer abc"]', '[x.headers]\n  Authorization = ["********"]'),
        ("Authorization: Bearer a.b-c", "Authorization: Bearer ********"),
        ('auth = "dTpw"\nroot = "/var"', 'auth = "********"\nroot = "/var"'),
        ('auth = ""', 'auth = ""'),
        ("kubeadm join --token abc --debug", "kubeadm join --token ******** --debug"),
        ("DB_PASSWORD=a,TOKEN=b", "DB_PASSWORD=********,TOKEN=********"),
        ("the token abcdef.0123456789abcdef is unknown.", "the token ******** is unknown."),
        ('token_file = "/etc/token"', 'token_file = "/etc/token"'),
        ("secret: /etc/kubernetes/x", "secret: /etc/kubernetes/x"),
    ],
)
def test_secrets_in_texts(text, masked):
    assert masking.mask_text(text) == masking.mask({"error": text})["error"] == masked
    assert masking.mask_text(masked) == masked


def test_a_small_value_is_left_alone():
    value = {"a": [1, 2, 3], "b": {"c": ["x"]}}
    assert masking.bound(value, 1000) == value


def test_the_largest_list_is_shortened_and_says_so():
    value = {"docker": {"images": [{"id": "sha256:%064d" % n} for n in range(500)]}, "small": [1, 2], "text": "y" * 900}
    cut = masking.bound(value, 8192)
    assert len(json.dumps(cut)) <= 8192
    assert cut["docker"]["images_truncated"] is True
    assert cut["docker"]["images"] == value["docker"]["images"][: len(cut["docker"]["images"])]
    assert cut["small"] == [1, 2]
    assert cut["text"] == "y" * 500 + "..."
    assert "images_truncated" not in value["docker"]


@pytest.mark.parametrize("text", ["x" * 200000, "token" * 20000, "proxy=" * 20000, "://" * 30000, "secret: " * 10000])
def test_long_texts_take_no_long_time(text):
    begin = time.perf_counter()
    masking.mask_text(text)
    assert time.perf_counter() - begin < 10


def test_boot_files_with_a_secret():
    files = {"cmdline": "root=/dev/sda1 quiet", "tools": ["grubby"], "bls": {"a.conf": "options rd.iscsi.password=x"}}
    assert boot._has_secret(files) and boot._has_secret({"cmdline": "proxy=u:p@h"})
    assert not boot._has_secret(dict(files, bls={"a.conf": "linux /vmlinuz-6.1-secret.x"}, grub_cfg=None))
