package main

import (
	"bytes"
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/contract/load"
	"github.com/hookrig/hookrig/contract/report"
)

// reporting is the command: what a run wrote, told again.
type reporting struct {
	env     *env
	test    verdictFlags
	compare string
	output  *choice
}

func newReport(e *env) *cobra.Command {
	r := &reporting{env: e}
	cmd := &cobra.Command{Use: "report FILE...", Short: "Write a run's reports again from its JSON",
		Long: `Read what test --report json=FILE, test --output json, load --record FILE or load --report json=FILE wrote, and
write it again for other readers. The records of a load run's shards make one report: name them all. The exit code
is that of the run.`,
		Example: `  hookrig report test.json --report junit=test.xml,html=test.html
  hookrig report 0.json 1.json 2.json 3.json --report html=load.html,json=whole.json`,
		Args: cobra.ArbitraryArgs}
	cmd.Flags().StringSliceVar(&r.test.reports, "report", nil, "write junit=FILE, json=FILE, html=FILE, markdown=FILE; github; of a load run json and html")
	cmd.Flags().StringVar(&r.compare, "compare", "", "record of an earlier load run: worse than it is exit 1")
	fileFlag(cmd, "compare")
	r.test.failOn = &choice{"must", []string{"must"}}
	r.output = outputFlag(cmd, "text", "json")
	cmd.RunE = func(cmd *cobra.Command, files []string) error { return r.run(cmd, files) }
	return cmd
}

func (r *reporting) run(cmd *cobra.Command, files []string) error {
	if len(files) == 0 {
		return exactly("FILE")(cmd, files)
	}
	var records []*load.Record
	for _, file := range files {
		data, err := r.env.readInput(file)
		if err != nil {
			return err
		}
		if err := strictJSON(data, file); err != nil {
			return err
		}
		switch kind := kindOf(data); {
		case kind == "load":
			record, err := load.Read(bytes.NewReader(data))
			if err != nil {
				return misused("%s: %w", file, err)
			}
			records = append(records, record)
		case len(files) > 1:
			return misused("%s is no record of a load run: only the shards of one run are read together", file)
		case kind == "load-search":
			return r.search(file, data)
		default:
			return r.tested(file, data)
		}
	}
	return r.loaded(records)
}

// kindOf is the kind of run that a file is of; "" for a test.
func kindOf(data []byte) string {
	var head struct {
		Kind string `json:"kind"`
	}
	if json.Unmarshal(data, &head) != nil {
		return "" // whoever reads it says what is wrong
	}
	return head.Kind
}

// tested tells of a test again.
func (r *reporting) tested(file string, data []byte) error {
	if r.compare != "" {
		return misused("--compare is for load runs; %s is of a test", file)
	}
	told, err := report.Read(bytes.NewReader(data))
	if err != nil {
		return misused("%s: %w", file, err)
	}
	words, err := r.test.open(r.env, told.Provider)
	if err != nil {
		return err
	}
	defer words.discard()
	if err := words.write(r.env, told, r.output.is("json")); err != nil {
		return err
	}
	return ended(told.Exit)
}

// loaded tells of a load run again, of all the shards that are there.
func (r *reporting) loaded(records []*load.Record) error {
	whole := records[0]
	if len(records) > 1 {
		var err error
		if whole, err = load.Merge(records...); err != nil {
			return misused("%w", err)
		}
	}
	words := &loadWords{json: r.output.is("json")}
	defer words.discard()
	if r.compare != "" {
		var err error
		if words.before, err = r.env.readLoad(r.compare); err != nil {
			return err
		}
		if err := words.compare(whole); err != nil {
			return err
		}
	}
	if err := r.tell(words, whole); err != nil {
		return err
	}
	return loadVerdict(whole)
}

// search tells of a search again.
func (r *reporting) search(file string, data []byte) error {
	if r.compare != "" {
		return misused("--compare is for load runs; %s is of a search", file)
	}
	found, err := load.ReadSearch(bytes.NewReader(data))
	if err != nil {
		return misused("%s: %w", file, err)
	}
	words := &loadWords{json: r.output.is("json")}
	defer words.discard()
	if err := r.tell(words, found); err != nil {
		return err
	}
	return searchVerdict(found)
}

// tell writes what was read for other readers.
func (r *reporting) tell(words *loadWords, what told) error {
	if err := words.begin(r.test.reports); err != nil {
		return err
	}
	return words.write(r.env, what)
}
