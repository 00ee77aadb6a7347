"""Who is where: one /24 for the nodes, one /24 of pods per node."""

GATEWAY = "10.99.0.1"
# Fixed: a restored guest remembers the address of the lab it was taken in.
GATEWAY_MAC = "52:54:00:99:00:01"
SUBNET = "10.99.0.0/24"
POD_CIDR = "10.244.0.0/16"
SERVICE_CIDR = "10.96.0.0/12"


def node_ip(number: int) -> str:
    return f"10.99.0.{10 + number}"


def pod_cidr(number: int) -> str:
    return f"10.244.{number}.0/24"
