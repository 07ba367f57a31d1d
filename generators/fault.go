package generators

// Faults says how often a stream misbehaves as a real delivery path does. The zero value never does.
// Chances are from 0 to 1; the seed decides which messages.
type Faults struct {
	Duplicate float64 // chance that a message comes twice
	Reorder   float64 // chance that a message comes up to Window messages late
	Drop      float64 // chance that a message never comes
	Window    int     // how many messages a late one may fall behind. Default 8
}
