package checks

// authenticity are the checks of who may speak: signatures that are not verified, or verified wrongly.
func authenticity() []*Check {
	forged := Basis{Kind: Security, Source: "CWE-347, improper verification of a cryptographic signature"}
	legal := Basis{Kind: Standard, Source: "RFC 8259: one value, many spellings; the signature is over bytes", Fact: "/signing"}
	fields := Basis{Kind: Standard, Source: "RFC 9110, 5.1: field names are case-insensitive"}
	return []*Check{{
		ID: "sig-not-verified", Number: 1, Title: "accepts any signature",
		Family: Authenticity, Severity: Critical, Level: LevelMust, Kind: Existential, Phase: Harmless, Schemes: signed(), Basis: forged,
		Why: "Whoever knows the URL can invent events. Jenkins' Git plugin let anybody start builds through its hook URL " +
			"until it was told to check who calls (CVE-2022-36883).",
		Sends:  "A valid message, signed with a key that is nobody's.",
		Judges: "An acknowledgement is a finding; the same message, signed rightly, must be acknowledged.",
		Fix:    "Compute the signature over the raw body with your secret, compare it in constant time, and answer 401 when it differs.",
		Cases:  wrongKey, Sabotage: anySignature,
		Implies: map[string]string{
			"sig-tampered-body-accepted": "any signature of the right form passes, also one over another body",
			"sig-empty-or-default-key":   "any signature of the right form passes, also one made with a default key",
			"ts-not-signed":              "any signature of the right form passes, also one over another time",
			"cross-request-state-mix":    "any signature of the right form passes, also another endpoint's",
			"sig-effect-before-verify":   "a message with a wrong signature is processed, because it is accepted",
		},
	}, {
		ID: "sig-missing-accepted", Number: 2, Title: "accepts a message without a signature",
		Family: Authenticity, Severity: Critical, Level: LevelMust, Kind: Existential, Phase: Harmless, Schemes: signed(), Basis: forged,
		Why: "A check that runs only when the header is there protects nobody: an attacker leaves it out. " +
			"openclaw#41035 handled a challenge before it looked for a signature.",
		Sends:  "A valid message with the signature header dropped, empty, or holding only what stands before the signature.",
		Judges: "An acknowledgement is a finding.",
		Fix:    "Treat a missing or empty signature header like a wrong one: 401, before anything else is read.",
		Cases:  missingSignature, Sabotage: missingAccepted,
		Implies: map[string]string{"sig-effect-before-verify": "an unsigned message is processed, because it is accepted"},
	}, {
		ID: "sig-tampered-body-accepted", Number: 3, Title: "accepts a body that was changed after signing",
		Family: Authenticity, Severity: Critical, Level: LevelMust, Kind: Existential, Phase: Harmless, Schemes: signed(), Basis: forged,
		Why: "A signature that is looked at but not computed over the body lets anybody who saw one delivery write the next. " +
			"twitch-cli#329 shipped signatures over something else than the body, and receivers that had passed its tests failed.",
		Sends:  "A rightly signed message with one byte of a text changed afterwards.",
		Judges: "An acknowledgement is a finding.",
		Fix:    "Compute the signature over exactly the bytes that arrived, not over their length, a part of them or a parsed copy.",
		Cases:  tamperedBody, Sabotage: tamperedAccepted,
	}, {
		ID: "sig-empty-or-default-key", Number: 4, Title: "verifies with an empty or well-known key",
		Family: Authenticity, Severity: Critical, Level: LevelMust, Kind: Existential, Phase: Harmless, Schemes: signed(), Basis: forged,
		Why: "When the variable with the secret is not set, many programs compute the signature with an empty key, which everybody has. " +
			"Standard Webhooks made an empty secret an error of its own for that reason.",
		Sends:  "A valid message signed with the empty key, \"secret\" and \"changeme\".",
		Judges: "An acknowledgement is a finding.",
		Fix:    "Refuse to start without a secret, and never give it a default.",
		Cases:  defaultKeys, Sabotage: defaultKeyAccepted,
	}, {
		ID: "sig-partial-match", Number: 5, Title: "accepts a part of the right signature",
		Family: Authenticity, Severity: Critical, Level: LevelMust, Kind: Existential, Phase: Harmless, Schemes: signed(), Basis: forged,
		Why: "A comparison up to the shorter length or a prefix test lets a signature of one character pass, and that is guessed in sixteen tries (CWE-697). " +
			"CVE-2022-43411 is a neighbour: a webhook token compared carelessly in Jenkins' GitLab plugin.",
		Sends:  "The right signature cut to 1 and to 8 characters and below half, and one with characters added.",
		Judges: "An acknowledgement is a finding. Added characters are tried for hexadecimal only: lenient base64 decoders skip what follows the padding.",
		Fix:    "Decode the signature, compare the lengths, then compare in constant time.",
		Cases:  partialSignature, Sabotage: prefixAccepted,
	}, {
		ID: "auth-header-malformed-crash", Number: 6, Title: "a malformed signature header crashes it",
		Family: Authenticity, Severity: High, Level: LevelMust, Kind: Availability, Phase: Harmless, Schemes: signed(),
		Basis: Basis{Kind: Security, Source: "CWE-755, improper handling of exceptional conditions"},
		Why: "Node's crypto.timingSafeEqual throws when the lengths differ and Python's hmac.compare_digest when a string is not ASCII: " +
			"what should be a 401 becomes a 500 that anybody can cause, and the provider repeats 500s for days.",
		Sends:  "Signatures of a wrong length, not hexadecimal or base64, not ASCII, 8 KiB long; timestamps abc, -1, 1e30 and empty.",
		Judges: "A 5xx or a closed connection is a finding; any 4xx is right.",
		Fix:    "Check form and length before comparing, catch what decoders throw, and answer 401.",
		Cases:  malformedAuth, Sabotage: malformedCrashes,
	}, {
		ID: "sig-downgrade-accepted", Number: 7, Title: "a legacy signature alone is enough",
		Family: Authenticity, Severity: Medium, Level: LevelAdvisory, Kind: Existential, Phase: Harmless, Schemes: signed(), Basis: forged,
		Why: "An attacker takes the weakest door. Stripe's libraries skip every scheme but v1 to prevent downgrades, and say so in their guide; " +
			"many hand-written receivers still take SHA-1.",
		Sends:  "The message rightly signed with SHA-1, under the provider's header, under an older version's mark, and marked none.",
		Judges: "An acknowledgement is advisory: during a migration it may be meant.",
		Fix:    "Accept only the algorithm and version that the provider documents.",
		Cases:  legacySignature, Sabotage: legacyAccepted,
	}, {
		ID: "sig-reserialised-body", Number: 8, Title: "signs a re-serialised copy of the body",
		Family: Authenticity, Severity: High, Level: LevelMust, Kind: Availability, Phase: Harmless, Schemes: signed(), Basis: legal,
		Why: "Hashing JSON.stringify(JSON.parse(body)) works until a byte differs: a space, a key's place, 1.0, an escape. " +
			"octokit/webhooks.js#71, node-shopify-auth#2, PayPal-Python-SDK#175 and convoy#2392 are this defect.",
		Sends:  "The same message in other legal spellings, each truly signed; the provider's own spelling as control.",
		Judges: "A refusal of a spelling whose control is acknowledged is a finding.",
		Fix:    "Keep the raw bytes of the request (express.raw, request.get_data(), io.ReadAll) and verify over those, before parsing.",
		Cases:  spellings, Sabotage: reserialises,
	}, {
		ID: "sig-non-ascii-mishandled", Number: 9, Title: "text beyond ASCII breaks the signature",
		Family: Authenticity, Severity: High, Level: LevelMust, Kind: Availability, Phase: Harmless, Schemes: signed(), Basis: legal,
		Why: "Decoding the body as Latin-1 before hashing works in tests and fails for the first customer named García. " +
			"Schemathesis and Convoy users met it as signatures that were wrong only sometimes (convoy#2392).",
		Sends:  "Emoji, Chinese and U+2028 as raw UTF-8; the same text escaped as control.",
		Judges: "A refusal of the raw text while the escaped one is acknowledged is a finding.",
		Fix:    "Hash bytes, never a string: no decoding between the socket and the HMAC.",
		Cases:  nonASCII, Sabotage: asciiOnly,
	}, {
		ID: "sig-split-multibyte", Number: 10, Title: "a character split over two packets breaks the signature",
		Family: Authenticity, Severity: High, Level: LevelMust, Kind: Availability, Phase: Harmless, Schemes: signed(), Basis: legal,
		Why: "body += chunk turns a character that arrives in two pieces into two replacement characters. Node's own guide warns of it " +
			"(Buffer.concat); it strikes at random, as the network cuts packets.",
		Sends:  "A body with multi-byte characters, written in pieces that end inside one, with a length and chunked.",
		Judges: "A refusal is a finding when the same body in one piece is acknowledged.",
		Fix:    "Collect chunks as bytes and join them before decoding.",
		Cases:  splitCharacters, Sabotage: joinsStrings,
	}, {
		ID: "sig-list-first-only", Number: 11, Title: "looks at the first signature of a list only",
		Family: Authenticity, Severity: High, Level: LevelMust, Kind: Availability, Phase: Harmless, Schemes: signed(),
		Basis: Basis{Kind: Standard, Source: "Standard Webhooks, Verifying webhook authenticity: a header may hold several signatures", Fact: "/signing/separator"},
		Why: "During a rotation the provider signs with the old and the new secret. A receiver that reads one of them drops every event until somebody notices; " +
			"standard-webhooks#10 asks for vectors because libraries differ here.",
		Sends:  "A wrong and a right signature in both orders, and one of an unknown version before the right one.",
		Judges: "A refusal is a finding: one right signature is enough.",
		Fix:    "Split the header, skip what you do not know, and accept when any signature matches.",
		Cases:  signatureLists, Sabotage: firstOnly,
	}, {
		ID: "sig-duplicate-header", Number: 12, Title: "two signature headers confuse it",
		Family: Authenticity, Severity: Low, Level: LevelMust, Kind: Availability, Phase: Harmless, Schemes: signed(),
		Basis: Basis{Kind: Standard, Source: "RFC 9110, 5.3: a field may be repeated, and a proxy may join its lines"},
		Why: "Frameworks hand out a repeated header as a list, a joined text, the first or the last; code that expects a string throws. " +
			"Anybody can send two.",
		Sends:  "A wrong and a right signature header in both orders.",
		Judges: "A 5xx or a closed connection is a finding; accepting or refusing is the consumer's choice.",
		Fix:    "Handle a list of values, or refuse the request with a 4xx.",
		Cases:  doubleHeader, Sabotage: doubleHeaderCrashes,
	}, {
		ID: "header-name-case", Number: 13, Title: "looks headers up by exact case",
		Family: Authenticity, Severity: High, Level: LevelMust, Kind: Availability, Phase: Harmless, Schemes: every(), Basis: fields,
		Why: "HTTP/2 and most proxies write header names in lower case, Go's client in Title-Case. A receiver that looks for one spelling stops working " +
			"on the day a load balancer is put in front of it.",
		Sends:  "The same valid message with all header names in lower, upper and mixed case.",
		Judges: "A refusal is a finding.",
		Fix:    "Look headers up through the framework's case-insensitive accessor.",
		Cases:  headerCases, Sabotage: exactCase,
	}, {
		ID: "sig-oracle-leak", Number: 14, Title: "tells the expected signature",
		Family: Authenticity, Severity: Critical, Level: LevelMust, Kind: Existential, Phase: Harmless, Schemes: signed(),
		Basis: Basis{Kind: Security, Source: "CWE-209, error message containing sensitive information"},
		Why: "\"expected 5f3a…, got …\" in a reply lets anybody sign anything: send, read, send again. " +
			"It is the debugging line that most tutorials leave in.",
		Sends:  "Messages with wrong, missing and malformed signatures.",
		Judges: "The right signature of what was sent, anywhere in status line, headers or body of a refusal, is a finding.",
		Fix:    "Answer 401 with a fixed text. Log the mismatch without the expected value.",
		Cases:  oracle, Sabotage: leaksSignature,
	}, {
		ID: "sig-effect-before-verify", Number: 15, Title: "acts before it verifies",
		Family: Authenticity, Severity: Critical, Level: LevelMustWithHook, Kind: Existential, Phase: Hooked, Schemes: signed(), Needs: Needs{Hook: true}, Basis: forged,
		Why: "A 401 says nothing about what was done before it. Middleware in the wrong order queues the event and then refuses it, " +
			"and every forged message is processed.",
		Sends:  "A valid message without a signature, and one with a wrong one.",
		Judges: "Any effect is a finding.",
		Fix:    "Verify first: before parsing, queueing, storing or logging the body as an event.",
		Cases:  unsignedEffects, Sabotage: actsFirst,
	}, {
		ID: "sig-parse-before-verify", Number: 16, Title: "parses what it has not verified",
		Family: Authenticity, Severity: Medium, Level: LevelMust, Kind: Availability, Phase: Harmless, Schemes: signed(),
		Basis: Basis{Kind: Security, Source: "CWE-345, insufficient verification of data authenticity"},
		Why: "Whatever parses before the check is open to everybody: deep nesting in jackson-databind (CVE-2020-36518) needed no signature " +
			"where a framework parsed the body first.",
		Sends:  "Unsigned malformed JSON, and an unsigned valid message.",
		Judges: "A 5xx is a finding; another status than the valid one gets is advisory.",
		Fix:    "Verify over the raw body before any parser sees it.",
		Cases:  unsignedMalformed, Sabotage: parsesFirst,
	}, {
		ID: "sig-not-constant-time", Number: 17, Title: "compares signatures with an early exit",
		Family: Authenticity, Severity: Low, Level: LevelNever, Kind: Existential, Phase: Harmless, Schemes: signed(),
		Basis:  Basis{Kind: Security, Source: "CWE-208, observable timing discrepancy"},
		Why:    "A comparison that stops at the first difference tells how much was right (CVE-2022-43411, Jenkins' GitLab plugin).",
		Sends:  "Nothing: over a network the difference drowns in noise, and a verdict would be a guess.",
		Judges: "Nothing. Look for it in a code review.",
		Fix:    "Review the code: hmac.Equal, crypto.timingSafeEqual, hmac.compare_digest, hash_equals or ActiveSupport's secure_compare, never ==.",
	}}
}
