//go:build !unix

package contract_test

import "time"

// cpu is the processor time of this process so far; 0 where the system does not tell.
func cpu() time.Duration { return 0 }
