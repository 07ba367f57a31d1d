//go:build e2e

package e2e_test

// foreignConsumers are the rows of the golden table. A finding that is not here fails the test, and so
// does one that is gone: then the package, or hookrig, has changed.
func foreignConsumers() []foreign {
	queueFirst := finding{"advisory", "the wrapper acknowledges whatever is signed, unread: by design, and worth saying"}
	rawJSONOnly := finding{"advisory", "express.raw({type: 'application/json'}) leaves the body of application/cloudevents+json unread, and verifying nothing ends in 400 where 415 would say why"}
	return []foreign{
		{
			name: "octokit", signing: "github", event: "issues", body: issueOpened, secret: plainSecret, start: node("octokit"),
			want: map[string]finding{
				"content-type-too-strict": {"fail", "the middleware compares Content-Type with application/json letter by letter; media types have no case (RFC 9110, 8.3.1)"},
				"odd-json-crash":          {"fail", "a signed null throws a TypeError, whose missing .errors the middleware then iterates: an unhandled rejection, and Node ends"},
			},
		},
		{
			name: "standardwebhooks", signing: "standard-webhooks", event: "contact.created", body: contactCreated, secret: standardSecret, start: node("standardwebhooks"),
			want: map[string]finding{"ack-indistinguishable": queueFirst, "content-type-too-strict": rawJSONOnly},
		},
		{
			name: "svix", signing: "standard-webhooks", event: "contact.created", body: contactCreated, secret: standardSecret, start: node("svix"),
			want: map[string]finding{"ack-indistinguishable": queueFirst, "content-type-too-strict": rawJSONOnly},
		},
		{
			name: "stripe", signing: "stripe", event: "payment_intent.succeeded", body: stripePaid, secret: standardSecret, start: node("stripe"),
			want: map[string]finding{
				"ack-indistinguishable":   queueFirst,
				"content-type-too-strict": rawJSONOnly,
				"odd-json-crash":          {"advisory", "constructEvent gives back a signed null as it is, and event.type of it throws: a 500"},
				"ts-future-accepted":      {"advisory", "constructEvent refuses old timestamps only: one an hour ahead passes"},
			},
		},
		{
			name: "standard-webhooks for Go", signing: "standard-webhooks", event: "contact.created", body: contactCreated, secret: standardSecret, start: served(standardHandler),
			want: map[string]finding{
				"ack-indistinguishable": queueFirst,
				"method-not-restricted": {"advisory", "the README's handler does not look at the method"},
			},
		},
		{
			name: "go-playground/webhooks", signing: "github", event: "issues", body: issueOpened, secret: plainSecret, start: served(playgroundHandler),
			want: map[string]finding{
				"sig-reserialised-body": {"fail", "the signature is right, but the payload is decoded into int64 fields, which refuse 7.0: JSON has one kind of number, and 7 may be spelled so"},
			},
		},
	}
}
