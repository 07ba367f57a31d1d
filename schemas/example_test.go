package schemas_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing/fstest"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

func ExampleBuiltin() {
	catalog, err := schemas.Builtin("watsi")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, event := range catalog.Events()[:2] {
		fmt.Println(event.Name, "-", event.Summary)
	}
	// Output:
	// message.received - A customer has written.
	// message.status - A message to a customer has moved on.
}

func ExampleLoad() {
	_, err := schemas.Load(fstest.MapFS{"provider.json": {Data: []byte(`{"name": "acme", "colour": "red"}`)}})
	var folder *schemas.FolderError
	if errors.As(err, &folder) {
		fmt.Println(folder.Problems[0])
	}
	// Output:
	// provider.json:1: missing properties: 'body', 'envelope', 'events', 'headers', 'homepage', 'policy', 'signing', 'sources', 'title'
}

func ExampleCatalog_Validate() {
	catalog, err := schemas.Builtin("watsi")
	if err != nil {
		fmt.Println(err)
		return
	}
	err = catalog.Validate([]byte(`{"id":"evt_01HXYZ555555555","type":"contact.created","created_at":"2025-03-15T10:30:00.000Z",
		"workspace_id":"550e8400-e29b-41d4-a716-446655440000","data":{"contactId":"contact_123","phone":"5215512345678","name":"Ana"}}`))
	var broken *schemas.InvalidError
	if errors.As(err, &broken) {
		for _, v := range broken.Violations {
			fmt.Println(v.Pointer, v.Keyword)
		}
	}
	// Output:
	// /data/phone pattern
}

// A message goes to an endpoint and is opened there.
func ExampleProvider_Envelope() {
	scheme, err := schemas.LoadScheme("github")
	if err != nil {
		fmt.Println(err)
		return
	}
	github := scheme.Provider()
	secrets := []schemas.Secret{"It's a Secret to Everybody"}
	now := time.Unix(1767600000, 0)

	sent, err := github.Envelope(
		schemas.Message{Event: "ping", Body: []byte(`{"zen":"Keep it logically awesome."}`)},
		schemas.Endpoint{URL: "http://127.0.0.1:4000/hook", Secrets: secrets},
		schemas.Attempt{Number: 1, At: now})
	if err != nil {
		fmt.Println(err)
		return
	}
	header := http.Header{}
	for _, line := range sent.Headers {
		header.Add(line[0], line[1])
	}
	fmt.Println(sent.Method, sent.Path, header.Get("X-Hub-Signature-256"))

	_, err = github.Open(schemas.Received{Header: header, Body: sent.Body}, secrets, now)
	fmt.Println("opened:", err)
	_, err = github.Open(schemas.Received{Header: header, Body: []byte(`{}`)}, secrets, now)
	fmt.Println("changed:", errors.Is(err, schemas.ErrSignature))
	// Output:
	// POST /hook sha256=b9f180c4171a9926a5055962b54ec47b0ebee85e62e76c83ebdbb382f77b05ac
	// opened: <nil>
	// changed: true
}

func ExampleDiff() {
	was, err := schemas.Builtin("sentsays")
	if err != nil {
		fmt.Println(err)
		return
	}
	is, err := schemas.Builtin("sentsays-live")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range schemas.Diff(was, is) {
		if c.Event == "group.deleted" && c.Impact == schemas.Breaks {
			fmt.Println(c)
		}
	}
	// Output:
	// breaks group.deleted /data/deleted_at: field-dropped (was may be absent, is nothing): consumers may read it
	// breaks group.deleted /data/uuid: field-dropped (was always there, is nothing): consumers may read it
}

func ExampleRetryAfter() {
	now := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	for _, value := range []string{"120", "Mon, 05 Jan 2026 08:00:30 GMT", "soon"} {
		fmt.Println(schemas.RetryAfter(value, now))
	}
	// Output:
	// 2m0s true
	// 30s true
	// 0s false
}

func ExampleCatalog_Assumptions() {
	catalog, err := schemas.Builtin("watsi")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range catalog.Assumptions() {
		if a.Pointer == "/policy/timeout_seconds" {
			fmt.Println(a.Pointer, a.Value)
			fmt.Println("guess:  ", a.Guess)
			fmt.Println("settles:", a.Settles)
		}
	}
	// Output:
	// /policy/timeout_seconds 10
	// guess:   a time limit exists (docs.watsi.ai/webhooks), its length is not published
	// settles: Watsi's word or --timeout
}
