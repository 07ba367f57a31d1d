package load

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Objective is one figure that a run must keep.
type Objective struct {
	Figure string  // p50, p99.9, max, mean, errors, rate
	Sign   string  // <, <=, >, >=
	Limit  float64 // nanoseconds, a ratio, or per second
	text   string
}

// SLO is all that a run must keep.
type SLO []Objective

// Judgement is what became of an objective.
type Judgement struct {
	Objective string `json:"objective"`
	Got       string `json:"got"`
	Kept      bool   `json:"kept"`
}

const maxObjectives = 20

// ParseSLO reads `p99<200ms, errors<0.1%, p99.9<=1s, rate>4900/s`. Latency counts from the intended time.
// errors is the part of the arrivals that was not acknowledged, rate the acknowledged ones per second.
func ParseSLO(text string) (SLO, error) {
	parts := strings.Split(text, ",")
	if len(parts) > maxObjectives {
		return nil, fmt.Errorf("read SLO: it has %d objectives, more than %d", len(parts), maxObjectives)
	}
	var slo SLO
	for _, part := range parts {
		part = strings.Join(strings.Fields(part), "")
		o, err := parseObjective(part)
		if err != nil {
			return nil, fmt.Errorf("read SLO %q: %w", shown(part), err)
		}
		for _, other := range slo {
			if other.Figure == o.Figure && other.Sign[0] == o.Sign[0] {
				return nil, fmt.Errorf("read SLO %q: %s is limited twice", shown(part), o.Figure)
			}
		}
		slo = append(slo, o)
	}
	return slo, nil
}

func parseObjective(text string) (Objective, error) {
	at := strings.IndexAny(text, "<>")
	if at < 0 {
		return Objective{}, errors.New("want a figure and its limit, such as p99<200ms or errors<0.1%")
	}
	o := Objective{Figure: text[:at], Sign: text[at : at+1], text: text}
	limit := text[at+1:]
	if rest, ok := strings.CutPrefix(limit, "="); ok {
		o.Sign, limit = o.Sign+"=", rest
	}
	if rises := o.Figure == "rate"; rises != (o.Sign[0] == '>') {
		return Objective{}, errors.New("a rate must stay above (>) its limit, every other figure below (<)")
	}
	var err error
	switch _, percentile := o.quantile(); {
	case o.Figure == "errors":
		o.Limit, err = parsePart(limit, o.Sign)
	case o.Figure == "rate":
		var rate Rate
		rate, err = ParseRate(limit)
		o.Limit = float64(rate)
	case percentile, o.Figure == "max", o.Figure == "mean":
		var d time.Duration
		d, err = parseLength(limit)
		o.Limit = float64(d)
	default:
		err = fmt.Errorf("unknown figure %q: want p50 to p99.999, max, mean, errors or rate", shown(o.Figure))
	}
	return o, err
}

// parsePart reads a part of a whole: 0.1% or 0.001.
func parsePart(text, sign string) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	value, err := parseNumber(number)
	if err != nil {
		return 0, err
	}
	if percent {
		value /= 100
	}
	switch {
	case value > 1:
		return 0, errors.New("it is more than all (100%)")
	case value == 0 && sign == "<":
		return 0, errors.New("nothing is below 0%: write errors<=0%")
	}
	return value, nil
}

// quantile is 99.9 of p99.9; false for other figures.
func (o Objective) quantile() (float64, bool) {
	text, ok := strings.CutPrefix(o.Figure, "p")
	if !ok || len(text) > 7 {
		return 0, false
	}
	q, err := parseNumber(text)
	return q, err == nil && q > 0 && q < 100
}

// String writes the SLO as ParseSLO reads it.
func (s SLO) String() string {
	var parts []string
	for _, o := range s {
		parts = append(parts, o.text)
	}
	return strings.Join(parts, ", ")
}

// Judge holds a record against the SLO.
func (s SLO) Judge(r *Record) []Judgement {
	var judgements []Judgement
	for _, o := range s {
		got, text := o.figure(r)
		judgements = append(judgements, Judgement{Objective: o.text, Got: text, Kept: o.keeps(got)})
	}
	return judgements
}

func (o Objective) keeps(got float64) bool {
	switch o.Sign {
	case "<":
		return got < o.Limit
	case "<=":
		return got <= o.Limit
	case ">":
		return got > o.Limit
	}
	return got >= o.Limit
}

// figure is the objective's figure in a record, and as text.
func (o Objective) figure(r *Record) (float64, string) {
	switch o.Figure {
	case "errors":
		return r.ErrorRatio(), strconv.FormatFloat(100*r.ErrorRatio(), 'f', 3, 64) + "%"
	case "rate":
		return r.Throughput(), strconv.FormatFloat(r.Throughput(), 'f', 1, 64) + "/s"
	case "max":
		return float64(r.Intended.Max()), Milliseconds(r.Intended.Max())
	case "mean":
		return float64(r.Intended.Mean()), Milliseconds(r.Intended.Mean())
	}
	q, _ := o.quantile()
	return float64(r.Intended.Quantile(q)), Milliseconds(r.Intended.Quantile(q))
}
