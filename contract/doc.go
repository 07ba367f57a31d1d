// Package contract finds out whether a webhook consumer keeps its side of the contract.
//
// In goes a [Config]: a provider's catalog and a consumer, as an address or as an [http.Handler]. [Run]
// plays the provider, as itself and as everybody who pretends to be, judges what comes back and
// returns a [report.Report]. What cannot be seen is not assessed, never passed; what is found twice in
// three tries is flaky, never failed.
//
// The package prints nothing, keeps no state between runs, and connects to nothing but the endpoints
// that it was given, on the loopback interface unless Config.Dial says otherwise.
package contract
