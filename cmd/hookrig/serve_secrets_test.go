package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/hookrig/hookrig/mockprovider"
)

// canaries are the secrets of every kind that serve, trigger and listen are given.
var canaries = map[string]string{"signing secret": "Zq7vK2mX+w9LbT4c/Rn8Yd=Gs5", "API key": "hG3xPw6uEj1oQa0sVf2z", "control token": "Mk8bNc4yUt7iRl5eWd9p"}

// tellTale is a consumer that says every secret it could know, in every spelling and place.
func tellTale(t *testing.T) string {
	t.Helper()
	var all []string
	for _, secret := range canaries {
		all = append(all, secret, base64.StdEncoding.EncodeToString([]byte(secret)), hex.EncodeToString([]byte(secret)), url.QueryEscape(secret), secret[3:12])
	}
	text := strings.Join(all, " ")
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprintf(conn, "HTTP/1.1 500 %s\r\nX-Secrets: %s\r\nX-%s: 1\r\nSet-Cookie: %s\r\nContent-Length: %d\r\n\r\n%s", text, text, canaries["API key"], text, len(text), text)
	}))
	t.Cleanup(app.Close)
	return app.URL
}

// Nothing that serve, trigger and listen say, on any way out, has a piece of a secret in any spelling.
func TestServeTellsNoSecrets(t *testing.T) {
	t.Parallel()
	vars := map[string]string{"HOOKRIG_SECRET": canaries["signing secret"], "HOOKRIG_API_KEY": canaries["API key"], "HOOKRIG_TOKEN": canaries["control token"]}
	outputs := map[string]string{}
	leaky := tellTale(t) + "/?key=" + url.QueryEscape(canaries["signing secret"])

	serve := inBackground(t, vars, "serve", "-p", "watsi", "--to", leaky, "--insecure")
	for name, args := range map[string][]string{
		"acknowledged": {"message.received"}, "as JSON": {"contact.created", "-o", "json", "--wait", "none"}, "unknown event": {"nonsense"},
		"unknown session": {"contact.created", "--session", "nobody"}, "journey": {"--journey", "newcomer"}, "bad value": {"contact.created", "--set", "/data/name=" + canaries["API key"]},
	} {
		o := runHere(t, vars, "", append([]string{"trigger", "--server", serve.url, "--timeout", "1s"}, args...)...)
		outputs["trigger "+name+": stdout"], outputs["trigger "+name+": stderr"] = o.stdout, o.stderr
	}
	asked(t, outputs, "serve", serve.url)
	serve.stop()
	outputs["serve: stdout"], outputs["serve: stderr"] = serve.stdout.String(), serve.stderr.String()

	for _, format := range []string{"text", "json"} {
		listen := inBackground(t, vars, "listen", "-p", "watsi", "-o", format, "--forward", "http://127.0.0.1:"+freePort(t)+"/?key="+url.QueryEscape(canaries["signing secret"]))
		tell(t, listen.url)
		asked(t, outputs, "listen "+format, listen.url)
		listen.stop()
		outputs["listen "+format+": stdout"], outputs["listen "+format+": stderr"] = listen.stdout.String(), listen.stderr.String()
		if !strings.Contains(listen.stdout.String(), "contact.created") {
			t.Errorf("listen -o %s printed %q", format, &listen.stdout)
		}
	}
	if len(outputs) < 60 {
		t.Errorf("only %d outputs", len(outputs))
	}
	for name, text := range outputs {
		for kind, secret := range canaries {
			if piece := leak(text, secret); piece != "" {
				t.Errorf("%s shows a piece of the %s: %q in %s", name, kind, piece, around(text, piece))
			}
		}
	}
}

// asked asks everything that can be read there, and a few things that cannot.
func asked(t *testing.T, outputs map[string]string, who, base string) {
	t.Helper()
	paths := []string{"GET /_hookrig/", "GET /healthz", "GET /metrics", "GET /nothing", "GET /_hookrig/v1/deliveries/1?raw=true", "GET /_hookrig/v1/nothing"}
	var document struct{ Paths map[string]map[string]any }
	if err := yaml.Unmarshal(mockprovider.API(), &document); err != nil || len(document.Paths) < 20 {
		t.Fatalf("%d paths, %v", len(document.Paths), err)
	}
	var operations []string
	for path, item := range document.Paths {
		for method := range item {
			if method != "parameters" {
				operations = append(operations, strings.ToUpper(method)+" "+strings.TrimPrefix(path, "/_hookrig/v1"))
			}
		}
	}
	slices.Sort(operations)
	for _, operation := range operations {
		method, path, _ := strings.Cut(operation, " ")
		path = strings.NewReplacer("{event}", "contact.created", "{delivery}", "1", "{subscription}", "none", "{stream}", "none", "{fault}", "9", "{name}", "none", "{journey}", "none").Replace(path)
		switch path {
		case "/live", "/reset":
			continue // one does not end, the other ends what the next ones show
		case "/messages":
			path += "?follow=false"
		}
		paths = append(paths, method+" /_hookrig/v1"+path)
	}
	for _, one := range paths {
		method, path, _ := strings.Cut(one, " ")
		for _, token := range []string{canaries["control token"], canaries["control token"] + "x"} {
			outputs[who+": "+one+" "+token[len(token)-1:]] = call(t, method, base+path, token, map[string]any{"url": "http://10.0.0.1/?k=" + canaries["API key"], "secret": canaries["signing secret"], canaries["control token"]: 1})
		}
	}
	outputs[who+": registration"] = call(t, "POST", base+"/api/v1/webhooks", canaries["API key"], map[string]any{"url": "http://10.0.0.1/" + canaries["signing secret"]})
	outputs[who+": unknown call"] = call(t, "POST", base+"/api/v1/"+canaries["API key"], canaries["API key"]+"x", map[string]any{})
}

func call(t *testing.T, method, target, token string, body any) string {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, target, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	answer, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s %v\n%s", reply.Status, reply.Header, answer)
}

// tell sends a listener a delivery that carries secrets where a confused provider might put them.
func tell(t *testing.T, target string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target+"/hook?key="+url.QueryEscape(canaries["signing secret"]), strings.NewReader(
		fmt.Sprintf(`{"id":"evt_%s","type":"contact.created","data":{"name":%q}}`, canaries["control token"], canaries["signing secret"])))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Secret", canaries["signing secret"])
	r.Header.Set("X-Other", "it is "+hex.EncodeToString([]byte(canaries["signing secret"])))
	r.Header.Set("X-Watsi-Signature", canaries["signing secret"])
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	reply.Body.Close()
}

// leak finds a piece of eight bytes of a secret in a text, however it is spelled.
func leak(text, secret string) string {
	forms := []string{secret, hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))), url.QueryEscape(secret)}
	for offset := range 3 {
		form := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", offset) + secret))
		forms = append(forms, form[4:len(form)-4])
	}
	for _, form := range forms {
		for at := 0; at+8 <= len(form); at++ {
			if strings.Contains(text, form[at:at+8]) {
				return form[at : at+8]
			}
		}
	}
	return ""
}

// around is the text near a piece.
func around(text, piece string) string {
	at := strings.Index(text, piece)
	return text[max(0, at-60):min(len(text), at+60)]
}
