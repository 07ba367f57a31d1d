package checks

// acknowledgement are the checks of the answer: whether, when and with what a message is acknowledged.
func acknowledgement() []*Check {
	contract := Basis{Kind: Standard, Source: "Standard Webhooks, Best practices: acknowledge with a 2xx", Fact: "/policy/acknowledge"}
	deadline := Basis{Kind: Standard, Source: "Standard Webhooks, Best practices: answer within the provider's timeout", Fact: "/policy/timeout_seconds"}
	return []*Check{{
		ID: "ack-too-slow", Number: 33, Title: "works before it replies",
		Family: Acknowledgement, Severity: High, Level: LevelMust, Kind: Availability, Phase: Harmless, Alone: true, Schemes: every(), Basis: deadline,
		Why: "A receiver that works before it answers is fast until the first busy day. Then the provider's timeout turns into retries, the retries into more work, " +
			"and a queue of days: the second wave that every load guide describes.",
		Sends:  "53 messages one after another (the first three are for warming up), then three bursts of 20 different messages at one instant.",
		Judges: "A 95th percentile above the deadline, or a refusal in each of the bursts, is a finding; one above half the deadline is advisory.",
		Fix:    "Verify, store the message, answer 2xx, and work afterwards from a queue.",
		Cases:  calmAndBursts, Sabotage: refusesBursts,
		Implies: map[string]string{"ack-intermittent": "plain messages beside many others are refused too"},
	}, {
		ID: "ack-before-durable", Number: 34, Title: "acknowledges what it can still lose",
		Family: Acknowledgement, Severity: Critical, Level: LevelMustWithHook, Kind: Existential, Phase: Hooked, Alone: true, Schemes: every(),
		Needs: Needs{Hook: true, Restart: true}, Basis: contract,
		Why: "A 2xx tells the provider to forget the message. When it stands only in memory, a deployment loses it, and no retry will ever bring it back; " +
			"stripe-cli#435 is what its users see: events that are simply gone.",
		Sends:  "Twenty messages, a kill at the last acknowledgement, a restart.",
		Judges: "Fewer effects than acknowledgements is a finding.",
		Fix:    "Write the message to disk or a durable queue before you answer.",
		Run:    killAfterAck, Sabotage: forgetsOnRestart,
	}, {
		ID: "ack-always-200", Number: 35, Title: "acknowledges what it cannot process",
		Family: Acknowledgement, Severity: High, Level: LevelAdvisory, Kind: Availability, Phase: Hooked, Schemes: every(), Scope: EachEvent,
		Needs: Needs{Hook: true, Schema: true}, Basis: contract,
		Why: "catch { return 200 } hides every failure: nothing is retried and nobody is told. Hookdeck's and Twitch's own command-line tools " +
			"reported success after failures in the same way (hookdeck-cli#339).",
		Sends:  "Signed messages that break the event's schema.",
		Judges: "An acknowledgement without any effect is advisory: it may be a policy.",
		Fix:    "Answer 4xx for what can never be processed, 5xx for what may succeed later, and count both.",
		Cases:  schemaBreaking, Sabotage: alwaysOK,
		Implies: map[string]string{"batch-poison-item": "a batch with an unknown item breaks the schema, and is acknowledged unprocessed"},
	}, {
		ID: "ack-redirect-or-login", Number: 36, Title: "redirects, or shows a login page",
		Family: Acknowledgement, Severity: High, Level: LevelMust, Kind: Existential, Phase: Harmless, Schemes: every(),
		Basis: Basis{Kind: Standard, Source: "Standard Webhooks, Best practices: a 3xx is a failure; providers do not follow it", Fact: "/policy/acknowledge"},
		Why: "Providers do not follow redirects. A missing slash, an http URL or a login wall makes a browser happy and loses every event; " +
			"a 200 with a login page even looks like success.",
		Sends:  "All messages of the run.",
		Judges: "Any 3xx to a valid message is a finding; a 2xx with an HTML form is advisory.",
		Fix:    "Register the exact final URL, and take the webhook path out of the login and redirect middleware.",
		Cases:  nil, Review: redirects, Sabotage: redirectsAll,
	}, {
		ID: "ack-hang", Number: 37, Title: "some requests never get a reply",
		Family: Acknowledgement, Severity: High, Level: LevelMust, Kind: Existential, Phase: Harmless, Schemes: every(), Basis: deadline,
		Why: "A request without an answer holds a connection, a worker and the provider's patience: after enough of them the endpoint is disabled " +
			"(Svix after five days, Shopify removes the subscription).",
		Sends:  "All requests of the run, and an empty body, an unsigned one and an unknown event of its own.",
		Judges: "No reply, or one that does not end, within the deadline is a finding when it happens again; a lone one is flaky.",
		Fix:    "Answer on every path, also on those that refuse, and put a time limit on whatever the handler waits for.",
		Cases:  unanswered, Review: hangs, Sabotage: hangsOnEmpty,
	}, {
		ID: "valid-rejected", Number: 38, Title: "refuses plain valid messages",
		Family: Acknowledgement, Severity: Critical, Level: LevelMust, Kind: Availability, Phase: Baseline, Schemes: every(), Scope: EachEvent, Basis: contract,
		Why: "The commonest defect of all: a CSRF filter, a login wall or a wrongly decoded secret, and every event is lost from the first day. " +
			"shopify-app-template-remix#396: the test event passed, the real one got 400.",
		Sends:    "A plain message of each event, and one for every enum value, branch and pattern of optional fields.",
		Judges:   "A refusal three times in three is a finding. Where nothing passes, the known mistakes are tried and the one that passes is named.",
		Fix:      "See what came back; start with the secret and with what stands in front of the handler.",
		Sabotage: refusesAll,
	}, {
		ID: "ack-intermittent", Number: 61, Title: "refuses some plain valid messages",
		Family: Acknowledgement, Severity: High, Level: LevelMust, Kind: Existential, Phase: Harmless, Schemes: every(), Basis: contract,
		Why:    "One bad replica of eight, a pool that leaks: most messages pass, retries hide the rest, and order and latency suffer where nobody looks.",
		Sends:  "All plain messages of the run, and forty of its own.",
		Judges: "Two or more refused, reset or unanswered, without 429 or 503 with Retry-After, are a finding; a lone one is flaky.",
		Fix:    "Compare the replicas' logs for the refused messages; look for leaking connections and for limits that only load reaches.",
		Cases:  manyPlain, Review: intermittent, Sabotage: refusesSome,
		Implies: map[string]string{"proto-key-pollution": "a plain message that is refused right after the probe looks as if the probe had changed something"},
	}, {
		ID: "ack-indistinguishable", Number: 62, Title: "answers everything the same",
		Family: Acknowledgement, Severity: Low, Level: LevelAdvisory, Kind: Availability, Phase: Harmless, Schemes: every(), Basis: contract,
		Why: "When a valid event, an unknown event, a stranger's tenant and a broken body all get the same reply, a 2xx says nothing about processing. " +
			"For a queue-first consumer that is by design; then only effects can tell.",
		Sends:  "A valid message, an unknown event, an unknown tenant, and a body that breaks the schema.",
		Judges: "Four identical replies are advisory.",
		Fix:    "Nothing, if you queue first. Then watch the queue, and give hookrig a hook (--observe) to see effects.",
		Cases:  indistinguishable, Sabotage: sameReply,
		Implies: map[string]string{"batch-poison-item": "a batch with an unknown item breaks the schema, and is acknowledged unprocessed"},
	}}
}
