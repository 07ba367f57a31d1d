package generators

import (
	"fmt"
	"strconv"
)

// phoneBook turns a number into a phone number that nobody real has: first the ranges reserved for
// fiction, then a country code that is assigned to nobody.
type phoneBook struct {
	blocks   []phoneBlock
	capacity uint64 // numbers in all blocks
	stride   uint64 // spreads neighbours over the blocks; it shares no factor with half the capacity
	overflow phoneBlock
}

// phoneBlock is a run of numbers that share their first digits.
type phoneBlock struct {
	start  uint64 // numbers in the blocks before it
	prefix string // country code and what follows it
	first  uint64
	count  uint64
	digits int // of the running part
}

// phoneTable is data/phones.json.
type phoneTable struct {
	Ranges []struct {
		Prefix string   `json:"prefix"`
		Areas  []string `json:"areas"`
		First  uint64   `json:"first"`
		Last   uint64   `json:"last"`
		Digits int      `json:"digits"`
		Source string   `json:"source"`
	} `json:"ranges"`
	Overflow struct {
		Prefix string `json:"prefix"`
		Digits int    `json:"digits"`
		Source string `json:"source"`
	} `json:"overflow"`
}

// load reads the reserved ranges; a prefix of the user's own (E.164, with or without plus sign)
// replaces them all.
func (b *phoneBook) load(own string) error {
	if own != "" {
		return b.use(own)
	}
	var t phoneTable
	if err := readData("phones.json", &t); err != nil {
		return err
	}
	for _, r := range t.Ranges {
		areas := r.Areas
		if len(areas) == 0 {
			areas = []string{""}
		}
		for _, area := range areas {
			b.blocks = append(b.blocks, phoneBlock{b.capacity, r.Prefix + area, r.First, r.Last - r.First + 1, r.Digits})
			b.capacity += r.Last - r.First + 1
		}
	}
	for _, stride := range []uint64{7919, 7907, 7901, 1} { // primes, and what always works
		if b.stride = stride; b.capacity/2%stride != 0 {
			break
		}
	}
	b.overflow = phoneBlock{0, t.Overflow.Prefix, 0, power10(t.Overflow.Digits), t.Overflow.Digits}
	return nil
}

// use makes the numbers under one prefix, 12 digits long or as long as E.164 allows.
func (b *phoneBook) use(own string) error {
	digits := own
	if digits[0] == '+' {
		digits = digits[1:]
	}
	if n, err := strconv.ParseUint(digits, 10, 64); err != nil || n == 0 || digits[0] == '0' || len(digits) > 11 {
		return fmt.Errorf("use phone prefix %q: want a plus sign and 1 to 11 digits", own)
	}
	free := max(12-len(digits), 4)
	b.overflow = phoneBlock{0, digits, 0, power10(free), free}
	return nil
}

// phoneUse says whose number it is; numbers of different uses never meet in the reserved ranges.
type phoneUse int

const (
	phoneOfLife   phoneUse = iota // 0, 1, 2, …: all differ as long as the ranges reach
	phoneOfTenant                 // 0, 1, 2, … below tenantPhones: all differ
	phoneOfAny                    // hashes: they may meet each other
	phoneOfNone                   // hashes that must not meet: under the country code of nobody
)

// tenantPhones is how many reserved numbers are kept for tenants.
const tenantPhones = 4096

// append appends the digits of a number. The salt moves all numbers about.
func (b *phoneBook) append(dst []byte, number, salt uint64, use phoneUse) []byte {
	half := b.capacity / 2
	rest := half - min(half, tenantPhones)
	var block *phoneBlock
	var n uint64
	switch {
	case use == phoneOfLife && number < half:
		block, n = b.find((number*b.stride + share(salt, half)) % half)
	case use == phoneOfTenant && number < half-rest:
		block, n = b.find(half + rest + (number*7919+share(salt, half-rest))%(half-rest))
	case use == phoneOfAny && rest > 0:
		block, n = b.find(half + share(mix(number^salt), rest))
	case use >= phoneOfAny:
		block, n = &b.overflow, share(mix(number^salt), b.overflow.count)
	default:
		block = &b.overflow
		n = (number%block.count*1_000_003 + share(salt, block.count)) % block.count
	}
	dst = append(dst, block.prefix...)
	start := len(dst)
	for range block.digits {
		dst = append(dst, '0')
	}
	for i := len(dst) - 1; i >= start; i-- {
		dst[i] = byte('0' + n%10)
		n /= 10
	}
	return dst
}

// dialled is the number that a maker has made last: one message mostly holds it several times. Its zero
// value is none.
type dialled struct {
	number uint64
	use    phoneUse
	size   int
	digits [24]byte
}

// dial appends the digits of a number of the run.
func (m *maker) dial(dst []byte, number uint64, use phoneUse) []byte {
	d := &m.dialled
	if d.size > 0 && d.number == number && d.use == use {
		return append(dst, d.digits[:d.size]...)
	}
	start := len(dst)
	dst = m.world.phones.append(dst, number, m.runKey, use)
	d.number, d.use, d.size = number, use, copy(d.digits[:], dst[start:])
	return dst
}

// phone finds the number behind a variable's own phone.
func (m *maker) phone(s *source) (number uint64, use phoneUse) {
	edited := s.edit >= 0 && m.edits>>(8*uint(s.edit))&0xff > 0
	if s.first && s.owner != ofTenant && s.owner != ofPlace && !edited && (!s.perItem || m.item == 0) {
		return m.life, phoneOfLife
	}
	k := m.keys(s, false, true)
	if k.use >= phoneOfAny {
		return k.salt, k.use
	}
	return k.number, k.use
}

// find looks up a number in the reserved ranges; n is below the capacity.
func (b *phoneBook) find(n uint64) (*phoneBlock, uint64) {
	low, high := 0, len(b.blocks)-1
	for low < high {
		middle := (low + high + 1) / 2
		if b.blocks[middle].start <= n {
			low = middle
		} else {
			high = middle - 1
		}
	}
	block := &b.blocks[low]
	return block, block.first + n - block.start
}

func power10(digits int) uint64 {
	n := uint64(1)
	for range digits {
		n *= 10
	}
	return n
}
