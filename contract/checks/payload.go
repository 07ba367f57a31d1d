package checks

// payload are the checks of what a body may hold: what the provider may add, leave out or be made to send.
func payload() []*Check {
	forward := Basis{Kind: Standard, Source: "Standard Webhooks, Payload: consumers must tolerate additions"}
	schema := Basis{Kind: Standard, Source: "RFC 8259: null, empty and absent values are legal JSON", Fact: "/events"}
	hostile := Basis{Kind: Security, Source: "CWE-20, improper input validation: people write what stands in these fields"}
	robust := Basis{Kind: Security, Source: "CWE-755, improper handling of exceptional conditions"}
	return []*Check{{
		ID: "unknown-event-or-enum", Number: 39, Title: "an event or value that it does not know breaks it",
		Family: Payload, Severity: High, Level: LevelMust, Kind: Availability, Phase: Harmless, Schemes: every(), Scope: EachEvent, Basis: forward,
		Why: "Providers add events and values without asking. One new value made morpheus#501 log some 12,000 errors; " +
			"OpenHands/automation#236 traced two thirds of its production errors to this.",
		Sends:  "An invented event, and an invented value wherever the provider may add some.",
		Judges: "A 5xx or a closed connection is a finding, a 4xx advisory: refusing by policy can be defended, crashing cannot.",
		Fix:    "Give every switch over events and values a default branch that logs and acknowledges.",
		Cases:  unknownValues, Sabotage: unknownEventCrashes,
	}, {
		ID: "unknown-field-rejected", Number: 40, Title: "a field that it does not know is refused",
		Family: Payload, Severity: High, Level: LevelMust, Kind: Availability, Phase: Harmless, Schemes: every(), Scope: EachEvent, Basis: forward,
		Why: "New fields are the commonest change of all, and no provider counts them as breaking. zulip#24983 and hyperswitch#1815 " +
			"failed on the day one appeared.",
		Sends:  "The message with an unknown field in each of its objects: a text, a number, an object.",
		Judges: "Anything but an acknowledgement is a finding, unless the schema closes the object.",
		Fix:    "Let the deserialiser ignore unknown fields (FAIL_ON_UNKNOWN_PROPERTIES false, extra = ignore, no DisallowUnknownFields).",
		Cases:  unknownFields, Sabotage: strictFields,
		Implies: map[string]string{
			"body-limit-too-low":       "where no text of the event may grow, an unknown field does",
			"sig-non-ascii-mishandled": "where no text of the event is free, an unknown field holds it",
			"sig-split-multibyte":      "where no text of the event is free, an unknown field holds it",
			"null-absent-empty-crash":  "an unknown field may be empty",
		},
	}, {
		ID: "null-absent-empty-crash", Number: 41, Title: "a value that is null, absent or empty crashes it",
		Family: Payload, Severity: High, Level: LevelMust, Kind: Availability, Phase: Harmless, Schemes: every(), Scope: EachEvent, Basis: schema,
		Why: "Examples in documentation are full; real customers have no last name. ZoomNet#418 and octokit/webhooks#900 are fields " +
			"that were null or missing in the first real delivery.",
		Sends:  "The message with one place at a time absent, null, \"\", [] or {}, wherever the schema allows it.",
		Judges: "A 5xx or a closed connection is a finding.",
		Fix:    "Treat every optional field as possibly absent and every text as possibly empty.",
		Cases:  emptyPlaces, Sabotage: emptyCrashes,
	}, {
		ID: "number-precision-or-form", Number: 42, Title: "large or oddly written numbers break it",
		Family: Payload, Severity: Medium, Level: LevelMust, Kind: Availability, Phase: Harmless, Effects: true, Schemes: every(), Scope: EachEvent,
		Basis: Basis{Kind: Standard, Source: "RFC 8259, 6: numbers may have fractions, exponents and any size"},
		Why: "JavaScript rounds 2^53+1 without a word. Twitter had to send every id twice, as id and id_str, because clients " +
			"stored the wrong tweet.",
		Sends:  "9007199254740993, 1.0, 1e3, -0 and a number of 20 digits, where the schema allows them.",
		Judges: "A 5xx is a finding; so is another value read back through the hook.",
		Fix:    "Keep ids as text, parse money and counters as decimals or 64-bit integers, and catch what does not fit.",
		Cases:  oddNumbers, Sabotage: numberCrashes,
	}, {
		ID: "timestamp-form-misread", Number: 43, Title: "a legal spelling of a time is misread",
		Family: Payload, Severity: Medium, Level: LevelMust, Kind: Availability, Phase: Harmless, Effects: true, Schemes: every(), Scope: EachEvent,
		Basis: Basis{Kind: Standard, Source: "RFC 3339, 5.6: fractions and offsets are optional", Fact: "/events"},
		Why: "Seconds read as milliseconds put a message into January 1970, a strict format string fails on a fraction. " +
			"One WhatsApp platform alone has four formats of time, two of them in one object.",
		Sends:  "The message with its times in every other form that the schema allows.",
		Judges: "A 5xx is a finding; so is a date of 1970 read back through the hook.",
		Fix:    "Parse times with a library that knows RFC 3339, and say for each field whether it counts seconds or milliseconds.",
		Cases:  oddTimes, Sabotage: offsetCrashes,
	}, {
		ID: "hostile-string-crash", Number: 44, Title: "hostile text crashes it",
		Family: Payload, Severity: High, Level: LevelMust, Kind: Availability, Phase: Wounding, Schemes: every(), Scope: EachEvent, Basis: hostile,
		Why: "People put anything into a name. PostgreSQL refuses U+0000 in text, so one message that holds it fails for ever and is retried for days; " +
			"an iPhone could be crashed by a text in Telugu.",
		Sends:  "In each free text: U+0000, a lone surrogate, 64 KiB, right-to-left marks, SQL, HTML and a spreadsheet formula.",
		Judges: "A 5xx or a closed connection is a finding; for the lone surrogate it is advisory.",
		Fix:    "Clean text at the border (strip U+0000), use parameters for SQL, and escape on output.",
		Cases:  hostileStrings, Sabotage: nulCrashes,
	}, {
		ID: "proto-key-pollution", Number: 45, Title: "a key named __proto__ reaches a merge",
		Family: Payload, Severity: High, Level: LevelMust, Kind: Existential, Phase: Wounding, Schemes: every(),
		Basis: Basis{Kind: Security, Source: "CWE-1321, prototype pollution"},
		Why: "A deep merge of a parsed body writes into every object of the process (lodash, CVE-2019-10744): " +
			"from then on requests of others behave differently.",
		Sends:  "The message with __proto__ and constructor.prototype keys, then plain messages.",
		Judges: "A plain message that is answered differently afterwards is a finding; a 5xx is advisory.",
		Fix:    "Never merge a body into an object: copy the fields that you know, or use Object.create(null) and Map.",
		Cases:  protoKeys, Sabotage: pollutes,
	}, {
		ID: "duplicate-json-key", Number: 46, Title: "a repeated key is read in two ways",
		Family: Payload, Severity: Low, Level: LevelAdvisory, Kind: Availability, Phase: Harmless, Schemes: every(),
		Basis: Basis{Kind: Standard, Source: "RFC 8259, 4: what a repeated name means differs between parsers"},
		Why: "One parser takes the first value, another the last: CouchDB let anybody become administrator that way (CVE-2017-12635), " +
			"because the check and the handler read different roles.",
		Sends:  "The message with the key of its event, or another text, given twice with different values.",
		Judges: "A 5xx is advisory.",
		Fix:    "Parse once, and use that one result for every decision.",
		Cases:  repeatedKeys, Sabotage: repeatedKeyCrashes,
	}, {
		ID: "deep-nesting-crash", Number: 47, Title: "deep nesting kills it",
		Family: Payload, Severity: High, Level: LevelMust, Kind: Availability, Phase: Wounding, Schemes: every(),
		Basis: Basis{Kind: Security, Source: "CWE-674, uncontrolled recursion"},
		Why: "A recursive parser uses stack for every level: jackson-databind could be ended with some thousand brackets (CVE-2020-36518), " +
			"and with it everything that shares its process.",
		Sends:  "Signed bodies with 10,000 nested arrays; 100,000 with --aggressive.",
		Judges: "A 5xx, a closed connection or a plain message that fails afterwards is a finding; 400 and 413 are right.",
		Fix:    "Limit the depth of the parser, and the size of bodies.",
		Cases:  deepNesting, Sabotage: nestingCrashes,
	}, {
		ID: "odd-json-crash", Number: 48, Title: "JSON that is no object crashes it",
		Family: Payload, Severity: High, Level: LevelMust, Kind: Availability, Phase: Wounding, Schemes: every(), Basis: robust,
		Why: "event.type of null throws. Whoever can sign, or needs no signature, ends the process with four letters; " +
			"providers send empty bodies in tests of their own.",
		Sends:  "Signed null, [], \"x\", 1, a truncated object and an empty body.",
		Judges: "A closed connection or a plain message that fails afterwards is a finding, a 5xx advisory.",
		Fix:    "Check that the body is an object before reading from it, and answer 400 when it is not.",
		Cases:  oddJSON, Sabotage: nullCrashes,
	}, {
		ID: "bom-or-bad-utf8", Number: 49, Title: "a byte order mark or invalid UTF-8 breaks it",
		Family: Payload, Severity: Low, Level: LevelMust, Kind: Availability, Phase: Harmless, Schemes: every(),
		Basis: Basis{Kind: Standard, Source: "RFC 8259, 8.1: JSON is UTF-8 without a byte order mark"},
		Why: "A decoder that throws on one byte turns a truncated emoji into a 500 that is retried for days; " +
			"one that strips the mark before the HMAC refuses what was signed.",
		Sends:  "A signed body behind a byte order mark, and one with the byte 0xff inside a text.",
		Judges: "A 5xx on the invalid byte is a finding; a crash on the marked body, or the answer that an unsigned one gets, is advisory.",
		Fix:    "Decode with replacement or answer 400, and hash before you decode.",
		Cases:  badUTF8, Sabotage: badUTF8Crashes,
	}}
}
