package contract_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/internal/consumer"
	"github.com/hookrig/hookrig/schemas"
)

// needy dies without a field, and of null in another; it does not look at the rest.
func needy(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	var m struct {
		Data map[string]json.RawMessage `json:"data"`
	}
	if err != nil || json.Unmarshal(body, &m) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	email, name := m.Data["email"], m.Data["uuid"]
	if email == nil || string(name) == "null" {
		w.WriteHeader(http.StatusInternalServerError)
	}
}

func TestProbeFindsWhatTheConsumerNeeds(t *testing.T) {
	c, err := schemas.Builtin("sentsays")
	if err != nil {
		t.Fatal(err)
	}
	cfg := contract.Config{Catalog: c, Handler: http.HandlerFunc(needy), Events: []string{"contact.created", "group.deleted"}, Timeout: 5 * time.Second}
	got, err := contract.Probe(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	contact := got.Events["contact.created"]
	if !contact.Accepts {
		t.Fatalf("contact.created: %+v, want it accepted", contact)
	}
	if received := got.Events["group.deleted"]; received.Accepts || !strings.Contains(received.Reason, "500") {
		t.Errorf("group.deleted, which has no e-mail: %+v, want it refused with the status", received)
	}
	if field, found := contact.Fields["/data/email"]; !found || field.Absent != contract.Breaks || field.Changed == contract.Breaks {
		t.Errorf("/data/email: %+v, want it to break when absent only; fields are %v", field, contact.Fields)
	}
	if field, found := contact.Fields["/data/uuid"]; !found || (field.Null != contract.Breaks || field.Absent != contract.Ignored) {
		t.Errorf("/data/uuid: %+v, want it to break when null only", field)
	}
	var file bytes.Buffer
	if err := contract.WriteConsumerContract(&file, got); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(file.String(), "{\n  \"schema_version\": 1,\n  \"provider\": \"sentsays\",\n  \"catalog_digest\": \"sha256:") {
		t.Errorf("the file begins with %.120s", file.String())
	}
	back, err := contract.ReadConsumerContract(&file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, back); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

func TestProbeSeesWhatIsKept(t *testing.T) {
	c, err := schemas.Builtin("sentsays")
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := consumer.New(consumer.Config{Catalog: c})
	if err != nil {
		t.Fatal(err)
	}
	defer keeper.Close()
	got, err := contract.Probe(t.Context(), contract.Config{Catalog: c, Handler: keeper, Observer: keeper, Events: []string{"contact.created"}, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	needs := got.Events["contact.created"]
	if !got.Observed || !needs.Accepts || len(needs.Fields) < 10 {
		t.Fatalf("Probe = %+v, want an observed event with its fields", got)
	}
	if field := needs.Fields["/data/email"]; field.Changed != contract.Uses || field.Absent != contract.Ignored {
		t.Errorf("/data/email: %+v, want it used by a consumer that keeps all", field)
	}
}

func TestProbeSaysThatTheConsumerIsGone(t *testing.T) {
	c := catalog(t)
	server := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	cfg := contract.Config{Catalog: c, Endpoints: []schemas.Endpoint{{URL: "http://127.0.0.1:1/", Secrets: []schemas.Secret{testSecret}}}, Timeout: time.Second}
	if _, err := contract.Probe(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "the consumer is gone") {
		t.Errorf("Probe of a closed port = %v, want that it is gone", err)
	}
	cfg.Handler, cfg.Endpoints[0].URL = server, ""
	got, err := contract.Probe(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	for event, needs := range got.Events {
		if needs.Accepts || needs.Reason == "" {
			t.Errorf("%s: %+v of a consumer that hangs up, want a reason", event, needs)
		}
	}
}

func TestReadConsumerContractRefuses(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty", "", "EOF"},
		{"unknown key", `{"schema_version":1,"evnts":{}}`, `unknown field "evnts"`},
		{"other version", `{"schema_version":3}`, "schema_version is 3, want 1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := contract.ReadConsumerContract(strings.NewReader(test.in)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("ReadConsumerContract = %v, want %q in it", err, test.want)
			}
		})
	}
}
