package consumer

import (
	"encoding/json"
	"net/http"
	"time"
)

// Observation serves what the consumer has done: GET /effects/{key} and GET /effects for the sum, as
// {"effects": n, "value": any}; POST /fail-next makes the next delivery fail. It is for tests: whoever
// can reach it can ask.
func (c *Consumer) Observation() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /effects/{key}", func(w http.ResponseWriter, r *http.Request) {
		c.tell(w, r, r.PathValue("key"))
	})
	mux.HandleFunc("GET /effects", func(w http.ResponseWriter, r *http.Request) { c.tell(w, r, "") })
	mux.HandleFunc("POST /fail-next", func(w http.ResponseWriter, _ *http.Request) {
		c.FailNext()
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

func (c *Consumer) tell(w http.ResponseWriter, r *http.Request, key string) {
	count, value, err := c.Effects(r.Context(), key)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "not known")
		return
	}
	text, err := json.Marshal(struct {
		Effects int             `json:"effects"`
		Value   json.RawMessage `json:"value,omitempty"`
	}{count, value})
	if err != nil {
		refuse(w, http.StatusInternalServerError, "not known")
		return
	}
	reply(w, http.StatusOK, string(text))
}

// NewServer is a server with the limits that a consumer on an open port needs: a slow or greedy peer
// costs a connection for seconds, not memory. The caller sets Addr, or calls Serve, and shuts it down.
func NewServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    64 << 10,
	}
}
