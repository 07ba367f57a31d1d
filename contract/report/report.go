package report

import (
	"cmp"
	"slices"
	"time"
)

// exitInterrupted is the exit code of a run that was interrupted.
const exitInterrupted = 130

// SchemaVersion is the version of the JSON form that this package writes and reads.
const SchemaVersion = 1

// Report is what a run found: the Go form of the JSON report. Read-only once a run has returned it.
type Report struct {
	SchemaVersion int         `json:"schema_version"` // set by Finish
	Tool          Tool        `json:"tool"`
	Provider      string      `json:"provider"`
	CatalogDigest string      `json:"catalog_digest"` // "sha256:" and hex
	Target        string      `json:"target"`         // URL, without credentials and query
	Seed          uint64      `json:"seed"`
	RunID         string      `json:"run_id"`
	StartedAt     time.Time   `json:"started_at"`
	DurationMS    int64       `json:"duration_ms"`
	Exit          int         `json:"exit"`                 // exit code of the run: 0 good, 1 bad, 3 could not check, 130 interrupted
	FailOn        FailOn      `json:"fail_on"`              // the gate that Exit stands for; set by Finish when empty
	Unfinished    int         `json:"unfinished,omitempty"` // exit code of a run that did not finish and found nothing: 3 or 130; 0 when it finished
	Verdict       Verdict     `json:"verdict"`              // VerdictPass, VerdictFail or VerdictIncomplete
	Reason        string      `json:"reason,omitempty"`     // why the run is incomplete, or failed without a finding
	Acknowledges  Ratio       `json:"acknowledges"`         // events whose plain message was acknowledged, of those sent
	Processes     Processes   `json:"processes"`
	Coverage      Coverage    `json:"coverage"`
	Totals        Totals      `json:"totals"` // set by Finish
	Results       []Result    `json:"results"`
	Notes         []string    `json:"notes,omitempty"`      // what the reader should know, one sentence each
	Comparison    *Comparison `json:"comparison,omitempty"` // against the last run; nil without one

	// Files are the replay files that findings name, to be written beside the report. No report holds them.
	Files map[string][]byte `json:"-"`
}

// Tool is the program that made the report.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Verdict is the outcome of a result or of a run.
type Verdict string

// The outcomes. A run is pass, fail or incomplete; a result is anything but incomplete.
const (
	VerdictPass        Verdict = "pass"
	VerdictFail        Verdict = "fail"
	VerdictAdvisory    Verdict = "advisory"
	VerdictFlaky       Verdict = "flaky"
	VerdictNotAssessed Verdict = "not-assessed"
	VerdictIncomplete  Verdict = "incomplete"
)

// Ratio counts a part of a whole.
type Ratio struct {
	Covered int `json:"covered"`
	Total   int `json:"total"`
}

// Processes says what the run saw of the consumer's effects.
type Processes struct {
	Seen   bool `json:"seen"`   // an observation hook answered
	Checks int  `json:"checks"` // that rest on effects: assessed on any event when Seen, else waiting for a hook
}

// Coverage is what of the catalog and of the checks the run has touched.
type Coverage struct {
	Events       Ratio       `json:"events"`
	SchemaPoints Ratio       `json:"schema_points"`
	Checks       Assessed    `json:"checks"`
	Transitions  *Ratio      `json:"transitions,omitempty"` // steps of journeys that follow one another; nil when no journey was played
	Uncovered    []Uncovered `json:"uncovered,omitempty"`   // what was not touched, and why
}

// Assessed counts results with a verdict other than not-assessed.
type Assessed struct {
	Assessed int `json:"assessed"`
	Total    int `json:"total"`
}

// Uncovered is one thing that a run did not touch.
type Uncovered struct {
	Kind string `json:"kind"` // event, schema_point, transition
	What string `json:"what"` // "message.status /data/status enum failed"
	Why  string `json:"why"`
}

// Totals counts the results by verdict.
type Totals struct {
	Pass        int `json:"pass"`
	Fail        int `json:"fail"`
	Advisory    int `json:"advisory"`
	Flaky       int `json:"flaky"`
	NotAssessed int `json:"not-assessed"`
	Waived      int `json:"waived,omitempty"` // of the above, those that a waiver excuses
}

// Result is the outcome of one check on one event.
type Result struct {
	Check   string   `json:"check"`
	Event   string   `json:"event"` // "" for a check of the endpoint as a whole
	Level   string   `json:"level"` // must or advisory
	Verdict Verdict  `json:"verdict"`
	Cases   int      `json:"cases,omitempty"`
	Reason  string   `json:"reason,omitempty"` // why not assessed; for others a remark
	File    string   `json:"file,omitempty"`   // that describes the event: its schema, or the sample; a path
	Error   bool     `json:"error,omitempty"`  // not assessed because of trouble of ours, not of the consumer's
	Waived  *Waived  `json:"waived,omitempty"` // excused by a waiver; the verdict stays what was found
	Finding *Finding `json:"finding,omitempty"`
}

// Waived is the excuse that a baseline or a config file gives for a result.
type Waived struct {
	Reason string `json:"reason"`
	Until  string `json:"until"` // last day on which it holds, 2006-01-02
}

// Finding is one thing wrong, said so that its reader can act on it.
type Finding struct {
	Where    string    `json:"where,omitempty"` // JSON Pointer in the message, or the part of the envelope
	Rule     string    `json:"rule"`
	Basis    string    `json:"basis"`            // documented, standard, security, yours, assumed
	Source   string    `json:"source,omitempty"` // link, RFC and section, or flag behind the basis
	Got      string    `json:"got"`
	Want     string    `json:"want"`
	Why      string    `json:"why"`
	Fix      string    `json:"fix"`
	Observed string    `json:"observed,omitempty"` // "3 of 3"
	Log      []string  `json:"log,omitempty"`      // what the consumer wrote to stderr meanwhile, when hookrig started it
	Curl     string    `json:"curl,omitempty"`     // shell line, secret as a variable name
	Replay   string    `json:"replay,omitempty"`   // shell line: hookrig replay TOKEN or FILE
	Shrunk   string    `json:"shrunk,omitempty"`   // "40 messages to 2", when shrinking took something away
	Exchange *Exchange `json:"exchange,omitempty"` // the exchange that shows it
}

// Exchange is one request and its answer.
type Exchange struct {
	Request  Request  `json:"request"`
	Response Response `json:"response"`
}

// Request is what was sent.
type Request struct {
	Method     string      `json:"method"`
	Path       string      `json:"path"`
	Headers    [][2]string `json:"headers"`
	Body       string      `json:"body,omitempty"`
	BodyBase64 []byte      `json:"body_base64,omitempty"` // instead of Body when that is not UTF-8
}

// Response is what came back.
type Response struct {
	Status     int         `json:"status"` // 0 when no reply came
	Reason     string      `json:"reason,omitempty"`
	Headers    [][2]string `json:"headers"`
	Body       string      `json:"body,omitempty"`
	BodyBase64 []byte      `json:"body_base64,omitempty"` // instead of Body when that is not UTF-8
	Truncated  bool        `json:"truncated,omitempty"`
	Failure    string      `json:"failure,omitempty"` // what went wrong on the wire
	DurationMS int64       `json:"duration_ms"`
}

// Finish sorts the results, counts them and fills what follows from them: schema version, totals and
// the coverage of checks. Call it before Decide.
func (r *Report) Finish() {
	r.SchemaVersion = SchemaVersion
	slices.SortStableFunc(r.Results, func(a, b Result) int {
		return cmp.Or(cmp.Compare(a.Event, b.Event), cmp.Compare(a.Check, b.Check))
	})
	r.FailOn = cmp.Or(r.FailOn, FailOnMust)
	r.Totals, r.Coverage.Checks = Totals{}, Assessed{Total: len(r.Results)}
	for _, result := range r.Results {
		r.Totals.add(result)
	}
	r.Coverage.Checks.Assessed = len(r.Results) - r.Totals.NotAssessed
	if r.Results == nil {
		r.Results = []Result{}
	}
}

// Decide sets verdict and exit code by FailOn and Unfinished: 1 for any result that fails behind the
// gate, even in a run that did not finish, 130 for one that was interrupted; a run that assessed
// nothing did not finish either.
func (r *Report) Decide() {
	if r.Unfinished == 0 && r.Coverage.Checks.Assessed == 0 {
		r.Unfinished = 3
		r.Reason = cmp.Or(r.Reason, "nothing was assessed")
	}
	switch {
	case slices.ContainsFunc(r.Results, func(result Result) bool { return result.Fails(r.FailOn) }):
		r.Exit, r.Verdict = 1, VerdictFail
		if r.Unfinished == exitInterrupted {
			r.Exit = exitInterrupted
		}
	case r.Unfinished != 0:
		r.Exit, r.Verdict = r.Unfinished, VerdictIncomplete
	default:
		r.Exit, r.Verdict = 0, VerdictPass
	}
}

func (t *Totals) add(r Result) {
	switch r.Verdict {
	case VerdictPass:
		t.Pass++
	case VerdictFail:
		t.Fail++
	case VerdictAdvisory:
		t.Advisory++
	case VerdictFlaky:
		t.Flaky++
	case VerdictNotAssessed:
		t.NotAssessed++
	}
	if r.Waived != nil {
		t.Waived++
	}
}

// FailOn says which verdicts fail a run. Its zero value is FailOnMust.
type FailOn string

// The gates, each letting less pass than the one before.
const (
	FailOnMust     FailOn = "must"     // fail
	FailOnAdvisory FailOn = "advisory" // fail and advisory
	FailOnFlaky    FailOn = "flaky"    // fail, advisory and flaky
)

// Fails reports whether the result fails a run behind that gate. A waived result never does.
func (r Result) Fails(gate FailOn) bool {
	if r.Waived != nil {
		return false
	}
	switch r.Verdict {
	case VerdictFail:
		return true
	case VerdictAdvisory:
		return gate == FailOnAdvisory || gate == FailOnFlaky
	case VerdictFlaky:
		return gate == FailOnFlaky
	}
	return false
}
