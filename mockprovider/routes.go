package mockprovider

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

//go:embed api.yaml
var document []byte

// prefix is where the control API lives.
const prefix = "/_hookrig/v1"

// API is the OpenAPI 3.1 document of the control API, in YAML.
func API() []byte { return document }

// call is one call of the control API.
type call struct {
	*http.Request
	server  *Server
	session *Session
}

// answer is what a call answers: a status and a value to be shown as JSON, or nothing.
type answer struct {
	status int
	value  any // nil: no body
}

// route is one operation of the control API. One of handle and serve is set.
type route struct {
	method, path string
	handle       func(c *call) (answer, error)
	serve        func(c *call, w http.ResponseWriter) // answers by itself: what is streamed or no JSON
}

// controlRoutes are all operations of the control API, as its document has them.
func controlRoutes() []route {
	return []route{
		{"GET", "/provider", (*call).getProvider, nil},
		{"GET", "/events", (*call).listEvents, nil},
		{"GET", "/events/{event}", (*call).getEvent, nil},
		{"GET", "/journeys", (*call).listJourneys, nil},
		{"POST", "/journeys/{journey}/play", (*call).playJourney, nil},
		{"POST", "/trigger", (*call).trigger, nil},
		{"GET", "/subscriptions", (*call).listSubscriptions, nil},
		{"POST", "/subscriptions", (*call).addSubscription, nil},
		{"GET", "/subscriptions/{subscription}", (*call).getSubscription, nil},
		{"PATCH", "/subscriptions/{subscription}", (*call).editSubscription, nil},
		{"DELETE", "/subscriptions/{subscription}", (*call).dropSubscription, nil},
		{"POST", "/subscriptions/{subscription}/rotate", (*call).rotateSecret, nil},
		{"GET", "/deliveries", (*call).listDeliveries, nil},
		{"POST", "/deliveries/replay", (*call).replayMany, nil},
		{"GET", "/deliveries/{delivery}", (*call).getDelivery, nil},
		{"POST", "/deliveries/{delivery}/replay", (*call).replayOne, nil},
		{"GET", "/deliveries/{delivery}/signature", (*call).explainSignature, nil},
		{"GET", "/streams", (*call).listStreams, nil},
		{"POST", "/streams", (*call).addStream, nil},
		{"DELETE", "/streams/{stream}", (*call).dropStream, nil},
		{"GET", "/faults", (*call).listFaults, nil},
		{"POST", "/faults", (*call).addFault, nil},
		{"DELETE", "/faults", (*call).dropFaults, nil},
		{"DELETE", "/faults/{fault}", (*call).dropFault, nil},
		{"GET", "/clock", (*call).getClock, nil},
		{"PATCH", "/clock", (*call).setClock, nil},
		{"POST", "/clock/advance", (*call).advanceClock, nil},
		{"GET", "/effects", (*call).getEffects, nil},
		{"GET", "/sessions", (*call).listSessions, nil},
		{"POST", "/sessions", (*call).addSession, nil},
		{"DELETE", "/sessions/{name}", (*call).dropSession, nil},
		{"POST", "/reset", (*call).reset, nil},
		{"GET", "/messages", nil, (*call).pullMessages},
		{"GET", "/live", nil, (*call).followUpdates},
		{"GET", "/openapi.yaml", nil, (*call).serveDocument},
	}
}

// routes is the whole server as one handler.
func (s *Server) routes() http.Handler {
	control := http.NewServeMux()
	for _, one := range controlRoutes() {
		control.Handle(one.method+" "+prefix+one.path, s.control(one))
	}
	top := http.NewServeMux()
	top.Handle(prefix+"/", s.named(s.guarded(asProblems(control))))
	top.Handle("/_hookrig/", s.named(http.HandlerFunc(s.servePage)))
	top.Handle("/_hookrig", s.named(http.RedirectHandler("/_hookrig/", http.StatusMovedPermanently)))
	top.HandleFunc("GET /healthz", s.serveHealth)
	top.Handle("GET /metrics", s.metrics.handler())
	switch {
	case s.cfg.Capture != nil:
		top.Handle("/", s.capture())
	case s.provider.API != nil && s.effects != nil:
		top.Handle("/", s.named(http.HandlerFunc(s.serveAPI)))
	default:
		top.Handle("/", s.named(http.NotFoundHandler()))
	}
	return top
}

// control makes the handler of an operation: it finds the session and tells errors as problems.
func (s *Server) control(one route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session, err := s.Named(r.URL.Query().Get("session"))
		if err != nil {
			refuse(w, err)
			return
		}
		c := &call{r, s, session}
		if one.serve != nil {
			one.serve(c, w)
			return
		}
		a, err := one.handle(c)
		switch {
		case err != nil:
			refuse(w, &maskedError{err, session.redactor(false).String(err.Error())})
		case a.value == nil:
			w.WriteHeader(a.status)
		default:
			write(w, a.status, "application/json", a.value)
		}
	})
}

// asProblems turns what the mux itself refuses into problems.
func asProblems(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		recorder := &headerOnly{header: w.Header()}
		mux.ServeHTTP(recorder, r)
		w.Header().Del("Content-Length")
		write(w, recorder.status, "application/problem+json", problem{"about:blank", http.StatusText(recorder.status), recorder.status,
			fmt.Sprintf("no operation %s %s; see %s/openapi.yaml", r.Method, r.URL.Path, prefix)})
	})
}

// headerOnly keeps the header and the status of an answer.
type headerOnly struct {
	header http.Header
	status int
}

// Header is the header of the answer.
func (h *headerOnly) Header() http.Header { return h.header }

// WriteHeader keeps the status.
func (h *headerOnly) WriteHeader(status int) { h.status = status }

// Write drops the body.
func (h *headerOnly) Write(p []byte) (int, error) { return len(p), nil }

// serveHealth says that the server is up and its journal can be read.
func (s *Server) serveHealth(w http.ResponseWriter, r *http.Request) {
	if _, err := s.journal.Size(r.Context()); err != nil {
		refuse(w, err)
		return
	}
	write(w, http.StatusOK, "application/json", map[string]string{"status": "ok", "provider": s.provider.Name})
}

func (c *call) serveDocument(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(document) // the peer may be gone
}

// decode reads the body of a call: one JSON object without unknown members. An empty body is an empty
// object.
func (c *call) decode(into any) error {
	decoder := json.NewDecoder(c.Body)
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err == nil && decoder.Decode(new(json.RawMessage)) != io.EOF {
		err = errors.New("more than one JSON value")
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w: body: %w", ErrInvalid, err)
	}
	return nil
}

// number reads a number of the path or the query; 0 when the query has none.
func (c *call) number(name string) (int64, error) {
	text := c.PathValue(name)
	if text == "" {
		text = c.URL.Query().Get(name)
	}
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%w: %s %q: want a number", ErrInvalid, name, text)
	}
	return n, nil
}

// span reads a duration as Go writes it: 90s, 1h30m.
func span(name, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%w: %s %q: want a duration such as 90s or 1h30m", ErrInvalid, name, text)
	}
	return d, nil
}
