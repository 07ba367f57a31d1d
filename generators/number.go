package generators

import (
	"math/big"
	"strconv"
)

// number makes numbers k × factor ÷ 10^decimals for k from low to high.
type number struct {
	low, high int64
	most      int64 // largest k when none is forced: people count in small numbers
	factor    int64
	decimals  int
}

// newNumber finds the numbers that the shape allows; integer says that they must be whole. When they
// do not fit into 64 bits, texts lists some.
func newNumber(s *shape, integer bool) (n number, texts [][]byte, err error) {
	unit := big.NewRat(1, 100)
	if integer || s.low == nil && s.high == nil {
		unit = big.NewRat(1, 1)
	} else if s.low != nil && s.high != nil {
		width := new(big.Rat).Sub(s.high, s.low)
		for width.Sign() > 0 && new(big.Rat).Quo(width, unit).Cmp(big.NewRat(100, 1)) < 0 && unit.Denom().BitLen() < 60 {
			unit.Quo(unit, big.NewRat(10, 1))
		}
		if width.Sign() == 0 && s.low.Sign() != 0 {
			unit = new(big.Rat).Abs(s.low)
		}
	}
	for i, multiple := range s.multiples {
		if multiple.Sign() <= 0 {
			return n, nil, errEmpty
		}
		if i == 0 && !integer {
			unit = new(big.Rat).Set(multiple)
		} else {
			unit = leastCommon(unit, multiple)
		}
	}
	low, high := steps(s, unit)
	if low.Cmp(high) > 0 {
		return n, nil, errEmpty
	}
	return fit(low, high, unit)
}

// steps gives the first and last k for which k × unit is within the shape's bounds.
func steps(s *shape, unit *big.Rat) (low, high *big.Int) {
	if s.low != nil {
		low = ceiling(new(big.Rat).Quo(s.low, unit))
		if s.lowOut && new(big.Rat).Mul(new(big.Rat).SetInt(low), unit).Cmp(s.low) == 0 {
			low.Add(low, big.NewInt(1))
		}
	}
	if s.high != nil {
		high = floor(new(big.Rat).Quo(s.high, unit))
		if s.highOut && new(big.Rat).Mul(new(big.Rat).SetInt(high), unit).Cmp(s.high) == 0 {
			high.Sub(high, big.NewInt(1))
		}
	}
	usual := big.NewInt(1000)
	switch {
	case low == nil && high == nil:
		low, high = new(big.Int), usual
	case low == nil && high.Sign() >= 0:
		low = new(big.Int)
	case low == nil:
		low = new(big.Int).Sub(high, usual)
	case high == nil:
		high = new(big.Int).Add(low, usual)
	}
	return low, high
}

// fit writes k × unit as k × factor ÷ 10^decimals in 64 bits, or gives up and lists texts.
func fit(low, high *big.Int, unit *big.Rat) (number, [][]byte, error) {
	n := number{}
	scaled := new(big.Rat).Set(unit)
	for !scaled.IsInt() && n.decimals < 30 {
		scaled.Mul(scaled, big.NewRat(10, 1))
		n.decimals++
	}
	if !scaled.IsInt() {
		return n, nil, errEmpty // not a decimal fraction, so JSON cannot write it
	}
	largest := big.NewInt(1 << 62)
	reach := func(k *big.Int) bool { return new(big.Int).Mul(k, scaled.Num()).CmpAbs(largest) < 0 }
	if reach(low) && reach(high) && scaled.Num().IsInt64() {
		n.low, n.high, n.factor = low.Int64(), high.Int64(), scaled.Num().Int64()
		if n.most = n.high; n.low >= 0 && n.high-n.low > 1_000_000 {
			n.most = n.low + 9_999
		}
		return n, nil, nil
	}
	var texts [][]byte
	for _, k := range []*big.Int{low, high} {
		value := new(big.Rat).Mul(new(big.Rat).SetInt(k), unit)
		texts = append(texts, []byte(value.FloatString(n.decimals)))
	}
	return n, texts, nil
}

// number appends a number. Options: 0 any, 1 the least, 2 the most.
func (m *maker) number(dst []byte, o *op) []byte {
	n := o.detail.number
	k := n.low + int64(m.shape.below(uint64(n.most-n.low)+1))
	switch m.bound(o) {
	case 1:
		k = n.low
	case 2:
		k = n.high
	}
	return appendDecimal(dst, k*n.factor, n.decimals)
}

// appendDecimal appends n ÷ 10^decimals without trailing zeros.
func appendDecimal(dst []byte, n int64, decimals int) []byte {
	for decimals > 0 && n%10 == 0 {
		n, decimals = n/10, decimals-1
	}
	if decimals == 0 {
		return appendInteger(dst, n)
	}
	if n < 0 {
		dst, n = append(dst, '-'), -n
	}
	var digits [24]byte
	text := strconv.AppendInt(digits[:0], n, 10)
	if len(text) <= decimals {
		dst = append(dst, '0', '.')
		for range decimals - len(text) {
			dst = append(dst, '0')
		}
		return append(dst, text...)
	}
	dst = append(dst, text[:len(text)-decimals]...)
	return append(append(dst, '.'), text[len(text)-decimals:]...)
}

func appendInteger(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }

// leastCommon gives the least number that is a multiple of both.
func leastCommon(a, b *big.Rat) *big.Rat {
	// a = x/d and b = y/d for a common d; the least common multiple is lcm(x, y)/d.
	d := new(big.Int).Mul(a.Denom(), b.Denom())
	x := new(big.Int).Mul(a.Num(), b.Denom())
	y := new(big.Int).Mul(b.Num(), a.Denom())
	shared := new(big.Int).GCD(nil, nil, new(big.Int).Abs(x), new(big.Int).Abs(y))
	return new(big.Rat).SetFrac(new(big.Int).Mul(x, new(big.Int).Quo(y, shared)), d)
}

func floor(r *big.Rat) *big.Int { return new(big.Int).Div(r.Num(), r.Denom()) }

func ceiling(r *big.Rat) *big.Int {
	n := floor(r)
	if !r.IsInt() {
		n.Add(n, big.NewInt(1))
	}
	return n
}

func newRat(n int64) *big.Rat { return big.NewRat(n, 1) }

// spellRat writes a decimal fraction as JSON.
func spellRat(r *big.Rat) []byte {
	for decimals := range 30 {
		if text := r.FloatString(decimals); r.Cmp(mustRat(text)) == 0 {
			return []byte(text)
		}
	}
	return []byte(r.FloatString(30))
}

func mustRat(text string) *big.Rat {
	r, _ := new(big.Rat).SetString(text)
	return r
}
