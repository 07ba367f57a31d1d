package load

import (
	"bytes"
	"os"
	"strconv"
)

// machineTime reads the first line of /proc/stat (proc(5)): user, nice, system, idle, iowait, irq, softirq,
// steal.
func machineTime() machineUse {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return machineUse{}
	}
	return readMachine(text)
}

func readMachine(text []byte) machineUse {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	fields := bytes.Fields(line)
	if len(fields) < 9 || string(fields[0]) != "cpu" {
		return machineUse{}
	}
	var use machineUse
	for i, field := range fields[1:9] {
		n, err := strconv.ParseUint(string(field), 10, 64)
		if err != nil {
			return machineUse{}
		}
		if i == 3 || i == 4 {
			use.idle += n
		} else {
			use.busy += n
		}
	}
	return use
}
