//go:build tools

// Package critools names the command that the lab builds, so that `go mod` keeps what it needs.
package critools

import _ "sigs.k8s.io/cri-tools/cmd/crictl"
