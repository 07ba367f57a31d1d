package curl

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/schemas"
)

// How often a request is repeated at most, to see again what is seen now and then: one that is answered,
// and one whose answer does not come.
const (
	mostAnswered = 200
	mostWaited   = 5
	burst        = 20 // at one instant
)

// Config says who signed what, and where it was sent.
type Config struct {
	Provider  *schemas.Provider  // Required
	Endpoints []schemas.Endpoint // whose secrets a shell knows as $HOOKRIG_SECRET, $HOOKRIG_SECRET_2, …
	Unserved  bool               // nothing listens at the endpoints' hosts: the script takes the consumer's origin from $URL
	Files     string             // how the names of files begin that a script needs. Default "hookrig-body"
}

// Requests are what a finding rests on.
type Requests struct {
	Exchanges []checks.Exchange // in the order in which they were sent
	Parallel  bool              // at one instant
	Kept      bool              // on one connection
	Beside    int               // slow connections that were open meanwhile
	Ratio     float64           // how often it shows, where not each time; 0: each time
	First     string            // what must be done to the consumer before, as a sentence; "" for nothing
}

// Script sends requests again.
type Script struct {
	Text  string            // for a POSIX shell: one line where one is enough. A comment says why there is none
	Files map[string][]byte // that Text reads, by name
}

// Write writes the script. It prints what the consumer answers, head and body, request by request.
func Write(cfg Config, r Requests) Script {
	if cfg.Files == "" {
		cfg.Files = "hookrig-body"
	}
	w := writer{Config: cfg, several: len(r.Exchanges) > 1 || r.Ratio > 0, files: map[string][]byte{}}
	lines, err := w.lines(r)
	if err != nil {
		return Script{Text: "# no shell can send this again: " + err.Error() + "; the replay line does"}
	}
	if cfg.Unserved {
		lines = slices.Insert(lines, 0, `: "${URL:?serve the consumer and set URL to where it listens, http://127.0.0.1:8080}"`)
	}
	if r.First != "" {
		lines = slices.Insert(lines, 0, "# first "+r.First)
	}
	separator := "\n"
	if len(lines) == 2 && r.First == "" && (cfg.Unserved || r.Ratio > 0) {
		separator = "; "
	}
	s := Script{Text: strings.Join(lines, separator)}
	if len(w.files) > 0 {
		s.Files = maps.Clone(w.files)
	}
	return s
}

// writer is a script in the making.
type writer struct {
	Config
	several bool // requests
	files   map[string][]byte
}

// lines are the commands of the script.
func (w *writer) lines(r Requests) ([]string, error) {
	if len(r.Exchanges) == 0 {
		return nil, errNoRequest
	}
	if r.Kept {
		line, err := w.kept(r.Exchanges)
		return []string{line}, err
	}
	var lines []string
	if r.Beside > 0 {
		slow, err := w.slow(r.Exchanges[0], r.Beside)
		if err != nil {
			return nil, err
		}
		lines = slow
	}
	for _, x := range r.Exchanges {
		line, err := w.request(x)
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	if r.Ratio > 0 && r.Ratio < 1 {
		return repeated(lines, r), nil
	}
	if r.Parallel && len(lines) > 1 {
		lines = append(together(lines), "wait")
	}
	return lines, nil
}

// together are lines that run at one instant; equal ones stand once, in a loop.
func together(lines []string) []string {
	var all []string
	for from := 0; from < len(lines); {
		to := from + 1
		for to < len(lines) && lines[to] == lines[from] {
			to++
		}
		line := "{ " + lines[from] + "; } &"
		if n := to - from; n > 1 {
			line = fmt.Sprintf("for i in $(seq %d); do %s done", n, line)
		}
		all = append(all, line)
		from = to
	}
	return all
}

// repeated repeats the lines until what shows now and then has shown in 99 of 100 runs: at one instant,
// because many a defect shows only then.
func repeated(lines []string, r Requests) []string {
	most := mostAnswered
	if r.Exchanges[len(r.Exchanges)-1].Reply.Failure == checks.FailureTimeout {
		most = mostWaited
	}
	n := min(int(math.Ceil(math.Log(0.01)/math.Log(1-r.Ratio))), most)
	bursts := max(1, (n+burst-1)/burst)
	if r.Parallel && len(lines) > 1 {
		bursts = max(1, n/len(lines))
		lines = together(lines)
	} else {
		line := strings.Join(lines, "; ")
		lines = []string{fmt.Sprintf("for j in $(seq %d); do { %s; } & done", min(n, burst), line)}
	}
	lines[0] = fmt.Sprintf("for n in $(seq %d); do %s", bursts, lines[0])
	return append(lines, "wait; done")
}

// patience is how long curl waits for an answer that did not come, in seconds.
func patience(x checks.Exchange) int {
	return int(math.Ceil(max(x.Reply.Done, time.Second).Seconds())) + 1
}
