package checks

// duplicates are the checks of what comes twice, out of order or several at once.
func duplicates() []*Check {
	repeats := Basis{Kind: Standard, Source: "Standard Webhooks, Best practices: a message may arrive more than once; its id stays the same", Fact: "/policy/repeats"}
	order := Basis{Kind: Standard, Source: "Standard Webhooks, Best practices: order is not guaranteed", Fact: "/policy/ordered"}
	hook := Needs{Hook: true}
	return []*Check{{
		ID: "replay-exact-reprocessed", Number: 23, Title: "acts again on a byte-identical replay",
		Family: Duplicates, Severity: High, Level: LevelMustWithHook, Kind: Existential, Phase: Hooked, Schemes: every(), Scope: EachEvent, Needs: hook,
		Basis: Basis{Kind: Security, Source: "CWE-294, authentication bypass by capture-replay"},
		Why: "Whoever recorded one delivery can send it again, signature and all. hermes-agent#20518 found a receiver without any freshness window; " +
			"where the provider signs no timestamp, remembering ids is the only protection.",
		Sends:  "The same bytes and headers twice.",
		Judges: "More than one effect is a finding.",
		Fix:    "Remember the ids of messages for longer than the provider repeats, and skip what you have seen.",
		Cases:  replayExact, Sabotage: actsOnReplay,
		Implies: map[string]string{
			"dup-sequential-reprocessed": "where nothing in a retry changes, a retry is a byte-identical replay",
			"dup-concurrent-race":        "copies that come at once are byte-identical too",
			"batch-poison-item":          "a batch that comes twice is a byte-identical replay",
		},
	}, {
		ID: "dup-sequential-reprocessed", Number: 24, Title: "acts again on a repeated message",
		Family: Duplicates, Severity: Critical, Level: LevelMustWithHook, Kind: Existential, Phase: Hooked, Schemes: every(), Scope: EachEvent, Needs: hook, Basis: repeats,
		Why: "At least once means sometimes twice: a slow answer is enough. open-saas#688 and StellarBank#39 credited customers again for every retry; " +
			"preloop#517 opened two pull requests from one delivery.",
		Sends:  "The same message three times, each attempt with its own time and signature.",
		Judges: "More than one effect is a finding.",
		Fix:    "Put the message's id under a unique constraint in the same transaction as its effect.",
		Cases:  repeatedMessage, Sabotage: actsOnRepeat,
		Implies: map[string]string{
			"replay-exact-reprocessed": "a byte-identical replay is a repeated message",
			"dup-concurrent-race":      "copies that come at once are repeated messages",
			"dup-wrong-key":            "a repeat under a new delivery id is a repeated message",
			"batch-poison-item":        "a batch that comes twice is a repeated message",
		},
	}, {
		ID: "dup-concurrent-race", Number: 25, Title: "acts twice on copies that come at once",
		Family: Duplicates, Severity: Critical, Level: LevelMustWithHook, Kind: Existential, Phase: Hooked, Schemes: every(), Scope: EachEvent, Needs: hook, Basis: repeats,
		Why: "Looking an id up and then inserting it leaves a gap of milliseconds, and a provider's retry after a slow answer falls right into it. " +
			"eliza#23097 asks for exactly this test, after eliza#31775.",
		Sends:  "Two copies of a message 3 ms apart; then twenty copies of one at one instant, for ten messages.",
		Judges: "More than one effect for any of them is a finding.",
		Fix:    "Insert the id first and let the database's unique constraint decide (INSERT … ON CONFLICT DO NOTHING), then act.",
		Cases:  copiesAtOnce, Sabotage: checksThenInserts,
	}, {
		ID: "dup-answered-error", Number: 26, Title: "answers a repeated message with an error",
		Family: Duplicates, Severity: Medium, Level: LevelMust, Kind: Availability, Phase: Harmless, Schemes: every(), Scope: EachEvent, Basis: repeats,
		Why: "A 409 is honest, but to the provider it is a failure: it repeats for days and may switch the endpoint off in the end. " +
			"Users of Stripe's tool saw the storm that follows (stripe-cli#981).",
		Sends:  "The same message twice.",
		Judges: "Anything but an acknowledgement of the second is a finding.",
		Fix:    "Answer 200 to what you have processed already.",
		Cases:  secondCopy, Sabotage: refusesRepeat,
	}, {
		ID: "dup-wrong-key", Number: 27, Title: "tells repeated messages apart by the wrong key",
		Family: Duplicates, Severity: High, Level: LevelMustWithHook, Kind: Existential, Phase: Hooked, Schemes: every(), Scope: EachEvent, Needs: hook, Basis: repeats,
		Why: "The delivery's id changes where the message's does not, and a hash of the body is the same for two real events. " +
			"idiomatic-critter-stack#9 took ids from transport headers and processed retries as new.",
		Sends:  "The same message under a new delivery id; on events that update something, the same body under a new message id.",
		Judges: "More than one effect of the first, or less than two of the second, is a finding.",
		Fix:    "Use the id that the provider documents as the message's, and nothing else.",
		Cases:  wrongKeys, Sabotage: keyedByDelivery,
		Implies: map[string]string{"dup-sequential-reprocessed": "where each attempt has a delivery id of its own, every repeat comes under a new one"},
	}, {
		ID: "dup-marked-before-success", Number: 28, Title: "marks a message as done before it is",
		Family: Duplicates, Severity: High, Level: LevelAdvisory, Kind: Availability, Phase: Hooked, Alone: true, Schemes: every(), Needs: Needs{Hook: true, FailNext: true}, Basis: repeats,
		Why: "The id is stored, the work fails, the retry is skipped as a duplicate: the message is lost, and every log says that it was received. " +
			"It is the usual first fix for repeated messages.",
		Sends:  "A message whose first attempt is made to fail, then its retry.",
		Judges: "No effect after the retry is advisory.",
		Fix:    "Store the id in the same transaction as the effect, or take it back when the work fails.",
		Cases:  failedFirst, Sabotage: marksFirst,
	}, {
		ID: "order-stale-overwrite", Number: 29, Title: "an older update overwrites a newer one",
		Family: Duplicates, Severity: High, Level: LevelMustWithHook, Kind: Existential, Phase: Hooked, Schemes: every(), Scope: EachEvent, Needs: Needs{Hook: true, Schema: true}, Basis: order,
		Why: "A retry of an old update arrives after the new one, and last write wins. Mergify's post-mortem tells how a valid but stale payload " +
			"from GitHub ejected a pull request; stripe_event#75 asks what order to expect: none.",
		Sends: "Two updates of one thing, the newer first; then a journey in its own order, backwards and shuffled, each with fresh ids.",
		Judges: "The older one's text, read back through the hook, is a finding; so is anything that the hook shows otherwise than after the journey's own order. " +
			"The pair of messages that matters is named.",
		Fix:   "Keep the time or version of what you stored, and skip what is older.",
		Cases: staleUpdate, Run: staleLifecycle, Sabotage: lastWriteWins,
	}, {
		ID: "order-child-before-parent", Number: 30, Title: "an update before its creation breaks it or is lost",
		Family: Duplicates, Severity: Medium, Level: LevelMust, Kind: Availability, Phase: Harmless, Effects: true, Schemes: every(), Scope: EachEvent, Needs: Needs{Schema: true}, Basis: order,
		Why: "Two messages sent in one second may arrive in either order. Code that expects the creation first throws on a null, " +
			"or overwrites what the update said (convoy#1525 is the wish for order that no provider grants).",
		Sends: "A message that refers to something, then the one that creates it, then the first again; then a journey in its own order, backwards and shuffled, each with fresh ids.",
		Judges: "A 5xx to the first or in any order of the journey, a refusal of the retry, or an effect that is lost or too many is a finding; " +
			"a 404 or 409 before the creation is right. The pair of messages that matters is named.",
		Fix:   "Create what is missing from the update, or refuse with a 4xx and rely on the retry.",
		Cases: childFirst, Run: orphanLifecycle, Sabotage: creationOverwrites,
	}, {
		ID: "batch-first-only", Number: 31, Title: "handles the first of a batch and acknowledges all",
		Family: Duplicates, Severity: Critical, Level: LevelMustWithHook, Kind: Availability, Phase: Hooked, Schemes: every(), Scope: EachEvent, Needs: Needs{Hook: true, Schema: true},
		Basis: Basis{Kind: Standard, Source: "the event's schema: it is an array", Fact: "/entity"},
		Why: "messages[0] works for months, because batches are rare. WhatsApp bots lose the second of two quick messages that way, " +
			"and nobody can tell from the answers.",
		Sends:  "One message that holds three things.",
		Judges: "An acknowledgement without an effect of each is a finding.",
		Fix:    "Loop over the array, at every level.",
		Cases:  batches, Sabotage: firstOfBatch,
		Implies: map[string]string{"batch-poison-item": "what comes after the first is lost there too"},
	}, {
		ID: "batch-poison-item", Number: 32, Title: "one bad item of a batch spoils all",
		Family: Duplicates, Severity: High, Level: LevelMust, Kind: Availability, Phase: Harmless, Effects: true, Schemes: every(), Scope: EachEvent, Needs: Needs{Schema: true},
		Basis: Basis{Kind: Standard, Source: "the event's schema: it is an array", Fact: "/entity"},
		Why: "One message of a type that nobody has seen fails the whole delivery; it is retried, and the good items run again, and again. " +
			"WhatsApp adds message types several times a year.",
		Sends:  "A batch of a good, an unknown and a good item, twice.",
		Judges: "A 5xx is a finding; so is a good item without an effect, or with two.",
		Fix:    "Handle each item by itself, and acknowledge what you could not read.",
		Cases:  poisonedBatch, Sabotage: poisonSpoils,
	}}
}
