import json

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import yaml_subset as yaml

POD = """\
# a static pod as people write them
apiVersion: v1
kind: Pod
metadata:
  annotations: {"scheduler.alpha.kubernetes.io/critical-pod": ""}
  labels: { app: proxy , tier: 'front end' }
  name: "kube-proxy"   # quoted
  namespace: kube-system
spec:
  hostNetwork: true
  containers:
  - command: ["/bin/sh", "-c", "echo 'a, b' # not a comment"]
    image: registry.example.org:5000/proxy:v1
    args:
      - --v=2
      - --flag="quoted inside"
    env:
    - name: SCRIPT
      value: |
        set -e
          indented
        done
    - name: FOLDED
      value: >-
        one
        two
    resources: {}
    livenessProbe:
      httpGet: {path: /healthz, port: 10256, host: 127.0.0.1}
  volumes:
  - hostPath:
      path: /var/run
      type: Directory
    name: run
  -
    name: other
    hostPath: {path: /lib/modules}
"""


def test_a_pod_as_people_write_them():
    pod = yaml.load(POD)
    assert pod["metadata"]["name"] == "kube-proxy"
    assert pod["metadata"]["labels"] == {"app": "proxy", "tier": "front end"}
    assert pod["metadata"]["annotations"] == {"scheduler.alpha.kubernetes.io/critical-pod": ""}
    container = pod["spec"]["containers"][0]
    assert container["command"] == ["/bin/sh", "-c", "echo 'a, b' # not a comment"]
    assert container["args"] == ["--v=2", '--flag="quoted inside"']
    assert container["env"][0]["value"] == "set -e\n  indented\ndone\n"
    assert container["env"][1]["value"] == "one two"
    assert container["resources"] == {}
    assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": 10256, "host": "127.0.0.1"}
    assert [volume["hostPath"]["path"] for volume in pod["spec"]["volumes"]] == ["/var/run", "/lib/modules"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 1.5\nc: yes\nd: 010\n", {"a": 1, "b": 1.5, "c": "yes", "d": "010"}),
        ("a: true\nb: False\nc: null\nd: ~\ne:\n", {"a": True, "b": False, "c": None, "d": None, "e": None}),
        ("a: 10.96.0.10\nb: 20s\nc: 5%\n", {"a": "10.96.0.10", "b": "20s", "c": "5%"}),
        ("a: '5%'\nb: \"x\\ty\\u00e9\"\nc: 'it''s'\n", {"a": "5%", "b": "x\ty\u00e9", "c": "it's"}),
        ("url: https://10.0.0.1:6443 # here\n", {"url": "https://10.0.0.1:6443"}),
        ("a: one\n  two\nb: 3\n", {"a": "one two", "b": 3}),
        ("a: [1, 2,\n  3]\nb: {x: [y, 'z'],\n  w: }\n", {"a": [1, 2, 3], "b": {"x": ["y", "z"], "w": None}}),
        ('"quoted key": 1\n', {"quoted key": 1}),
        ("a:\n- 1\n- - 2\n  - 3\n-\n  b: 4\n", {"a": [1, [2, 3], {"b": 4}]}),
        ("a: []\nb: {}\nc: ''\n", {"a": [], "b": {}, "c": ""}),
        ('{"a": {"b": [1, "x"]}}', {"a": {"b": [1, "x"]}}),
        ("{a: 1, b: c}", {"a": 1, "b": "c"}),
        ("", None),
        ("# nothing\n---\n", None),
        ("--- \nkind: A\n", {"kind": "A"}),
    ],
)
def test_values(text, expected):
    assert yaml.load(text) == expected


def test_documents():
    assert yaml.load_all("a: 1\n---\n# empty\n---\nb: 2\n...\n") == [{"a": 1}, {"b": 2}]


def test_json_over_many_lines():
    document = {"kind": "KubeletConfiguration", "evictionHard": {"nodefs.available": "10%"}, "list": [1, None, True]}
    assert yaml.load(json.dumps(document, indent=2)) == document


@pytest.mark.parametrize(
    "text",
    [
        "a: &anchor 1\nb: *anchor\n",
        "a: !!binary abc\n",
        "a:\n\tb: 1\n",
        "a: [1, 2\n",
        'a: "open\n',
        "a: 1\n  b: 2\n c: 3\n",
        "a: {b: 1} tail\n",
        'a: "x" y\n',
    ],
)
def test_what_is_not_understood_is_refused(text):
    with pytest.raises(yaml.YamlError):
        yaml.load(text)
