package checks

// protocol are the checks of how HTTP itself is handled.
func protocol() []*Check {
	http11 := func(section string) Basis { return Basis{Kind: Standard, Source: "RFC 9112 and RFC 9110, " + section} }
	return []*Check{{
		ID: "body-limit-too-low", Number: 50, Title: "refuses bodies that the provider may send",
		Family: Protocol, Severity: High, Level: LevelMust, Kind: Availability, Phase: Harmless, Schemes: every(),
		Basis: Basis{Kind: Standard, Source: "the provider's largest body", Fact: "/policy/largest_body_bytes"},
		Why: "Frameworks stop at 100 kB by default, and the first large event gets a 413 for ever: " +
			"backstage#28910, shopify-app-js#233, pages-core#866, ghcrawler#148.",
		Sends:  "A valid message of 90 and of 100 percent of the provider's largest body.",
		Judges: "A refusal or a closed connection is a finding.",
		Fix:    "Set the limit of the body parser, and of every proxy in front of it, above the provider's largest body.",
		Cases:  largeBodies, Sabotage: lowLimit,
	}, {
		ID: "resource-unbounded", Number: 51, Title: "reads without a bound",
		Family: Protocol, Severity: Medium, Level: LevelAdvisory, Kind: Existential, Phase: Wounding, Schemes: every(), Needs: Needs{Aggressive: true},
		Basis: Basis{Kind: Security, Source: "CWE-400, uncontrolled resource consumption"},
		Why: "Anybody can send 50 MB without a signature, or one byte a second on many connections (Slowloris, CVE-2007-6750); " +
			"what has to be read before it can be verified needs a limit of its own.",
		Sends:  "An unsigned body of 50 MB, and 50 connections that send a byte a second.",
		Judges: "A large body that is read to its end, or a plain message that is not acknowledged beside the slow connections, is advisory.",
		Fix:    "Limit the body before reading it, and set time limits for headers and body.",
		Run:    unbounded, Sabotage: readsAll,
	}, {
		ID: "chunked-rejected", Number: 52, Title: "refuses a chunked body",
		Family: Protocol, Severity: High, Level: LevelMust, Kind: Availability, Phase: Harmless, Schemes: every(), Basis: http11("7.1: a recipient must be able to parse chunked"),
		Why: "Code that reads Content-Length bytes sees an empty body, and the signature of nothing does not match. " +
			"A proxy that buffers nothing turns every delivery into such a one.",
		Sends:  "A valid message with Transfer-Encoding: chunked.",
		Judges: "A refusal is a finding.",
		Fix:    "Read the body to its end; do not ask for Content-Length.",
		Cases:  chunkedBody, Sabotage: needsLength,
	}, {
		ID: "truncated-body-processed", Number: 53, Title: "acts on a body that broke off",
		Family: Protocol, Severity: Medium, Level: LevelAdvisory, Kind: Existential, Phase: Harmless, Alone: true, Effects: true, Schemes: every(),
		Basis: http11("8: an incomplete message must not be processed as complete"),
		Why: "A connection that ends half-way leaves half a body. Handlers that act on what they have, or throw where nobody catches, " +
			"turn a network fault into wrong data or a dead process.",
		Sends:  "A message whose connection ends half-way through the body.",
		Judges: "A plain message that fails afterwards is a finding; an effect of the half message is advisory.",
		Fix:    "Handle the reader's error, and process nothing when there was one.",
		Cases:  truncated, Sabotage: diesOnTruncated,
	}, {
		ID: "content-type-too-strict", Number: 54, Title: "is too strict about Content-Type",
		Family: Protocol, Severity: Medium, Level: LevelMust, Kind: Availability, Phase: Harmless, Schemes: every(),
		Basis: http11("8.3.1: parameters and case of a media type"),
		Why: "A library update on the provider's side adds ; charset=utf-8, and a comparison with === parses nothing any more: " +
			"an empty body, a wrong signature, a 401 for everything.",
		Sends:  "The message with a charset, without the space, in another case, and as application/cloudevents+json.",
		Judges: "A refusal of the first three is a finding; of the last one advisory, and 415 is right.",
		Fix:    "Compare the media type alone, without case and parameters.",
		Cases:  contentTypes, Sabotage: strictType,
	}, {
		ID: "http-feature-5xx", Number: 55, Title: "an ordinary feature of HTTP breaks it",
		Family: Protocol, Severity: Medium, Level: LevelAdvisory, Kind: Availability, Phase: Harmless, Schemes: every(), Basis: http11("10.1.1 and 9.3: Expect and persistent connections"),
		Why: "curl sends Expect: 100-continue, clients keep connections, proxies cut bodies into pieces. " +
			"Hand-written servers and odd proxies answer with 417, 500 or silence.",
		Sends:  "A body in three pieces, Expect: 100-continue, a gzip body, and a hundred messages on one connection.",
		Judges: "A 5xx, 417 or closed connection is advisory; a 4xx to gzip is right.",
		Fix:    "Leave the protocol to a server library, and keep it up to date.",
		Cases:  httpFeatures, Run: oneConnection, Sabotage: noExpect,
	}, {
		ID: "method-not-restricted", Number: 56, Title: "processes other methods than POST",
		Family: Protocol, Severity: Low, Level: LevelAdvisory, Kind: Existential, Phase: Harmless, Effects: true, Schemes: every(), Basis: http11("9.2.1: GET and HEAD are safe"),
		Why: "Crawlers, link previews and health checks send GET and HEAD to any URL they see. " +
			"A route for all methods answers them with 500s, or acts on them.",
		Sends:  "A signed message by PUT, GET and HEAD without a body.",
		Judges: "An acknowledgement of PUT, or a 5xx to GET or HEAD, is advisory.",
		Fix:    "Register the handler for POST, and answer 405 to the rest.",
		Cases:  otherMethods, Sabotage: anyMethod,
	}, {
		ID: "cross-request-state-mix", Number: 57, Title: "mixes up requests that come at once",
		Family: Protocol, Severity: High, Level: LevelMust, Kind: Existential, Phase: Harmless, Alone: true, Schemes: signed(), Needs: Needs{Endpoints: 2},
		Basis: Basis{Kind: Security, Source: "CWE-488, exposure of data element to wrong session"},
		Why: "A \"current tenant\" in a module variable is right until two requests overlap; then one is checked with the other's secret. " +
			"It passes every test that sends one request at a time.",
		Sends:  "Fifty slow messages to two endpoints with secrets of their own, interleaved; and messages signed with the other's secret.",
		Judges: "A valid message that is refused, or a cross-signed one that is accepted, is a finding.",
		Fix:    "Keep everything about a request in the request: no variables outside the handler.",
		Cases:  interleaved, Sabotage: sharesSecrets,
	}, {
		ID: "error-leaks-internals", Number: 58, Title: "shows its insides in error replies",
		Family: Protocol, Severity: Medium, Level: LevelAdvisory, Kind: Existential, Phase: Harmless, Schemes: every(),
		Basis: Basis{Kind: Security, Source: "CWE-209, error message containing sensitive information"},
		Why: "A stack trace tells an attacker framework, versions and paths; a dump of settings tells the secret. " +
			"Debug pages left on have given away whole databases (Laravel's Ignition, CVE-2021-3129).",
		Sends:  "Malformed JSON, an unsigned message, another method; all error replies of the run are read.",
		Judges: "The secret in any reply is a finding; a stack trace, file path or SQL is advisory.",
		Fix:    "Answer errors with a fixed text and an id, and log the rest.",
		Cases:  provokedErrors, Review: leaks, Sabotage: leaksSecret,
	}}
}
