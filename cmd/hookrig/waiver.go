package main

import (
	"bytes"
	"io"
	"time"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/contract/report"
)

// baselineDays is how long a waiver holds that --baseline-update writes.
const baselineDays = 90

// waivers are those of the config file and of the baseline. The baseline is nil without --baseline; a
// file that --baseline-update is about to make may be missing.
func (e *env) waivers(path string, update bool, provider string) ([]contract.Waiver, *contract.Baseline, error) {
	all := e.config.waivers
	if path == "" {
		if update {
			return nil, nil, misused("--baseline-update needs --baseline FILE")
		}
		return all, nil, nil
	}
	if update && missing(path) {
		return all, &contract.Baseline{Provider: provider}, nil
	}
	data, err := e.readInput(path)
	if err != nil {
		return nil, nil, err
	}
	if err := strictJSON(data, path); err != nil {
		return nil, nil, err
	}
	b, err := contract.ReadBaseline(bytes.NewReader(data))
	if err != nil {
		return nil, nil, misused("%s: %w", path, err)
	}
	if b.Provider != provider {
		return nil, nil, misused("%s: it is the baseline of provider %q, not of %q", path, b.Provider, provider)
	}
	return append(all[:len(all):len(all)], b.Waivers...), b, nil
}

// updateBaseline writes a baseline that excuses what the run has found.
func (e *env) updateBaseline(path string, old *contract.Baseline, r *report.Report) error {
	now := e.now()
	next := old.Updated(r, "found on "+now.Format(time.DateOnly)+" and not looked into yet", now.AddDate(0, 0, baselineDays))
	err := writeFile(path, 0o644, func(w io.Writer) error { return contract.WriteBaseline(w, next) })
	if err == nil {
		e.say("wrote %s: %d waivers, new ones for %d days", path, len(next.Waivers), baselineDays)
	}
	return err
}
