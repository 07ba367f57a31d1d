package journal_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookrig/hookrig/mockprovider/journal"
)

func open(t testing.TB, path string) *journal.Journal {
	t.Helper()
	j, err := journal.Open(journal.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

// accept puts one message with one pending delivery into the journal.
func accept(t testing.TB, j *journal.Journal, session int64, id string) journal.Delivery {
	t.Helper()
	now := time.Now()
	a := journal.Acceptance{
		Messages:   []journal.Message{{Event: "message.received", ID: id, Origin: "trigger", At: now, Body: []byte(`{"id":"` + id + `"}`)}},
		Deliveries: []journal.Delivery{{Event: "message.received", Subscription: "sub", Status: journal.Pending, Created: now, Due: now}},
	}
	if err := j.Accept(t.Context(), session, a, nil); err != nil {
		t.Fatal(err)
	}
	return a.Deliveries[0]
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	j := open(t, "")
	at := time.UnixMicro(1_790_000_000_123_456).UTC()
	a := journal.Acceptance{
		Messages:   []journal.Message{{Event: "a", ID: "1", Entity: "e", Origin: "trigger", At: at, Body: []byte("{}")}},
		Deliveries: []journal.Delivery{{Event: "a", Subscription: "s", Status: journal.Pending, Created: at, Due: at, Fault: "delay"}},
	}
	if err := j.Accept(t.Context(), 7, a, nil); err != nil {
		t.Fatal(err)
	}
	m, err := j.Message(t.Context(), a.Messages[0].Seq)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a.Messages[0], m); diff != "" {
		t.Errorf("message (-written +read):\n%s", diff)
	}
	d := a.Deliveries[0]
	d.Status, d.Attempts, d.Answer = journal.Dead, 1, 500
	attempt := journal.Attempt{Number: 1, At: at, Sent: at, Duration: time.Second, Outcome: "dead", Status: 500, Failure: "f", Cause: "c",
		Fault: "slow", RequestHeader: []byte("POST"), RequestBody: []byte("x"), ReplyHeader: []byte("HTTP"), ReplyBody: []byte("no")}
	if err := j.Record(t.Context(), d, &attempt); err != nil {
		t.Fatal(err)
	}
	got, err := j.Delivery(t.Context(), 7, d.Seq)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, got); diff != "" {
		t.Errorf("delivery (-written +read):\n%s", diff)
	}
	attempts, err := j.Attempts(t.Context(), d.Seq)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]journal.Attempt{attempt}, attempts); diff != "" {
		t.Errorf("attempts (-written +read):\n%s", diff)
	}
	if _, err := j.Delivery(t.Context(), 8, d.Seq); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("another session sees the delivery: %v, want %v", err, journal.ErrNotFound)
	}
}

func TestFilters(t *testing.T) {
	j := open(t, "")
	var all []journal.Delivery
	for i := range 6 {
		all = append(all, accept(t, j, 1, fmt.Sprint(i)))
	}
	dead := all[2]
	dead.Status, dead.Attempts = journal.Dead, 3
	if err := j.Record(t.Context(), dead, nil); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		filter journal.Filter
		want   []int64
	}{
		{"all, newest first", journal.Filter{}, []int64{6, 5, 4, 3, 2, 1}},
		{"a page", journal.Filter{Before: 5, Limit: 2}, []int64{4, 3}},
		{"dead", journal.Filter{Status: journal.Dead}, []int64{3}},
		{"failed", journal.Filter{Failed: true}, []int64{3}},
		{"of a message", journal.Filter{Message: all[4].Message}, []int64{5}},
		{"of an unknown event", journal.Filter{Event: "other"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			found, err := j.Deliveries(t.Context(), 1, test.filter)
			if err != nil {
				t.Fatal(err)
			}
			var got []int64
			for _, d := range found {
				got = append(got, d.Seq)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDropSubscriptionMakesDeadLetters(t *testing.T) {
	j := open(t, "")
	d := accept(t, j, 1, "a")
	if err := j.DropSubscription(t.Context(), 1, "sub"); err != nil {
		t.Fatal(err)
	}
	got, err := j.Delivery(t.Context(), 1, d.Seq)
	if err != nil || got.Status != journal.Dead {
		t.Errorf("Delivery = %v, %v, want dead", got.Status, err)
	}
}

func TestNumbersGoOnAfterReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kept.db")
	j := open(t, path)
	first := accept(t, j, 1, "a")
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := j.DropStream(t.Context(), 1, "x"); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("write after Close = %v, want %v", err, journal.ErrClosed)
	}
	j = open(t, path)
	if second := accept(t, j, 1, "b"); second.Seq != first.Seq+1 {
		t.Errorf("the second delivery has number %d, want %d", second.Seq, first.Seq+1)
	}
	pending, err := j.Unfinished(t.Context(), 1)
	if err != nil || len(pending) != 2 {
		t.Errorf("Unfinished = %d deliveries, %v, want 2", len(pending), err)
	}
}

// Secrets stand in the journal: whoever else is on the machine cannot read it, nor what SQLite keeps beside it.
func TestFilesAreTheOwnersAlone(t *testing.T) {
	made := filepath.Join(t.TempDir(), "in-advance.db")
	if err := os.WriteFile(made, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(t.TempDir(), "folder", "journal.db"), made} {
		j := open(t, path)
		accept(t, j, 1, "a")
		files, err := filepath.Glob(path + "*")
		if err != nil || len(files) < 2 {
			t.Fatalf("files %v, %v, want the journal and its WAL", files, err)
		}
		for _, file := range files {
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v, want 0600", filepath.Base(file), info.Mode(), err)
			}
		}
	}
}

func TestOwnFileIsRemoved(t *testing.T) {
	j, err := journal.Open(journal.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(j.Path()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the run's own file is still there: %v", err)
	}
}

// A file that is not ours, newer than us or damaged is refused with one line and left untouched.
func TestRefusedFiles(t *testing.T) {
	good := filepath.Join(t.TempDir(), "good.db")
	j := open(t, good)
	for i := range 200 {
		accept(t, j, 1, fmt.Sprint(i))
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	edit := func(at int, value ...byte) []byte {
		edited := bytes.Clone(whole)
		copy(edited[at:], value)
		return edited
	}
	for _, test := range []struct {
		name string
		file []byte
		want error
	}{
		{"text", []byte(strings.Repeat("hello\n", 100)), journal.ErrForeign},
		{"short", []byte("SQLite format 3\x00"), journal.ErrForeign},
		{"another program's database", edit(68, 0, 0, 0, 0), journal.ErrForeign},
		{"newer", edit(60, binary.BigEndian.AppendUint32(nil, journal.Version+1)...), journal.ErrNewer},
		{"pages overwritten", edit(4096, bytes.Repeat([]byte{0xa5}, len(whole)-4096)...), journal.ErrDamaged},
		{"cut", whole[:len(whole)/2], journal.ErrDamaged},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.db")
			if err := os.WriteFile(path, test.file, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := journal.Open(journal.Config{Path: path})
			if !errors.Is(err, test.want) {
				t.Fatalf("Open = %v, want %v", err, test.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("the refusal takes more than one line: %q", err)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, test.file) {
				t.Errorf("the refused file was changed: %v", err)
			}
		})
	}
}

// Whatever is cut off or flipped in the write-ahead log, every transaction before it survives.
func TestDamagedLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "live.db")
	j := open(t, path)
	var lengths []int64 // of the log after each transaction
	for i := range 60 {
		accept(t, j, 1, fmt.Sprint(i))
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		lengths = append(lengths, info.Size())
	}
	main, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < 20; i++ {
		at := 32 + i*(len(log)-32)/20 // behind the log's own header
		for name, damaged := range map[string][]byte{"cut": log[:at], "flip": flip(log, at)} {
			t.Run(fmt.Sprintf("%s at %d", name, at), func(t *testing.T) {
				copied := filepath.Join(t.TempDir(), "copy.db")
				for file, content := range map[string][]byte{copied: main, copied + "-wal": damaged} {
					if err := os.WriteFile(file, content, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				found, err := open(t, copied).Unfinished(t.Context(), 1)
				if err != nil {
					t.Fatal(err)
				}
				want := 0
				for want < len(lengths) && lengths[want] <= int64(at) {
					want++
				}
				if len(found) < want {
					t.Errorf("%d of %d transactions before the damage survived", len(found), want)
				}
			})
		}
	}
}

func flip(log []byte, at int) []byte {
	flipped := bytes.Clone(log)
	flipped[at] ^= 0x40
	return flipped
}

func TestPrune(t *testing.T) {
	j := open(t, "")
	old, err := j.AddSession(t.Context(), "old", []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 600 {
		accept(t, j, old, fmt.Sprint("dropped", i))
	}
	finished := accept(t, j, 99, "finished")
	pending := accept(t, j, 99, "pending")
	finished.Status = journal.Delivered
	if err := j.Record(t.Context(), finished, nil); err != nil {
		t.Fatal(err)
	}
	if err := j.DropSession(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	removed, err := j.Prune(t.Context(), journal.Retention{OlderThan: time.Now().Add(time.Hour)})
	if err != nil || removed != 601 {
		t.Fatalf("Prune = %d, %v, want 601", removed, err)
	}
	left, err := j.Deliveries(t.Context(), 99, journal.Filter{})
	if err != nil || len(left) != 1 || left[0].Seq != pending.Seq {
		t.Errorf("left %v, %v, want the pending one", left, err)
	}
}

func TestPruneBySize(t *testing.T) {
	j := open(t, "")
	for i := range 2000 {
		d := accept(t, j, 1, fmt.Sprint(i))
		d.Status = journal.Delivered
		if err := j.Record(t.Context(), d, nil); err != nil {
			t.Fatal(err)
		}
	}
	before, err := j.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Prune(t.Context(), journal.Retention{Bytes: before / 2}); err != nil {
		t.Fatal(err)
	}
	after, err := j.Size(t.Context())
	if err != nil || after > before/2 {
		t.Errorf("size %d of %d bytes, %v, want at most half", after, before, err)
	}
	if newest, err := j.Deliveries(t.Context(), 1, journal.Filter{Limit: 1}); err != nil || len(newest) != 1 || newest[0].Seq != 2000 {
		t.Errorf("the newest is gone: %v, %v", newest, err)
	}
}

func BenchmarkJournal(b *testing.B) {
	j := open(b, "")
	body := bytes.Repeat([]byte("x"), 470)
	b.ReportAllocs()
	var wait sync.WaitGroup
	work := make(chan int)
	for range 64 {
		wait.Go(func() {
			for range work {
				now := time.Now()
				a := journal.Acceptance{
					Messages:   []journal.Message{{Event: "e", ID: "id", Origin: "stream", At: now, Body: body}},
					Deliveries: []journal.Delivery{{Event: "e", Subscription: "s", Status: journal.Pending, Created: now, Due: now}},
				}
				if err := j.Accept(b.Context(), 1, a, nil); err != nil {
					b.Error(err)
					return
				}
				d := a.Deliveries[0]
				d.Status = journal.Delivered
				if err := j.Record(b.Context(), d, &journal.Attempt{Number: 1, At: now, Sent: now, RequestHeader: body[:300], ReplyHeader: body[:80]}); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	for i := range b.N {
		work <- i
	}
	close(work)
	wait.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
}
