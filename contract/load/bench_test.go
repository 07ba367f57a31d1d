package load_test

import (
	"fmt"
	"math"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/hookrig/hookrig/contract/load"
)

// answering is a cheap consumer in this process, and where it is.
func answering(b *testing.B, handle func()) (url string) {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &fasthttp.Server{Handler: func(*fasthttp.RequestCtx) { handle() }}
	var group sync.WaitGroup
	group.Go(func() { _ = server.Serve(l) })
	b.Cleanup(func() {
		l.Close()
		_ = server.Shutdown()
		group.Wait()
	})
	return "http://" + l.Addr().String()
}

func outcome(b *testing.B, cfg load.Config) *load.Record {
	b.Helper()
	r, err := load.Run(b.Context(), load.Hasty(cfg))
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// BenchmarkClosedLoop is what sender and receiver manage together in this process.
func BenchmarkClosedLoop(b *testing.B) {
	for _, connections := range []int{1, 64, 1000} {
		b.Run(fmt.Sprintf("connections=%d", connections), func(b *testing.B) {
			cfg := config(b, answering(b, func() {}), nil)
			cfg.Connections, cfg.Length = connections, time.Second
			var sent int64
			for b.Loop() {
				sent += outcome(b, cfg).Counts.Acknowledged
			}
			b.ReportMetric(float64(sent)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

// BenchmarkLateness is how late this program itself lets messages go.
func BenchmarkLateness(b *testing.B) {
	cfg := config(b, answering(b, func() {}), load.Constant(5000, 2*time.Second))
	var r *load.Record
	for b.Loop() {
		r = outcome(b, cfg)
	}
	for _, percent := range []float64{50, 99} {
		b.ReportMetric(float64(r.Lateness.Quantile(percent))/1e3, fmt.Sprintf("p%v-µs", percent))
	}
}

// BenchmarkHold is how far the figures are from the truth when a consumer holds everything for 500 ms
// of 5 s: a hundredth of the arrivals waits longer than 450 ms, a thousandth longer than 495 ms.
func BenchmarkHold(b *testing.B) {
	const hold, length = 500 * time.Millisecond, 5 * time.Second
	for _, rate := range []load.Rate{2000, 5000} {
		b.Run(fmt.Sprintf("rate=%s", rate), func(b *testing.B) {
			var r *load.Record
			for b.Loop() {
				var first atomic.Pointer[time.Time]
				url := answering(b, func() {
					now := time.Now()
					first.CompareAndSwap(nil, &now)
					if since := now.Sub(*first.Load()); since > 2*time.Second && since < 2*time.Second+hold {
						time.Sleep(2*time.Second + hold - since)
					}
				})
				r = outcome(b, config(b, url, load.Constant(rate, length)))
			}
			if r.Counts.Acknowledged != int64(float64(rate)*length.Seconds()) {
				b.Errorf("not everything is acknowledged: %+v", r.Counts)
			}
			for percent, truth := range map[float64]time.Duration{99: 450 * time.Millisecond, 99.9: 495 * time.Millisecond} {
				got := r.Intended.Quantile(percent)
				b.ReportMetric(100*math.Abs(float64(got)/float64(truth)-1), fmt.Sprintf("p%v-error-%%", percent))
			}
		})
	}
}
