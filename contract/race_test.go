//go:build race

package contract_test

// raceFactor is how much shorter tests are under the race detector.
const raceFactor = 3
