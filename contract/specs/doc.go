// Package specs adds the contract to a Ginkgo v2 suite: one spec for each check and event.
//
// In goes a [Config], while the tree of specs is built; out come specs with labels (check, event,
// family, severity, level), so that a label filter picks some of them. The contract is run once, before
// the first of them. Importing the package imports Ginkgo, which adds its flags to the flag package;
// package contract does not. The package never runs a suite.
package specs
