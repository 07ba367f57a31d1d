package contract_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/internal/consumer"
	"github.com/hookrig/hookrig/internal/observe"
	"github.com/hookrig/hookrig/schemas"
)

// benchConsumer is set in the environment of the process that serves the consumer of a benchmark.
const benchConsumer = "HOOKRIG_BENCH_CONSUMER"

const benchSecret = "bench-test-secret"

// serveBenchConsumer serves a consumer that answers in a millisecond, and what it has done, and prints its
// address.
func serveBenchConsumer() {
	catalog, err := schemas.Builtin("watsi")
	if err != nil {
		panic(err)
	}
	c, err := consumer.New(consumer.Config{Catalog: catalog, Secrets: []schemas.Secret{benchSecret}})
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/seen/", http.StripPrefix("/seen", c.Observation()))
	mux.HandleFunc("/webhooks", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Millisecond)
		c.ServeHTTP(w, r)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr())
	panic(http.Serve(listener, mux))
}

// startBenchConsumer starts it in a process of its own, so that what is measured is the runner alone.
func startBenchConsumer(b *testing.B) (url string) {
	b.Helper()
	program, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	command := exec.Command(program)
	command.Env = append(os.Environ(), benchConsumer+"=1")
	out, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait() // killed: never nil
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return "http://" + strings.TrimSpace(address)
}

// BenchmarkSuite is the whole Watsi suite with a hook against a consumer that answers in a millisecond, over
// loopback. Goals, of the runner alone: at most 5 s, 1 s of processor time, 128 MiB ever taken from the
// system.
func BenchmarkSuite(b *testing.B) {
	catalog, err := schemas.Builtin("watsi")
	if err != nil {
		b.Fatal(err)
	}
	url := startBenchConsumer(b)
	observer, err := observe.NewURL(observe.URLConfig{Template: url + "/seen/effects/{key}"})
	if err != nil {
		b.Fatal(err)
	}
	sent := int64(0)
	before := cpu()
	for b.Loop() {
		r, err := contract.Run(b.Context(), contract.Config{
			Catalog: catalog, Observer: observer, Endpoints: []schemas.Endpoint{{URL: url + "/webhooks", Secrets: []schemas.Secret{benchSecret}}},
			Progress: func(p contract.Progress) { sent = p.Sent },
		})
		if err != nil || r.Exit != 0 {
			b.Fatalf("%v, exit %d (%s): %v", err, r.Exit, r.Reason, verdicts(r))
		}
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	b.ReportMetric(float64((cpu()-before).Milliseconds())/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(memory.Sys)/(1<<20), "MiB")
	b.ReportMetric(float64(sent), "requests/op")
}
