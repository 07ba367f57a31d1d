// Package checks is the list of what webhook consumers get wrong, one value each.
//
// In goes a [Subject] (a provider's description and a source of its messages); out come the [Case]s of
// a [Check]: what is sent, as data, and how the answers are judged. Which cases exist follows from the
// description alone; no check knows a provider. [Step.Envelope] turns the data into exact bytes,
// signed afresh. Each check also carries its own sabotage, which turns a good consumer into the one
// that it must catch.
//
// The package opens no connection, repeats nothing and decides no run: order, controls, repetition
// and the final verdicts are those of package contract.
package checks
