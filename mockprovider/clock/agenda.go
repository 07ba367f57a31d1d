package clock

import (
	"container/heap"
	"time"
)

// Task is what happens when its time has come. Run must not block: it hands the work on.
type Task interface{ Run() }

// TaskFunc is a function as a Task.
type TaskFunc func()

// Run calls the function.
func (f TaskFunc) Run() { f() }

// longest is how long the runner sleeps at most; a clock that leaps is looked at again by then.
const longest = time.Minute

// At puts a task on the agenda. What is due already runs as soon as possible. Tasks of one time run in
// the order they were put.
func (c *Clock) At(due time.Time, t Task) {
	c.mu.Lock()
	defer c.mu.Unlock()
	first, ok := c.agenda.next()
	c.agenda.put(due, t)
	if !ok || due.Before(first) {
		c.wake()
	}
}

// Forget takes tasks off the agenda: all for which which is true, which must not block. It returns them.
func (c *Clock) Forget(which func(Task) bool) []Task {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.agenda.forget(which)
}

// Pending counts the tasks on the agenda.
func (c *Clock) Pending() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.agenda.entries)
}

// run runs the tasks whose time has come, until Close.
func (c *Clock) run() {
	defer close(c.done)
	for {
		c.mu.Lock()
		if c.closed {
			c.mu.Unlock()
			return
		}
		var tasks []Task
		if c.advances == 0 {
			tasks = c.agenda.due(c.at())
		}
		wait, changed := c.untilNext(), c.changed
		c.mu.Unlock()
		for _, t := range tasks {
			t.Run()
		}
		if len(tasks) > 0 {
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// untilNext is how long the machine's clock runs until the next task. Callers hold mu.
func (c *Clock) untilNext() time.Duration {
	next, ok := c.agenda.next()
	if !ok || c.frozen || c.advances > 0 {
		return longest
	}
	left := float64(next.Sub(c.at())) / c.speed
	return time.Duration(min(max(left, 0), float64(longest))) + 1
}

// agenda is a heap of tasks by time, then by order of coming.
type agenda struct {
	entries []entry
	count   uint64
}

type entry struct {
	due   time.Time
	order uint64
	task  Task
}

func (a *agenda) put(due time.Time, t Task) {
	a.count++
	heap.Push(a, entry{due, a.count, t})
}

func (a *agenda) next() (time.Time, bool) {
	if len(a.entries) == 0 {
		return time.Time{}, false
	}
	return a.entries[0].due, true
}

// due takes the tasks whose time is not after now.
func (a *agenda) due(now time.Time) []Task {
	var tasks []Task
	for len(a.entries) > 0 && !a.entries[0].due.After(now) {
		tasks = append(tasks, heap.Pop(a).(entry).task)
	}
	return tasks
}

func (a *agenda) forget(which func(Task) bool) (gone []Task) {
	kept := a.entries[:0]
	for _, one := range a.entries {
		if which(one.task) {
			gone = append(gone, one.task)
		} else {
			kept = append(kept, one)
		}
	}
	clear(a.entries[len(kept):])
	a.entries = kept
	heap.Init(a)
	return gone
}

// Len, Less, Swap, Push and Pop make a heap.
func (a *agenda) Len() int { return len(a.entries) }

// Less orders by time, then by coming.
func (a *agenda) Less(i, j int) bool {
	if a.entries[i].due.Equal(a.entries[j].due) {
		return a.entries[i].order < a.entries[j].order
	}
	return a.entries[i].due.Before(a.entries[j].due)
}

// Swap swaps two entries.
func (a *agenda) Swap(i, j int) { a.entries[i], a.entries[j] = a.entries[j], a.entries[i] }

// Push adds an entry.
func (a *agenda) Push(x any) { a.entries = append(a.entries, x.(entry)) }

// Pop takes the last entry.
func (a *agenda) Pop() any {
	last := a.entries[len(a.entries)-1]
	a.entries[len(a.entries)-1] = entry{}
	a.entries = a.entries[:len(a.entries)-1]
	return last
}
