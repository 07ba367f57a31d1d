//go:build !unix

package load

import "time"

// processorTime is what this process has used of the processors so far; 0 where the system does not tell.
func processorTime() time.Duration { return 0 }
