package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hookrig/hookrig/internal/escape"
)

// GitLab refuses a JUnit file above 30 MB; the bodies of the cases stay below, so that the frame fits.
const (
	junitCaseBytes   = 64 << 10
	junitBodiesBytes = 20 << 20
	junitFileBytes   = 29_000_000 // without the frame
)

type junitSuites struct {
	XMLName  xml.Name   `xml:"testsuites"`
	Name     string     `xml:"name,attr"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Errors   int        `xml:"errors,attr"`
	Skipped  int        `xml:"skipped,attr"`
	Time     string     `xml:"time,attr"`
	Suite    junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Time    string        `xml:"time,attr"`
	Failure *junitOutcome `xml:"failure"`
	Error   *junitOutcome `xml:"error"`
	Skipped *junitOutcome `xml:"skipped"`
	Out     *junitText    `xml:"system-out"`
}

// junitOutcome carries the reason in the body, where GitLab looks, and its first line as message.
type junitOutcome struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Body    string `xml:",cdata"`
}

type junitText struct {
	Body string `xml:",cdata"`
}

// WriteJUnit writes the report as JUnit XML in the dialect that GitLab and the GitHub actions read:
// one case per result, unique in classname and name. A failure is the consumer's fault, an error is
// trouble of ours, what is not assessed or waived is skipped.
func WriteJUnit(w io.Writer, r *Report) error {
	suite := junitSuite{Name: escape.Line(r.Provider), Time: seconds(r.DurationMS), Timestamp: r.StartedAt.UTC().Format(time.RFC3339), Properties: junitProperties(r)}
	if r.Verdict == VerdictIncomplete || r.Exit != 0 && !slices.ContainsFunc(r.Results, func(result Result) bool { return result.Error || result.Fails(r.FailOn) }) {
		reason := orDefault(r.Reason, "the run ended with exit code "+strconv.Itoa(r.Exit))
		suite.add(junitCase{Class: escape.Line(r.Provider) + ".run", Name: "run", Time: "0", Error: junitReason("incomplete", reason)})
	}
	suite.fill(r)
	document, err := xml.MarshalIndent(junitSuites{
		Name: "hookrig", Tests: suite.Tests, Failures: suite.Failures, Errors: suite.Errors, Skipped: suite.Skipped, Time: suite.Time, Suite: suite,
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	b.Write(document)
	b.WriteByte('\n')
	_, err = w.Write(b.Bytes())
	return err
}

func junitProperties(r *Report) []junitProperty {
	properties := []junitProperty{
		{"provider", r.Provider}, {"catalog_digest", r.CatalogDigest}, {"target", r.Target}, {"seed", strconv.FormatUint(r.Seed, 10)},
		{"run_id", r.RunID}, {"version", r.Tool.Name + " " + r.Tool.Version}, {"verdict", r.VerdictLine()}, {"coverage", r.Coverage.String()},
	}
	for i := range properties {
		properties[i].Value = escape.Line(properties[i].Value)
	}
	return properties
}

// fill adds a case for each result, what fails first, as far as GitLab takes a file of that size.
func (s *junitSuite) fill(r *Report) {
	budget, names, left := junitBodiesBytes, map[string]int{}, 0
	size := junitFileBytes
	for _, failing := range []bool{true, false} {
		for _, result := range r.Results {
			if (result.Error || result.Fails(r.FailOn)) != failing {
				continue
			}
			c := junitFor(r, result, names)
			c.spend(&budget)
			if size -= c.size(); size < 0 {
				left++
				continue
			}
			s.add(c)
		}
	}
	if left > 0 {
		s.add(junitCase{Class: escape.Line(r.Provider) + ".run", Name: "results left out", Time: "0",
			Skipped: junitReason("", fmt.Sprintf("%d more results are in the JSON report: a file with all of them would be too large for GitLab", left))})
	}
}

// size is what the case takes in the file, in bytes.
func (c junitCase) size() int {
	text, err := xml.MarshalIndent(c, "    ", "  ")
	if err != nil { // nothing in a case can fail
		return junitFileBytes
	}
	return len(text) + 1
}

// spend shortens the case's texts to what is left of the budget.
func (c *junitCase) spend(budget *int) {
	for _, outcome := range []*junitOutcome{c.Failure, c.Error, c.Skipped} {
		if outcome != nil {
			outcome.Body = spend(outcome.Body, budget)
		}
	}
	if c.Out != nil {
		c.Out.Body = spend(c.Out.Body, budget)
	}
}

// add counts the case.
func (s *junitSuite) add(c junitCase) {
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

// spend makes text safe, shortens it to its share of the budget and takes from the budget what the
// text costs once it is written: CDATA cannot hold its own end, which costs twelve bytes more.
func spend(text string, budget *int) string {
	most := min(junitCaseBytes, max(*budget, 0))
	text = shorten(escape.Text(shorten(text, most)), most)
	*budget -= len(text) + 12*strings.Count(text, "]]>")
	return text
}

func junitFor(r *Report, result Result, names map[string]int) junitCase {
	c := junitCase{Class: shorten(escape.Line(r.Provider+"."+orEndpoint(result.Event)), 300), Name: shorten(escape.Line(result.Check), 300),
		File: shorten(escape.Line(result.File), 300), Time: "0"}
	unique := c.Class + "\x00" + c.Name
	if names[unique]++; names[unique] > 1 {
		c.Name += fmt.Sprintf(" (%d)", names[unique])
	}
	switch {
	case result.Error:
		c.Error = junitReason("hookrig", result.Reason)
	case result.Waived != nil && result.Verdict != VerdictPass:
		c.Skipped = junitReason("", fmt.Sprintf("waived until %s: %s", result.Waived.Until, result.Waived.Reason))
	case result.Verdict == VerdictNotAssessed:
		c.Skipped = junitReason("", "not assessed: "+result.Reason)
	case result.Fails(r.FailOn):
		c.Failure = junitReason(string(result.Verdict), result.Story())
	}
	if f := result.Finding; f != nil {
		c.Out = &junitText{Body: joinLines(f.Curl, f.Replay)}
		if c.Failure == nil {
			c.Out.Body = joinLines(result.Story(), c.Out.Body)
		}
	}
	return c
}

func junitReason(kind, text string) *junitOutcome {
	first, _, _ := strings.Cut(text, "\n")
	return &junitOutcome{Message: shorten(escape.Line(shorten(first, 300)), 300), Type: kind, Body: text}
}

func seconds(ms int64) string { return strconv.FormatFloat(float64(ms)/1000, 'f', 3, 64) }
