"""All that a full check wants to know of a node, in one pass: `python3 examine.py`, JSON on stdout.

What the engine says of itself is taken from its journal only; the rest is seen without its help.
"""

import fcntl
import glob
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import node_state  # noqa: E402

CONTAINER = re.compile(r"([0-9a-f]{64})(?:\.scope)?$")
SYSCTLS = ("net/ipv4/ip_forward", "net/bridge/bridge-nf-call-iptables", "net/bridge/bridge-nf-call-ip6tables")
TASKS = "/run/containerd/io.containerd.runtime.v2.task/k8s.io"
CRICTL = ["crictl", "--runtime-endpoint", "unix:///run/containerd/containerd.sock", "--timeout", "20s"]


def output(*argv):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True)
    return done.stdout if done.returncode == 0 else None


def docker(path):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(30)
    try:
        connection.connect("/var/run/docker.sock")
        connection.sendall(("GET %s HTTP/1.0\r\nHost: docker\r\n\r\n" % path).encode())
        parts = []
        while True:
            part = connection.recv(65536)
            if not part:
                break
            parts.append(part)
    except OSError:
        return None
    finally:
        connection.close()
    return json.loads(b"".join(parts).partition(b"\r\n\r\n")[2].decode() or "null")


def pod_name(labels):
    kind = labels.get("io.kubernetes.container.name", "POD")
    return "%s/%s/%s" % (labels.get("io.kubernetes.pod.namespace"), labels.get("io.kubernetes.pod.name"), kind)


def dockers():
    """{"running": {name: id}, "all": [ids]} or None"""
    listed = docker("/containers/json?all=1")
    if listed is None:
        return None
    ours = [entry for entry in listed if "io.kubernetes.pod.uid" in entry["Labels"]]
    return {
        "running": dict((pod_name(e["Labels"]), e["Id"]) for e in ours if e["State"] == "running"),
        "all": [e["Id"] for e in ours],
        "others": sorted(e["Image"] for e in listed if e not in ours),
    }


def cri():
    """{"running": {name: id}, "all": [sandbox ids]} or None where no containerd answers, nor anybody could ask it"""
    if shutil.which(CRICTL[0]) is None:
        return None
    pods, containers = output(*(CRICTL + ["pods", "-o", "json"])), output(*(CRICTL + ["ps", "-o", "json"]))
    if pods is None or containers is None:
        return None
    running = {}
    for item in json.loads(pods)["items"]:
        if item["state"] == "SANDBOX_READY":
            running["%(namespace)s/%(name)s/POD" % item["metadata"]] = item["id"]
    for item in json.loads(containers)["containers"]:
        if item["state"] == "CONTAINER_RUNNING":
            running[pod_name(item["labels"])] = item["id"]
    return {"running": running, "all": [item["id"] for item in json.loads(pods)["items"]]}


def pod_processes():
    """{pid: container id, or the cgroup's path}"""
    found = {}
    for base in glob.glob("/sys/fs/cgroup/kubepods*") + glob.glob("/sys/fs/cgroup/*/kubepods*"):
        for directory, _unused, _names in os.walk(base):
            try:
                with open(directory + "/cgroup.procs") as stream:
                    pids = stream.read().split()
            except OSError:
                continue
            match = CONTAINER.search(directory)
            for pid in pids:
                found[pid] = match.group(1) if match else directory
    return found


def cni():
    """{path: container id}: cached results and reserved addresses"""
    found = {}
    for directory, _unused, names in os.walk("/var/lib/cni"):
        for name in names:
            path = os.path.join(directory, name)
            if name == "lock" or name.startswith("last_reserved_ip"):
                continue
            try:
                with open(path) as stream:
                    text = stream.read()
            except OSError:
                continue
            match = re.search(r"[0-9a-f]{64}", text)
            found[path] = match.group(0) if match else "?"
    return found


def rules():
    """iptables without what kube-proxy and kubelet write, ids and pods' addresses made alike."""
    found = []
    for line in (output("iptables-save") or "").splitlines():
        if line.startswith("#") or "KUBE-" in line:
            continue
        line = re.sub(r"\[\d+:\d+\]", "", line)
        line = re.sub(r"[0-9a-f]{64}", "ID", line)
        line = re.sub(r"(CNI-(?:DN|SN)?-?)[0-9a-f]{10,}", r"\1HASH", line)
        line = re.sub(r"10\.244\.\d+\.\d+", "POD", line)
        found.append(line.strip())
    return sorted(found)


def mounts():
    with open("/proc/mounts") as stream:
        return sorted(line.split()[1] for line in stream if "io.containerd.grpc.v1.cri" in line or "/k8s.io/" in line)


def healthz():
    try:
        return urllib.request.urlopen("http://127.0.0.1:10248/healthz", timeout=5).status
    except OSError as exc:
        return str(exc)


def lock_is_free():
    path = node_state.STATE + "/lock"
    if not os.path.exists(path):
        return True
    with open(path) as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


def listing(pattern):
    return sorted(glob.glob(pattern))


def sysctls():
    found = {}
    for key in SYSCTLS:
        if os.path.exists("/proc/sys/" + key):
            with open("/proc/sys/" + key) as stream:
                found[key] = stream.read().strip()
    return found


def main():
    seen = node_state.seen()
    links = os.listdir("/sys/class/net")
    failed = output("systemctl", "list-units", "--state=failed", "--plain", "--no-legend") or ""
    seen.update(
        {
            "docker": dockers(),
            "cri": cri(),
            "processes": pod_processes(),
            "cni": cni(),
            "rules": rules(),
            "tasks": os.listdir(TASKS) if os.path.isdir(TASKS) else [],
            "mounts": mounts(),
            "healthz": healthz(),
            "veths": len([name for name in links if name.startswith("veth")]),
            "netns": listing("/var/run/netns/*"),
            "asides": listing("/var/log/pods/*/*/*.docker"),
            "lock_free": lock_is_free(),
            "sysctls": sysctls(),
            "failed": sorted(line.split()[0] for line in failed.splitlines() if line.strip()),
            "torn": listing(node_state.STATE + "/.*.cri-switchover"),
            "spent": [os.path.basename(path) for path in listing("/run/cri-faults/spent-*")],
        }
    )
    print(json.dumps(seen))


main()
