package mockprovider_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/hookrig/hookrig/mockprovider"
	"github.com/hookrig/hookrig/schemas"
)

// A consumer is sent one event, and three days of retries pass in a moment. In a test, Start does the
// first and the last lines.
func Example() {
	catalog, err := schemas.Builtin("watsi")
	if err != nil {
		fmt.Println(err)
		return
	}
	attempts := 0
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if attempts++; attempts < 4 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer app.Close()
	ctx := context.Background()
	mock, err := mockprovider.New(mockprovider.Config{Catalog: catalog})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer mock.Close(ctx)
	if _, err := mock.Subscribe(ctx, mockprovider.Subscription{URL: app.URL}); err != nil {
		fmt.Println(err)
		return
	}
	accepted, err := mock.Trigger(ctx, mockprovider.Trigger{Event: "message.received"})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := mock.Advance(ctx, 72*time.Hour); err != nil {
		fmt.Println(err)
		return
	}
	d, _, _, err := mock.Delivery(ctx, accepted.Deliveries[0].Seq)
	fmt.Println(d.Status, "after", d.Attempts, "attempts", err)
	// Output: delivered after 4 attempts <nil>
}
