package checks

// Finding is a confirmed flaw. It holds raw exchanges: package contract masks them for the report.
type Finding struct {
	Flaw
	Basis    BasisKind
	Source   string // link, RFC and section, or flag behind the basis
	Why      string
	Fix      string
	Observed int // times seen
	Of       int // times looked
	Case     Case
	RunID    string // of its messages; "" for the run's own
	Shrunk   string // what shrinking took away, as a sentence; "" for nothing
	Evidence Evidence
}
