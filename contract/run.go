package contract

import (
	"context"

	"github.com/hookrig/hookrig/contract/report"
)

// Run tests the consumer and says what it found. The error is about the Config (nothing was sent, and
// the report is nil); all trouble with the consumer is in the report. Cancelling ctx ends the run with
// a report of what was found so far.
func Run(ctx context.Context, cfg Config) (*report.Report, error) { panic("unwritten") }
