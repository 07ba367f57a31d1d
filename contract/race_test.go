//go:build race

package contract_test

// raceFactor is how much shorter tests are under the race detector: one kind of provider in three, and
// of its checks one in nine.
const raceFactor = 3
