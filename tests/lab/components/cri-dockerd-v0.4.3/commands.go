//go:build tools

// Package cridockerd names the command that the lab builds, so that `go mod` keeps what it needs.
package cridockerd

import _ "github.com/Mirantis/cri-dockerd"
