import json

from ansible_collections.cri.switchover.plugins.module_utils._facts import static_pods


def test_static_pods():
    text = """\
apiVersion: v1
kind: Pod
metadata: {name: proxy, namespace: kube-system}
spec:
  hostNetwork: true
  volumes:
  - {name: a, hostPath: {path: /var/run}}
  - name: b
    emptyDir: {}
"""
    assert static_pods.static_pods("proxy.yaml", text) == [
        {
            "file": "proxy.yaml",
            "namespace": "kube-system",
            "name": "proxy",
            "host_network": True,
            "host_paths": ["/var/run"],
        }
    ]
    several = json.dumps(
        {"kind": "PodList", "items": [{"metadata": {"name": "a"}}, {"metadata": {"name": "b"}, "spec": {}}]}
    )
    assert [pod["name"] for pod in static_pods.static_pods("x.json", several)] == ["a", "b"]
