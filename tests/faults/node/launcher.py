"""Stands in for /var/lib/cri-switchover/cri-switchover: the same engine, with a fault beside it."""

import sys

sys.path[:0] = ["/var/lib/cri-switchover/engine.zip", "/opt/cri-faults"]
import inject  # noqa: E402
from engine import cli  # noqa: E402

inject.install()
sys.exit(cli.main())
