package mockprovider

import "sync"

// watches are those who wait until all deliveries of a message have ended. Safe for concurrent use.
type watches struct {
	mu        sync.Mutex // guards byMessage
	byMessage map[int64]*watch
}

type watch struct {
	left int
	done chan struct{}
}

func newWatches() *watches { return &watches{byMessage: map[int64]*watch{}} }

// add watches a message with so many deliveries to come; the channel is closed when none is left.
func (w *watches) add(message int64, deliveries int) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	one := &watch{deliveries, make(chan struct{})}
	if deliveries == 0 {
		close(one.done)
		return one.done
	}
	w.byMessage[message] = one
	return one.done
}

// ended counts a delivery of the message that has ended.
func (w *watches) ended(message int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	one := w.byMessage[message]
	if one == nil {
		return
	}
	if one.left--; one.left == 0 {
		close(one.done)
		delete(w.byMessage, message)
	}
}

// close lets all go who wait.
func (w *watches) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, one := range w.byMessage {
		close(one.done)
	}
	w.byMessage = map[int64]*watch{}
}
