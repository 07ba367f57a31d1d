package checks

// Verdict is the outcome of a check on an event.
type Verdict string

// The verdicts.
const (
	Pass        Verdict = "pass"
	Fail        Verdict = "fail"
	Advisory    Verdict = "advisory"
	Flaky       Verdict = "flaky"
	NotAssessed Verdict = "not-assessed"
)

// Result is the outcome of one check on one event.
type Result struct {
	Check   *Check
	Event   string // "" for a check of the endpoint as a whole
	Level   Level  // must or advisory: what it would count or counts
	Verdict Verdict
	Cases   int // cases judged
	Reason  string
	Error   bool // not assessed because of trouble of ours
	Finding *Finding
}

// Outcome is what a check with a course of its own hands back.
type Outcome struct {
	Cases    int
	Flaw     *Flaw
	Case     Case // what showed the flaw
	Evidence Evidence
	Reason   string // not assessed, when not ""
	Shrunk   string // what was left out without losing it, as a sentence; "" for nothing
	Observed int    // times seen; 0 counts as 1 when there is a Flaw
	Of       int    // times looked; 0 counts as 1
}
