package load

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The range of a Latency. Longer ones count as the longest.
const (
	shortestLatency = time.Microsecond
	longestLatency  = time.Hour
)

// Latency is a distribution of lengths of time, exact to a thousandth. Its zero value is empty and
// cannot record; it is not safe for concurrent use.
type Latency struct{ histogram *hdrhistogram.Histogram }

func newLatency() Latency { return roughLatency(3) }

// roughLatency is exact to so many digits.
func roughLatency(digits int) Latency {
	return Latency{hdrhistogram.New(int64(shortestLatency), int64(longestLatency), digits)}
}

// record adds n lengths.
func (l Latency) record(d time.Duration, n int64) {
	d = min(max(d, 0), longestLatency)
	if err := l.histogram.RecordValues(int64(d), n); err != nil {
		panic(err) // within its range nothing is refused
	}
}

// Count is how many there are.
func (l Latency) Count() int64 {
	if l.histogram == nil {
		return 0
	}
	return l.histogram.TotalCount()
}

// Quantile is the length that so many percent do not exceed; 0 when there are none.
func (l Latency) Quantile(percent float64) time.Duration {
	if l.Count() == 0 {
		return 0
	}
	return time.Duration(l.histogram.ValueAtPercentile(percent))
}

// Max is the longest.
func (l Latency) Max() time.Duration {
	if l.Count() == 0 {
		return 0
	}
	return time.Duration(l.histogram.Max())
}

// Mean is the mean.
func (l Latency) Mean() time.Duration {
	if l.Count() == 0 {
		return 0
	}
	return time.Duration(l.histogram.Mean())
}

// merge adds another one's lengths.
func (l Latency) merge(other Latency) {
	if other.histogram != nil {
		l.histogram.Merge(other.histogram)
	}
}

// latencyJSON is a Latency in a record: figures for readers, and the buckets, from which it is whole again.
type latencyJSON struct {
	Count   int64      `json:"count"`
	MeanNS  int64      `json:"mean_ns"`
	P50     int64      `json:"p50_ns"`
	P90     int64      `json:"p90_ns"`
	P99     int64      `json:"p99_ns"`
	P999    int64      `json:"p99_9_ns"`
	MaxNS   int64      `json:"max_ns"`
	Digits  int64      `json:"digits"`
	Buckets [][2]int64 `json:"buckets"` // lowest value in ns, count; rising, none empty
}

// MarshalJSON writes percentiles and buckets.
func (l Latency) MarshalJSON() ([]byte, error) {
	j := latencyJSON{Count: l.Count(), MeanNS: int64(l.Mean()), P50: int64(l.Quantile(50)), P90: int64(l.Quantile(90)),
		P99: int64(l.Quantile(99)), P999: int64(l.Quantile(99.9)), MaxNS: int64(l.Max()), Digits: 3, Buckets: [][2]int64{}}
	if l.histogram != nil {
		j.Digits = l.histogram.SignificantFigures()
		for _, bar := range l.histogram.Distribution() {
			if bar.Count > 0 {
				j.Buckets = append(j.Buckets, [2]int64{bar.From, bar.Count})
			}
		}
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads the buckets; the figures follow from them.
func (l *Latency) UnmarshalJSON(data []byte) error {
	var j latencyJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	if j.Digits < 1 || j.Digits > 4 {
		return fmt.Errorf("read latency: %d digits, want 1 to 4", j.Digits)
	}
	read := roughLatency(int(j.Digits))
	for _, bucket := range j.Buckets {
		if bucket[0] < 0 || bucket[0] > int64(longestLatency) || bucket[1] < 1 || bucket[1] > 1<<50 {
			return fmt.Errorf("read latency: bucket %v is out of range", bucket)
		}
		read.record(time.Duration(bucket[0]), bucket[1])
	}
	if read.Count() != j.Count {
		return fmt.Errorf("read latency: the buckets hold %d, and count says %d", read.Count(), j.Count)
	}
	*l = read
	return nil
}

// Milliseconds writes a latency in milliseconds, with three figures of which the last means something.
func Milliseconds(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	digits := 0
	switch {
	case ms < 1:
		digits = 3
	case ms < 10:
		digits = 2
	case ms < 100:
		digits = 1
	}
	return strconv.FormatFloat(ms, 'f', digits, 64) + " ms"
}
