package contract

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/contract/curl"
	"github.com/hookrig/hookrig/contract/report"
	"github.com/hookrig/hookrig/internal/redact"
	"github.com/hookrig/hookrig/internal/shell"
)

// shownBody is how much of a body a report shows, in bytes.
const shownBody = 64 << 10

// rareness is how much rarer a flaw may be than it looks that was seen in one of three looks.
const rareness = 8

// renderer turns raw findings into what a report may show: secrets and signatures masked.
type renderer struct {
	runner   *runner
	redactor *redact.Redactor
	files    map[string][]byte // replay files and long bodies, by name
}

func (r *runner) renderer() *renderer {
	var secrets []string
	for _, e := range r.plan.cfg.Endpoints {
		for _, secret := range e.Secrets {
			secrets = append(secrets, string(secret))
		}
		for _, line := range e.Headers {
			secrets = append(secrets, line[1])
		}
	}
	masked := redact.New(secrets...).Hide(r.plan.provider.HeaderNames("signatures")...)
	return &renderer{runner: r, redactor: masked}
}

func (v *renderer) result(res checks.Result) report.Result {
	shown := report.Result{
		Check: res.Check.ID, Event: res.Event, Level: string(res.Level), Verdict: report.Verdict(res.Verdict),
		Cases: res.Cases, Reason: v.redactor.String(res.Reason), Error: res.Error, File: v.runner.plan.described(res.Event),
	}
	if res.Finding != nil {
		shown.Finding = v.finding(res.Finding, fileName(res.Check.ID, res.Event))
		v.replay(res, shown.Finding)
	}
	return shown
}

// replay writes the line that plays the finding again; a long script goes to a file beside the report.
func (v *renderer) replay(res checks.Result, shown *report.Finding) {
	script, ok := v.runner.script(res)
	if !ok {
		return
	}
	token, err := script.Token()
	if err != nil {
		return
	}
	if Short(token) {
		shown.Replay = "hookrig replay " + token
		return
	}
	var file bytes.Buffer
	if WriteScript(&file, script) != nil {
		return
	}
	name := "hookrig-replay-" + fileName(res.Check.ID, res.Event) + ".json"
	v.keep(name, file.Bytes())
	shown.Replay = "hookrig replay " + shell.Word(name)
}

// keep keeps a file that is to stand beside the report.
func (v *renderer) keep(name string, text []byte) {
	if v.files == nil {
		v.files = map[string][]byte{}
	}
	v.files[name] = text
}

// fileName is what the files of a result are called for. An event may have any name.
func fileName(check, event string) string {
	name := check
	if event != "" {
		name += "-" + event
	}
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r == '_' || r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return '-'
	}, name)
}

// curl writes the script that sends the finding's requests again; a long body goes to a file beside the
// report.
func (v *renderer) curl(f *checks.Finding, name string) string {
	p := v.runner.plan
	requests := curl.Requests{
		Exchanges: slices.Concat(f.Evidence.Told, f.Evidence.Exchanges), Parallel: f.Case.Parallel, Kept: f.Case.Kept, Beside: f.Case.Beside,
	}
	if f.Case.Before == checks.FailOnce {
		requests.First = "make the consumer's next attempt fail"
	}
	switch {
	case f.Observed >= f.Of:
	case f.Of <= looks:
		requests.Ratio = float64(f.Observed) / float64(f.Of) / rareness
	case len(f.Evidence.Exchanges) > f.Index && f.Evidence.Exchanges[f.Index].Plain: // else it is one request among others
		requests.Ratio = float64(f.Observed) / float64(f.Of)
	}
	script := curl.Write(curl.Config{
		Provider: p.provider, Endpoints: p.cfg.Endpoints, Unserved: p.cfg.Handler != nil, Files: "hookrig-body-" + name,
	}, requests)
	for name, body := range script.Files {
		v.keep(name, body)
	}
	return script.Text
}

func (v *renderer) finding(f *checks.Finding, name string) *report.Finding {
	text := v.redactor.String
	shown := &report.Finding{
		Where: text(f.Where), Rule: text(f.Rule), Basis: string(f.Basis), Source: text(f.Source),
		Got: text(f.Got), Want: text(f.Want), Why: f.Why, Fix: text(f.Fix),
		Observed: fmt.Sprintf("%d of %d", f.Observed, f.Of), Shrunk: f.Shrunk,
	}
	if f.Case.Name != "" {
		shown.Got = text(f.Case.Name) + ": " + shown.Got
	}
	shown.Curl = v.curl(f, name)
	if len(f.Evidence.Exchanges) == 0 {
		return shown
	}
	x := f.Evidence.Exchanges[min(f.Index, len(f.Evidence.Exchanges)-1)]
	shown.Exchange = v.exchange(x)
	if v.runner.plan.cfg.Log != nil {
		for _, line := range v.runner.plan.cfg.Log(x.At) {
			shown.Log = append(shown.Log, text(line))
		}
	}
	return shown
}

func (v *renderer) exchange(x checks.Exchange) *report.Exchange {
	shown := &report.Exchange{
		Request: report.Request{
			Method: x.Request.Method, Path: v.redactor.String(x.Request.Path), Headers: v.redactor.Headers(x.Request.Headers),
		},
		Response: report.Response{
			Status: x.Reply.Status, Reason: v.redactor.String(x.Reply.Reason), Headers: v.redactor.Headers(x.Reply.Headers),
			Truncated: x.Reply.Truncated, Failure: x.Reply.Failure, DurationMS: x.Reply.Done.Milliseconds(),
		},
	}
	shown.Request.Body, shown.Request.BodyBase64 = v.body(x.Request.Body)
	shown.Response.Body, shown.Response.BodyBase64 = v.body(x.Reply.Body)
	return shown
}

// body is text where it is UTF-8, else bytes.
func (v *renderer) body(b []byte) (text string, raw []byte) {
	left := len(b) - shownBody
	masked := v.redactor.Bytes(slices.Clone(b[:min(len(b), shownBody)]))
	if left > 0 {
		masked = append(masked, fmt.Sprintf("… and %d bytes more", left)...)
	}
	if utf8.Valid(masked) {
		return string(masked), nil
	}
	return "", masked
}
