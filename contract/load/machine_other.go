//go:build !linux

package load

func machineTime() machineUse { return machineUse{} }
