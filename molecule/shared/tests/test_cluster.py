"""The switched cluster, seen through the API and by the traffic between its pods."""

import json
import os
import subprocess
import sys

import pytest

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"namespace": "default"},
    "spec": {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 1,
        "containers": [{"name": "main", "imagePullPolicy": "Never"}],
    },
}


@pytest.fixture
def pod(cluster, name):
    """Starts a pod on this node; gives its object once it runs, and removes it afterwards."""
    made = []

    def start(image, command=None, runtime_class=None, host_users=None):
        body = json.loads(json.dumps(POD))
        body["metadata"]["name"] = f"check-{name}-{len(made)}"
        body["spec"]["nodeName"] = name
        body["spec"]["containers"][0]["image"] = image
        if runtime_class:
            body["spec"]["runtimeClassName"] = runtime_class
        if host_users is not None:
            body["spec"]["hostUsers"] = host_users
        if command:
            body["spec"]["containers"][0]["command"] = command
        cluster.run("apply", "-f", "-", stdin=json.dumps(body))
        made.append(body["metadata"]["name"])
        return cluster.eventually(
            lambda: cluster.get("pod", made[-1]), lambda p: p["status"].get("phase") in ("Running", "Succeeded")
        )

    yield start
    for each in made:
        cluster.run("delete", "pod", each, "--wait=true")


def pid_of(host, started):
    """Of the pod's first container, on the node."""
    container = started["status"]["containerStatuses"][0]["containerID"].split("://")[1]
    return json.loads(host.check_output(f"crictl inspect -o json {container}"))["info"]["pid"]


def test_the_node_is_ready_schedulable_and_on_the_target(cluster, name, target, kubelet_minor):
    node = cluster.reported(name)
    assert node["status"]["nodeInfo"]["containerRuntimeVersion"].startswith(target.version)
    assert {c["type"]: c["status"] for c in node["status"]["conditions"]}["Ready"] == "True"
    assert not node["spec"].get("unschedulable")
    annotations = node["metadata"]["annotations"]
    # kubeadm 1.34 has it on the node instead: it is not to come back.
    socket = target.socket if kubelet_minor < 34 else None
    assert annotations.get("kubeadm.alpha.kubernetes.io/cri-socket") == socket
    assert "cri.switchover/cordon" not in annotations
    assert "cluster-autoscaler.kubernetes.io/scale-down-disabled" not in annotations


def test_every_pod_of_the_node_runs_on_the_target(cluster, name, target):
    def states():
        return {
            (p["metadata"]["namespace"], p["metadata"]["name"]): [
                s.get("containerID", "") for s in p["status"].get("containerStatuses", [{}]) if s.get("ready")
            ]
            for p in cluster.pods_of(name)
        }

    def all_good(seen):
        return seen and all(ids and all(i.startswith(target.scheme) for i in ids) for ids in seen.values())

    seen = cluster.eventually(states, all_good)
    kinds = {(p["metadata"].get("ownerReferences") or [{}])[0].get("kind") for p in cluster.pods_of(name)}
    assert {"DaemonSet", "Node"} <= kinds, f"no DaemonSet or static pod among {seen}"


def test_the_image_that_only_docker_had_starts_a_new_pod(pod):
    started = pod("registry.lab.invalid/docker-only:1")
    assert started["status"]["phase"] == "Running"


def test_a_pod_of_each_handler_is_run_by_it(pod, handlers, target, host):
    """The default has no class of its own: pods get it without asking. runc and crun leave different files of state."""
    marks = {"runc": "state.json", "crun": "status"}
    for handler in handlers:
        wanted = None if handler.get("default") else handler["name"]
        status = pod("registry.lab.invalid/docker-only:1", runtime_class=wanted)["status"]
        identifier = status["containerStatuses"][0]["containerID"].removeprefix(target.scheme)
        places = f"/run/containerd/runc/k8s.io/{identifier} /run/*/{identifier}"
        listing = host.check_output(f"ls {places} 2>/dev/null || true")
        seen = [name for name, mark in marks.items() if mark in listing.split()]
        # gVisor's state is elsewhere; what kernel it has the engine asked before the node came back.
        assert seen == [handler["runtime"]] or handler["runtime"] == "runsc", f"{handler['name']}: {listing}"


def test_a_pod_has_a_user_namespace_of_its_own_where_it_can(pod, name, host):
    """Root in the pod is nobody on the node. Where this can be had the scenario says."""
    if name not in os.environ.get("CRI_USER_NAMESPACES", "").split(","):
        pytest.skip("this scenario has no user namespaces on this node")
    pid = pid_of(host, pod("registry.lab.invalid/docker-only:1", host_users=False))
    inside, outside, _length = host.check_output(f"cat /proc/{pid}/uid_map").splitlines()[0].split()
    assert inside == "0"
    assert outside != "0"


def test_the_host_port_answers(cluster, name):
    address = next(a["address"] for a in cluster.get("node", name)["status"]["addresses"] if a["type"] == "InternalIP")
    done = subprocess.run(["curl", "-sf", "-m", "10", f"http://{address}:8088/"], capture_output=True, text=True)
    assert done.returncode == 0, f"{address}:8088 does not answer: curl exits with {done.returncode}"


def test_pods_reach_pods_of_the_other_node_and_the_service(cluster, name, host):
    """From a pod's own network namespace, so that bridge, routes and kube-proxy are all on the way."""
    edges = cluster.get("pods", "-n", "shop", "-l", "app=edge")["items"]
    own = next(p for p in edges if p["spec"]["nodeName"] == name)
    others = [p for p in edges if p["spec"]["nodeName"] != name]
    service = cluster.get("service", "-n", "shop", "web")["spec"]
    pid = pid_of(host, own)
    assert others, "there is no other node: this test would show nothing"
    targets = [f"{p['status']['podIP']}:{p['spec']['containers'][0]['ports'][0]['containerPort']}" for p in others]
    targets += [f"{service['clusterIP']}:{service['ports'][0]['port']}"] * 4
    # The guests have no curl.
    client = "import sys, urllib.request as u; [u.urlopen('http://%s/' % t, timeout=10).read() for t in sys.argv[1:]]"
    answer = host.run(f'nsenter -t {pid} -n python3 -c "{client}" {" ".join(targets)}')
    assert answer.rc == 0, answer.stderr


def test_no_request_to_the_service_failed():
    """The client ran from before the playbook until after its second run, or until the reboot."""
    lab = os.environ["CRI_LAB"]
    done = subprocess.run([sys.executable, lab, "probe", "report"], capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    assert report["requests"] > 500, "too few requests to show anything"
    assert not report["failed"], report
