package schemas_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

func document(t testing.TB, text string) any {
	t.Helper()
	doc, err := schemas.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func callValues(request, inbound any) *schemas.CallValues {
	return &schemas.CallValues{Request: request, Inbound: inbound, Now: noon, Random: rand.New(rand.NewPCG(1, 2)), Secret: "made-up"}
}

func TestReplyIsAnsweredAndFollowedByItsStatuses(t *testing.T) {
	catalog := builtin(t, "watsi")
	api := catalog.Provider.API
	call, _, ok := api.Match("POST", "/api/v1/messages")
	if !ok {
		t.Fatal("no call to reply by")
	}
	request, err := call.Decode([]byte(`{"conversation_id":"chat_1","body":"Hola"}`))
	if err != nil {
		t.Fatal(err)
	}
	inbound := []byte(`{"type":"message.received","data":{"conversationId":"chat_1","from":"5215550100123"}}`)
	m, err := catalog.Provider.Read(inbound)
	if err != nil {
		t.Fatal(err)
	}
	if keys := call.MessageKeys(m); !slices.Equal(keys, []string{call.RequestKey(request)}) || keys[0] != "chat_1" {
		t.Errorf("the message is answered under %q, the call answers %q", keys, call.RequestKey(request))
	}
	v := callValues(request, document(t, string(inbound)))
	body, err := call.Respond(v)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^\{"message":\{"id":"msg_[0-9A-Z]{26}","conversation_id":"chat_1","body":"Hola","direction":"outbound","status":"sent","created_at":"2026-01-05T08:00:00.000Z"\}\}$`).Match(body) {
		t.Errorf("Respond = %s", body)
	}
	var wamids []string
	for i, want := range []string{`"sent"`, `"delivered"`, `"read"`} {
		settings, err := call.Emits[i].Settings(v)
		if err != nil {
			t.Fatal(err)
		}
		values := map[schemas.Pointer]string{}
		for _, s := range settings {
			values[s.At] = string(s.Value)
		}
		if values["/data/status"] != want || values["/data/recipientId"] != `"5215550100123"` {
			t.Errorf("emission %d sets %v", i, values)
		}
		wamids = append(wamids, values["/data/messageId"])
		if i > 0 && call.Emits[i].After() <= call.Emits[i-1].After() {
			t.Errorf("emission %d does not come after %d", i, i-1)
		}
	}
	if !strings.HasPrefix(wamids[0], `"wamid.HBgN`) || wamids[0] != wamids[2] {
		t.Errorf("wamids %v: want one, of a 13-digit phone", wamids)
	}
}

func TestSendIsMatchedByDigits(t *testing.T) {
	for _, name := range []string{"sentsays", "sentsays-live"} {
		catalog := builtin(t, name)
		call, _, ok := catalog.Provider.API.Match("POST", "/api/send")
		if !ok {
			t.Fatal("no call to send by")
		}
		example := catalog.Event("message.received").Examples[0]
		m, err := catalog.Provider.Read(example.Body)
		if err != nil {
			t.Fatal(err)
		}
		keys := call.MessageKeys(m)
		if len(keys) != 1 || strings.Contains(keys[0], "+") {
			t.Fatalf("%s: keys %q", name, keys)
		}
		request, err := call.Decode([]byte(`{"phone":"+` + keys[0] + `","message":"Hi"}`))
		if err != nil || call.RequestKey(request) != keys[0] {
			t.Errorf("%s: RequestKey = %q, %v, want %q", name, call.RequestKey(request), err, keys[0])
		}
		body, err := call.Respond(callValues(request, document(t, string(example.Body))))
		if err != nil {
			t.Fatal(err)
		}
		doc := document(t, string(body))
		for at, want := range map[schemas.Pointer]any{
			"/data/data/contacts/0/input": "+" + keys[0], "/data/data/contacts/0/wa_id": keys[0], "/statusCode": json.Number("200")} {
			if got := at.Find(doc); len(got) != 1 || got[0] != want {
				t.Errorf("%s: %s of the answer is %v, want %v", name, at, got, want)
			}
		}
	}
}

func TestWhatACallEmitsIsValid(t *testing.T) {
	emitted := 0
	for name, catalog := range builtins(t) {
		for _, call := range catalog.Provider.API.Calls() {
			for _, e := range call.Emits {
				event := catalog.Event(e.Event)
				doc := document(t, string(event.Examples[0].Body))
				v := callValues(document(t, `{"conversation_id":"c","phone":"+12025550100"}`), document(t, `{"data":{"from":"12025550100"}}`))
				settings, err := e.Settings(v)
				if err != nil || len(settings) == 0 {
					t.Fatalf("%s %s: %v", name, call.Name, err)
				}
				for _, s := range settings {
					emitted++
					set(doc, s.At.Segments(), document(t, string(s.Value)))
				}
				body, err := json.Marshal(doc)
				if err != nil {
					t.Fatal(err)
				}
				if err := event.Validate(body); err != nil {
					t.Errorf("%s %s emits %s: %v", name, call.Name, body, err)
				}
			}
		}
	}
	if emitted == 0 {
		t.Fatal("nothing is emitted")
	}
}

// set sets a place that the document has.
func set(doc any, segments []string, value any) {
	last := len(segments) - 1
	for _, segment := range segments[:last] {
		found := schemas.Pointer("").Child(segment).Find(doc)
		if len(found) == 0 {
			return
		}
		doc = found[0]
	}
	if object, ok := doc.(map[string]any); ok {
		if _, has := object[segments[last]]; has {
			object[segments[last]] = value
		}
	}
}

func TestCallRefusals(t *testing.T) {
	api := builtin(t, "watsi").Provider.API
	call := &api.Effects[0]
	for name, body := range map[string]string{"missing": `{"body":"x"}`, "type": `{"conversation_id":7,"body":"x"}`, "too long": `{"conversation_id":"c","body":"` + strings.Repeat("x", 4097) + `"}`, "not JSON": `{`} {
		var broken *schemas.InvalidError
		if _, err := call.Decode([]byte(body)); !errors.As(err, &broken) {
			t.Errorf("Decode(%s) = %v, want *InvalidError", name, err)
		}
	}
	if got := string(api.Refuse(401, `no "key"`, "req_1")); got != `{"error":{"code":"UNAUTHORIZED","message":"no \"key\""},"request_id":"req_1"}` {
		t.Errorf("Refuse = %s", got)
	}
	if got := string(builtin(t, "sentsays").Provider.API.Refuse(422, "bad", "")); got != `{"statusCode":422,"message":"bad"}` {
		t.Errorf("Refuse = %s", got)
	}
	for header, want := range map[string]string{"Bearer k": "k", "Bearer ": "", "bearer k": "", "": "", "k": ""} {
		if key, ok := api.Bearer(header); key != want || ok != (want != "") {
			t.Errorf("Bearer(%q) = %q %v", header, key, ok)
		}
	}
	if _, allowed, ok := api.Match("GET", "/api/v1/messages"); ok || !slices.Equal(allowed, []string{"POST"}) {
		t.Errorf("Match(GET) allows %v, %v", allowed, ok)
	}
	if _, allowed, ok := api.Match("GET", "/nowhere"); ok || allowed != nil {
		t.Errorf("Match(nowhere) = %v %v", allowed, ok)
	}
}

func TestSubscription(t *testing.T) {
	api := builtin(t, "watsi").Provider.API
	s := api.Subscription
	request, err := s.Decode([]byte(`{"url":"http://127.0.0.1:4000/hook","events":["message.received"]}`))
	if err != nil {
		t.Fatal(err)
	}
	body, err := s.Respond(callValues(request, nil))
	if err != nil {
		t.Fatal(err)
	}
	text := string(body)
	if !strings.Contains(text, `"events":["message.received"]`) || !strings.Contains(text, `"secret":"made-up"`) {
		t.Errorf("Respond = %s", text)
	}
	v := callValues(request, nil)
	v.Secret = ""
	if body, err = s.Respond(v); err != nil || strings.Contains(string(body), "secret") {
		t.Errorf("Respond without a secret = %s, %v: want the member left out", body, err)
	}
	if builtin(t, "sentsays").Provider.API.Subscription != nil {
		t.Error("only a dashboard subscribes there")
	}
}

func TestMadeValues(t *testing.T) {
	call := schemas.Call{Response: schemas.Response{Body: json.RawMessage(`{"a":"{uuid}","b":"{uuid}","c":"{ulid}","d":"{hex}","e":"{digits}","f":"{now_unix}","g":"{now_naive}","h":"x{request/n}y","i":"{request/none}","j":["{request/none}","{request/n}"]}`)}}
	body, err := call.Respond(callValues(document(t, `{"n":7}`), nil))
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`^\{"a":"([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})","b":"[-0-9a-f]{36}","c":"01[0-9A-HJKMNP-TV-Z]{24}","d":"[0-9a-f]{32}","e":"[1-9][0-9]{14}","f":"1767600000","g":"2026-01-05 08:00:00","h":"x7y","j":\[7\]\}$`)
	if !want.Match(body) {
		t.Errorf("Respond = %s", body)
	}
	doc := document(t, string(body)).(map[string]any)
	if doc["a"] != doc["b"] {
		t.Error("one placeholder has two values in one call")
	}
	later := callValues(document(t, `{"n":7}`), nil)
	later.Random = rand.New(rand.NewPCG(5, 6))
	later.Now = noon.Add(time.Hour)
	other, err := call.Respond(later)
	if err != nil || string(other) == string(body) {
		t.Errorf("another call gives the same: %s, %v", other, err)
	}
}
