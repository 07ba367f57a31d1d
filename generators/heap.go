package generators

// entry is a thread on the clock. Of the same instant, the lower order comes first.
type entry struct {
	at     int64 // Unix milliseconds
	order  uint64
	thread uint32
}

func (e *entry) before(other *entry) bool {
	return e.at < other.at || e.at == other.at && e.order < other.order
}

// heap is a priority queue with four children to a parent: fewer cache misses than two.
type heap struct{ entries []entry }

func (h *heap) push(e entry) {
	h.entries = append(h.entries, e)
	i := len(h.entries) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(&h.entries[parent]) {
			break
		}
		h.entries[i] = h.entries[parent]
		i = parent
	}
	h.entries[i] = e
}

// pop takes the first entry off; there must be one.
func (h *heap) pop() entry {
	top := h.entries[0]
	last := len(h.entries) - 1
	e := h.entries[last]
	h.entries = h.entries[:last]
	if last == 0 {
		return top
	}
	i := 0
	for {
		child := 4*i + 1
		if child >= last {
			break
		}
		for c := child + 1; c < min(4*i+5, last); c++ {
			if h.entries[c].before(&h.entries[child]) {
				child = c
			}
		}
		if !h.entries[child].before(&e) {
			break
		}
		h.entries[i] = h.entries[child]
		i = child
	}
	h.entries[i] = e
	return top
}

// slab holds values that never move, and hands out the places of those given back.
type slab[T any] struct {
	chunks [][]T
	size   uint32
	vacant []uint32
}

const slabChunk = 4096

// add gives a place; its value is whatever stood there last.
func (s *slab[T]) add() uint32 {
	if n := len(s.vacant); n > 0 {
		id := s.vacant[n-1]
		s.vacant = s.vacant[:n-1]
		return id
	}
	if s.size%slabChunk == 0 {
		s.chunks = append(s.chunks, make([]T, slabChunk))
	}
	s.size++
	return s.size - 1
}

func (s *slab[T]) at(id uint32) *T { return &s.chunks[id/slabChunk][id%slabChunk] }

func (s *slab[T]) free(id uint32) { s.vacant = append(s.vacant, id) }
