//go:build unix

package mockprovider_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hookrig/hookrig/mockprovider"
	"github.com/hookrig/hookrig/schemas"
)

// The test binary is its own server: with this variable set it serves a mock until it is told to stop.
const childData = "HOOKRIG_TEST_CHILD_DATA"

func TestMain(m *testing.M) {
	if path := os.Getenv(childData); path != "" {
		if err := serveChild(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// serveChild serves until SIGTERM. SIGUSR1 lets its files grow to at most 1 MiB more than nothing,
// SIGUSR2 without limit again.
func serveChild(path string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	signal.Ignore(syscall.SIGXFSZ)
	limits := make(chan os.Signal, 1)
	signal.Notify(limits, syscall.SIGUSR1, syscall.SIGUSR2)
	var free syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &free); err != nil {
		return err
	}
	go func() {
		for s := range limits {
			limit := free
			if s == syscall.SIGUSR1 {
				limit.Cur = 1 << 20
			}
			_ = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit) // the test sees whether it took
		}
	}()
	catalog, err := schemas.Builtin("watsi")
	if err != nil {
		return err
	}
	server, err := mockprovider.New(mockprovider.Config{Catalog: catalog, Data: path, Retries: &schemas.Retries{DelaysSeconds: []float64{0.05, 0.1, 0.2}}})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(context.WithoutCancel(ctx), l) }()
	fmt.Println("http://" + l.Addr().String())
	<-ctx.Done()
	closing, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := server.Close(closing); err != nil {
		return err
	}
	return <-served
}

// child is a server in a process of its own.
type child struct {
	url     string
	command *exec.Cmd
}

func startChild(t *testing.T, path string) *child {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), childData+"="+path)
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{command: command}
	t.Cleanup(func() { _ = command.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the child says nothing: %v", err)
	}
	c.url = strings.TrimSpace(line)
	return c
}

// ledger is what a receiver has got, by message id.
type ledger struct {
	*httptest.Server
	mu  sync.Mutex // guards got
	got map[string]int
}

func newLedger(t *testing.T) *ledger {
	l := &ledger{got: map[string]int{}}
	l.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var m struct{ ID string }
		if json.NewDecoder(r.Body).Decode(&m) == nil {
			l.mu.Lock()
			l.got[m.ID]++
			l.mu.Unlock()
		}
	}))
	t.Cleanup(l.Close)
	return l
}

// load triggers messages from several sides until stopped, and notes what was accepted.
type load struct {
	mu       sync.Mutex // guards accepted and refused
	accepted map[string]bool
	refused  map[int]int
	stop     context.CancelFunc
	done     sync.WaitGroup
}

func (l *load) start(url string) {
	ctx, cancel := context.WithCancel(context.Background())
	l.stop = cancel
	for range 4 {
		l.done.Go(func() {
			client := &http.Client{Transport: &http.Transport{}, Timeout: 5 * time.Second}
			defer client.CloseIdleConnections()
			for ctx.Err() == nil {
				r, _ := http.NewRequestWithContext(ctx, "POST", url+v1+"/trigger", strings.NewReader(`{"event":"message.received"}`))
				r.Header.Set("Content-Type", "application/json")
				reply, err := client.Do(r)
				if err != nil {
					continue
				}
				text, err := io.ReadAll(reply.Body)
				reply.Body.Close()
				var answer struct{ Message struct{ ID string } }
				l.mu.Lock()
				if reply.StatusCode == http.StatusAccepted && err == nil && json.Unmarshal(text, &answer) == nil {
					l.accepted[answer.Message.ID] = true
				} else if reply.StatusCode != http.StatusAccepted {
					l.refused[reply.StatusCode]++
				}
				l.mu.Unlock()
			}
		})
	}
}

func (l *load) end() {
	l.stop()
	l.done.Wait()
}

func subscribeChild(t *testing.T, c *child, url string) {
	t.Helper()
	if status, text := post(t, c.url+v1+"/subscriptions", "", map[string]any{"url": url}); status != http.StatusCreated {
		t.Fatalf("subscribe = %d %s", status, text)
	}
}

// drain waits until nothing is pending.
func drain(t *testing.T, c *child) {
	t.Helper()
	eventually(t, func() error {
		reply, err := http.Get(c.url + v1 + "/deliveries?status=pending&limit=1")
		if err != nil {
			return err
		}
		defer reply.Body.Close()
		var page struct{ Deliveries []any }
		if err := json.NewDecoder(reply.Body).Decode(&page); err != nil {
			return err
		}
		if len(page.Deliveries) > 0 {
			return fmt.Errorf("still pending: %v", page.Deliveries)
		}
		return nil
	})
}

// Killed at any moment under load, the provider loses nothing that it accepted, and sends no more twice
// than it had under way.
func TestKillLosesNothing(t *testing.T) {
	l := newLedger(t)
	path := filepath.Join(t.TempDir(), "journal.db")
	work := &load{accepted: map[string]bool{}, refused: map[int]int{}}
	random := rand.New(rand.NewPCG(1, 11))
	kills := rounds(20, 200)
	for i := range kills {
		c := startChild(t, path)
		if i == 0 {
			subscribeChild(t, c, l.URL)
		}
		work.start(c.url)
		time.Sleep(time.Duration(5+random.IntN(rounds(150, 495))) * time.Millisecond)
		_ = c.command.Process.Kill() // SIGKILL: nothing is saved, nothing is said
		_ = c.command.Wait()
		work.end()
	}
	c := startChild(t, path)
	drain(t, c)
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(work.accepted) < kills {
		t.Fatalf("only %d messages were accepted", len(work.accepted))
	}
	lost, twice := 0, 0
	for id := range work.accepted {
		if l.got[id] == 0 {
			lost++
		}
	}
	for _, n := range l.got {
		twice += n - 1
	}
	if lost > 0 || twice > 4*kills {
		t.Errorf("of %d accepted %d were lost; %d came twice, want at most %d", len(work.accepted), lost, twice, 4*kills)
	}
	t.Logf("%d kills, %d accepted, %d delivered more than once", kills, len(work.accepted), twice)
}

// Asked to stop under load, it finishes what is under way, keeps the rest, and loses nothing.
func TestGracefulStop(t *testing.T) {
	l := newLedger(t)
	path := filepath.Join(t.TempDir(), "journal.db")
	work := &load{accepted: map[string]bool{}, refused: map[int]int{}}
	for i := range rounds(5, 100) {
		c := startChild(t, path)
		if i == 0 {
			subscribeChild(t, c, l.URL)
		}
		work.start(c.url)
		time.Sleep(100 * time.Millisecond)
		began := time.Now()
		if err := c.command.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := c.command.Wait(); err != nil {
			t.Errorf("it ended with %v, want exit 0", err)
		}
		if took := time.Since(began); tooLate(took, 11*time.Second) {
			t.Errorf("it took %v to stop", took)
		}
		work.end()
	}
	drain(t, startChild(t, path))
	l.mu.Lock()
	defer l.mu.Unlock()
	for id := range work.accepted {
		if l.got[id] != 1 {
			t.Errorf("message %s came %d times, want once", id, l.got[id])
		}
	}
	if len(work.accepted) == 0 {
		t.Error("nothing was accepted")
	}
}

// With no room left on the disk nothing is accepted, the process lives, and it goes on when there is
// room again.
func TestFullDisk(t *testing.T) {
	l := newLedger(t)
	path := filepath.Join(t.TempDir(), "journal.db")
	c := startChild(t, path)
	subscribeChild(t, c, l.URL)
	if err := c.command.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	accepted := map[string]bool{}
	fire := func() (int, time.Duration) {
		began := time.Now()
		status, text := post(t, c.url+v1+"/trigger", "", map[string]any{"event": "message.received"})
		var answer struct{ Message struct{ ID string } }
		if status == http.StatusAccepted && json.Unmarshal(text, &answer) == nil {
			accepted[answer.Message.ID] = true
		}
		return status, time.Since(began)
	}
	status := 0
	for range 5000 {
		var took time.Duration
		if status, took = fire(); status != http.StatusAccepted {
			if status != http.StatusInsufficientStorage && status != http.StatusServiceUnavailable || tooLate(took, time.Second) {
				t.Errorf("refused with %d after %v, want 507 or 503 within a second", status, took)
			}
			break
		}
	}
	if status == http.StatusAccepted {
		t.Fatal("the disk never filled")
	}
	if err := c.command.Process.Signal(syscall.SIGUSR2); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	eventually(t, func() error {
		if status, _ := fire(); status != http.StatusAccepted {
			return fmt.Errorf("still %d", status)
		}
		return nil
	})
	if took := time.Since(began); tooLate(took, time.Second) {
		t.Errorf("it went on after %v, want within a second", took)
	}
	drain(t, c)
	l.mu.Lock()
	defer l.mu.Unlock()
	for id := range accepted {
		if l.got[id] == 0 {
			t.Errorf("accepted message %s was never delivered", id)
		}
	}
}
