package load

import "time"

// late is how late hookrig itself sent one arrival in a hundred, and whether that spoils the figures.
func (r *Record) late() (time.Duration, bool) {
	late := r.Lateness.Quantile(99)
	return late, late > 2*time.Millisecond && late > r.Intended.Quantile(99)/10
}

// saturated says whether hookrig had all the processors busy by itself: its own speed was measured.
func (r *Record) saturated() bool {
	const most = 0.85
	return r.Processors > 0 && r.ProcessorsUsed() > most*float64(r.Processors)
}

// ProcessorsUsed is how many processors hookrig kept busy; 0 where the system did not tell.
func (r *Record) ProcessorsUsed() float64 {
	if r.DurationNS <= 0 {
		return 0
	}
	return float64(r.ProcessorNS) / float64(r.DurationNS)
}

// crowded says whether nothing of the machine was idle, while hookrig itself had a good part of it: whoever
// else runs on it, perhaps the consumer, and hookrig kept each other from being faster.
func (r *Record) crowded() bool {
	const busy, part = 0.95, 0.3
	return r.MachineBusyRatio > busy && r.ProcessorsUsed() > part*float64(r.Processors) && !r.saturated()
}
