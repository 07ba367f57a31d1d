package main

import (
	"bytes"
	"sync"
	"time"
)

// Bounds of what is kept of a consumer's output.
const (
	logLines     = 2000
	logLineBytes = 2 << 10
)

// lineLog keeps the last lines that were written to it, each with its time. Safe for concurrent use.
type lineLog struct {
	now   func() time.Time
	mu    sync.Mutex
	open  []byte    // guarded by mu: a line without its end
	lines []logLine // guarded by mu
}

type logLine struct {
	at   time.Time
	text string
}

func newLineLog(now func() time.Time) *lineLog { return &lineLog{now: now} }

// Write takes any piece of the output.
func (l *lineLog) Write(data []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for rest := data; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		l.open = append(l.open, line[:min(len(line), logLineBytes-min(len(l.open), logLineBytes))]...)
		if ended {
			l.lines = append(l.lines, logLine{l.now(), string(bytes.TrimRight(l.open, "\r"))})
			l.open = l.open[:0]
		}
		rest = after
	}
	if extra := len(l.lines) - logLines; extra > 0 {
		l.lines = append(l.lines[:0], l.lines[extra:]...)
	}
	return len(data), nil
}

// since are the lines that were written at that time or later.
func (l *lineLog) since(at time.Time) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var texts []string
	for _, line := range l.lines {
		if !line.at.Before(at) {
			texts = append(texts, line.text)
		}
	}
	return texts
}

// last are the last n lines.
func (l *lineLog) last(n int) []string {
	texts := l.since(time.Time{})
	return texts[max(0, len(texts)-n):]
}
