package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestRequestSize(t *testing.T) {
	const post = "POST / HTTP/1.1\r\nHost: x\r\n"
	for _, tt := range []struct {
		name string
		text string
		want int
	}{
		{"nothing", "", 0},
		{"half a header", post, 0},
		{"no body", post + "\r\n", len(post) + 2},
		{"a body", post + "Content-Length: 5\r\n\r\nhello", len(post) + 21 + 5},
		{"half a body", post + "content-length:5\r\n\r\nhe", len(post) + 20 + 5},
		{"another behind it", post + "CONTENT-LENGTH:  1 \r\n\r\nx" + post, len(post) + 23 + 1},
	} {
		if got := requestSize([]byte(tt.text)); got != tt.want {
			t.Errorf("%s: %d bytes, want %d", tt.name, got, tt.want)
		}
	}
	for _, bad := range []string{"-1", "x", "99999999999999999999"} {
		if text := post + "Content-Length: " + bad + "\r\n\r\n"; requestSize([]byte(text)) <= len(text) {
			t.Errorf("length %s is taken", bad)
		}
	}
}

// The receiver in a test: what it answers, and how it counts.
func TestReceiverCounts(t *testing.T) {
	if n := strings.Count(string(reply), "\r\n"); n != 3 {
		t.Errorf("the reply has %d line ends", n)
	}
	r := &receiver{}
	for range 3*stride + 5 {
		r.note()
	}
	if r.count.Load() != 3*stride+5 || r.last.Load() < r.first.Load() || r.first.Load() == 0 {
		t.Errorf("count %d, from %d to %d", r.count.Load(), r.first.Load(), r.last.Load())
	}
}

func TestDepartures(t *testing.T) {
	start := time.Now()
	var results []result
	for i, late := range []time.Duration{3 * time.Millisecond, time.Millisecond, 2 * time.Millisecond, 7 * time.Millisecond} {
		results = append(results, result{Seq: i, Timestamp: start.Add(time.Duration(i)*time.Second/lateRate + late)})
	}
	if got := departures(results); !slices.Equal(got, []float64{0, 1, 2, 6}) {
		t.Errorf("late by %v ms", got)
	}
}

func TestMedian(t *testing.T) {
	itself := func(v float64) float64 { return v }
	for _, tt := range []struct {
		of   []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{3, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5}} {
		if got := median(tt.of, itself); got != tt.want {
			t.Errorf("median(%v) = %v, want %v", tt.of, got, tt.want)
		}
	}
}
