package generators

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// delay is a time to wait, by chance. Lengths are kept as a table of quantiles in milliseconds, so
// that drawing one takes no floating point and gives the same on every platform.
type delay struct {
	quantiles   []int64
	hours       bool
	open, close int64 // minutes of the tenant's day; close below open: over midnight
	days        int   // days of the week from Monday on that count; 7: all
}

// delayQuantiles is how many lengths a delay by chance can have.
const delayQuantiles = 1024

// draw gives when a wait ends that begins at now (Unix milliseconds) in a zone.
func (d *delay) draw(now int64, key uint64, offsetMinutes int64) int64 {
	at := now + d.quantiles[share(key, uint64(len(d.quantiles)))]
	if !d.hours {
		return at
	}
	const minute, day = 60_000, 86_400_000
	for range 14 {
		local := at + offsetMinutes*minute
		midnight := floorDiv(local, day) * day
		of := (local - midnight) / minute
		weekday := int((floorDiv(local, day)%7 + 10) % 7) // 1970-01-01 was a Thursday; 0 is Monday
		inside := of >= d.open && of < d.close
		if d.close <= d.open {
			inside = of >= d.open || of < d.close
		}
		if inside && weekday < d.days {
			return at
		}
		// The next opening, and then not all at once: within the first hour and a half.
		next := midnight + d.open*minute
		if of >= d.open || weekday >= d.days {
			next += day
		}
		at = next - offsetMinutes*minute + int64(share(mix(key), 90*minute))
	}
	return at
}

// constantDelay waits as long every time.
func constantDelay(length time.Duration) *delay {
	return &delay{quantiles: []int64{length.Milliseconds()}, days: 7}
}

func uniformDelay(least, most time.Duration) *delay {
	return quantileDelay(func(p float64) float64 {
		return float64(least.Milliseconds()) + p*float64((most-least).Milliseconds())
	})
}

func exponentialDelay(mean time.Duration) *delay {
	return quantileDelay(func(p float64) float64 { return -math.Log1p(-p) * float64(mean.Milliseconds()) })
}

// lognormalDelay has that median and that 95th percentile.
func lognormalDelay(median, p95 time.Duration) *delay {
	const z95 = 1.6448536269514722 // 95th percentile of the standard normal distribution
	sigma := math.Log(float64(p95)/float64(median)) / z95
	return quantileDelay(func(p float64) float64 {
		return float64(median.Milliseconds()) * math.Exp(sigma*math.Sqrt2*math.Erfinv(2*p-1))
	})
}

// quantileDelay tabulates the inverse of a distribution function.
func quantileDelay(inverse func(p float64) float64) *delay {
	d := &delay{quantiles: make([]int64, delayQuantiles), days: 7}
	for i := range d.quantiles {
		d.quantiles[i] = int64(math.Round(inverse((float64(i) + 0.5) / delayQuantiles)))
	}
	return d
}

// within limits a delay to hours of the day.
func (d *delay) within(open, end int64) *delay {
	d.hours, d.open, d.close = true, open, end
	return d
}

// delay reads a delay of a journey.
func (d *fileDecoder) delay(t *tree, at schemas.Pointer) *delay {
	text := string(t.append(nil))
	if known := d.delays[text]; known != nil {
		return known
	}
	before := len(d.errs)
	made := d.newDelay(t, at)
	if len(d.errs) == before {
		d.delays[text] = made
	}
	return made
}

func (d *fileDecoder) newDelay(t *tree, at schemas.Pointer) *delay {
	if t.kind == '"' {
		return constantDelay(d.duration(t, at))
	}
	var made *delay
	var hours, days string
	set := func(next *delay) {
		if made != nil {
			d.fail(at, "want one of constant, uniform, exponential and lognormal")
		}
		made = next
	}
	d.object(t, at, map[string]func(*tree, schemas.Pointer){
		"constant": func(t *tree, at schemas.Pointer) { set(constantDelay(d.duration(t, at))) },
		"uniform": func(t *tree, at schemas.Pointer) {
			var ends []time.Duration
			d.each(t, at, func(t *tree, at schemas.Pointer) { ends = append(ends, d.duration(t, at)) })
			if len(ends) != 2 || ends[0] > ends[1] {
				d.fail(at, "want the least and the most")
				ends = make([]time.Duration, 2)
			}
			set(uniformDelay(ends[0], ends[1]))
		},
		"exponential": func(t *tree, at schemas.Pointer) {
			var mean time.Duration
			d.object(t, at, map[string]func(*tree, schemas.Pointer){
				"mean": func(t *tree, at schemas.Pointer) { mean = d.duration(t, at) },
			}, "mean")
			set(exponentialDelay(mean))
		},
		"lognormal": func(t *tree, at schemas.Pointer) {
			median, p95 := time.Second, time.Second
			d.object(t, at, map[string]func(*tree, schemas.Pointer){
				"median": func(t *tree, at schemas.Pointer) { median = d.duration(t, at) },
				"p95":    func(t *tree, at schemas.Pointer) { p95 = d.duration(t, at) },
			}, "median", "p95")
			if median <= 0 || p95 < median {
				d.fail(at, "want a median above 0 and a p95 that is not less")
				median, p95 = time.Second, time.Second
			}
			set(lognormalDelay(median, p95))
		},
		"hours": func(t *tree, at schemas.Pointer) { hours = d.text(t, at) },
		"days":  func(t *tree, at schemas.Pointer) { days = d.text(t, at) },
	})
	if made == nil {
		d.fail(at, "want one of constant, uniform, exponential and lognormal")
		made = constantDelay(0)
	}
	d.limit(made, at, hours, days)
	return made
}

// limit reads the hours and days of a delay.
func (d *fileDecoder) limit(to *delay, at schemas.Pointer, hours, days string) {
	if days != "" {
		to.days = map[string]int{"mon-fri": 5, "mon-sat": 6, "mon-sun": 7}[days]
		if to.days == 0 || hours == "" {
			d.fail(at.Child("days"), "is %q: want mon-fri, mon-sat or mon-sun, with hours", days)
			to.days = 7
		}
	}
	if hours == "" {
		return
	}
	from, end, _ := strings.Cut(hours, "-")
	open, ok := minuteOfDay(from)
	last, fine := minuteOfDay(end)
	if !ok || !fine || open == last {
		d.fail(at.Child("hours"), "is %q: want two times of day like 08:00-22:00", hours)
		return
	}
	to.within(open, last)
}

func minuteOfDay(text string) (int64, bool) {
	at, err := time.Parse("15:04", text)
	return int64(at.Hour()*60 + at.Minute()), err == nil
}

// duration reads `200ms`, `40s`, `15m`, `2h`, `3d`, or several in a row.
func (d *fileDecoder) duration(t *tree, at schemas.Pointer) time.Duration {
	length, err := parseDuration(d.text(t, at))
	if err != nil {
		d.fail(at, "%v", err)
	}
	return length
}

func parseDuration(text string) (time.Duration, error) {
	rest, total := text, time.Duration(0)
	units := map[string]time.Duration{"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}
	re := regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)`)
	for rest != "" {
		found := re.FindStringSubmatch(rest)
		if found == nil {
			return 0, fmt.Errorf("%q is not a duration: want 200ms, 40s, 15m, 2h or 3d", text)
		}
		n, err := strconv.ParseFloat(found[1], 64)
		if err != nil || n > 1e9 {
			return 0, fmt.Errorf("duration %q is too long", text)
		}
		total += time.Duration(n * float64(units[found[2]]))
		rest = rest[len(found[0]):]
	}
	if text == "" || total < 0 || total > 400*24*time.Hour {
		return 0, fmt.Errorf("duration %q: want one of at most 400 days", text)
	}
	return total, nil
}
