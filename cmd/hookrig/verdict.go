package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/contract/report"
)

// verdictFlags are the flags that say what fails a run and who is told of it.
type verdictFlags struct {
	reports     []string
	failOn      *choice
	maxFailures amount
	minCoverage []string
	baseline    string
	update      bool
}

func (v *verdictFlags) flags(cmd *cobra.Command) {
	v.failOn = &choice{"must", []string{"must", "advisory", "flaky"}}
	flags := cmd.Flags()
	flags.StringSliceVar(&v.reports, "report", nil, "also write junit=FILE, json=FILE, html=FILE, markdown=FILE; github")
	flags.Var(v.failOn, "fail-on", "what fails the run")
	flags.Var(&v.maxFailures, "max-failures", "stop after so many failures")
	flags.StringSliceVar(&v.minCoverage, "min-coverage", nil, "least coverage in percent: events=100,schema_points=90")
	flags.StringVar(&v.baseline, "baseline", "", "file of findings that are excused for a while")
	flags.BoolVar(&v.update, "baseline-update", false, "write what is found to the baseline")
	complete(cmd, "fail-on", func() []string { return v.failOn.known })
	fileFlag(cmd, "baseline")
}

// words are the reports of a run: their files are open before it begins.
type words struct {
	gate     contract.Gate
	baseline *contract.Baseline // nil without --baseline
	files    []reportFile
	github   bool
}

type reportFile struct {
	*pending
	write report.Writer
}

// open checks what the flags say and begins the files.
func (v *verdictFlags) open(e *env, provider string) (*words, error) {
	w := &words{}
	w.gate.FailOn = report.FailOn(v.failOn.value)
	var err error
	if w.gate.MinCoverage, err = contract.ParseMinCoverage(strings.Join(v.minCoverage, ",")); err != nil {
		return nil, misused("--min-coverage: %w", err)
	}
	if w.gate.Waivers, w.baseline, err = e.waivers(v.baseline, v.update, provider); err != nil {
		return nil, err
	}
	for _, text := range v.reports {
		if err := w.add(text); err != nil {
			w.discard()
			return nil, err
		}
	}
	return w, nil
}

// add begins one report.
func (w *words) add(text string) error {
	kind, path, named := strings.Cut(text, "=")
	kinds := []string{"github", "html", "json", "junit", "markdown"}
	if err := oneOf("report", kind, kinds); err != nil {
		return err
	}
	switch {
	case kind == "github" && !named:
		w.github = true
		return nil
	case kind == "github" || path == "":
		return misused("--report %q is not KIND=FILE", shorten(text, 80)).hint("write %s=FILE, or github alone", kind)
	}
	write, err := report.WriterFor(kind)
	if err != nil {
		return misused("%w", err)
	}
	f, err := createFile(path, 0o644)
	if err != nil {
		return err
	}
	w.files = append(w.files, reportFile{f, write})
	return nil
}

// discard leaves no file behind that was not finished.
func (w *words) discard() {
	for _, f := range w.files {
		f.discard()
	}
}

// write says what the run found: on stdout, and in each file.
func (w *words) write(e *env, r *report.Report, asJSON bool) error {
	write := report.Text{Color: e.colored()}.Write
	if asJSON {
		write = report.WriteJSONLine
	}
	if err := write(e.stdout, r); err != nil && !errors.Is(err, syscall.EPIPE) {
		return err // but whoever closes our output early still gets the files
	}
	for _, f := range w.files {
		if err := f.write(f, r); err != nil {
			return unable("write %q: %w", f.path, reason(err))
		}
		if err := f.commit(); err != nil {
			return err
		}
	}
	if err := w.writeReplays(e, r); err != nil {
		return err
	}
	if !w.github {
		return nil
	}
	log := e.stdout
	if asJSON {
		log = e.stderr
	}
	return w.tellGitHub(e, log, r)
}

// writeReplays writes the replay files that findings name beside the first report, or into the current
// folder.
func (w *words) writeReplays(e *env, r *report.Report) error {
	dir := "."
	if len(w.files) > 0 {
		dir = filepath.Dir(w.files[0].path)
	}
	for _, name := range keysOf(r.Files) {
		path := filepath.Join(dir, filepath.Base(name))
		if err := writeFile(path, 0o600, func(out io.Writer) error { _, err := out.Write(r.Files[name]); return err }); err != nil {
			return err
		}
		e.say("wrote %s", path)
	}
	return nil
}

// tellGitHub writes annotations to the step's log and the summary of the job.
func (w *words) tellGitHub(e *env, log io.Writer, r *report.Report) error {
	if err := e.annotations().Write(log, r); err != nil {
		return err
	}
	path := e.getenv("GITHUB_STEP_SUMMARY")
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return unable("write the job summary %q: %w", path, reason(err))
	}
	defer f.Close()
	if err := report.WriteMarkdown(f, r); err != nil {
		return unable("write the job summary %q: %w", path, reason(err))
	}
	return nil
}

// annotations stand on the lines of the config file, where there is one.
func (e *env) annotations() report.Annotations {
	if e.config.path == "" {
		return report.Annotations{}
	}
	return report.Annotations{File: e.config.shown, Line: func(check string) int { return e.config.lines[check] }}
}
