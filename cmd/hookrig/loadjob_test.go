package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"
)

// job is what a test reads of a Kubernetes Job.
type job struct {
	Kind string `yaml:"kind"`
	Spec struct {
		CompletionMode string `yaml:"completionMode"`
		Completions    int    `yaml:"completions"`
		Parallelism    int    `yaml:"parallelism"`
		BackoffLimit   *int   `yaml:"backoffLimit"`
		Template       struct {
			Spec struct {
				RestartPolicy string `yaml:"restartPolicy"`
				Containers    []struct {
					Args []string `yaml:"args"`
					Env  []struct {
						Name      string         `yaml:"name"`
						ValueFrom map[string]any `yaml:"valueFrom"`
					} `yaml:"env"`
				} `yaml:"containers"`
			} `yaml:"spec"`
		} `yaml:"template"`
	} `yaml:"spec"`
}

// The manifest of examples/ parses, and its parts, run as they stand but for target, size and folder, make one run
// of which each message is sent once.
func TestLoadJob(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../examples/load-job.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var manifest job
	first, second, _ := strings.Cut(string(text), "\n---\n")
	if err := yaml.Unmarshal([]byte(first), &manifest); err != nil {
		t.Fatal(err)
	}
	var claim map[string]any
	if err := yaml.Unmarshal([]byte(second), &claim); err != nil || claim["kind"] != "PersistentVolumeClaim" {
		t.Fatalf("the second document is %v, %v", claim, err)
	}
	spec := manifest.Spec
	if manifest.Kind != "Job" || spec.CompletionMode != "Indexed" || spec.Completions < 2 || spec.Parallelism != spec.Completions ||
		spec.BackoffLimit == nil || *spec.BackoffLimit != 0 || spec.Template.Spec.RestartPolicy != "Never" || len(spec.Template.Spec.Containers) != 1 {
		t.Fatalf("no indexed job whose parts run once, at once: %+v", manifest)
	}
	var mu sync.Mutex
	seen := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		seen[string(body)]++
	}))
	defer server.Close()
	folder := t.TempDir()
	change := strings.NewReplacer("http://app:4000/webhooks/watsi", server.URL, "8000/s", "400/s", "5m", "500ms", "p99<200ms, errors<0.1%", "max<1h", "RUN_ID", "r",
		"START", "2026-11-22T03:00:00Z", "/records", folder)
	var parts sync.WaitGroup
	files := []string{"report"}
	for i := range spec.Completions {
		index := strconv.Itoa(i)
		var args []string
		for _, arg := range spec.Template.Spec.Containers[0].Args {
			args = append(args, strings.ReplaceAll(change.Replace(arg), "$(INDEX)", index))
		}
		files = append(files, filepath.Join(folder, "part-"+index+".json"))
		parts.Go(func() {
			if got := runHere(t, map[string]string{"HOOKRIG_SECRET": "s", "JOB_COMPLETION_INDEX": index}, "", args...); got.code != exitGood {
				t.Errorf("part %s: exit %d: %s", index, got.code, got.stderr)
			}
		})
	}
	parts.Wait()
	got := runHere(t, nil, "", files...)
	if got.code != exitGood || !strings.Contains(got.stdout, "200 due, 200 sent, 0 unsent") || !strings.Contains(got.stdout, "shard 0, 1, 2, 3 of 4") {
		t.Errorf("exit %d: %s%s", got.code, got.stdout, got.stderr)
	}
	for body, n := range seen {
		if n != 1 {
			t.Errorf("a message came %d times: %s", n, body)
		}
	}
	if len(seen) != 200 {
		t.Errorf("%d messages came, want 200", len(seen))
	}
}
