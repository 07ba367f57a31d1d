package generators_test

import (
	"fmt"
	"log"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

func ExampleGenerator_Append() {
	catalog, err := schemas.Builtin("watsi")
	if err != nil {
		log.Fatal(err)
	}
	g, err := generators.New(catalog, generators.Config{Seed: 7})
	if err != nil {
		log.Fatal(err)
	}
	body, err := g.Append(nil, "message.received", generators.Coordinate{Life: 12})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(catalog.Validate(body))
	// Output: <nil>
}

func ExampleGenerator_Stream() {
	catalog, err := schemas.Builtin("watsi")
	if err != nil {
		log.Fatal(err)
	}
	g, err := generators.New(catalog, generators.Config{})
	if err != nil {
		log.Fatal(err)
	}
	stream, err := g.Stream(generators.StreamConfig{Journeys: []string{"newcomer"}, Lives: 1})
	if err != nil {
		log.Fatal(err)
	}
	for range 3 {
		_, meta, ok := stream.Next(nil)
		fmt.Println(meta.Journey, meta.Event.Name, ok)
	}
	// Output:
	// newcomer contact.created true
	// newcomer conversation.created true
	// newcomer message.received true
}

func ExampleTampers() {
	catalog, err := schemas.Builtin("watsi")
	if err != nil {
		log.Fatal(err)
	}
	for _, tamper := range generators.Tampers(catalog.Provider)[:3] {
		fmt.Println(tamper.Name, tamper.Want)
	}
	// Output:
	// missing-signature refused
	// empty-signature refused
	// space-signature refused
}
