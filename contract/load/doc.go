// Package load asks whether a consumer keeps its promise in a hurry.
//
// In go a catalog, an endpoint and a plan of rates; out comes a [Record]: every arrival of the plan with
// what became of it, latency from the intended and from the real moment of sending, and how late this
// program itself was. Messages are new, valid, signed and in lawful order: those of one life go one after
// another. A receiver that stalls is measured, not waited for: arrivals go on being due. What the provider
// would send again comes again, where that is asked for, and an [Observer] says whether what was
// acknowledged was also done.
//
// [FindRate] raises the rate until an SLO breaks; [Compare] holds a run against an earlier one, chance
// allowed for; [Merge] makes one record of the records of a run's shards.
//
// It never follows redirects, never dials but through the given Dial, never goes past its caps of rate,
// connections and time, and ends within a second of its limit or of its context, with a record; looking at
// effects comes after that, and ends with the context too.
//
//	record, err := load.Run(ctx, load.Config{Catalog: catalog, Endpoint: endpoint, Plan: plan, Dial: policy.DialContext})
package load
