package load

// machineUse is what the processors of the whole machine have done so far, in ticks; zero where the system
// does not tell.
type machineUse struct{ busy, idle uint64 }

// busySince is how much of the processors was in use since then; 0 when nobody knows.
func (now machineUse) busySince(then machineUse) float64 {
	busy, idle := now.busy-then.busy, now.idle-then.idle
	if busy+idle == 0 || now.busy < then.busy || now.idle < then.idle {
		return 0
	}
	return float64(busy) / float64(busy+idle)
}
