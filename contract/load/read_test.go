package load

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// FuzzRead: whatever stands in a record, it is refused, or every report of it can be written.
func FuzzRead(f *testing.F) {
	small := full()
	small.Seconds, small.Intended, small.Lateness = small.Seconds[:5], measured(5).Intended, newLatency()
	small.Events, small.Stages = small.Events[:0], small.Stages[:0]
	for _, what := range []interface{ Write(io.Writer) error }{small, noisy(1, 6, 1e6, 0.1), &Search{SchemaVersion: recordVersion, Kind: "load-search", Steps: []*Step{{Rate: 5, Record: measured(5)}}}} {
		var b bytes.Buffer
		if err := what.Write(&b); err != nil {
			f.Fatal(err)
		}
		f.Add(b.String())
	}
	f.Add(`{"schema_version":1,"kind":"load"}`)
	f.Add(`{"schema_version":1,"kind":"load","shards":[{"shard":0,"of":1}],"seconds":[{"acknowledged":-1},{"ended":-5},{},{}],"events":[{}],"answers":[{}],"stages":[{},{}],"slo":[{"objective":"x"}]}`)
	f.Add(`{"schema_version":1,"kind":"load-search","steps":[{"record":{}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		write := func(what interface {
			WriteText(io.Writer) error
			WriteHTML(io.Writer) error
			Write(io.Writer) error
		}) {
			if err := what.WriteText(io.Discard); err != nil {
				t.Errorf("text: %v", err)
			}
			if err := what.WriteHTML(io.Discard); err != nil {
				t.Errorf("HTML: %v", err)
			}
			if err := what.Write(io.Discard); err != nil {
				t.Errorf("JSON: %v", err)
			}
		}
		if found, err := ReadSearch(strings.NewReader(text)); err == nil {
			write(found)
		}
		r, err := Read(strings.NewReader(text))
		if err != nil {
			return
		}
		write(r)
		if whole, err := Merge(r); err == nil {
			write(whole)
		}
		if _, err := Compare(r, r); err == nil {
			write(r)
		}
	})
}
