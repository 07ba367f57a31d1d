package schemas

import "encoding/json"

// Provider is a platform that sends webhooks, described as data (provider.json).
type Provider struct {
	Name     string `json:"name"`
	Title    string `json:"title"`
	Homepage string `json:"homepage"`
	Extends  string `json:"extends,omitempty"` // built-in provider that this one is a variant of

	Fields    Fields               `json:"envelope"`
	Entity    map[string][]Pointer `json:"entity,omitempty"` // event → where the key stands; first non-empty wins
	Headers   Headers              `json:"headers"`          // name and template, in sending order (an object in JSON)
	Signing   *Signing             `json:"signing"`          // nil when the provider signs nothing ("none" in JSON)
	Body      BodyStyle            `json:"body"`
	Policy    Policy               `json:"policy"`
	Handshake *Handshake           `json:"handshake,omitempty"`
	API       *API                 `json:"api,omitempty"`
	Consumer  *Consumer            `json:"consumer,omitempty"`
	Sources   map[Pointer]string   `json:"sources"` // place in provider.json → source; longest match wins
}

// Fields points at what every body of the provider carries. An empty pointer: the provider has none.
type Fields struct {
	Event  Pointer `json:"event"`
	ID     Pointer `json:"id,omitempty"`
	Time   Pointer `json:"time,omitempty"`
	Tenant Pointer `json:"tenant,omitempty"`
}

// Signing describes how a provider signs, completely: one engine is driven by it.
type Signing struct {
	Algorithm        string       `json:"algorithm"` // hmac-sha256, hmac-sha1, hmac-sha512, ed25519
	Secret           SecretFormat `json:"secret"`
	Signs            string       `json:"signs"`                       // template over {id} {timestamp} {body}
	Encoding         string       `json:"encoding"`                    // hex, base64
	Item             string       `json:"item"`                        // template over {signature}
	Separator        string       `json:"separator,omitempty"`         // between items, one item per secret; "" = the first secret alone signs
	ToleranceSeconds int          `json:"tolerance_seconds,omitempty"` // 0 when nothing limits the age
}

// SecretFormat says how the provider writes a secret.
type SecretFormat struct {
	Prefix   string `json:"prefix,omitempty"` // taken off before decoding
	Encoding string `json:"encoding"`         // utf8, base64, hex
}

// BodyStyle is how the provider spells JSON.
type BodyStyle struct {
	EscapesNonASCII bool `json:"escapes_non_ascii"`
	EscapesSlash    bool `json:"escapes_slash"`
}

// Policy is what the provider does with answers.
type Policy struct {
	Acknowledge      []string `json:"acknowledge"` // "2xx" or single statuses
	TimeoutSeconds   float64  `json:"timeout_seconds"`
	Retries          Retries  `json:"retries"`
	LargestBodyBytes int64    `json:"largest_body_bytes"` // 0 when not stated
	DeliveryID       string   `json:"delivery_id"`        // per-delivery, per-attempt, none
	Repeats          bool     `json:"repeats"`            // the same message may arrive more than once
	Ordered          bool     `json:"ordered"`            // messages arrive in the order of their time
}

// Retries is a retry schedule. No delays: one attempt only.
type Retries struct {
	DelaysSeconds []float64 `json:"delays_seconds"`
	JitterRatio   float64   `json:"jitter_ratio"` // 0.2: each delay within ±20 %
	StopOn        []int     `json:"stop_on,omitempty"`
}

// Handshake is a request by which a provider checks an endpoint before it delivers.
type Handshake struct {
	Raw json.RawMessage `json:"-"` // to be designed by the owner of schemas
}

// API is the part of the provider's own API that a consumer calls.
type API struct {
	Raw json.RawMessage `json:"-"` // to be designed by the owner of schemas
}

// Consumer is the consumer of the provider's own tutorial.
type Consumer struct {
	Port      int    `json:"port"`
	Path      string `json:"path"`
	SecretEnv string `json:"secret_env,omitempty"`
}
