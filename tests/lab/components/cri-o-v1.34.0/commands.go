//go:build tools

// Package crio names the command that the lab builds, so that `go mod` keeps what it needs.
package crio

import _ "github.com/cri-o/cri-o/cmd/crio"
