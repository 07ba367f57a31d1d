package main

import (
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// ownGroup keeps the console's Ctrl-C from a command: it is hookrig's to pass on.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// askGroup cannot ask a tree without a window to end: it is killed.
func askGroup(cmd *exec.Cmd) error { return killGroup(cmd) }

// killGroup ends the command and all its children.
func killGroup(cmd *exec.Cmd) error {
	kill := exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(cmd.Process.Pid))
	kill.WaitDelay = time.Second
	return kill.Run()
}
