package generators

import (
	"math/bits"
	"math/rand/v2"
)

// dice are the chances of one message: a PCG, seeded by its coordinate.
type dice struct{ pcg rand.PCG }

func (d *dice) seed(key uint64) { d.pcg.Seed(key, mix(key)) }

// below gives a number from 0 to n-1; n must not be 0. The bias for n < 2^32 is below 2^-32.
func (d *dice) below(n uint64) uint64 {
	high, _ := bits.Mul64(d.pcg.Uint64(), n)
	return high
}

// mix spreads the bits of x over the whole word (the finaliser of SplitMix64, public domain).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// join mixes two keys into one; the order matters.
func join(a, b uint64) uint64 { return mix(a ^ mix(b)*0x9e3779b97f4a7c15) }

// share maps a key to a number from 0 to n-1; n must not be 0.
func share(key, n uint64) uint64 {
	high, _ := bits.Mul64(key, n)
	return high
}

// hashText gives the key of a text: FNV-1a, mixed.
func hashText(text string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return mix(h)
}
