"""Stands in for /var/lib/cri-switchover/cri-switchover: the same engine, with a fault beside it."""

import sys

sys.path[:0] = ["/var/lib/cri-switchover", "/opt/cri-faults"]
import engine  # noqa: E402
import inject  # noqa: E402

inject.install(engine)
sys.exit(engine.main())
