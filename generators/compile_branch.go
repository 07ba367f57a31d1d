package generators

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hookrig/hookrig/schemas"
)

// branches makes a block for each shape that can be made, and the choice among them.
func (k *compiler) branches(place schemas.Pointer, shapes []*shape, pins *pin) (block, error) {
	if len(shapes) == 1 {
		return k.shape(place, shapes[0], pins)
	}
	decision := k.decide(place, nil, true)
	choose := op{verb: opChoose, decision: int32(decision), detail: &detail{}}
	var labels []string
	var weights []float64
	var first error
	for _, s := range shapes {
		mark := len(k.plan.decisions)
		back := k.under(decision, len(choose.blocks))
		b, err := k.shape(place, s, pins)
		back()
		if err != nil {
			if !skippable(err) {
				return nil, err
			}
			k.plan.decisions = k.plan.decisions[:mark]
			if first == nil || errors.Is(first, errNoPlace) {
				first = err
			}
			continue
		}
		label := s.label
		if label == "" {
			label = fmt.Sprintf("way %d", len(labels)+1)
		}
		choose.blocks, labels, weights = append(choose.blocks, b.packed()), append(labels, label), append(weights, s.weight)
	}
	if len(labels) == 0 {
		return nil, first
	}
	k.name(decision, distinct(labels))
	choose.detail.weights = running(weights)
	return block{choose}, nil
}

// running turns weights into the running sum of their shares, of 2^32; nil when all are alike.
func running(weights []float64) []uint64 {
	var sum float64
	for _, w := range weights {
		sum += w
	}
	if sum == 0 || slices.Max(weights) == slices.Min(weights) {
		return nil
	}
	shares := make([]uint64, len(weights))
	var upTo float64
	for i, w := range weights {
		upTo += w
		shares[i] = uint64(upTo / sum * (1 << 32))
	}
	return shares
}

// skippable says whether another branch, or leaving an optional place out, helps against the error.
func skippable(err error) bool {
	return errors.Is(err, errEmpty) || errors.Is(err, errEndless) || errors.Is(err, errNoPlace)
}

// distinct numbers labels that repeat.
func distinct(labels []string) []string {
	seen := map[string]int{}
	for i, label := range labels {
		if seen[label]++; seen[label] > 1 {
			labels[i] = fmt.Sprintf("%s, way %d", label, seen[label])
		}
	}
	return labels
}
