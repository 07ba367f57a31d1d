package report

// Masker hides secrets. internal/redact makes one.
type Masker interface {
	String(s string) string
	Bytes(b []byte) []byte
	Headers(lines [][2]string) [][2]string
}

// Mask hides secrets in everything that the report says, in place: what consumers answered and logged
// included. A run masks its report before it returns it.
func (r *Report) Mask(m Masker) {
	for _, text := range []*string{&r.Target, &r.Reason, &r.Provider, &r.RunID} {
		*text = m.String(*text)
	}
	maskAll(m, r.Notes)
	for i := range r.Coverage.Uncovered {
		u := &r.Coverage.Uncovered[i]
		u.What, u.Why = m.String(u.What), m.String(u.Why)
	}
	for i := range r.Results {
		result := &r.Results[i]
		result.Reason = m.String(result.Reason)
		if result.Waived != nil {
			result.Waived.Reason = m.String(result.Waived.Reason)
		}
		if result.Finding != nil {
			result.Finding.mask(m)
		}
	}
}

func (f *Finding) mask(m Masker) {
	for _, text := range []*string{&f.Where, &f.Rule, &f.Source, &f.Got, &f.Want, &f.Why, &f.Fix, &f.Observed, &f.Curl, &f.Replay, &f.Shrunk} {
		*text = m.String(*text)
	}
	maskAll(m, f.Log)
	if f.Exchange == nil {
		return
	}
	request, response := &f.Exchange.Request, &f.Exchange.Response
	for _, text := range []*string{&request.Method, &request.Path, &request.Body, &response.Reason, &response.Body, &response.Failure} {
		*text = m.String(*text)
	}
	request.Headers, response.Headers = m.Headers(request.Headers), m.Headers(response.Headers)
	request.BodyBase64, response.BodyBase64 = m.Bytes(request.BodyBase64), m.Bytes(response.BodyBase64)
}

func maskAll(m Masker, texts []string) {
	for i := range texts {
		texts[i] = m.String(texts[i])
	}
}
