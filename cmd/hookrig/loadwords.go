package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/contract/load"
)

// loadSaying is the flags that say who is told of a load run.
type loadSaying struct {
	record  string
	reports []string
	before  string
	output  *choice
}

func (s *loadSaying) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&s.record, "record", "", "write the run's record (JSON) to this file")
	s.reportFlags(cmd)
}

// reportFlags are the flags without those of a run.
func (s *loadSaying) reportFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringSliceVar(&s.reports, "report", nil, "also write html=FILE, json=FILE")
	flags.StringVar(&s.before, "compare", "", "record of an earlier run: worse than it is exit 1")
	s.output = outputFlag(cmd, "text", "json")
	for _, file := range []string{"record", "compare"} {
		if cmd.Flag(file) != nil {
			fileFlag(cmd, file)
		}
	}
}

// told is what a load run leaves behind: a record, or what a search found.
type told interface {
	Write(io.Writer) error
	WriteText(io.Writer) error
	WriteHTML(io.Writer) error
}

// loadWords are the reports of a load run: their files are open before it begins.
type loadWords struct {
	json   bool
	files  []loadFile
	before *load.Record // nil: nothing to compare with
	run    string       // run id, as far as it is known
	shard  load.Shard
}

// loadFile is a report in the making.
type loadFile struct {
	*pending
	html bool
}

// open checks what the flags say and begins the files.
func (s *loadSaying) open(e *env, cfg *load.Config) (*loadWords, error) {
	w := &loadWords{json: s.output.is("json"), run: cfg.Making.RunID, shard: load.Shard{Shard: cfg.Shard, Shards: cfg.Shards}}
	if s.before != "" {
		r, err := e.readLoad(s.before)
		if err != nil {
			return nil, err
		}
		if plan := cfg.Plan.String(); r.Plan != plan {
			return nil, misused("--compare %q: its plan is %q, and this run's %q", s.before, r.Plan, plan).hint("only runs of one plan can be held against each other")
		}
		w.before = r
	}
	reports := s.reports
	if s.record != "" {
		reports = append([]string{"json=" + s.record}, reports...)
	}
	return w, w.begin(reports)
}

// begin begins the files of reports.
func (w *loadWords) begin(reports []string) error {
	for _, text := range reports {
		kind, path, _ := strings.Cut(text, "=")
		err := oneOf("report", kind, []string{"html", "json"})
		if err == nil && path == "" {
			err = misused("--report %q is not KIND=FILE", shorten(text, 80)).hint("write %s=FILE", kind)
		}
		if err == nil {
			err = w.taken(path)
		}
		var f *pending
		if err == nil {
			f, err = createFile(path, 0o644)
		}
		if err != nil {
			w.discard()
			return err
		}
		w.files = append(w.files, loadFile{f, kind == "html"})
	}
	return nil
}

// taken refuses a file that holds another shard of the same run: written over, it would be lost.
func (w *loadWords) taken(path string) error {
	f, err := os.Open(path)
	if err != nil || w.shard.Shards < 2 {
		return nil // there is none, or whoever writes it will be told
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil // a device
	}
	r, err := load.Read(io.LimitReader(f, inputBytes))
	if err != nil || r.RunID != w.run || len(r.Shards) == 1 && r.Shards[0] == w.shard {
		return nil // something else: it is replaced
	}
	return misused("%q holds another shard of run %q", path, shorten(w.run, 80)).hint("give each shard a file of its own, such as --record part-$JOB_COMPLETION_INDEX.json")
}

// discard leaves no file behind that was not finished.
func (w *loadWords) discard() {
	for _, f := range w.files {
		f.discard()
	}
}

// compare holds the run against the earlier one.
func (w *loadWords) compare(r *load.Record) error {
	if w.before == nil {
		return nil
	}
	var err error
	if r.Compared, err = load.Compare(w.before, r); err != nil {
		return unable("%w", err)
	}
	return nil
}

// write says what happened: on stdout, and in each file. One file that cannot be written does not keep the
// others from being.
func (w *loadWords) write(e *env, what told) error {
	write := what.WriteText
	if w.json {
		write = func(io.Writer) error { return e.printJSON(what) }
	}
	if err := write(e.stdout); err != nil && !errors.Is(err, syscall.EPIPE) {
		return err // but whoever closes our output early still gets the files
	}
	var problems []error
	for _, f := range w.files {
		problems = append(problems, w.finish(f, what))
	}
	return errors.Join(problems...)
}

// finish writes one file.
func (w *loadWords) finish(f loadFile, what told) error {
	if err := w.taken(f.path); err != nil {
		return err
	}
	write := what.Write
	if f.html {
		write = what.WriteHTML
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	if _, err := f.Write(b.Bytes()); err != nil {
		f.discard()
		return unable("write %q: %w", f.path, reason(err))
	}
	return f.commit()
}

// readLoad reads the record of a load run.
func (e *env) readLoad(path string) (*load.Record, error) {
	data, err := e.readInput(path)
	if err != nil {
		return nil, err
	}
	r, err := load.Read(bytes.NewReader(data))
	if err != nil {
		return nil, misused("%s: %w", path, err)
	}
	return r, nil
}
