package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/internal/escape"
	"github.com/hookrig/hookrig/internal/guard"
	"github.com/hookrig/hookrig/schemas"
)

// trigger is the command that makes a running serve send something.
type trigger struct {
	env     *env
	server  string
	session string
	journey string
	speed   float64
	body    string
	set     []string
	wait    *choice
	timeout span
	token   string
	allow   []string
	output  *choice
}

func newTrigger(e *env) *cobra.Command {
	t := &trigger{env: e, timeout: span(5 * time.Second)}
	cmd := &cobra.Command{Use: "trigger [EVENT]", Short: "Make a running hookrig serve send one event, or play a journey",
		Long: `Ask hookrig serve to send one message of an event, or with --journey to tell a whole story. By default it
waits until every delivery has ended: exit 0 when all were acknowledged, 1 when one was not, 3 when that was not seen in time.`,
		Example: `  hookrig trigger message.received
  hookrig trigger contact.created --set /data/name='"Ana"'
  hookrig trigger --body message.json
  hookrig trigger --journey newcomer --speed 60`,
		Args: atMostOne}
	flags := cmd.Flags()
	flags.StringVar(&t.server, "server", "http://127.0.0.1:4400", "where hookrig serve is")
	flags.StringVar(&t.session, "session", "", "session to do it in (default: default)")
	flags.StringVar(&t.journey, "journey", "", "journey to play")
	flags.Float64Var(&t.speed, "speed", 1, "with --journey: so many times as fast as it happens")
	flags.StringVar(&t.body, "body", "", "file with the body to send as it is; - is stdin")
	flags.StringArrayVar(&t.set, "set", nil, "set a value of the message: /json/pointer=value (repeatable)")
	t.wait = &choice{"acked", []string{"acked", "effect", "none"}}
	flags.Var(t.wait, "wait", "what to wait for")
	flags.Var(&t.timeout, "timeout", "how long to wait")
	flags.StringVar(&t.token, "token-file", "", "file with the token of the control API (or set HOOKRIG_TOKEN)")
	flags.StringSliceVar(&t.allow, "allow-host", nil, "HOST, HOST:PORT or CIDR where serve may be, beside this machine")
	t.output = outputFlag(cmd, "text", "json")
	fileFlag(cmd, "body")
	fileFlag(cmd, "token-file")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return t.run(cmd.Context(), args) }
	return cmd
}

func (t *trigger) run(ctx context.Context, args []string) error {
	switch {
	case t.journey != "" && (len(args) > 0 || t.body != "" || len(t.set) > 0):
		return misused("--journey goes with neither EVENT, --body nor --set")
	case t.journey != "":
		answer, err := t.call(ctx, "/journeys/"+url.PathEscape(t.journey)+"/play", nil, map[string]any{"speed": t.speed})
		if err != nil {
			return err
		}
		return t.print(answer, fmt.Sprintf("%s plays at %g times its pace\n", t.journey, t.speed))
	case len(args) == 0 && t.body == "":
		return misused("trigger needs EVENT, --body FILE or --journey NAME")
	}
	request, err := t.request(args)
	if err != nil {
		return err
	}
	query := url.Values{}
	if !t.wait.is("none") {
		query.Set("wait", t.wait.value)
		query.Set("timeout", t.timeout.String())
	}
	answer, err := t.call(ctx, "/trigger", query, request)
	if err != nil {
		return err
	}
	return t.report(answer)
}

// request is the body of the call.
func (t *trigger) request(args []string) (map[string]any, error) {
	request := map[string]any{}
	if len(args) > 0 {
		request["event"] = args[0]
	}
	set, err := pins(t.set)
	if err != nil {
		return nil, err
	}
	if len(set) > 0 {
		request["set"] = set
	}
	if t.body == "" {
		return request, nil
	}
	data, err := t.env.readInput(t.body)
	if err != nil {
		return nil, err
	}
	if _, err := schemas.Decode(data); err != nil {
		return nil, misused("read %q: %w", t.body, err)
	}
	request["body"] = json.RawMessage(bytes.TrimSpace(data))
	return request, nil
}

// triggered is what matters here of the answer.
type triggered struct {
	Message struct {
		Event string `json:"event"`
		ID    string `json:"id"`
	} `json:"message"`
	Deliveries []struct {
		ID       int64  `json:"id"`
		Status   string `json:"status"`
		Attempts int    `json:"attempts"`
		Answer   int    `json:"answer"`
	} `json:"deliveries"`
	Effects  int  `json:"effects"`
	TimedOut bool `json:"timed_out"`
}

// report says what became of the deliveries, and ends accordingly.
func (t *trigger) report(answer []byte) error {
	var result triggered
	if err := json.Unmarshal(answer, &result); err != nil {
		return unable("read the answer of %s: %w", t.server, err)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s\n", result.Message.Event, result.Message.ID)
	code := exitGood
	for _, d := range result.Deliveries {
		fmt.Fprintf(&text, "  delivery %d: %s, %d attempts, last answer %d\n", d.ID, d.Status, d.Attempts, d.Answer)
		switch {
		case t.wait.is("none") || d.Status == "delivered":
		case d.Status == "pending":
			code = max(code, exitUnable)
		default:
			code = max(code, exitBad)
		}
	}
	if t.wait.is("effect") {
		fmt.Fprintf(&text, "  effects: %d\n", result.Effects)
		if result.Effects == 0 {
			code = max(code, exitBad)
		}
	}
	if err := t.print(answer, text.String()); err != nil {
		return err
	}
	if len(result.Deliveries) == 0 && !t.wait.is("none") {
		return unable("nobody is subscribed to %s", result.Message.Event).hint("a consumer registers by the provider's API, by the page, or with serve --to URL")
	}
	return ended(code)
}

func (t *trigger) print(answer []byte, text string) error {
	if t.output.is("json") {
		_, err := t.env.stdout.Write(escape.JSON(append(bytes.TrimSpace(answer), '\n')))
		return err
	}
	_, err := io.WriteString(t.env.stdout, text)
	return err
}

// call makes one call to the control API.
func (t *trigger) call(ctx context.Context, path string, query url.Values, body any) ([]byte, error) {
	if err := checkURL(t.server); err != nil {
		return nil, err
	}
	policy := &guard.Policy{Allow: t.allow}
	if err := policy.Check(t.server); err != nil {
		return nil, err
	}
	tokens, err := (&serving{env: t.env}).words("HOOKRIG_TOKEN", t.token)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	if query == nil {
		query = url.Values{}
	}
	if t.session != "" {
		query.Set("session", t.session)
	}
	target := strings.TrimSuffix(t.server, "/") + "/_hookrig/v1" + path + "?" + query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(text))
	if err != nil {
		return nil, misused("%q is not a URL", t.server)
	}
	request.Header.Set("Content-Type", "application/json")
	if len(tokens) > 0 {
		request.Header.Set("Authorization", "Bearer "+tokens[0])
	}
	client := &http.Client{Timeout: time.Duration(t.timeout) + 10*time.Second,
		Transport:     &http.Transport{DialContext: policy.DialContext, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	reply, err := client.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, unable("ask %s: %s", t.server, netReason(err)).hint("is hookrig serve running? --server URL says where")
	}
	defer reply.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(reply.Body, 4<<20))
	if err != nil {
		return nil, unable("read the answer of %s: %s", t.server, netReason(err))
	}
	return answer, refusal(t.server, reply.StatusCode, answer)
}

// refusal turns a problem of the control API into an error.
func refusal(server string, status int, answer []byte) error {
	if status/100 == 2 {
		return nil
	}
	var problem struct{ Detail string }
	if err := json.Unmarshal(answer, &problem); err != nil || problem.Detail == "" {
		problem.Detail = "no control API of hookrig answers there"
		if errors.Is(err, io.EOF) {
			problem.Detail = "the answer is empty"
		}
	}
	if status/100 == 4 && status != http.StatusTooManyRequests {
		return misused("%s answered %d: %s", server, status, problem.Detail)
	}
	return unable("%s answered %d: %s", server, status, problem.Detail)
}
