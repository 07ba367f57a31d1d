package main

import (
	"io"
	"os"
	"path/filepath"

	"github.com/hookrig/hookrig/contract/report"
)

// lastRun is the memory of one run, for --failed and for what has changed since. It is a convenience:
// where it cannot be read or written there is none.
type lastRun struct {
	path   string
	report *report.Report // nil when there is none
}

// lastRun reads what the last run of a provider found, from .hookrig beside the config file or in the
// current folder.
func (e *env) lastRun(provider string) lastRun {
	dir := "."
	if e.config.path != "" {
		dir = filepath.Dir(e.config.path)
	}
	m := lastRun{path: filepath.Join(dir, ".hookrig", "last-"+filepath.Base(provider)+".json")}
	if f, err := os.Open(m.path); err == nil {
		defer f.Close()
		m.report, _ = report.Read(f) // written by another version, or damaged: as good as none
	}
	return m
}

// about is the last run, when it tested the same consumer.
func (m lastRun) about(r *report.Report) *report.Report {
	if m.report == nil || m.report.Target != r.Target || m.report.Provider != r.Provider {
		return nil
	}
	return m.report
}

// keep remembers the run.
func (m lastRun) keep(r *report.Report) {
	dir := filepath.Dir(m.path)
	if os.MkdirAll(dir, 0o755) != nil {
		return
	}
	ignore := filepath.Join(dir, ".gitignore")
	if missing(ignore) {
		_ = os.WriteFile(ignore, []byte("*\n"), 0o644)
	}
	_ = writeFile(m.path, 0o600, func(w io.Writer) error { return report.WriteJSONLine(w, r) })
}
