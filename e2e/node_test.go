//go:build e2e

package e2e_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"testing"
)

// script is a Node program that answers each line of JSON with one.
type script struct {
	t       *testing.T
	name    string
	in      *json.Encoder
	close   io.Closer
	out     *bufio.Scanner
	answers int
}

// startScript runs node/<name> with the given arguments and ends it with the test.
func startScript(t *testing.T, name string, args ...string) *script {
	t.Helper()
	command := exec.CommandContext(t.Context(), "node", append([]string{name}, args...)...)
	command.Dir = "node"
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatalf("start node: %v", err)
	}
	s := &script{t: t, name: name, in: json.NewEncoder(in), close: in, out: bufio.NewScanner(out)}
	s.out.Buffer(nil, 16<<20)
	t.Cleanup(func() {
		in.Close()
		if err := command.Wait(); err != nil && t.Context().Err() == nil {
			t.Errorf("%s: %v", name, err)
		}
		if s.answers == 0 {
			t.Errorf("%s was asked nothing", name)
		}
	})
	return s
}

// ask sends one line and reads one answer.
func (s *script) ask(question, answer any) {
	s.t.Helper()
	if err := s.in.Encode(question); err != nil {
		s.t.Fatalf("ask %s: %v", s.name, err)
	}
	if !s.out.Scan() {
		s.t.Fatalf("%s gave no answer to %v: %v", s.name, question, s.out.Err())
	}
	if err := json.Unmarshal(s.out.Bytes(), answer); err != nil {
		s.t.Fatalf("%s answered %q: %v", s.name, s.out.Text(), err)
	}
	s.answers++
}
