// Package journal keeps what a mock provider has accepted and what became of it, in one SQLite file.
//
// A write returns when its transaction is committed. Writes that come together share a commit, so that
// many callers cost little more than one. What was committed survives the death of the process; with
// Config.Sync also the loss of power. A file that is damaged, of another program or of a newer version
// is refused and left as it is.
//
// The package never forgets a pending delivery: retention takes finished ones only.
package journal
