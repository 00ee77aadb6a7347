import json

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import masking


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


def test_words():
    words = ["--https-proxy=me:pw@proxy:1", "--debug", "--data-root=/srv"]
    assert masking.mask_words(words) == ["--https-proxy=********@proxy:1", "--debug", "--data-root=/srv"]


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
