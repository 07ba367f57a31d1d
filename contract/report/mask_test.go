package report_test

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"testing"

	"github.com/hookrig/hookrig/internal/redact"
)

// A canary secret, put in every place and in every spelling, comes out of no report.
func TestNoReportShowsASecret(t *testing.T) {
	const canary = "whsec_C4naryC4naryS3cret+/x=="
	spellings := map[string]string{
		"raw": canary, "base64": base64.StdEncoding.EncodeToString([]byte(canary)), "base64url": base64.RawURLEncoding.EncodeToString([]byte(canary)),
		"hex": hex.EncodeToString([]byte(canary)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(canary))), "query": url.QueryEscape(canary), "path": url.PathEscape(canary),
	}
	pieces := map[string]string{}
	for name, text := range spellings {
		pieces[name] = text
		for i := range len(text) - 8 {
			pieces[name+" piece "+text[i:i+8]] = text[i : i+8]
		}
	}
	for name, spelling := range spellings {
		r := hostile(spelling)
		r.Mask(redact.New(canary))
		for format := range formats() {
			out := write(t, format, r)
			for piece, text := range pieces {
				if strings.Contains(out, text) {
					t.Errorf("%s, put in %s, is in the %s report", piece, name, format)
					break
				}
			}
		}
	}
}

func TestMaskHidesSignatureHeaders(t *testing.T) {
	r := failing()
	for i := range r.Results {
		if f := r.Results[i].Finding; f != nil && f.Exchange != nil {
			f.Exchange.Request.Headers = append(f.Exchange.Request.Headers, [2]string{"X-Signature", "sha256=5ca1ab1e"}, [2]string{"Authorization", "Bearer 5ca1ab1e"})
			f.Exchange.Response.Headers = append(f.Exchange.Response.Headers, [2]string{"Set-Cookie", "session=5ca1ab1e"})
		}
	}
	r.Mask(redact.New())
	for format := range formats() {
		if strings.Contains(write(t, format, r), "5ca1ab1e") {
			t.Errorf("a signature, a credential or a cookie is in the %s report", format)
		}
	}
}
