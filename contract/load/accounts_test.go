package load

import (
	"slices"
	"testing"

	"github.com/hookrig/hookrig/schemas"
)

// What a message of each event raises is learnt from what entities show, shared ones included.
func TestAccountsLearn(t *testing.T) {
	type entity struct {
		messages []int // of each event
		effects  int
	}
	many := func(n int, e entity) []entity { return slices.Repeat([]entity{e}, n) }
	for _, tt := range []struct {
		name     string
		entities []entity
		want     []int // effects of one message of each event
		lost     int
	}{
		{"nothing is seen", []entity{{[]int{1}, 0}, {[]int{0, 2}, 0}}, []int{0, 0}, 0},
		{"one effect each", []entity{{[]int{1}, 1}, {[]int{0, 1}, 1}}, []int{1, 1}, 0},
		{"two of one, none of the other", []entity{{[]int{1}, 2}, {[]int{3}, 6}, {[]int{0, 1}, 0}}, []int{2, 0}, 0},
		{"most are lost", append(many(6, entity{[]int{1}, 0}), many(4, entity{[]int{1}, 1})...), []int{1}, 6},
		{"shared, the first raises none", []entity{{[]int{1}, 0}, {[]int{1, 1}, 1}, {[]int{1, 3}, 3}, {[]int{1, 2}, 1}}, []int{0, 1}, 1},
		{"never apart", []entity{{[]int{1, 1}, 1}, {[]int{1, 3}, 3}, {[]int{1, 2}, 2}, {[]int{1, 5}, 4}}, []int{0, 1}, 1},
		{"both, one of them never alone", []entity{{[]int{1}, 1}, {[]int{1, 2}, 3}, {[]int{1, 1}, 2}, {[]int{1, 3}, 4}}, []int{1, 1}, 0},
		{"shared, and the second raises none", []entity{{[]int{1}, 1}, {[]int{1, 2}, 1}, {[]int{1, 1}, 1}}, []int{1, 0}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := &accounts{events: make([]*schemas.Event, len(tt.want)), units: make([]int, len(tt.want))}
			for _, e := range tt.entities {
				of := &account{effects: e.effects}
				for event, n := range e.messages {
					if n > 0 {
						of.parts = append(of.parts, part{event: event, sent: n, acknowledged: n})
					}
				}
				a.list = append(a.list, of)
			}
			a.learn()
			lost := 0
			for _, of := range a.list {
				least, _ := a.due(of)
				lost += max(0, least-of.effects)
			}
			if !slices.Equal(a.units, tt.want) || lost != tt.lost {
				t.Errorf("learnt %v, %d lost, want %v, %d", a.units, lost, tt.want, tt.lost)
			}
		})
	}
}
