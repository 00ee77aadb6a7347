//go:build tools

// Package gvisor names the commands that the lab builds, so that `go mod` keeps what they need.
package gvisor

import (
	_ "gvisor.dev/gvisor/runsc"
	_ "gvisor.dev/gvisor/shim"
)
