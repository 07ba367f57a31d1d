package checks

import "strconv"

// matchesStatus reports whether the status is in the set: "2xx", or a single status.
func matchesStatus(set string, status int) bool {
	if len(set) == 3 && set[1:] == "xx" {
		return int(set[0]-'0') == status/100
	}
	return set == strconv.Itoa(status)
}
